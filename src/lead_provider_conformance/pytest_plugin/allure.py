"""Allure labels and attachments of a test: its area, requirements, severity and exchanges."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import allure
import pytest
from allure_commons import plugin_manager
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import Status, StatusDetails
from allure_commons.reporter import AllureReporter
from allure_pytest.listener import AllureListener

from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Level, ReportFolderError, Scope
from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.results.files import indented_json
from lead_provider_conformance.text import one_line, shortened, visible

PLUGIN = "allure_pytest.plugin"
URL = re.compile(r"https?://[^\s);,]+")
LONGEST_NAME = 160

SEVERITY = {
    Level.MUST: allure.severity_level.CRITICAL,
    Level.SHOULD: allure.severity_level.NORMAL,
    Level.MAY: allure.severity_level.MINOR,
}


ADVISORY = "advisory"
"""The label of a test in which only requirements have failed that do not count."""


class _Reporter(AllureReporter):
    """Writes the result files of tests. A test is red only if one of its failures counts, as in the verdict."""

    def close_test(self, uuid: str) -> None:
        """Write the result file of a test. Raise ReportFolderError if it cannot be written."""
        test = self.get_test(uuid)
        if test and any(each.name == ADVISORY for each in test.labels):
            details = test.statusDetails
            test.status = Status.SKIPPED
            test.statusDetails = StatusDetails(
                known=True, message=details.message if details else None, trace=details.trace if details else None
            )
        try:
            super().close_test(uuid)
        except OSError as error:
            raise ReportFolderError("The report folder", error) from None


class _Listener(AllureListener):  # type: ignore[misc] # it has no types
    """Allure's pytest plugin, without the dozen files per test that only list its fixtures."""

    pytest_fixture_setup = None
    pytest_fixture_post_finalizer = None

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self.allure_logger = _Reporter()

    def _update_fixtures_children(self, item: pytest.Item) -> None:
        """Keep no fixtures."""


def install(config: pytest.Config, folder: Path) -> None:
    """Write Allure's results into a folder, in place of the one that Allure's own option names."""
    config.option.allure_report_dir = None
    if not config.pluginmanager.has_plugin(PLUGIN):
        return
    listener = _Listener(config)
    config.pluginmanager.register(listener, "allure_listener")
    for part in (listener, AllureFileLogger(folder)):
        plugin_manager.register(part)
        config.add_cleanup(partial(plugin_manager.unregister, part))


def label(requirements: Sequence[Requirement], scope: Scope) -> None:
    """Label the running test with its scope, area, requirements and their sources."""
    if not requirements:
        return
    allure.dynamic.epic(f"Lead Provider API {scope.version}, {scope.programme}")
    allure.dynamic.feature(requirements[0].area)
    allure.dynamic.description("\n\n".join(map(_description, requirements)))
    allure.dynamic.severity(SEVERITY[min((each.level for each in requirements), key=list(Level).index)])
    for source in dict.fromkeys(source for requirement in requirements for source in requirement.sources):
        if url := URL.search(source):
            allure.dynamic.link(url[0], name=source)
    for requirement in requirements:
        allure.dynamic.label("requirement", requirement.id)
        allure.dynamic.story(requirement.id)


def advise() -> None:
    """Label the running test as one whose failures do not count."""
    allure.dynamic.label(ADVISORY, "does not count in the verdict")


def attach(exchanges: Sequence[Mapping[str, Any]], *, failed: bool) -> None:
    """Attach a list of the test's exchanges; if it failed, also each journal line and its curl.

    The journal is redacted, so the attachments contain no secrets.
    """
    if not exchanges:
        return
    allure.attach("\n".join(map(_title, exchanges)), "Exchanges", allure.attachment_type.TEXT, "txt")
    for exchange in exchanges if failed else ():
        title = _title(exchange)
        allure.attach(visible(curl(exchange)), f"curl: {title}", allure.attachment_type.TEXT, "txt")
        allure.attach(indented_json(exchange), f"{exchange['id']}: {title}", allure.attachment_type.JSON, "json")


def _description(requirement: Requirement) -> str:
    sources = "; ".join(requirement.sources)
    return f"{requirement.level} {requirement.id}: {requirement.statement}\nSource: {sources}"


def _title(exchange: Mapping[str, Any]) -> str:
    request, response = exchange["request"], exchange["response"]
    result = response["status"] if response else exchange["error"]
    return shortened(one_line(f"{request['method']} {request['url']} → {result}"), LONGEST_NAME)
