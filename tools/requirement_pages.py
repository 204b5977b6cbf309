"""Render the requirements of servers as pages, for `docs/requirements/`, and the faults that prove them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path

from tools.proof.expectations import expectation_for
from tools.proof.matrix import read_matrix
from tools.proof.services import ORIGINAL, Service

from lead_provider_conformance.cli.requirement import in_editions, label_of, tests_of
from lead_provider_conformance.contract.behaviours import CITATION, Behaviour, load_behaviours
from lead_provider_conformance.contract.citations import address_of, address_of_behaviour
from lead_provider_conformance.contract.proving_faults import ProvingFault
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.schemas import yaml_file
from lead_provider_sandbox.faults.catalogue import catalogue

FOLDER = "requirements"
_INDEX = """# Requirements of servers

Every requirement with its sources, the tests that decide it and, if it has one, a fault of the sandbox that fails it.
These pages are generated from `suites/requirements/`. To update them, change the files and run `make docs`. The
requirements of clients are in [obligations](../readiness/obligations.md).

`lead-provider-conformance requirement show ID` prints the same, with the whole text of each behaviour.

| area | requirements | page |
|---|---|---|
{rows}
"""
_PAGE = """# Requirements: {title}

{subject} Generated from `suites/requirements/{name}.yaml`.
"""


def pages() -> Mapping[str, Callable[[], str]]:
    """Return the pages by their path in `docs/`."""
    return {
        f"{FOLDER}/README.md": _index,
        **{f"{FOLDER}/{path.stem}.md": partial(_page, path) for path in _files()},
    }


def faults_file() -> str:
    """Return the text of `suites/faults.json`: for each requirement the fault that fails the fewest others."""
    faults = {name: [each.name, each.sentence, each.options] for name, each in _proving().items()}
    lines = [f"{json.dumps(name)}: {json.dumps(fault)}" for name, fault in faults.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


@cache
def _proving() -> Mapping[str, ProvingFault]:
    faults, found = catalogue(), dict[str, tuple[tuple[bool, int], ProvingFault]]()
    for name, row in read_matrix().items():
        expected = expectation_for(faults[name])
        service = expected.service if expected else ORIGINAL
        rank = service != ORIGINAL, len(row.caught) + len(row.also)
        fault = ProvingFault(name, faults[name].sentence, _options(service))
        for requirement in row.caught:
            if requirement not in found or rank < found[requirement][0]:
                found[requirement] = rank, fault
    return {requirement: fault for requirement, (_, fault) in sorted(found.items())}


def _options(service: Service) -> str:
    edition = f"--edition {service.edition}" if service.edition != ORIGINAL.edition else ""
    return f"{edition} --programme {service.programme}" if service.programme else edition


def _files() -> list[Path]:
    return sorted((suites_root() / "requirements").glob("*.yaml"))


@cache
def _requirements(path: Path) -> tuple[Requirement, ...]:
    return tuple(map(Requirement.from_mapping, yaml_file.read(path, schema="requirements")))


def _index() -> str:
    areas: dict[str, dict[str, int]] = {}
    for path in _files():
        for each in _requirements(path):
            counts = areas.setdefault(each.area, {})
            counts[path.stem] = counts.get(path.stem, 0) + 1
    rows = (
        f"| {area} | {sum(counts.values())} | {', '.join(f'[{name}]({name}.md)' for name in counts)} |"
        for area, counts in sorted(areas.items())
    )
    return _INDEX.format(rows="\n".join(rows))


class _Links:
    """The addresses that a page refers to, each once at its end."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def to(self, address: str | None, text: str) -> str:
        """Return the text as a link, or as it is without an address."""
        return f"[{text}][{self._numbers.setdefault(address, len(self._numbers) + 1)}]" if address else text

    def definitions(self) -> Iterator[str]:
        """Yield the lines at the end of the page."""
        return (f"[{number}]: {address}" for address, number in self._numbers.items())


def _page(path: Path) -> str:
    subject = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
    head = _PAGE.format(title=path.stem.replace("-", " "), subject=subject, name=path.stem)
    links = _Links()
    sections = [line for each in _requirements(path) for line in _section(each, links)]
    return "\n".join([head, *sections, *links.definitions(), ""])


def _section(requirement: Requirement, links: _Links) -> Iterator[str]:
    labels = (label_of(name, here, requirement) for name, here in in_editions(requirement).items())
    scope = f"{', '.join(requirement.versions)}; {', '.join(each.upper() for each in requirement.programmes)}"
    concerns = f"; about {requirement.concerns}" if requirement.concerns else ""
    yield from (f"## {requirement.id}", "", requirement.statement, "")
    yield from (f"{requirement.level}; {scope}{concerns}. Editions: {', '.join(labels)}.", "")
    yield from (f"- {_source(each, links)}" for each in requirement.sources)
    yield f"- Tests: {', '.join(f'`{each}`' for each in tests_of(requirement.id))}"
    if fault := _proving().get(requirement.id):
        yield f"- Fault: `{fault.name}`. {fault.sentence}"
    yield ""


def _source(source: str, links: _Links) -> str:
    if behaviour := _behaviour(source):
        status = behaviour.expect.get("status")
        expected = f": {status}" if status else ""
        return f"Behaviour {links.to(address_of_behaviour(behaviour), behaviour.id)}: {behaviour.given}{expected}"
    document, separator, section = source.partition(": ")
    return f"{links.to(address_of(source), document)}{separator}{section}"


def _behaviour(source: str) -> Behaviour | None:
    return _behaviours().get(source.removeprefix(CITATION)) if source.startswith(CITATION) else None


@cache
def _behaviours() -> Mapping[str, Behaviour]:
    return load_behaviours()
