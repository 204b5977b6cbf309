"""What the answers to generated requests say about each requirement: failures, gathered into causes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from lead_provider_conformance.contract import Violation
from lead_provider_conformance.contract.bodies import MAX_VIOLATIONS
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.coverage_labels import ASKS, MALFORMED
from lead_provider_conformance.fuzzing.replay import CaseResult
from lead_provider_conformance.http import IncompleteResponse, Response
from lead_provider_conformance.oracles.list_checks import overlapping, unasked

SHOWN_CHARACTERS = 300
_NOT_ABOUT_THE_REQUEST = frozenset({401, 403, 429})


@dataclass(frozen=True, slots=True)
class Failure:
    """One case that broke a requirement. `key` is the same for failures of the same cause, `told` is for people."""

    key: str
    told: str
    sent: CaseResult


@dataclass(frozen=True, slots=True)
class Cause:
    """Failures that have the same cause, the one with the smallest request standing for all."""

    shortest: Failure
    count: int

    @property
    def key(self) -> str:
        """What tells it from others, in whichever operation it shows."""
        return self.shortest.key

    @property
    def exchange(self) -> str:
        """The id of the exchange that shows it."""
        return self.shortest.sent.exchange.id

    def __str__(self) -> str:
        times = "" if self.count == 1 else f" ({self.count} requests; this is the shortest)"
        return f"{shown(self.shortest.sent.case)}: {self.shortest.told}{times}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A requirement as a question about what was sent: about which kinds of cases and which answers it is, and what is
    wrong with one.
    """

    requirement: str
    kinds: frozenset[Expected]
    about: Callable[[CaseResult], bool]
    failures: Callable[[CaseResult], Iterator[tuple[str, str]]]


def causes(failures: Iterable[Failure]) -> tuple[Cause, ...]:
    """One cause for all failures that share a key, the most frequent first."""
    together: dict[str, list[Failure]] = defaultdict(list)
    for failure in failures:
        together[failure.key].append(failure)
    found = [Cause(min(each, key=lambda one: one.sent.case.size), len(each)) for each in together.values()]
    return tuple(sorted(found, key=lambda cause: -cause.count))


def together(found: Iterable[Cause]) -> tuple[Cause, ...]:
    """One cause for those that turned out to be the same when their requests were made as short as they get."""
    same: dict[str, list[Cause]] = defaultdict(list)
    for cause in found:
        same[cause.key].append(cause)
    return tuple(
        Cause(
            min((each.shortest for each in one), key=lambda failure: failure.sent.case.size),
            sum(each.count for each in one),
        )
        for one in same.values()
    )


def broken(rule: Rule, results: Sequence[CaseResult]) -> tuple[Failure, ...] | None:
    """How the results break a rule; None if none of them is about it."""
    about = [sent for sent in results if sent.case.expected in rule.kinds and rule.about(sent)]
    if not about:
        return None
    return tuple(Failure(key, told, sent) for sent in about for key, told in rule.failures(sent))


def first_failure(rule: Rule, sent: CaseResult | None) -> Failure | None:
    """How one case that was sent breaks a rule, if it does."""
    found = broken(rule, [sent]) if sent else None
    return found[0] if found else None


def shown(case: Case) -> str:
    """A case as people read it, cut short."""
    query = "&".join(f"{name}={value}" for name, value in case.query)
    text = f"{case.method} {case.path}{'?' if query else ''}{query} {case.content or ''}".strip()
    visible = text.encode("ascii", "backslashreplace").decode()
    return visible if len(visible) <= SHOWN_CHARACTERS else visible[:SHOWN_CHARACTERS] + "…"


def overlaps(results: Sequence[CaseResult]) -> Iterator[Failure]:
    """Pages of one list that share a record; what a server makes of a page that is none is not known."""
    valid = (sent for sent in results if sent.case.expected in _VALID and _is_list(sent))
    pages = [(sent, ids) for sent in valid if (ids := _ids(sent))]
    for (one, ids), (other, other_ids) in combinations(pages, 2):
        if overlapping(one.case.query, ids, other.case.query, other_ids):
            yield Failure("overlap", "two pages of the same list share a record", other)


