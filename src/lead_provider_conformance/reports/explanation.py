"""Answer "is this server ready?", or "is this client ready?", in a few sentences."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain

from lead_provider_conformance.model import Conformance, Level, Outcome, Subject
from lead_provider_conformance.reports.summary import (
    accepted_gaps,
    failures,
    is_difference,
    is_silent,
    quantity,
    scope_labels,
)
from lead_provider_conformance.reports.wording import WORDINGS, Wording
from lead_provider_conformance.results.operations import partial_text
from lead_provider_conformance.results.verdict import ScopeVerdict, Verdict

MAY_ONLY_BE_READ = "may only be read"
"""Part of each reason for which requests that change data were left out."""
BY_READING = "decided by reading only: requests that change data were left out."
NOT_EVERYWHERE = "not tested in every situation."
PAYMENT = "payment"
"""The subject of requirements that decide whether, how often or on which statement DfE pays."""


def explanation(verdict: Verdict) -> str:
    """Answer "is this server ready?" in a few sentences; mention if the target has only some operations."""
    if verdict.subject is Subject.PARITY:
        return _same(verdict)
    part = partial_text(verdict.journals)
    only = WORDINGS[verdict.subject].only.format(count=part) if part else ""
    answer = _answer(verdict, WORDINGS[verdict.subject])
    options = (_options_sentence(verdict), payment_sentence(verdict))
    more = (gaps_sentence(verdict), only, left_out_sentence(verdict), *options)
    return " ".join(filter(None, (answer, *more)))


def _same(verdict: Verdict) -> str:
    """Answer "do they behave the same?" in a few sentences."""
    compared = [line for line in verdict.journals.script if line["kind"] == "compared"]
    requests, records = (sum(line[name] for line in compared) for name in ("requests", "records"))
    journeys = [line for line in verdict.journals.script if line["kind"] == "journey" and line["steps"]]
    writes = sum(line["writes"] for line in journeys)
    taken = f", {quantity(writes, 'write')} in {quantity(len(journeys), 'journey')}" if journeys else ""
    reads = f"{quantity(requests - writes, 'read')} of {quantity(len(compared), 'operation')}"
    extent = f"{reads}{taken}, {quantity(records, 'record')}."
    found, accepted = (failures(verdict, each) for each in (Outcome.FAILED, Outcome.WAIVED))
    excluded = f" {quantity(len(accepted), 'difference')} {'is' if len(accepted) == 1 else 'are'} excluded."
    changes = sum(line["kind"] == "contract-change" and line["seen"] for line in verdict.journals.script)
    explained = (
        f" {quantity(changes, 'change')} between the editions of the contract {'was' if changes == 1 else 'were'} seen."
    )
    end = f"{excluded if accepted else ''}{explained if changes else ''} Compared: {extent}"
    if verdict.conformance is Conformance.NOT_CONFORMANT:
        return f"No. There {'is' if len(found) == 1 else 'are'} {quantity(len(found), 'difference')}.{end}"
    if verdict.conformance is Conformance.CONFORMANT:
        return f"Yes. Both servers gave the same responses.{end}"
    return f"Not known. No difference was found, but not everything was compared.{end}"


def _options_sentence(verdict: Verdict) -> str:
    """Return how many SHOULD and MAY requirements a ready subject does not meet or show; empty if it meets all."""
    if verdict.conformance is not Conformance.CONFORMANT:
        return ""
    words = WORDINGS[verdict.subject]
    ids: dict[Outcome, set[str]] = defaultdict(set)
    for each in (each for scope in verdict.scopes for each in scope.requirements):
        if each.requirement.level is not Level.MUST:
            ids[each.outcome].add(each.requirement.id)
    ends = ((Outcome.FAILED, "not met"), (Outcome.COULD_NOT_RUN, words.outcomes[Outcome.COULD_NOT_RUN]))
    counts = [(len(ids[outcome]), end) for outcome, end in ends if ids[outcome]]
    found = [
        f"{quantity(count, 'optional requirement')} (SHOULD or MAY) {'is' if count == 1 else 'are'} {end}"
        for count, end in counts
    ]
    return f"{' and '.join(found)}; this does not count." if found else ""


def payment_sentence(verdict: Verdict) -> str:
    """Return the number of differences about payment, which count in no verdict; empty if there are none."""
    ids = {
        each.requirement.id
        for scope in verdict.scopes
        for each in scope.with_outcome(Outcome.FAILED)
        if each.requirement.concerns == PAYMENT and is_difference(each.requirement, each.outcome)
    }
    return f"{quantity(len(ids), 'difference')} about payment." if ids else ""


def left_out_sentence(verdict: Verdict) -> str:
    """Return how many requirements were decided by reading only, or not in every situation; empty if none was."""
    return " ".join(
        f"{quantity(len(found), 'requirement')} {'was' if len(found) == 1 else 'were'} {words}"
        for words, found in sorted(_left_out(verdict).items())
    )


def quantity_in_part(verdict: Verdict) -> str:
    """Return how many requirements passed, but not in every situation; empty if none did."""
    ids = _left_out(verdict)[NOT_EVERYWHERE]
    return quantity(len(ids), "requirement") if ids else ""


def _left_out(verdict: Verdict) -> defaultdict[str, set[str]]:
    """Return the ids of passed requirements of which parts were left out, by the words about them."""
    ids = defaultdict[str, set[str]](set)
    for requirement in chain.from_iterable(scope.requirements for scope in verdict.scopes):
        is_read_only = any(MAY_ONLY_BE_READ in reason for reason in requirement.left_out)
        if requirement.left_out:
            ids[BY_READING if is_read_only else NOT_EVERYWHERE].add(requirement.requirement.id)
    return ids


def _answer(verdict: Verdict, words: Wording) -> str:
    musts = [each for scope in verdict.scopes for each in scope.requirements if each.requirement.level is Level.MUST]
    ids: dict[Outcome, set[str]] = defaultdict(set)
    for each in musts:
        ids[each.outcome].add(each.requirement.id)
    if verdict.conformance is Conformance.NOT_CONFORMANT:
        return f"No. The {words.subject} fails {quantity(len(ids[Outcome.FAILED]), 'mandatory requirement')}."
    if verdict.conformance is Conformance.CONFORMANT:
        waived, attested = len(ids[Outcome.WAIVED]), len(ids[Outcome.ATTESTED])
        exception = f", apart from {waived} that {'is' if waived == 1 else 'are'} waived" if waived else ""
        stated = f" For {attested} of them, this is the provider’s own statement." if attested else ""
        return f"Yes. The {words.subject} meets every mandatory requirement{exception}.{stated}"
    if is_silent(verdict):
        return "Not known. The client sent no request, so the session shows nothing about it."
    if not musts:
        return f"Not known. The {words.run} selected no mandatory requirement."
    if ids[Outcome.SUITE_ERROR]:
        return "Not known. The suite itself failed, so some requirements were not decided."
    if untested := ids[Outcome.COULD_NOT_RUN]:
        count = quantity(len(untested), "mandatory requirement")
        return f"Not known. No mandatory requirement failed, but {count} {words.untested}."
    if idle := [scope.scope for scope in verdict.scopes if not _has_tested_must(scope)]:
        return f"Not known. {words.idle.format(scopes=scope_labels(idle))}"
    return f"Not known. Every requirement tested so far passed, but the {words.run} did not finish."


def _has_tested_must(scope: ScopeVerdict) -> bool:
    tested = scope.with_outcome(Outcome.PASSED, Outcome.WAIVED)
    return any(each.requirement.level is Level.MUST for each in tested)


def gaps_sentence(verdict: Verdict) -> str:
    """Return the number of accepted gaps and who accepts them; empty if there are none."""
    gaps = accepted_gaps(verdict)
    owners = sorted({gap.owner for gap, _ in gaps.values()})
    verbs = "is" if len(gaps) == 1 else "are", "accepts" if len(owners) == 1 else "accept"
    count = quantity(len(gaps), "requirement")
    return f"{count} {verbs[0]} not tested; {' and '.join(owners)} {verbs[1]} this." if gaps else ""
