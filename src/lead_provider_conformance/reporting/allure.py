"""What Allure shows a test under: the area, the requirements it verifies, and how binding they are."""

from __future__ import annotations

from collections.abc import Sequence

import allure

from lead_provider_conformance.requirements import Requirement
from lead_provider_conformance.words import Level, Scope

SEVERITY = {
    Level.MUST: allure.severity_level.CRITICAL,
    Level.SHOULD: allure.severity_level.NORMAL,
    Level.MAY: allure.severity_level.MINOR,
}


def label(requirements: Sequence[Requirement], scope: Scope) -> None:
    """Label the running test for Allure."""
    if not requirements:
        return
    allure.dynamic.epic(f"Lead Provider API {scope.version}, {scope.programme}")
    allure.dynamic.feature(requirements[0].area)
    allure.dynamic.description("\n\n".join(f"{each.level} {each.id}: {each.statement}" for each in requirements))
    most_binding = min((each.level for each in requirements), key=list(Level).index)
    allure.dynamic.severity(SEVERITY[most_binding])
    for requirement in requirements:
        allure.dynamic.label("requirement", requirement.id)
        allure.dynamic.story(requirement.id)