def _server_error(sent: CaseResult) -> Iterator[tuple[str, str]]:
    if sent.response is None:
        yield f"no answer {_where(sent)}", sent.error
    elif sent.response.status >= 500:
        yield f"{sent.response.status} {_where(sent)}", f"it was answered {sent.response.status}"


def _violations(rule: str) -> Callable[[CaseResult], Iterator[tuple[str, str]]]:
    def failures(sent: CaseResult) -> Iterator[tuple[str, str]]:
        crashed = sent.response is None or sent.response.status >= 500
        # What comes after is no violation of its own: it counts those that are not told.
        for violation in sent.exchange.violations[:MAX_VIOLATIONS]:
            if violation.rule == rule and not crashed:
                where = violation.where or "the answer"
                yield _place_in_answer(sent, violation), f"{where}: {violation.message}"

    return failures


def _answered(*allowed: int) -> Callable[[CaseResult], Iterator[tuple[str, str]]]:
    def failures(sent: CaseResult) -> Iterator[tuple[str, str]]:
        if sent.response is not None and sent.response.status not in allowed and not _told_elsewhere(sent):
            expected = " or ".join(map(str, allowed))
            yield _key(sent), f"{sent.case.wrong or 'it is valid'}; expected {expected}, came {_told(sent.response)}"

    return failures


def _not_found(sent: CaseResult) -> Iterator[tuple[str, str]]:
    """What the provider does not have is not found; a list about it may be empty: behaviour OUTC-LIST-ONE-UNKNOWN."""
    if not _nothing_listed(sent):
        yield from _answered(404, 422)(sent)


def _shows_one(sent: CaseResult) -> bool:
    return sent.case.method == "GET" and sent.exchange.operation is not None and "{" in sent.exchange.operation.path


def _nothing_listed(sent: CaseResult) -> bool:
    return sent.response is not None and sent.response.status == 200 and sent.response.lists_nothing


def _accepted(sent: CaseResult) -> Iterator[tuple[str, str]]:
    """A rule of the programme may refuse a write, and a filter leave out the one record that is asked for."""
    may_be_ruled_out = sent.case.expected is Expected.RULED
    allowed = [200]
    if may_be_ruled_out and sent.case.writes:
        allowed.append(422)
    if _shows_one(sent) and any(name.startswith("filter[") for name, _ in sent.case.query):
        allowed.append(404)
    return _answered(*allowed)(sent)


def _refused(sent: CaseResult) -> Iterator[tuple[str, str]]:
    status = sent.response.status if sent.response else 400
    refused = 400 <= status < 500 and status not in _NOT_ABOUT_THE_REQUEST
    # An id that is none is one that nobody has.
    refused = refused or (sent.case.wrong.startswith("path:") and _nothing_listed(sent))
    if not refused and not _told_elsewhere(sent):
        yield _key(sent), f"{sent.case.wrong}; expected a refusal, came {status}"


def _named(sent: CaseResult) -> Iterator[tuple[str, str]]:
    if sent.response and sent.response.status == 422:
        try:
            named = sent.response.names(sent.case.member)
        except IncompleteResponse:
            named = False
        if not named:
            yield _key(sent), f"{sent.case.wrong}; no error names {sent.case.member}, came {_told(sent.response)}"


def _unasked(sent: CaseResult) -> Iterator[tuple[str, str]]:
    if sent.response is not None:
        for sentence in unasked(sent.case.query, sent.response.resources):
            yield sentence, sentence


def _told_elsewhere(sent: CaseResult) -> bool:
    """Whether the status is itself a failure of another rule: a cause is told once."""
    undocumented = any(violation.rule == "documented-status" for violation in sent.exchange.violations)
    return undocumented or (sent.response is not None and sent.response.status >= 500)


