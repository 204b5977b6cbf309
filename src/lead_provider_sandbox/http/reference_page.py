"""The reference documentation of a version, from the Markdown in the package."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

from lead_provider_sandbox.http.html import page

VERSIONS = ("v3", "v2", "v1")

_PACKAGED = Path(__file__).parents[1] / "_data" / "reference"
_IN_REPOSITORY = Path(__file__).parents[3] / "docs" / "contract"


@cache
def reference_page(version: str) -> str:
    """Return the reference of a version as HTML."""
    from markdown_it import MarkdownIt  # slow to import, and needed here only

    folder = _IN_REPOSITORY if _IN_REPOSITORY.is_dir() else _PACKAGED
    text = (folder / f"{version}.md").read_text(encoding="utf-8")
    # Trusted text that contains HTML anchors.
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    return page(f"Lead Provider API, version {version[1]}", f"{reference_links(version)}<main>{html}</main>")


def reference_links(current: str | None = None) -> str:
    """Return links to the start page and the other references."""
    links = ["<a href='/'>The sandbox</a>"] if current else []
    links += [f"<a href='/reference/{each}'>Reference of {escape(each)}</a>" for each in VERSIONS if each != current]
    return f"<nav>{' · '.join(links)}</nav>"
