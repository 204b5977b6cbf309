"""Exclusions of a parity file as waivers, and the exclusions of the differences of a run."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import yaml

from lead_provider_conformance.config.parity_file import Exclusion
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.contract import document_name
from lead_provider_conformance.contract.editions import load_edition
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Cause, Outcome, UsageError
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.results.verdict import Verdict


def load_requirements() -> Registry:
    """Return the requirements about two servers."""
    return Registry.load(suites_root() / "parity" / "requirements")


def waivers_of(exclusions: Sequence[Exclusion], editions: Iterable[str]) -> tuple[Waiver, ...]:
    """Return the exclusions as waivers. Raise UsageError for a path or a requirement that does not exist."""
    if not exclusions:
        return ()
    names = {document_name(edition, scope) for edition in editions for scope in load_edition(edition).scopes}
    operations = {
        (operation.method, operation.path): (operation.id, contract.version)
        for contract in (Contract.load(name) for name in sorted(names))
        for operation in contract.operations
    }
    known = {each.id for each in load_requirements()}
    return tuple(_waiver(each, operations, known) for each in exclusions)


def _waiver(each: Exclusion, operations: Mapping[tuple[str, str], tuple[str, str]], known: set[str]) -> Waiver:
    if each.requirement is not None and each.requirement not in known:
        raise UsageError(
            f"`exclude` names the requirement {each.requirement}, which is not one of {', '.join(sorted(known))}."
        )
    operation, version = _operation(each.method, each.path, operations) if each.path else ("", "")
    parts = Cause(operation, each.field or "", each.difference or "")
    return Waiver(
        requirement=each.requirement,
        owner=each.owner,
        reason=each.reason,
        expires=each.expires,
        versions=(version,) if version else each.versions,
        link=each.link,
        cause=parts if parts != Cause() else None,
    )


def _operation(method: str, path: str, operations: Mapping[tuple[str, str], tuple[str, str]]) -> tuple[str, str]:
    if (method, path) not in operations:
        paths = [known for own, known in operations if own == method]
        near = difflib.get_close_matches(path, paths, n=1)
        advice = f"did you mean {near[0]}?" if near else "give a path as the contract writes it."
        nothing = "nothing can be read" if method == "GET" else f"the contract has no {method}"
        raise UsageError(f"`exclude` names the path {path}, at which {nothing}; {advice}")
    return operations[method, path]


def exclusions_yaml(verdict: Verdict, editions: Iterable[str], *, until: date) -> str:
    """Return the `exclude` part of a parity file that accepts every difference of a run."""
    operations = {
        (operation.id, scope.version): operation
        for edition in reversed(list(editions))
        for scope in load_edition(edition).scopes
        for operation in Contract.of(edition, scope).operations
    }
    entries: list[dict[str, Any]] = []
    for scope in verdict.scopes:
        for requirement in scope.with_outcome(Outcome.FAILED):
            for finding in requirement.failures:
                cause = finding.cause or Cause()
                operation = operations[cause.operation, scope.scope.version]
                entries.append(
                    {
                        "path": operation.path,
                        **({"method": operation.method} if operation.method != "GET" else {}),
                        **({"field": cause.place} if cause.place else {}),
                        "difference": cause.kind,
                        "requirement": finding.requirement,
                        "reason": "why the difference is accepted",
                        "owner": "the person or team responsible",
                        "expires": until.isoformat(),
                    }
                )
    text: str = yaml.dump({"exclude": entries}, Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True, width=120)
    return text
