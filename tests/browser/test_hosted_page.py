"""The page of a hosted session in a real browser: width, accessibility, updates, use without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, expect
from tools.benchmarks.hosted_process import HostProcess, host

Contexts = Callable[..., BrowserContext]
PHONE, DESKTOP = 390, 1280
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """Run a server."""
    folder = tmp_path_factory.mktemp("hosting")
    with host(f"{folder}/store.sqlite", folder / "log") as running:
        yield running


@pytest.fixture
def made(process: HostProcess) -> dict[str, str]:
    """Make a session."""
    found: dict[str, str] = process.control("POST", "/sessions", {"name": "Provider 1", "programme": "ecf"}).json()
    return found


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_page_is_accessible_and_does_not_scroll_sideways(made: dict[str, str], contexts: Contexts, width: int) -> None:
    page = contexts(viewport={"width": width, "height": 800}).new_page()
    page.goto(made["page"])

    assert Axe().run(page, options=RULES).response["violations"] == []
    assert page.evaluate(SIDEWAYS) == 0


def test_requests_appear_by_themselves(made: dict[str, str], contexts: Contexts) -> None:
    page = contexts().new_page()
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.goto(made["page"])
    headers = {"Authorization": f"Bearer {made['token']}"}
    requests.get(f"{made['address']}/api/v3/statements?page[page]=7", headers=headers, timeout=60)

    expect(page.get_by_text("GET /api/v3/statements?page[page]=7")).to_be_visible()
    expect(page.get_by_text("Requests so far: 1")).to_be_visible()
    assert messages == []


def test_session_is_led_without_javascript(process: HostProcess, made: dict[str, str], contexts: Contexts) -> None:
    page = contexts(java_script_enabled=False, accept_downloads=True).new_page()
    page.goto(made["page"])
    page.get_by_role("button", name="Pause the session").click()
    expect(page.get_by_text("It is paused: requests get 503.")).to_be_visible()
    page.get_by_role("button", name="Resume the session").click()
    page.get_by_label("Your name and role").fill("A. Engineer <b>")
    page.get_by_role("button", name="State that the system meets it").click()
    expect(page.get_by_text("Stated so far:")).to_be_visible()
    page.get_by_role("button", name="Done, go on").click()
    expect(page.get_by_role("heading", name="Now: first-sync")).to_be_visible()
    page.get_by_label("Repeat an act").select_option("first-sync")
    page.get_by_role("button", name="Repeat", exact=True).click()
    expect(page.get_by_role("heading", name="Now: first-sync")).to_be_visible()
    process.control("POST", f"/sessions/{made['id']}/end", {})
    page.goto(made["page"])
    expect(page.get_by_role("heading", name="The session is over")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="its package").click()

    assert Path(download.value.path()).read_bytes()[:2] == b"PK"


def test_page_of_a_session_that_is_over_is_accessible(
    process: HostProcess, made: dict[str, str], contexts: Contexts
) -> None:
    process.control("POST", f"/sessions/{made['id']}/end", {})
    page = contexts(viewport={"width": PHONE, "height": 800}).new_page()
    page.goto(made["page"])
    violations = Axe().run(page, options=RULES).response["violations"]
    page.get_by_role("link", name="Report").click()

    assert violations == []
    expect(page.get_by_role("heading", level=1)).to_be_visible()
