"""Print the details of one fault, or the faults that a requirement catches."""

from __future__ import annotations

from collections.abc import Iterator

from .page import Proof


class UnknownNameError(Exception):
    """No fault and no requirement has the name."""


def describe(proof: Proof, name: str) -> Iterator[str]:
    """Yield lines about a fault or a requirement. Raise `UnknownNameError` if the name is neither."""
    if name in proof.faults:
        yield from _describe_fault(proof, name)
    elif name in {requirement.id for requirement in proof.registry}:
        yield from _describe_requirement(proof, name)
    else:
        raise UnknownNameError(
            f"No fault and no requirement is called {name}. List faults with: lead-provider-sandbox --list-faults"
        )


def _describe_fault(proof: Proof, name: str) -> Iterator[str]:
    fault, expected, row = proof.faults[name], proof.expected.get(name), proof.caught.get(name)
    yield f"{name}: {fault.sentence}"
    yield f"  kind     {fault.kind}"
    yield f"  edition  {proof.service(name)}"
    if expected is None:
        yield "  No entry of tools/proof/expectations.yaml matches it."
        return
    if reason := expected.argued or expected.missed:
        yield f"  {'argued' if expected.argued else 'missed'}   {reason}"
    if row:
        yield f"  scope    {row.scope}"
    for requirement, pattern in expected.patterns.items():
        yield f"  {requirement}: {proof.registry[requirement].statement}"
        if pattern:
            yield f"    reason matches  {pattern}"
        if row and (catch := row.caught.get(requirement)):
            yield f"    caught in       {catch.test}, after {catch.requests} requests"
        else:
            yield f"    not in proof.json; run: python -m tools.proof {name}"
    if row and row.also:
        yield f"  also failed: {', '.join(row.also)}"


def _describe_requirement(proof: Proof, requirement: str) -> Iterator[str]:
    yield f"{requirement}: {proof.registry[requirement].statement}"
    for name in proof.caught_by.get(requirement, ()):
        yield f"  {name}: {proof.faults[name].sentence}"
