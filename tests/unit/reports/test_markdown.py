"""The Markdown summary, rendered."""

import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from tests.unit.journals import Run
from tests.unit.samples import HOSTILE, conformant, hostile, troubled

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.markdown import summary_markdown
from lead_provider_conformance.reports.markdown_text import escaped, prose


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(run: Run) -> Elements:
    elements = Elements()
    elements.feed(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(summary_markdown(run.verdict())))
    return elements


def test_verdict_and_scope_rows_come_first() -> None:
    text = summary_markdown(troubled().verdict())

    assert text.startswith("## ❌ Staging, new service: not conformant\n")
    assert "| Version | Verdict | Requirements | Passed | Failed | Differences | Waived | Not tested |\n" in text
    assert "| v3 ECF | ❌ not conformant | 14 | 5 | 4 | 1 | 1 | 3 |" in text
    assert "| v3 NPQ | ⚠️ incomplete | 14 | 11 | 0 | 0 | 1 | 2 |" in text


def test_conformant_run_is_short() -> None:
    text = summary_markdown(conformant().verdict())

    assert "✅" in text
    assert "###" not in text


def test_failure_shows_statement_source_reason_and_curl() -> None:
    text = summary_markdown(troubled().verdict())

    assert "**Posting an exact copy of a declaration returns the same body again.**" in text
    assert "Source: published OpenAPI v3, December 2024" in text
    assert "> The server returned: The second response differs" in text
    assert "<details><summary>Reproduce with curl</summary>\n\n```sh\ncurl --include --request POST" in text


def test_untested_requirements_are_listed_with_their_remedy() -> None:
    shown = rendered(troubled())

    assert "The target has one token, and this needs two lead providers." in shown.text
    assert "Add a second token under tokens: in the target file." in shown.text


def test_server_text_is_escaped() -> None:
    shown = rendered(hostile())

    assert shown.names <= {
        "h2", "h3", "h4", "p", "table", "thead", "tbody", "tr", "th", "td", "strong", "code", "br", "blockquote",
        "details", "summary", "pre", "ul", "li",
    }  # fmt: skip
    assert "<script>alert(1)</script>" in shown.text
    code = re.compile(r"```.*?\n```|`[^`]*`", re.DOTALL)
    assert "<script" not in code.sub("", summary_markdown(hostile().verdict()))
    assert "[a](javascript:b)" in shown.text


def test_next_steps_come_before_the_table() -> None:
    before, _, _ = summary_markdown(troubled().verdict()).partition("| Version |")

    assert "- The person who runs the suite: Let the suite test 3 more mandatory requirements:\n  - List ids" in before


def test_unrendered_summary_is_free_of_escapes_in_plain_words() -> None:
    run = Run().requires("a/b", '`page[per_page]` is at most 3_000; {"a_b": [1, 2]} <= 5 & more.')
    run.found(Outcome.FAILED, "a/b", "/data/0/full_name: 'x' came; expected 1.0 (array [0] of snake_case).")
    text = summary_markdown(run.verdict())

    assert '**`page[per_page]` is at most 3_000; {"a_b": [1, 2]} <= 5 & more.**' in text
    assert "> The server returned: /data/0/full_name: 'x' came; expected 1.0 (array [0] of snake_case)." in text
    assert "&#" not in text


@pytest.mark.parametrize(
    "text",
    [
        "1. one", "2) two", "- item", "+ item", "* item", "# heading", "> quote", "= x", "[ ] box", "[x] box",
        "*a* **b** _c_ __d__ a_b_c ~~e~~ `f` ``g``",
        "[a](b) ![i](j) [a][b] [a]: b [^1]", "<b>x</b> <!-- y --> a < b > c",
        "&amp; &#96; & b", "\\* \\ \\\\ c:\\dir\\", "a | b", "trailing \\", "_a", "b_", "snake_case_name",
        "{\"a\": [1, 2]}", "https://example.org/a_b www.example.org", "@team #1 me@example.org #heading", "~/home ~a~",
    ],
)  # fmt: skip
def test_escaped_text_is_rendered_as_it_is(text: str) -> None:
    for before in ("", "**bold** "):
        elements = Elements()
        elements.feed(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(before + escaped(text)))

        assert elements.text.removeprefix("bold ").rstrip("\n") == text
        assert elements.names <= {"p", "strong"}


def test_code_in_prose_stays_code() -> None:
    assert prose("`list_x` returned *1*, `odd") == "`list_x` returned \\*1\\*, &#96;odd"


def test_mentions_and_addresses_are_escaped() -> None:
    text = summary_markdown(Run(target_name="@team #1 https://evil.example www.evil.example").verdict())

    assert not any(each in text for each in ("@team", "#1 ", "https://evil", "www.evil"))


def test_invisible_characters_are_shown() -> None:
    assert not set(summary_markdown(hostile().verdict())) & set(HOSTILE) & set("\x00\x07\x1b\u202e")


def test_fence_in_a_request_does_not_end_the_block() -> None:
    run = Run().requires("a/b")
    sent = run.exchanged("POST", "/", 500, sent="```\n# heading\n````")
    text = summary_markdown(run.found(Outcome.FAILED, "a/b", "no", exchanges=[sent]).verdict())

    assert "`````sh\ncurl" in text


def test_summary_stays_below_the_size_limit() -> None:
    run = Run()
    for number in range(500):
        sent = run.exchanged("POST", "/", 500, "x", sent="y" * 16_000, operation=f"operation_{number}")
        run.exchanged("POST", "/", operation=f"operation_{number}")  # otherwise all of them have one cause
        run.requires(f"a/rule-{number}")
        run.found(Outcome.FAILED, f"a/rule-{number}", "No. " * 4_000, exchanges=[sent])
    text = summary_markdown(run.verdict())

    assert len(text.encode()) < 512 * 1024
    assert "And 460 more in `report.html`." in text
    assert "The request is too long to show here" in text


def test_requirements_with_one_cause_are_one_entry() -> None:
    run = Run().requires("a/b").requires("c/d")
    for requirement in ("a/b", "c/d"):
        shown = run.exchanged("GET", "/x", 500, operation="list_x")
        run.found(Outcome.FAILED, requirement, f"{requirement} is broken", exchanges=[shown])
    text = summary_markdown(run.verdict())

    assert "### Failed: 2 requirements, 1 cause" in text
    assert "#### `list_x` failed with 500\n\n`a/b`, `c/d` fail because of it. The first:" in text
    assert "a/b is broken" in text
    assert "c/d is broken" not in text
