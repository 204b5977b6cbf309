"""The live page of a session in a real browser: width, accessibility, updates, and use without JavaScript."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, expect

Contexts = Callable[..., BrowserContext]

PHONE, DESKTOP = 390, 1280
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Run a session whose first cue has tasks, and return its address, token and page."""
    folder = tmp_path_factory.mktemp("session")
    command = [sys.executable, "-m", "lead_provider_conformance", "client", "--port", "0", "--report-dir", str(folder)]
    process = subprocess.Popen([*command, "--only", "declare"], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        opening = "".join(process.stderr.readline() for _ in range(4))
        yield dict(re.findall(r"(address|token|page): +(\S+)", opening))
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=60)
        process.kill()


def send(session: dict[str, str], path: str) -> None:
    headers = {"Authorization": f"Bearer {session['token']}"}
    urlopen(Request(session["address"] + path, headers=headers)).read()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_page_is_accessible_and_does_not_scroll_sideways(
    contexts: Contexts, session: dict[str, str], width: int, tmp_path: Path
) -> None:
    send(session, "/api/v3/participants?filter[updated_since]=2026-09-01T00:00:00Z&page[page]=1&page[per_page]=100")
    page = contexts(viewport={"width": width, "height": 800}).new_page()
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.goto(session["page"])
    page.screenshot(path=tmp_path / "page.png", full_page=True)

    results = Axe().run(page, options=RULES)

    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert messages == []


def test_page_shows_requests_as_they_come(contexts: Contexts, session: dict[str, str]) -> None:
    page = contexts().new_page()
    page.goto(session["page"])

    send(session, "/api/v3/statements?page[page]=7")

    expect(page.get_by_text("GET /api/v3/statements?page[page]=7")).to_be_visible()


def test_cue_can_be_ended_without_javascript(contexts: Contexts, session: dict[str, str]) -> None:
    page = contexts(java_script_enabled=False).new_page()
    page.goto(session["page"])
    before = page.locator(".cue").text_content()

    with page.expect_navigation():
        page.get_by_role("button", name="Done, go on").click()
    page.reload()

    expect(page.locator(".cue")).not_to_have_text(before or "")
    assert page.locator("meta[http-equiv=refresh]").get_attribute("content") == "10"
