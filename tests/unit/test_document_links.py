"""Every link between the documents of the repository leads to a file, and to a heading in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "examples", "openapi", "suites", "targets", "reports")
DOCUMENTS = sorted(
    each
    for each in (*ROOT.glob("*.md"), *(found for folder in FOLDERS for found in (ROOT / folder).rglob("*.md")))
    if "node_modules" not in each.parts
)
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
ANCHOR = re.compile(r"<a id=\"([^\"]+)\">")
MARKUP = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def links(document: Path) -> Iterator[str]:
    """Yield the addresses of a document's links that lead into the repository."""
    for address in LINK.findall(CODE.sub("", document.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:", address):
            yield address


@cache
def anchors(document: Path) -> frozenset[str]:
    """Return the anchors of a document, as GitHub makes them from headings."""
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    found: list[str] = []
    for heading in HEADING.findall(text):
        slug = re.sub(r"[^\w\- ]", "", MARKUP.sub(r"\1", heading).lower()).replace(" ", "-")
        earlier = sum(re.fullmatch(rf"{re.escape(slug)}(-\d+)?", each) is not None for each in found)
        found.append(f"{slug}-{earlier}" if earlier else slug)
    return frozenset({*found, *ANCHOR.findall(text)})


def broken(document: Path) -> Iterator[str]:
    for address in links(document):
        path, _, anchor = address.partition("#")
        target = (document.parent / unquote(path)).resolve() if path else document
        if not target.exists():
            yield f"{address}: there is no such file"
        elif anchor and target.suffix == ".md" and unquote(anchor) not in anchors(target):
            yield f"{address}: there is no such heading"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    assert list(broken(document)) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(
        "# Page one\n[a](#page-one) [b](#page-two) [c](other.md) [d](https://example.org) `[e](code.md)`\n",
        encoding="utf-8",
    )

    assert [each.partition(":")[0] for each in broken(document)] == ["#page-two", "other.md"]
