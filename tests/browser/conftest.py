"""Fixtures: a headless Chromium, and report pages of the sample runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.unit import samples
from tests.unit.reports import client_journals, test_parity_page

from lead_provider_conformance.reports.write import write_reports

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class PageLog:
    """The network requests and console messages of a page."""

    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


@pytest.fixture(
    scope="module"
)  # a session scope would keep Playwright's event loop running in the thread of later tests
def browser() -> Iterator[Browser]:
    """Start a headless Chromium."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.fail("Chromium is not installed. Run: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the page of each sample run, by name."""
    folder = tmp_path_factory.mktemp("reports")
    makers = (
        samples.conformant,
        samples.troubled,
        samples.incomplete,
        samples.partial,
        samples.broad,
        samples.hostile,
        samples.large,
        samples.large_failing,
    )
    for make in makers:
        write_reports(make().verdict(), folder / make.__name__)
    sessions = (client_journals.ready, client_journals.not_ready, client_journals.hostile)
    for build in sessions:
        session = folder / f"client_{build.__name__}"
        write_reports(build().verdict(session), session)
    write_reports(test_parity_page.long_difference(folder / "parity"), folder / "parity")
    names = [*(make.__name__ for make in makers), *(f"client_{build.__name__}" for build in sessions), "parity"]
    return {name: folder / name / "report.html" for name in names}


@pytest.fixture
def contexts(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Open browser contexts, and close them after the test."""
    opened: list[BrowserContext] = []

    def open_context(**options: object) -> BrowserContext:
        opened.append(browser.new_context(**options))
        return opened[-1]

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture
def visit(contexts: Callable[..., BrowserContext], reports: dict[str, Path]) -> Callable[..., tuple[Page, PageLog]]:
    """Open the page of a sample run."""

    def open_page(name: str, *, width: int = 1280, fragment: str = "", **options: object) -> tuple[Page, PageLog]:
        page = contexts(viewport={"width": width, "height": 800}, **options).new_page()
        log = PageLog()
        page.on("request", lambda request: log.requests.append(request.url))
        page.on("console", lambda message: log.messages.append(message.text))
        page.on("pageerror", lambda error: log.messages.append(str(error)))
        page.goto(reports[name].as_uri() + fragment)
        return page, log

    return open_page
