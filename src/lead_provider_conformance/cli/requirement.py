"""The `requirement` command: list requirements of servers or clients, or show one with its sources."""

from __future__ import annotations

import argparse
import ast
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from textwrap import fill
from typing import Any

from lead_provider_conformance.cli.command import add_command
from lead_provider_conformance.cli.obligation import describe_obligation
from lead_provider_conformance.contract import versions
from lead_provider_conformance.contract.behaviours import CITATION, Behaviour, load_behaviours
from lead_provider_conformance.contract.citations import address_of, address_of_behaviour
from lead_provider_conformance.contract.editions import editions, load_edition
from lead_provider_conformance.contract.proving_faults import proving_faults
from lead_provider_conformance.contract.requirements import Registry, Requirement
from lead_provider_conformance.model import ExitStatus, Level, UsageError
from lead_provider_conformance.readiness.obligations import Obligations
from lead_provider_conformance.resources import suites_root

WIDTH = 100
_CHECKED_BY_MACHINERY = {
    "contract": "every exchange of a run",
    "generated": "suites/generated/test_generated.py",
    "own-document": "every exchange of a run, if the target file names a `document`",
}
"""Requirements that no single test names, by area."""


def add_commands(groups: Any) -> None:
    """Add `requirement` with `list` and `show`."""
    parser = add_command(
        groups,
        "requirement",
        "list requirements, or show one",
        {"Read about the requirement of a failure": "show declarations/idempotent"},
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    listing = add_command(
        commands,
        "list",
        "list requirements, one a line",
        {
            "List all that a server of the ECT service must meet": "--edition 2026-08 --programme ecf --level MUST",
            "List those of a provider's client": "--client",
        },
    )
    listing.add_argument("--area", help="the part of an id before the slash, such as declarations")
    listing.add_argument("--level", type=str.upper, choices=[str(level) for level in Level], metavar="LEVEL")
    listing.add_argument("--edition", metavar="EDITION", help="as this edition counts them; default: all editions")
    listing.add_argument("--programme", choices=("ecf", "npq"))
    listing.add_argument("--api-version", choices=versions())
    listing.add_argument("--client", action="store_true", help="requirements of clients, instead of servers")
    listing.set_defaults(command=_list)
    show = add_command(
        commands,
        "show",
        "show a requirement with its sources and tests",
        {
            "Show one requirement": "declarations/idempotent",
            "List an area": "void",
            "Show a requirement of clients": "paging/all-pages",
        },
    )
    show.add_argument("id", help="such as declarations/idempotent; an area lists its requirements")
    show.add_argument("--edition", metavar="EDITION", help="as this edition counts it; default: all editions")
    show.add_argument("--client", action="store_true", help="look among the requirements of clients only")
    show.set_defaults(command=_show)


def _list(arguments: argparse.Namespace) -> int:
    registry = _registry(client=arguments.client)
    areas = sorted({each.area for each in registry})
    if arguments.area and arguments.area not in areas:
        raise UsageError(f"There is no area {arguments.area!r}; choose one of {', '.join(areas)}.")
    if arguments.edition:
        registry = _of_edition(registry, arguments)
    found = [
        each
        for each in registry
        if (
            arguments.area in (None, each.area)
            and arguments.level in (None, each.level)
            and (each.versions if arguments.api_version is None else arguments.api_version in each.versions)
            and arguments.programme in (None, *each.programmes)
        )
    ]
    if not found:
        raise UsageError("No requirement has all of these; leave out one of the options.")
    _print_lines(found)
    return ExitStatus.CONFORMANT


def _registry(*, client: bool) -> Registry:
    return Registry(each.requirement for each in Obligations.load()) if client else Registry.load()


def _has(registry: Registry, name: str) -> bool:
    return any(name in (each.id, each.area) for each in registry)


def _of_edition(registry: Registry, arguments: argparse.Namespace) -> Registry:
    edition = load_edition(arguments.edition)
    # No edition freezes the requirements of clients.
    return Registry(each.in_edition(edition.name) for each in registry) if arguments.client else edition.of(registry)


def _show(arguments: argparse.Namespace) -> int:
    registry = _registry(client=arguments.client)
    if not arguments.client and not _has(registry, arguments.id):
        clients = _registry(client=True)
        arguments.client = _has(clients, arguments.id)
        registry = clients if arguments.client else Registry([*registry, *clients])
    found = registry.matching(arguments.id)
    if arguments.edition:
        of_edition = _of_edition(registry, arguments)
        if not (found := tuple(of_edition[each.id] for each in found if of_edition[each.id].versions)):
            others = " and ".join(
                dict.fromkeys(name for each in registry.matching(arguments.id) for name in in_editions(each))
            )
            raise UsageError(f"Edition {arguments.edition} has no requirement {arguments.id}; look in {others}.")
    if found[0].id == arguments.id and arguments.client:
        _print(describe_obligation(Obligations.load()[arguments.id]))
    elif found[0].id == arguments.id:
        _print(describe(found[0], in_editions(registry[arguments.id])))
    else:
        _print_lines(found)
    return ExitStatus.CONFORMANT


def in_editions(requirement: Requirement) -> dict[str, Requirement]:
    """Return a requirement as each edition that has it counts it."""
    counted = {each: _edition(each).of(Registry([requirement]))[requirement.id] for each in editions()}
    return {edition: here for edition, here in counted.items() if here.versions}


_edition = cache(load_edition)


def _print_lines(requirements: Iterable[Requirement]) -> None:
    for each in requirements:
        _print(f"{each.id:45} {each.level:6} {' '.join(each.versions):8} {' '.join(each.programmes):7}".rstrip())


def describe(requirement: Requirement, in_editions: Mapping[str, Requirement]) -> str:
    """Return the requirement, the editions that have it, its sources and its tests as text."""
    lines = [
        requirement.id,
        "",
        fill(requirement.statement, WIDTH),
        "",
        f"Level       {requirement.level_label}",
        f"Versions    {', '.join(requirement.versions)}",
        f"Programmes  {', '.join(requirement.programmes)}",
        f"Editions    {', '.join(label_of(name, each, requirement) for name, each in in_editions.items())}",
        "",
        "Sources",
    ]
    behaviours = load_behaviours()
    for source in requirement.sources:
        behaviour = behaviours.get(source.removeprefix(CITATION)) if source.startswith(CITATION) else None
        lines += ["", fill(source, WIDTH, initial_indent="  ", subsequent_indent="  ")]
        if behaviour:
            lines += _behaviour_lines(behaviour)
        if address := address_of_behaviour(behaviour) if behaviour else address_of(source):
            lines.append(f"    {address}")
    lines += ["", "Tests", "", *(f"  {test}" for test in tests_of(requirement.id))]
    if fault := proving_faults().get(requirement.id):
        sentence = f"{fault.name}: {fault.sentence}"
        lines += ["", "Proof", "", fill(sentence, WIDTH, initial_indent="  ", subsequent_indent="  ")]
        lines.append(f"  Try it: {fault.command}")
    return "\n".join(lines)


def label_of(edition: str, here: Requirement, requirement: Requirement) -> str:
    """Return the name of an edition, with its level and programmes where they differ from the requirement's."""
    level = [here.level_label] if here.level_label != requirement.level_label else []
    programmes = here.programmes if here.programmes != requirement.programmes else ()
    return f"{edition} ({' '.join([*level, *programmes])})" if level or programmes else edition


def tests_of(requirement_id: str) -> list[str]:
    """Return the tests that verify the requirement, as pytest names them, in the order of the files."""
    return _tests().get(requirement_id) or [_CHECKED_BY_MACHINERY.get(requirement_id.partition("/")[0], "none")]


@cache
def _tests() -> Mapping[str, list[str]]:
    """Return the tests that verify each requirement."""
    root = suites_root()
    tests: dict[str, list[str]] = defaultdict(list)
    for path in sorted(root.rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for requirement_id in _verified(node):
                    tests[requirement_id].append(f"suites/{path.relative_to(root).as_posix()}::{node.name}")
    return tests


def _verified(test: ast.FunctionDef) -> set[Any]:
    decorators = (each for each in test.decorator_list if isinstance(each, ast.Call))
    return {
        argument.value
        for each in decorators
        if isinstance(each.func, ast.Name) and each.func.id == "verifies"
        for argument in each.args
        if isinstance(argument, ast.Constant)
    }


def _behaviour_lines(behaviour: Behaviour) -> Iterator[str]:
    scope = f"{behaviour.level}; {', '.join(behaviour.versions)}; {', '.join(behaviour.programmes)}"
    fields: Mapping[str, str | None] = {
        "Scope": scope,
        "Given": behaviour.given,
        "Request": _request(behaviour.request),
        "Expected": _members(behaviour.expect),
        "Note": behaviour.note,
        "Since": behaviour.since,
        "Until": behaviour.until,
        "Source": "\n".join(behaviour.sources),
    }
    for name, text in fields.items():
        for index, line in enumerate(text.splitlines() if text else ()):
            label = f"    {name if index == 0 else '':10}"
            yield fill(line, WIDTH, initial_indent=label, subsequent_indent=" " * len(label), break_on_hyphens=False)


def _request(request: Mapping[str, Any]) -> str:
    rest = _members({name: value for name, value in request.items() if name not in ("method", "path")})
    return f"{request['method']} {request['path']}\n{rest}".strip()


def _members(members: Mapping[str, Any]) -> str:
    return "\n".join(f"{name}: {_text(value)}" for name, value in members.items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _print(text: str) -> None:
    print(text)  # noqa: T201 - command-line output
