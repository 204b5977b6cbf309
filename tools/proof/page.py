"""`docs/proof.md`: the matrix, for people."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from lead_provider_conformance.contract.requirements import Registry
from lead_provider_sandbox.faults.catalogue import Fault

from .expectations import Expectation, expectation
from .matrix import Matrix, Row

FILE = Path(__file__).parents[2] / "docs" / "proof.md"
YARDSTICK = Path(__file__).with_name("yardstick.yaml")

_OF_EVERY_ANSWER = ("contract", "generated")

_INTRODUCTION = """# Proof that it bites

<!-- Made by `make proof`. -->

The sandbox can be broken in {faults:,} ways, each of them data: `lead-provider-sandbox --list-faults` prints them, and
`--fault NAME` turns one on. For each, `tools/proof/expectations.yaml` says which requirement has to fail because of it,
and what the reason given must say, so that a fault counts as caught only if the suite names its cause. `make proof`
runs the suite against every one of them, writes `tools/proof/proof.json` and this page, and fails if a fault that
should be caught is not.

| | |
|---|---|
| faults | {faults:,} |
| caught, for their own cause | {caught:,} |
| argued: no test could catch them | {argued:,} |
| get through | {missed:,} |
| requirements | {requirements:,} |
| requirements that some fault is caught by | {proven:,} |
| requirements with a fault that nothing but they and their neighbours noticed | {alone:,} |
| requests until a fault is caught, in the middle of all faults | {requests:,} |

A sandbox without faults is conformant in every version and programme: that is asked first.

*Requests* are counted from the beginning of a run against that fault, with all that it takes to find records. Such a
run holds the tests that verify the requirements which have to fail; where only the contract is broken, the tests that
meet the broken part, until one catches it.
"""


@dataclass(frozen=True)
class Proof:
    """Everything that the page tells: the faults, what was expected of each, and what came of it."""

    faults: Mapping[str, Fault]
    matrix: Matrix
    registry: Registry

    @cached_property
    def expected(self) -> dict[str, Expectation]:
        """What has to catch each fault."""
        found = {name: expectation(fault) for name, fault in self.faults.items()}
        return {name: expected for name, expected in found.items() if expected is not None}

    def _with(self, what: str) -> dict[str, str]:
        reasons = {name: getattr(expected, what) for name, expected in self.expected.items()}
        return {name: reason for name, reason in reasons.items() if reason}

    @property
    def argued(self) -> dict[str, str]:
        """The faults that no test could catch, and why."""
        return self._with("argued")

    @property
    def missed(self) -> dict[str, str]:
        """The faults that get through, and why."""
        return self._with("missed")

    @cached_property
    def caught(self) -> dict[str, Row]:
        """The faults that were caught."""
        return {name: self.matrix[name] for name in self.faults if name in self.matrix}

    @cached_property
    def catching(self) -> dict[str, list[str]]:
        """The faults that each requirement catches for its own cause."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name, row in self.caught.items():
            for requirement in row.caught:
                found[requirement].append(name)
        return found

    def by_neighbours_alone(self, requirement: str, name: str) -> bool:
        """Whether nothing noticed a fault but a requirement, its neighbours, and what holds for every answer."""
        row = self.caught[name]
        areas = {each.partition("/")[0] for each in (*row.caught, *row.also)}
        return areas <= {requirement.partition("/")[0], *_OF_EVERY_ANSWER}

    @property
    def unproven(self) -> list[str]:
        """The requirements that no fault is caught by for its own cause, in the order of the registry."""
        return [each.id for each in self.registry if each.id not in self.catching]


def page(proof: Proof) -> str:
    """The whole page."""
    parts = [
        _INTRODUCTION.format(
            faults=len(proof.faults),
            caught=len(proof.caught),
            argued=len(proof.argued),
            missed=len(proof.missed),
            requirements=len(proof.registry),
            proven=len(proof.registry) - len(proof.unproven),
            alone=sum(
                any(proof.by_neighbours_alone(each.id, name) for name in proof.catching.get(each.id, ()))
                for each in proof.registry
            ),
            requests=int(median(row.requests for row in proof.caught.values())) if proof.caught else 0,
        ),
        _yardstick(proof),
        _kinds(proof),
        _reasons("Argued", "What no test can tell from a server that conforms, one by one.", proof.argued),
        _reasons("Getting through", "What the suite does not catch today.", proof.missed),
        _requirements(proof),
        _unproven(proof),
        _catalogue(proof),
    ]
    return "\n".join(part for part in parts if part)


