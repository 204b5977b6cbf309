"""The rules that results of generated requests must follow: one per requirement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lead_provider_conformance.contract import Violation
from lead_provider_conformance.contract.bodies import MAX_VIOLATIONS
from lead_provider_conformance.fuzzing.case import VALID, Expected
from lead_provider_conformance.fuzzing.causes import SHOWN_CHARACTERS, Failure, violation_message
from lead_provider_conformance.fuzzing.coverage_labels import LIST_QUERY, MALFORMED
from lead_provider_conformance.fuzzing.replay import CaseResult
from lead_provider_conformance.http import IncompleteResponse, Response
from lead_provider_conformance.oracles.list_oracle import contradictions
from lead_provider_conformance.text import without_positions

# These refuse the client or its credential, and not the request.
_NOT_ABOUT_THE_REQUEST = frozenset({401, 403, 429})

# These may refuse the record, or what a rule of the programme forbids.
_MAY_BE_ABOUT_THE_RECORD = frozenset({404, 409, 410, 422})

REJECTS_INVALID = "generated/rejects-invalid"

KeyAndMessage = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """A requirement on the results of some kinds of cases. `failures` yields key and message per failure."""

    requirement: str
    kinds: frozenset[Expected]
    failures: Callable[[CaseResult], Iterator[KeyAndMessage]]
    applies: Callable[[CaseResult], bool] = lambda _: True

    def check(self, results: Sequence[CaseResult]) -> tuple[Failure, ...] | None:
        """Return the failures of these results; None if the rule applies to none of them."""
        relevant = [result for result in results if result.case.expected in self.kinds and self.applies(result)]
        if not relevant:
            return None
        return tuple(Failure(key, message, result) for result in relevant for key, message in self.failures(result))

    def first_failure(self, result: CaseResult | None) -> Failure | None:
        """Return the first failure of one result, if any."""
        failures = self.check([result]) if result else None
        return failures[0] if failures else None


def _server_error(result: CaseResult) -> Iterator[KeyAndMessage]:
    if result.response is None:
        yield f"no response {_defect_place(result)}", result.error
    elif result.response.status >= 500:
        yield f"{result.response.status} {_defect_place(result)}", f"the server returned {result.response.status}"


def _violations(rule: str) -> Callable[[CaseResult], Iterator[KeyAndMessage]]:
    def failures(result: CaseResult) -> Iterator[KeyAndMessage]:
        is_error = result.response is None or result.response.status >= 500
        # A last violation beyond the limit only counts the others.
        for violation in result.exchange.violations[:MAX_VIOLATIONS]:
            if violation.rule == rule and not is_error:
                yield _violation_key(result, violation), violation_message(violation)

    return failures


def _status_in(*allowed: int) -> Callable[[CaseResult], Iterator[KeyAndMessage]]:
    def failures(result: CaseResult) -> Iterator[KeyAndMessage]:
        response = result.response
        if response is not None and response.status not in allowed and not _is_reported_by_another_rule(result):
            expected = " or ".join(map(str, allowed))
            problem = result.case.defect or "the request is valid"
            yield _key(result), f"{problem}; expected {expected}, got {_excerpt(response)}"

    return failures


def _not_found(result: CaseResult) -> Iterator[KeyAndMessage]:
    """An empty list is fine too: behaviour OUTC-LIST-ONE-UNKNOWN."""
    if not _is_empty_list(result):
        yield from _status_in(404, 422)(result)


def _accepted(result: CaseResult) -> Iterator[KeyAndMessage]:
    """A rule of the programme may refuse a write, and a filter may exclude the record of the path."""
    allowed = [200]
    if result.case.expected is Expected.RULED and result.case.writes:
        allowed.append(422)
    if _shows_one(result) and any(name.startswith("filter[") for name, _ in result.case.query):
        allowed.append(404)
    return _status_in(*allowed)(result)


def _refused(result: CaseResult) -> Iterator[KeyAndMessage]:
    status = result.response.status if result.response else 400
    is_refused = 400 <= status < 500 and status not in _NOT_ABOUT_THE_REQUEST
    # A malformed id may count as an unknown one.
    is_refused = is_refused or (result.case.defect.startswith("path:") and _is_empty_list(result))
    if not is_refused and not _is_reported_by_another_rule(result):
        yield _key(result), f"{result.case.defect}; expected a refusal, got {status}"


def _names_field(result: CaseResult) -> Iterator[KeyAndMessage]:
    if result.response and result.response.status == 422 and not _is_named(result.response, result.case.field):
        message = f"no error names {result.case.field}, got {_excerpt(result.response)}"
        yield _key(result), f"{result.case.defect}; {message}"


def _is_about_the_defect(result: CaseResult) -> bool:
    """Return whether a refusal shows that the server noticed the defect.

    A 422 that names other fields only is the refusal of a rule of the programme: it says nothing about this field. So
    does a 404 or a 409, which is about the record.
    """
    field, response = result.template.field, result.response
    is_of_record = response is not None and response.status in _MAY_BE_ABOUT_THE_RECORD
    return not field or response is None or not is_of_record or _is_named(response, field)


def _is_named(response: Response, field: str) -> bool:
    try:
        return response.names(field)
    except IncompleteResponse:
        return False


def refusals_show_nothing(results: Sequence[CaseResult]) -> bool:
    """Return whether every invalid request was refused like the valid ones: with the same status, for the same field.

    These refusals are no sign that the server noticed a defect.
    """
    valid = [each.response for each in results if each.case.expected in VALID and each.response is not None]
    refused = [each for each in results if each.case.expected is Expected.REFUSED and _is_about_the_defect(each)]
    return bool(valid and refused) and all(_is_refused_like(valid, each) for each in refused)


def _is_refused_like(valid: Sequence[Response], result: CaseResult) -> bool:
    status, field = result.response.status if result.response else None, result.template.field
    return all(
        each.status == status
        and 400 <= each.status < 500
        and (each.status not in _MAY_BE_ABOUT_THE_RECORD or (bool(field) and _is_named(each, field)))
        for each in valid
    )


def _matches_query(result: CaseResult) -> Iterator[KeyAndMessage]:
    if result.response is not None:
        try:
            messages = list(contradictions(result.case.query, result.response.resources))
        except IncompleteResponse:
            return  # another requirement reports unreadable fields
        yield from ((message, message) for message in messages)


def _is_reported_by_another_rule(result: CaseResult) -> bool:
    """Return whether the status alone breaks another rule: a defect is reported once."""
    is_undocumented = any(violation.rule == "documented-status" for violation in result.exchange.violations)
    return is_undocumented or (result.response is not None and result.response.status >= 500)


def _key(result: CaseResult) -> str:
    """Return a key that cases with the same defect share, whatever their operation."""
    status = result.response.status if result.response else "none"
    return f"{status} {_subject_of_case(result)}"


def _defect_place(result: CaseResult) -> str:
    """Return where the request is wrong. Wrong values in one place usually have one cause."""
    subject = _subject_of_case(result)
    return subject.partition(" ")[0] if result.case.defect else subject


def _subject_of_case(result: CaseResult) -> str:
    """Return the label of the defect or of the list query, or else the operation."""
    label = result.case.labels[0].partition(" ")[2] if result.case.labels else ""
    return label if result.case.defect or LIST_QUERY in label else result.case.operation


def _violation_key(result: CaseResult, violation: Violation) -> str:
    """Return a key that a record has in common with every record of a list."""
    if violation.rule == "documented-status":
        return _key(result)
    place = without_positions(violation.where).removeprefix("/data").removeprefix("/*")
    kind = result.template.path.split("/", 3)[3].partition("/{")[0].removesuffix(".csv")
    return f"{place} of {kind if place else violation.message}"


def _excerpt(response: Response) -> str:
    text = response.body[:SHOWN_CHARACTERS].decode("utf-8", "backslashreplace")
    return f"{response.status} {text}".strip()


def _shows_one(result: CaseResult) -> bool:
    operation = result.exchange.operation
    return result.case.method == "GET" and operation is not None and "{" in operation.path


def _is_empty_list(result: CaseResult) -> bool:
    return result.response is not None and result.response.status == 200 and result.response.lists_nothing


def is_list(result: CaseResult) -> bool:
    """Return whether the server returned a list."""
    if result.response is None or result.response.status != 200 or result.case.method != "GET":
        return False
    try:
        return isinstance(result.response.resources, tuple)
    except IncompleteResponse:
        return False


def _is_documented(result: CaseResult) -> bool:
    return result.exchange.operation is not None and result.response is not None


def _has_malformed_body(result: CaseResult) -> bool:
    return any(f" {MALFORMED}" in label for label in result.template.labels)


_ALL = frozenset(Expected)
_WITH_WRONG_FIELD = frozenset({Expected.REFUSED, Expected.UNKNOWN_RECORD})

RULES = (
    Rule("generated/no-server-error", _ALL, _server_error),
    Rule("generated/documented-status", _ALL, _violations("documented-status"), _is_documented),
    Rule("generated/media-type", _ALL, _violations("media-type"), _is_documented),
    Rule("generated/response-schema", _ALL, _violations("response-schema"), _is_documented),
    Rule("generated/accepts-valid", frozenset(VALID), _accepted),
    Rule(REJECTS_INVALID, frozenset({Expected.REFUSED}), _refused, _is_about_the_defect),
    Rule("generated/refusal-names-member", _WITH_WRONG_FIELD, _names_field, lambda result: bool(result.case.field)),
    Rule("generated/authentication", frozenset({Expected.UNAUTHENTICATED}), _status_in(401)),
    Rule("authentication/comes-first", frozenset({Expected.UNAUTHENTICATED_AND_WRONG}), _status_in(401)),
    Rule("errors/malformed-json", frozenset({Expected.REFUSED}), _status_in(400), _has_malformed_body),
    Rule("generated/isolation", frozenset({Expected.FOREIGN}), _not_found),
    Rule("generated/unknown-record", frozenset({Expected.UNKNOWN_RECORD}), _not_found),
    Rule("generated/method", frozenset({Expected.NO_SUCH_METHOD}), _status_in(404, 405)),
    Rule("generated/lists-what-was-asked", frozenset({Expected.ACCEPTED}), _matches_query, is_list),
)
