"""Render the obligations and situations of clients as pages, for `docs/readiness/`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from lead_provider_conformance.model import Level
from lead_provider_conformance.readiness.catalogue import SituationKind, faults, situations
from lead_provider_conformance.readiness.obligations import Obligation, Obligations, Observable

_OBLIGATIONS = """# Obligations of clients

The obligations of a lead provider's system as a client of the API, from DfE's guidance, contracts and release
notes. This page is generated from `suites/client/requirements/`. To update it, change the files and run `make docs`.

MUST obligations decide whether a system is ready. A *derived* obligation follows from a published sentence and is
none itself. Where this project proposes MUST for one, it counts as SHOULD until DfE confirms it. Where published
pages contradict each other, an obligation is a MAY at most. Failures of every level are reported.

{counts}
"""
_SITUATIONS = """# Situations of a session

A session puts a client into {situations} situations. This page is generated from `suites/client/situations.yaml` and
`suites/client/faults.yaml`. To update it, change the files and run `make docs`.
"""
_KINDS = {
    SituationKind.ARMED: "Responses out of the ordinary",
    SituationKind.EVENT: "Events behind the API",
    SituationKind.TASK: "Tasks of the provider",
    SituationKind.STOCK: "Records from the beginning",
}
_FAULTS = """## Bad clients

Each of these {faults} faults of the reference client must fail its requirement, and pass those of the last column.
Two fail no particular requirement; they must not be *ready*.
"""
_JUDGED = {
    Observable.TRAFFIC: "all requests",
    Observable.SITUATION: "requests after a situation",
    Observable.ATTESTATION: "attestation of the provider",
    Observable.PROCESS: "process with DfE, not judged",
}
_SOURCE = re.compile(r"(?P<title>.+) \((?P<repository>[^@]+)@(?P<commit>\w+):(?P<path>[^#]+)(#L(?P<lines>[\d-]+))?\)")


def obligations_page() -> str:
    """Return the text of `docs/readiness/obligations.md`."""
    obligations = list(Obligations.load())
    parts = [_OBLIGATIONS.format(counts=_counts(obligations))]
    for area, group in groupby(obligations, key=lambda each: each.requirement.area):
        here = list(group)
        rows = (
            f"| [{each.id}]({_link(each.id)}) | {each.requirement.level} | {_programmes(each.requirement.programmes)} "
            f"| {_JUDGED[each.observable]} |"
            for each in here
        )
        table = _table("| requirement | level | programmes | judged by |", rows)
        parts += [f"## {area}\n\n{table}", *map(_section, here)]
    return "\n".join(parts)


def situations_page() -> str:
    """Return the text of `docs/readiness/situations.md`."""
    parts = [_SITUATIONS.format(situations=len(situations()))]
    for kind, title in _KINDS.items():
        rows = (
            f"| {each.number} | {each.name} | {each.statement} | {each.expectation} | {_links(each.obligations)} "
            f"| {', '.join(each.acts)} | {_programmes(each.programmes)} |"
            for each in situations().values()
            if each.kind is kind
        )
        head = "| # | name | situation | expectation | requirements | acts | programmes |"
        parts.append(f"## {title}\n\n{_table(head, rows)}")
    rows = (
        f"| {each.number} | {each.flag} | {each.statement} "
        f"| {_links([each.requirement]) if each.requirement else ' or '.join(each.verdicts)} "
        f"| {_programmes(each.programmes)} | {_links(each.still_passes)} |"
        for each in faults().values()
    )
    head = "| # | `--bad` | the client | fails | programmes | still passes |"
    return "\n".join([*parts, f"{_FAULTS.format(faults=len(faults()))}\n{_table(head, rows)}"])


def _counts(obligations: Sequence[Obligation]) -> str:
    counted = Counter((each.requirement.level, each.observable) for each in obligations)
    rows = (
        f"| {_JUDGED[observable]} | {' | '.join(str(counted[level, observable]) for level in Level)} |"
        for observable in Observable
    )
    return _table(f"| judged by | {' | '.join(Level)} |", rows).rstrip("\n")


def _section(obligation: Obligation) -> str:
    requirement = obligation.requirement
    proposed = f"; {obligation.proposed_level} is proposed" if obligation.proposed_level else ""
    derived = "; derived" if obligation.derived else ""
    facts = {
        "Level": f"{requirement.level}{proposed}{derived}",
        "Editions": _editions(obligation),
        "Operations": "; ".join(" or ".join(f"`{each}`" for each in group) for group in obligation.needs),
        "Situations": ", ".join(obligation.situations),
        "Conflict": obligation.conflict,
        "Note": obligation.note,
        "To show it": obligation.remedy,
        "If it fails": obligation.fix,
        "Fault": "; ".join(
            f"`{each.flag}`: {each.statement}" for each in faults().values() if each.requirement == obligation.id
        ),
        "Sources": ", ".join(_source(each) for each in requirement.sources),
    }
    lines = [f"- {name}: {text}" for name, text in facts.items() if text]
    return "\n".join([f"### {obligation.id}", "", requirement.statement, "", *lines, ""])


def _editions(obligation: Obligation) -> str:
    requirement = obligation.requirement
    spans = {"from": requirement.since, "before": requirement.until}
    return ", ".join(f"{word} {span if isinstance(span, str) else _span(span)}" for word, span in spans.items() if span)


def _span(span: object) -> str:
    assert isinstance(span, dict)
    return " and ".join(f"{edition} for {programme.upper()}" for programme, edition in span.items())


def _source(source: str) -> str:
    found = _SOURCE.fullmatch(source)
    assert found, source
    first, _, last = (found["lines"] or "").partition("-")
    anchor = (f"#L{first}" + (f"-L{last}" if last else "")) if first else ""
    return (
        f"[{found['title']}](https://github.com/{found['repository']}/blob/{found['commit']}/{found['path']}{anchor})"
    )


def _programmes(programmes: Iterable[str]) -> str:
    return ", ".join(each.upper() for each in programmes)


def _link(obligation_id: str) -> str:
    return f"#{obligation_id.replace('/', '')}"


def _links(obligations: Iterable[str]) -> str:
    return ", ".join(f"[{each}](obligations.md{_link(each)})" for each in obligations)


def _table(head: str, rows: Iterable[str]) -> str:
    return "\n".join(_lines(head, rows))


def _lines(head: str, rows: Iterable[str]) -> Iterator[str]:
    yield head
    yield "|" + "---|" * (head.count("|") - 1)
    yield from rows
    yield ""
