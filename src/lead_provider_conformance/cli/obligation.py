"""The requirements of clients in the `requirement` command."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import TextWrapper, fill

from lead_provider_conformance.contract.citations import citations
from lead_provider_conformance.contract.editions import editions
from lead_provider_conformance.readiness.catalogue import faults, situations
from lead_provider_conformance.readiness.obligations import Obligation, Observable

WIDTH = 100
_JUDGED = {
    Observable.TRAFFIC: "from all requests of a session",
    Observable.SITUATION: "from the requests after a situation",
    Observable.ATTESTATION: "not from traffic; the provider attests it in the profile",
    Observable.PROCESS: "not in a session; it is a process between provider and DfE",
}


def describe_obligation(obligation: Obligation) -> str:
    """Return an obligation with its scope, advice, situations and sources as text."""
    requirement = obligation.requirement
    here = [each for each in editions() if requirement.is_in(each)]
    proposed = f" (proposed: {obligation.proposed_level})" if obligation.proposed_level else ""
    derived = "; derived from a published sentence" if obligation.derived else ""
    lines = [
        obligation.id,
        "",
        fill(requirement.statement, WIDTH),
        "",
        f"Level       {requirement.level}{proposed}{derived}",
        f"Programmes  {', '.join(requirement.programmes)}",
        f"Editions    {', '.join(here)}",
        f"Judged      {_JUDGED[obligation.observable]}",
    ]
    if obligation.needs:
        needs = "; ".join(" or ".join(group) for group in obligation.needs)
        lines.append(fill(needs, WIDTH, initial_indent="Operations  ", subsequent_indent=" " * 12))
    texts = {
        "Conflict": obligation.conflict,
        "Note": obligation.note,
        "To show it": obligation.remedy,
        "If it fails": obligation.fix,
    }
    for title, text in texts.items():
        if text:
            lines += ["", title, "", _indented(text)]
    return "\n".join([*lines, *_situations(obligation), *_sources(obligation), *_proof(obligation)])


def _situations(obligation: Obligation) -> Iterator[str]:
    if obligation.situations:
        yield from ("", "Situations", "")
    for name in obligation.situations:
        each = situations()[name]
        yield _indented(f"{name} ({', '.join(each.acts)}): {each.statement} {each.expectation}")


def _sources(obligation: Obligation) -> Iterator[str]:
    yield from ("", "Sources")
    for each in citations(obligation.requirement):
        yield from ("", _indented(each.title))
        if each.url:
            yield f"    {each.url}"


def _proof(obligation: Obligation) -> Iterator[str]:
    """Yield the faults of the reference client that fail the obligation."""
    proving = [each for each in faults().values() if each.requirement == obligation.id]
    if proving:
        yield from ("", "Proof", "")
    for each in proving:
        yield _indented(f"{each.flag}: {each.statement}")


def _indented(text: str) -> str:
    whole_words = TextWrapper(
        WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
    )
    return whole_words.fill(text)