def _key(sent: CaseResult) -> str:
    """A case that is wrong where another is, and in the same way, fails for the same cause, in whichever operation."""
    status = sent.response.status if sent.response else "none"
    return f"{status} {_about(sent)}"


def _where(sent: CaseResult) -> str:
    """Where a case is wrong: a server that falls over one wrong value of a member falls over others."""
    return _about(sent).partition(" ")[0] if sent.case.wrong else _about(sent)


def _about(sent: CaseResult) -> str:
    """What is wrong with a case, or asked by it, as its label says; its operation, if it is neither."""
    what = sent.case.labels[0].partition(" ")[2] if sent.case.labels else ""
    return what if sent.case.wrong or ASKS in what else sent.case.operation


def _place_in_answer(sent: CaseResult, violation: Violation) -> str:
    """Where an answer breaks the contract: the same for a record alone and in a list, and for each such record."""
    if violation.rule == "documented-status":
        return _key(sent)
    place = "/".join(part for part in violation.where.removeprefix("/data").split("/") if not part.isdigit())
    kind = sent.made.path.split("/", 3)[3].partition("/{")[0].removesuffix(".csv") if place else violation.message
    return f"{place} of {kind}"


def _told(response: Response) -> str:
    text = response.body[:SHOWN_CHARACTERS].decode("utf-8", "backslashreplace")
    return f"{response.status} {text}".strip()


def _ids(sent: CaseResult) -> tuple[str, ...]:
    return tuple(str(each["id"]) for each in sent.response.resources) if sent.response else ()


def _is_list(sent: CaseResult) -> bool:
    if sent.response is None or sent.response.status != 200 or sent.case.method != "GET":
        return False
    try:
        return isinstance(sent.response.resources, tuple)
    except IncompleteResponse:
        return False


def _described(sent: CaseResult) -> bool:
    return sent.exchange.operation is not None and sent.response is not None


def _not_json(sent: CaseResult) -> bool:
    return any(f" {MALFORMED}" in label for label in sent.made.labels)


def _any(_sent: CaseResult) -> bool:
    return True


_ALL = frozenset(Expected)
_VALID = frozenset({Expected.ACCEPTED, Expected.RULED})
_WRONG_AT_A_MEMBER = frozenset({Expected.REFUSED, Expected.UNKNOWN_RECORD})

RULES = (
    Rule("generated/no-server-error", _ALL, _any, _server_error),
    Rule("generated/documented-status", _ALL, _described, _violations("documented-status")),
    Rule("generated/media-type", _ALL, _described, _violations("media-type")),
    Rule("generated/response-schema", _ALL, _described, _violations("response-schema")),
    Rule("generated/accepts-valid", _VALID, _any, _accepted),
    Rule("generated/rejects-invalid", frozenset({Expected.REFUSED}), _any, _refused),
    Rule("generated/refusal-names-member", _WRONG_AT_A_MEMBER, lambda sent: bool(sent.case.member), _named),
    Rule("generated/authentication", frozenset({Expected.UNAUTHENTICATED}), _any, _answered(401)),
    Rule("authentication/comes-first", frozenset({Expected.UNAUTHENTICATED_AND_WRONG}), _any, _answered(401)),
    Rule("errors/malformed-json", frozenset({Expected.REFUSED}), _not_json, _answered(400)),
    Rule("generated/isolation", frozenset({Expected.FOREIGN}), _any, _not_found),
    Rule("generated/unknown-record", frozenset({Expected.UNKNOWN_RECORD}), _any, _not_found),
    Rule("generated/method", frozenset({Expected.NO_SUCH_METHOD}), _any, _answered(404, 405)),
    Rule("generated/lists-what-was-asked", frozenset({Expected.ACCEPTED}), _is_list, _unasked),
)
