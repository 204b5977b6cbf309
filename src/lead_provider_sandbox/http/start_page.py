"""The page that a person sees who opens the sandbox in a browser: tokens, a request to try, every operation."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from lead_provider_sandbox.domain.clock import shown
from lead_provider_sandbox.http.operations import OPERATIONS
from lead_provider_sandbox.http.page import page
from lead_provider_sandbox.http.reference import VERSIONS, reference_links

if TYPE_CHECKING:
    from lead_provider_sandbox.sandbox import Sandbox


def start_page(sandbox: Sandbox, address: str) -> str:
    """The page for a sandbox at an address."""
    token = sandbox.named_tokens[0][1]
    example = f"curl -g -H 'Authorization: Bearer {token}' \\\n  '{address}/api/v3/participants/ecf?page[per_page]=2'"
    tokens = "".join(
        f"<tr><td>{escape(name)}</td><td><code>{escape(each)}</code></td></tr>" for name, each in sandbox.named_tokens
    )
    faults = ""
    if sandbox.options.faults:
        listed = "".join(f"<li><code>{escape(name)}</code></li>" for name in sandbox.options.faults)
        faults = f"<h2>Faults</h2><p>This sandbox is broken on purpose:</p><ul>{listed}</ul>"
    return page(
        "Lead provider sandbox",
        "<h1>Lead provider sandbox</h1>"
        "<p>A server that keeps the contract of the Lead Provider API, versions 1 to 3, with invented people. "
        "Nothing here is real, and nothing lasts.</p>"
        f"<p>Edition {escape(sandbox.calendar.edition)}. The clock says {shown(sandbox.gateway.clock.now())}; "
        "a request may set its own with the header <code>X-With-Server-Date</code>.</p>"
        f"<h2>Lead providers and their tokens</h2><table>{tokens}</table>"
        f"<h2>Try</h2><pre>{escape(example)}</pre>{faults}"
        f"<h2>Reference</h2><p>Every parameter, body and answer of the contract:</p>{reference_links()}"
        f"{''.join(map(_version, VERSIONS))}",
    )


def _version(version: str) -> str:
    rows = "".join(
        f"<tr><td><code>{each.method} {escape(each.path)}</code></td>"
        f"<td>{', '.join(sorted(each.programmes)).upper()}</td><td>{escape(each.handler.sentence)}</td></tr>"
        for each in OPERATIONS
        if each.version == version
    )
    return f"<h2>Version {version[1]}</h2><div class='wide'><table>{rows}</table></div>"