def _yardstick(proof: Proof) -> str:
    types: list[dict[str, Any]] = yaml.safe_load(YARDSTICK.read_text(encoding="utf-8"))
    rows = [
        (
            each["type"],
            each["here"] if "here" in each else f"*Not here.* {each['nearest']}",
            ", ".join(
                f"`{name}` ({_caught_by(proof.caught[name])})" for name in each["faults"] if name in proof.caught
            ),
        )
        for each in types
    ]
    return (
        "## The published yardstick\n\n"
        "The ten types of fault of Zhang and Arcuri, *Open Problems in Fuzzing RESTful APIs: A Comparison of Tools* "
        "(TOSEM 2023, table 7), in the words of this API. The best tool of that comparison found two of the ten.\n\n"
        + _table(("type", "here", "caught"), rows)
    )


def _kinds(proof: Proof) -> str:
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for name, fault in proof.faults.items():
        kinds[fault.kind].append(name)
    rows = []
    for kind, names in sorted(kinds.items(), key=lambda each: (-len(each[1]), each[0])):
        rows_of = [proof.caught[name] for name in names if name in proof.caught]
        by = Counter(requirement for row in rows_of for requirement in row.caught)
        most = ", ".join(f"{requirement} {number}" for requirement, number in by.most_common(3))
        more = f", and {len(by) - 3} more" if len(by) > 3 else ""
        requests = int(median(row.requests for row in rows_of)) if rows_of else "-"
        rows.append((kind, len(names), len(rows_of), requests, most + more))
    return "## By kind\n\n" + _table(("kind", "faults", "caught", "requests, median", "caught most by"), rows)


def _reasons(title: str, introduction: str, reasons: Mapping[str, str]) -> str:
    if not reasons:
        return ""
    rows = [(f"`{name}`", reason) for name, reason in sorted(reasons.items())]
    return f"## {title}\n\n{introduction}\n\n" + _table(("fault", "why"), rows)


def _unproven(proof: Proof) -> str:
    if not proof.unproven:
        return ""
    lines = [f"- {each}" for each in proof.unproven]
    return (
        "## Requirements without a fault of their own\n\n"
        "No fault says that it must be caught by these. Many fail because of others.\n\n" + "\n".join(lines) + "\n"
    )


def _requirements(proof: Proof) -> str:
    rows = []
    for each in proof.registry:
        names = proof.catching.get(each.id, ())
        alone = next((name for name in names if proof.by_neighbours_alone(each.id, name)), None)
        if names:
            rows.append((each.id, len(names), f"`{alone}`" if alone else "none"))
    return (
        "## By requirement\n\n"
        "How many faults each requirement catches for its own cause, and one of them that nothing else noticed in its "
        "run but its neighbours, which are those of the same area, and the rules that hold for every answer.\n\n"
        + _table(("requirement", "faults", "noticed by it and its neighbours alone"), rows)
    )


def _catalogue(proof: Proof) -> str:
    kinds: defaultdict[str, list[tuple[object, ...]]] = defaultdict(list)
    for name, fault in sorted(proof.faults.items()):
        if row := proof.caught.get(name):
            kinds[fault.kind].append((f"`{name}`", _where(fault, row), _caught_by(row), row.requests))
    parts = ["## Every fault that is caught\n"]
    for kind, rows in sorted(kinds.items()):
        table = _table(("fault", "in", "caught by", "requests"), rows)
        parts.append(f"<details><summary>{kind}: {len(rows)}</summary>\n\n{table}\n</details>\n")
    return "\n".join(parts)


def _where(fault: Fault, row: Row) -> str:
    """The scope, and the edition if it is not the default one."""
    expected = expectation(fault)
    return f"{row.scope}, {expected.edition}" if expected and expected.edition else row.scope


def _caught_by(row: Row) -> str:
    return ", ".join(row.caught)


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines)
