"""Freeze an edition: write the requirements that it counts to a file of `suites/requirements/editions/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lead_provider_conformance.contract.editions import Edition
from lead_provider_conformance.contract.requirements import Registry, Requirement


def edition_file(edition: str, registry: Registry) -> str:
    """Return the file that freezes an edition with the present requirements."""
    lines = [
        f"# Requirements that edition {edition} counts in a verdict. Do not edit: add new requirements to a later one.",
        *(
            f"{each.id}: {{level: {each.level}, versions: [{', '.join(each.versions)}], "
            f"programmes: [{', '.join(each.programmes)}]}}"
            for each in (each.in_edition(edition) for each in sorted(registry, key=lambda each: each.id))
            if each.versions
        ),
    ]
    return "\n".join(lines) + "\n"


def changed_verdicts(edition: Edition, registry: Registry) -> Iterator[str]:
    """Yield a sentence for each change of a requirement that would change the verdicts of a frozen edition."""
    requirements = {each.id: each for each in registry}
    in_edition = edition.of(registry)
    for requirement_id, counted in (edition.counted or {}).items():
        requirement = requirements.get(requirement_id)
        if requirement is None:
            yield (
                f"Edition {edition.name} counts {requirement_id}, which does not exist; restore it, with `until` if a "
                "later edition drops it."
            )
        elif not requirement.is_in(edition.name):
            yield (
                f"Edition {edition.name} counts {requirement_id}, which its `since` and `until` exclude; correct them, "
                "or add a requirement with a new id."
            )
        elif (present := counted_parts(in_edition[requirement_id])) != counted:
            yield (
                f"Edition {edition.name} counts {requirement_id} as {_described(counted)}, but it is now "
                f"{_described(present)}; restore it, and add a requirement with a new id."
            )


def counted_parts(requirement: Requirement) -> dict[str, Any]:
    """Return the parts of a requirement that decide verdicts, as in the file of an edition."""
    return {
        "level": requirement.level,
        "versions": list(requirement.versions),
        "programmes": list(requirement.programmes),
    }


def _described(counted: Mapping[str, Any]) -> str:
    return f"a {counted['level']} of {', '.join(counted['versions'])} for {' and '.join(counted['programmes'])}"
