"""The pages for people: the start page and the reference of each version."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

from lead_provider_sandbox.domain.clock import format_instant
from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.request import Operation

_PACKAGED = Path(__file__).parents[1] / "_data" / "reference"
_IN_REPOSITORY = Path(__file__).parents[3] / "docs" / "contract"

_STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
h1 { line-height: 1.15; } h2, h3 { margin-top: 2.5rem; }
code, pre { font: .9em/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .4rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
main > table { display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); }
td:first-child { white-space: nowrap; }
"""


def start_page(gateway: Gateway, named_tokens: Sequence[tuple[str, str]], faults: Sequence[str], address: str) -> str:
    """Return the start page of a sandbox at an address."""
    token = named_tokens[0][1]
    example = f"curl -g -H 'Authorization: Bearer {token}' \\\n  '{address}{gateway.service.example}?page[per_page]=2'"
    tokens = "".join(
        f"<tr><td>{escape(name)}</td><td><code>{escape(each)}</code></td></tr>" for name, each in named_tokens
    )
    fault_list = ""
    if faults:
        items = "".join(f"<li><code>{escape(name)}</code></li>" for name in faults)
        fault_list = f"<h2>Faults</h2><p>This sandbox is broken on purpose:</p><ul>{items}</ul>"
    return _page(
        "Lead provider sandbox",
        "<h1>Lead provider sandbox</h1>"
        f"<p>A server that conforms to the contract of the Lead Provider API, {gateway.service.description}, with "
        "invented people. All data is fictional and temporary.</p>"
        f"<p>Edition {escape(gateway.calendar.edition)}. The server's time is {format_instant(gateway.clock.now())}; "
        "a request can set its own with the header <code>X-With-Server-Date</code>.</p>"
        f"<h2>Lead providers and their tokens</h2><table>{tokens}</table>"
        f"<h2>Try</h2><pre>{escape(example)}</pre>{fault_list}"
        f"{_references(gateway.service.references)}"
        f"{''.join(_version(each, gateway.service.operations) for each in gateway.service.versions)}",
    )


def _references(versions: Sequence[str]) -> str:
    if not versions:
        return ""
    links = _reference_links(versions)
    return f"<h2>Reference</h2><p>Every parameter, body and response of the contract:</p>{links}"


def _version(version: str, operations: Sequence[Operation]) -> str:
    rows = "".join(
        f"<tr><td><code>{each.method} {escape(each.path)}</code></td>"
        f"<td>{', '.join(sorted(each.programmes)).upper()}</td><td>{escape(each.handler.summary)}</td></tr>"
        for each in operations
        if each.version == version
    )
    return f"<h2>Version {version[1]}</h2><div class='wide'><table>{rows}</table></div>"


@cache
def reference_page(version: str, versions: tuple[str, ...]) -> str:
    """Return the reference of a version as HTML."""
    from markdown_it import MarkdownIt  # slow to import, and needed here only

    folder = _IN_REPOSITORY if _IN_REPOSITORY.is_dir() else _PACKAGED
    text = (folder / f"{version}.md").read_text(encoding="utf-8")
    # Trusted text that contains HTML anchors.
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    title = f"Lead Provider API, version {version[1]}" if version.startswith("v") else f"Lead Provider API, {version}"
    return _page(title, f"{_reference_links(versions, version)}<main>{html}</main>")


def _reference_links(versions: Sequence[str], current: str | None = None) -> str:
    links = ["<a href='/'>The sandbox</a>"] if current else []
    links += [f"<a href='/reference/{each}'>Reference of {escape(each)}</a>" for each in versions if each != current]
    return f"<nav>{' · '.join(links)}</nav>"


def _page(title: str, body: str) -> str:
    return (
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )
