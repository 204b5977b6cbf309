"""Freeze an edition: write the requirements that it counts to a file of `suites/requirements/editions/`."""

from __future__ import annotations

from collections.abc import Iterator

from lead_provider_conformance.contract.editions import CountedRequirement, Edition
from lead_provider_conformance.contract.requirements import Registry


def edition_file(edition: str, registry: Registry) -> str:
    """Return the file that freezes an edition with the present requirements."""
    lines = [
        f"# Requirements that edition {edition} counts in a verdict. Do not edit: add new requirements to a later one.",
        *(
            f"{each.id}: {{level: {each.level}, versions: [{', '.join(each.versions)}], "
            f"programmes: [{', '.join(each.programmes)}]}}"
            for each in sorted(registry, key=lambda each: each.id)
            if each.is_in(edition)
        ),
    ]
    return "\n".join(lines) + "\n"


def changed_verdicts(edition: Edition, registry: Registry) -> Iterator[str]:
    """Yield a sentence for each change of a requirement that would change the verdicts of a frozen edition."""
    requirements = {each.id: each for each in registry}
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
        elif (present := CountedRequirement.of(requirement)) != counted:
            yield (
                f"Edition {edition.name} counts {requirement_id} as {counted}, but it is now {present}; restore it, "
                "and add a requirement with a new id."
            )
