"""What Allure shows of a test: its area, the requirements it verifies, how binding they are, and its exchanges."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import allure
import pytest
from allure_commons.reporter import AllureReporter

from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Level, Scope
from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.text import one_line, shortened, visible

ADDRESS = re.compile(r"https?://[^\s);,]+")
LONGEST_NAME = 160

SEVERITY = {
    Level.MUST: allure.severity_level.CRITICAL,
    Level.SHOULD: allure.severity_level.NORMAL,
    Level.MAY: allure.severity_level.MINOR,
}


class OneFileForEachTest(AllureReporter):
    """Writes the results of tests, and not the dozen files of each that only say which fixtures it had."""

    def stop_group(self, uuid: str, **_: object) -> None:
        """Forget a fixture, when it is done with."""
        self.drop_test(uuid)


def prepare(config: pytest.Config) -> None:
    """Let Allure's plugin, if it is there, write what somebody reads, and nothing else."""
    if listener := config.pluginmanager.get_plugin("allure_listener"):
        listener.allure_logger = OneFileForEachTest()


def label(requirements: Sequence[Requirement], scope: Scope) -> None:
    """Label the running test for Allure."""
    if not requirements:
        return
    allure.dynamic.epic(f"Lead Provider API {scope.version}, {scope.programme}")
    allure.dynamic.feature(requirements[0].area)
    allure.dynamic.description("\n\n".join(f"{each.level} {each.id}: {each.statement}" for each in requirements))
    most_binding = min((each.level for each in requirements), key=list(Level).index)
    allure.dynamic.severity(SEVERITY[most_binding])
    for source in dict.fromkeys(source for requirement in requirements for source in requirement.sources):
        if address := ADDRESS.search(source):
            allure.dynamic.link(address[0], name=source)
    for requirement in requirements:
        allure.dynamic.label("requirement", requirement.id)
        allure.dynamic.story(requirement.id)


def attach(exchanges: Sequence[Mapping[str, Any]], *, failed: bool) -> None:
    """Attach the exchanges of the running test: a list of them, and each as the journal has it if the test failed.

    They come from the journal, so they hold no secret.
    """
    if not exchanges:
        return
    allure.attach("\n".join(map(_told, exchanges)), "Exchanges", allure.attachment_type.TEXT, "txt")
    for exchange in exchanges if failed else ():
        name = visible(_told(exchange))
        allure.attach(visible(curl(exchange)), f"curl: {name}", allure.attachment_type.TEXT, "txt")
        content = json.dumps(exchange, indent=1)
        allure.attach(content, f"{exchange['id']}: {name}", allure.attachment_type.JSON, "json")


def _told(exchange: Mapping[str, Any]) -> str:
    request, response = exchange["request"], exchange["response"]
    came = response["status"] if response else exchange["error"]
    return shortened(one_line(f"{request['method']} {request['url']} → {came}"), LONGEST_NAME)
