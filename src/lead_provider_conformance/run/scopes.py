"""The versions and programmes that a run tests."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Scope, UsageError


def scopes_of(
    target: Target, edition: str, registry: Registry, versions: Sequence[str] = (), programmes: Sequence[str] = ()
) -> tuple[Scope, ...]:
    """Return the scopes that the options select, the target offers, and some requirement of the edition applies to.

    Raise UsageError for a selection that cannot be tested.
    """
    testable = {(version, programme) for each in registry for version in each.versions for programme in each.programmes}
    known_versions = sorted({version for version, _ in testable})
    for version in target.versions or ():
        if not versions and version not in known_versions:
            raise UsageError(
                f"The target {target.name} has {version}, which edition {edition} does not have; correct `versions` or "
                f"`edition` in the target file, or choose {' or '.join(known_versions)} with --api-version."
            )
    for version in versions:
        if version not in known_versions:
            raise UsageError(
                f"Edition {edition} has no API version {version!r}; choose {' or '.join(known_versions)} with "
                "--api-version, or another edition with --edition."
            )
        if target.versions is not None and version not in target.versions:
            raise UsageError(
                f"The target {target.name} has no {version}; it offers {', '.join(target.versions)}. "
                "Choose one of those, or correct `versions` in the target file."
            )
    for programme in programmes:
        if programme not in target.programmes:
            raise UsageError(
                f"The target {target.name} has no {programme}; choose {' or '.join(target.programmes)} "
                "with --programme, or correct `programmes` in the target file."
            )
    wanted_versions = versions or target.versions or known_versions
    wanted_programmes = programmes or target.programmes
    scopes = tuple(
        Scope(version, programme)
        for version, programme in product(wanted_versions, wanted_programmes)
        if (version, programme) in testable
    )
    if not scopes:
        raise UsageError(
            f"Edition {edition} has no requirements for {', '.join(wanted_versions)} and {', '.join(wanted_programmes)}"
            " together; choose with --edition, --api-version and --programme, or in the target file."
        )
    return scopes
