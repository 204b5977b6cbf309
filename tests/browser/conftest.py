"""A real Chromium, and reports for it to open."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.unit import samples

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
class Seen:
    """What a page did that a reader does not see."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")  # no longer: Playwright's event loop would run on, in the thread of the tests after it
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.fail("These tests need Chromium, and there is none; install it: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of the sample runs, by the run's name."""
    folder = tmp_path_factory.mktemp("reports")
    makers = (samples.conformant, samples.troubled, samples.broad, samples.hostile)
    for make in makers:
        write_reports(make().verdict(), folder / make.__name__)
    return {make.__name__: folder / make.__name__ / "report.html" for make in makers}


@pytest.fixture
def contexts(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser contexts, and closes them after the test."""
    opened: list[BrowserContext] = []

    def open_context(**options: object) -> BrowserContext:
        opened.append(browser.new_context(**options))
        return opened[-1]

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture
def visit(contexts: Callable[..., BrowserContext], reports: dict[str, Path]) -> Callable[..., tuple[Page, Seen]]:
    """Opens the page of a sample run."""

    def open_page(name: str, *, width: int = 1280, fragment: str = "", **options: object) -> tuple[Page, Seen]:
        page = contexts(viewport={"width": width, "height": 800}, **options).new_page()
        seen = Seen()
        page.on("request", lambda request: seen.requests.append(request.url))
        page.on("console", lambda message: seen.complaints.append(message.text))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.goto(reports[name].as_uri() + fragment)
        return page, seen

    return open_page
