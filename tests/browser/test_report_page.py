"""The report page in a real browser: width, network, accessibility, keyboard, printing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

Visit = Callable[..., tuple[Page, object]]

NAMES = (
    "conformant",
    "troubled",
    "incomplete",
    "broad",
    "hostile",
    "large_failing",
    "client_ready",
    "client_not_ready",
    "client_hostile",
)
PHONE, DESKTOP = 360, 1280
MAX_NODES = 3_000
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def open_everything(page: Page) -> None:
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    expect(page.locator("noscript")).to_have_count(0)


@pytest.mark.parametrize("width", [320, PHONE, 768, 1024, DESKTOP])
@pytest.mark.parametrize("name", [*NAMES, "parity"])
def test_page_does_not_scroll_sideways(visit: Visit, name: str, width: int) -> None:
    page, _ = visit(name, width=width)
    open_everything(page)

    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("name", NAMES)
def test_page_loads_nothing_and_logs_nothing(visit: Visit, name: str) -> None:
    page, log = visit(name)
    open_everything(page)
    page.wait_for_load_state("networkidle")

    assert [url for url in log.requests if not url.startswith("data:")] == [page.url]
    assert log.messages == []


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("conformant", DESKTOP, "dark"),
        ("troubled", DESKTOP, "light"),
        ("troubled", DESKTOP, "dark"),
        ("troubled", PHONE, "light"),
        ("broad", DESKTOP, "light"),
        ("hostile", PHONE, "dark"),
        ("client_ready", DESKTOP, "light"),
        ("client_not_ready", DESKTOP, "light"),
        ("client_not_ready", DESKTOP, "dark"),
        ("client_not_ready", PHONE, "light"),
        ("client_hostile", PHONE, "dark"),
        ("parity", DESKTOP, "light"),
        ("parity", PHONE, "dark"),
    ],
)
def test_axe_reports_no_violations(visit: Visit, name: str, width: int, scheme: str) -> None:
    page, _ = visit(name, width=width, color_scheme=scheme)
    open_everything(page)

    results = Axe().run(page, options=RULES)

    assert results.violations_count == 0, results.generate_report()


def test_long_responses_are_scrolled_to_their_difference(visit: Visit) -> None:
    page, _ = visit("parity")

    positions = page.evaluate(
        """[...document.querySelectorAll(".pair pre:has(mark)")].map((frame) => {
            const [outer, inner] = [frame, frame.querySelector("mark")].map((each) => each.getBoundingClientRect());
            return [frame.scrollTop > 0, outer.top < inner.top && inner.bottom < outer.bottom];
        })"""
    )
    assert positions == [[True, True]] * 2


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize(
    "name", ["conformant", "troubled", "incomplete", "partial", "client_ready", "client_not_ready"]
)
def test_verdict_and_next_step_are_on_the_first_screen(visit: Visit, name: str, width: int) -> None:
    page, _ = visit(name, width=width)

    expect(page.locator(".panel-title")).to_be_in_viewport(ratio=1)
    expect(page.locator(".panel-body")).to_be_in_viewport(ratio=1)
    expect(page.locator(".next-steps :is(dt, p)").first).to_be_in_viewport(ratio=1)
    expect(page.locator(".next-steps :is(dd > a, p)").first).to_be_in_viewport(ratio=1)


def test_partial_server_has_its_number_of_operations_on_the_first_screen(visit: Visit) -> None:
    page, _ = visit("partial", width=PHONE)

    expect(page.locator(".panel-body")).to_contain_text("Only 2 of 38 operations were tested")
    expect(page.locator(".panel-body")).to_be_in_viewport(ratio=1)


def test_colour_scheme_follows_the_preference(visit: Visit) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        page, _ = visit("troubled", color_scheme=scheme)
        colours[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert colours == {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 21, 23)"}


def test_requirements_can_be_filtered_by_keyboard(visit: Visit) -> None:
    page, _ = visit("troubled")
    rows = page.locator("tr[data-level]:visible")
    expect(rows).to_have_count(0)
    page.get_by_label("Search").focus()
    page.keyboard.type("declaration VOIDED")
    expect(rows).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("1 of 14 requirements.")

    for _ in range(4):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Clear")).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(0)
    expect(page.locator("details.area:visible")).to_have_count(6)

    page.get_by_label("Outcome").focus()
    page.keyboard.type("Not t")
    expect(rows).to_have_count(3)
    page.get_by_label("Area").focus()
    page.keyboard.type("sec")
    expect(rows).to_have_count(1)
    expect(page.locator("details.area:visible summary b")).to_have_text(["Security"])
    page.get_by_label("Level").focus()
    page.keyboard.type("MAY")
    expect(rows).to_have_count(0)
    expect(page.get_by_text("No requirement matches.")).to_be_visible()


def test_address_keeps_the_filters(visit: Visit) -> None:
    page, _ = visit("troubled")
    page.get_by_label("Search").fill("the")
    page.get_by_label("Outcome").select_option("difference")
    page.get_by_label("Level").select_option("SHOULD")
    address = page.evaluate("location.hash")
    assert address == "#requirements?words=the&outcome=difference&level=SHOULD"

    page.get_by_role("button", name="Clear").click()
    page.wait_for_function("location.hash === '#requirements'")
    page.get_by_label("Search").fill("utc")
    shown, _ = visit("troubled", fragment=page.evaluate("location.hash"))

    expect(shown.locator("tr[data-level]:visible")).to_have_count(1)
    expect(shown.get_by_label("Search")).to_have_value("utc")
    expect(shown.get_by_text("send it to show the same list")).to_be_visible()
    expect(shown.locator("#requirements")).to_be_in_viewport()


def test_interactive_elements_can_be_reached_by_keyboard(visit: Visit) -> None:
    page, _ = visit("conformant")
    page.keyboard.press("Tab")

    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to main content")).to_be_in_viewport()
    unreachable = (
        "[...document.querySelectorAll('a, button, input, select, summary')].filter(each => each.tabIndex < 0)"
    )
    assert page.evaluate(f"{unreachable}.length") == 0


@pytest.mark.parametrize("fragment", ["#requirement-declarations/idempotent", "#exchange-main-00002"])
def test_link_opens_closed_details_around_its_target(visit: Visit, fragment: str) -> None:
    page, _ = visit("troubled", fragment=fragment)

    expect(page.locator(f"[id='{fragment[1:]}']")).to_be_in_viewport()


def test_link_to_a_filtered_requirement_clears_the_filters(visit: Visit) -> None:
    page, _ = visit("troubled")
    page.get_by_label("Search").fill("timestamps")
    page.locator("#could-not-run a", has_text="cannot be voided again").click()

    expect(page.locator("[id='requirement-declarations/void-once']")).to_be_in_viewport()
    expect(page.get_by_label("Search")).to_have_value("")


def test_copy_button_copies_the_command(visit: Visit) -> None:
    page, _ = visit("troubled", permissions=["clipboard-read", "clipboard-write"])
    block = page.locator(".copy").first
    block.get_by_role("button", name="Copy").click()

    expect(block.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == block.locator("code").text_content()


@pytest.mark.parametrize("name", ["large", "large_failing", "client_not_ready"])
def test_first_view_of_a_large_run_has_few_nodes(visit: Visit, name: str) -> None:
    page, _ = visit(name)

    assert page.evaluate("document.querySelectorAll('*').length") < MAX_NODES


@pytest.mark.parametrize(("name", "most"), [("large", 15), ("client_ready", 15)])
def test_passing_run_prints_on_few_pages(visit: Visit, name: str, most: int) -> None:
    page, _ = visit(name)

    pages = re.findall(rb"/Type /Page\b", page.pdf(format="A4"))

    assert 1 <= len(pages) <= most


def test_paper_has_what_is_open(visit: Visit) -> None:
    page, _ = visit("conformant")
    closed = len(re.findall(rb"/Type /Page\b", page.pdf(format="A4")))
    open_everything(page)

    assert len(re.findall(rb"/Type /Page\b", page.pdf(format="A4"))) > closed


def test_page_is_complete_without_script(visit: Visit) -> None:
    page, _ = visit("troubled", java_script_enabled=False)

    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#failures .command").first).to_be_visible()
    for area in page.locator("details.area > summary").all():
        area.click()
    expect(page.locator("tr[data-level]:visible")).to_have_count(14)


def test_injected_script_does_not_run(visit: Visit) -> None:
    page, log = visit("troubled")
    page.evaluate(
        "const script = document.createElement('script'); script.textContent = 'globalThis.pwned = 1';"
        "document.body.append(script)"
    )

    assert page.evaluate("globalThis.pwned") is None
    assert any("Content Security Policy" in message for message in log.messages)


def test_evidence_of_checklist_opens_the_line_of_the_timeline(visit: Visit) -> None:
    page, _ = visit("client_not_ready")
    line = page.locator("#line-c-00004")
    expect(line).to_be_hidden()

    page.locator("#checklist-testing summary").first.click()
    page.locator("#checklist-testing a[href='#line-c-00004']").first.click()

    expect(line).to_be_visible()
    expect(line).to_be_in_viewport()
