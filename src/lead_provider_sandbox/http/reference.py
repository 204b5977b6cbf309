"""The reference documentation of a version as a page: the contract's own Markdown, which comes with the package."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

from lead_provider_sandbox.http.page import page

VERSIONS = ("v3", "v2", "v1")

_PACKAGED = Path(__file__).parents[1] / "_data" / "reference"
_IN_REPOSITORY = Path(__file__).parents[3] / "docs" / "contract"


@cache
def reference_page(version: str) -> str:
    """The reference of `version`, one of `VERSIONS`, in HTML."""
    from markdown_it import MarkdownIt  # only who reads the page waits for it

    folder = _IN_REPOSITORY if _IN_REPOSITORY.is_dir() else _PACKAGED
    text = (folder / f"{version}.md").read_text(encoding="utf-8")
    # The text is ours, and marks its sections with HTML anchors.
    written = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    return page(f"Lead Provider API, version {version[1]}", f"{reference_links(version)}<main>{written}</main>")


def reference_links(current: str | None = None) -> str:
    """Links to the start page and every version's reference, but to the current one."""
    links = ["<a href='/'>The sandbox</a>"] if current else []
    links += [f"<a href='/reference/{each}'>Reference of {escape(each)}</a>" for each in VERSIONS if each != current]
    return f"<nav>{' · '.join(links)}</nav>"
