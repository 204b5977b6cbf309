"""The start page: tokens, an example request and every operation."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from lead_provider_sandbox.domain.clock import format_instant
from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.html import page
from lead_provider_sandbox.http.operations import OPERATIONS
from lead_provider_sandbox.http.reference_page import VERSIONS, reference_links


def start_page(gateway: Gateway, named_tokens: Sequence[tuple[str, str]], faults: Sequence[str], address: str) -> str:
    """Return the start page of a sandbox at an address."""
    token = named_tokens[0][1]
    example = f"curl -g -H 'Authorization: Bearer {token}' \\\n  '{address}/api/v3/participants/ecf?page[per_page]=2'"
    tokens = "".join(
        f"<tr><td>{escape(name)}</td><td><code>{escape(each)}</code></td></tr>" for name, each in named_tokens
    )
    fault_list = ""
    if faults:
        items = "".join(f"<li><code>{escape(name)}</code></li>" for name in faults)
        fault_list = f"<h2>Faults</h2><p>This sandbox is broken on purpose:</p><ul>{items}</ul>"
    return page(
        "Lead provider sandbox",
        "<h1>Lead provider sandbox</h1>"
        "<p>A server that conforms to the contract of the Lead Provider API, versions 1 to 3, with invented people. "
        "All data is fictional and temporary.</p>"
        f"<p>Edition {escape(gateway.calendar.edition)}. The server's time is {format_instant(gateway.clock.now())}; "
        "a request can set its own with the header <code>X-With-Server-Date</code>.</p>"
        f"<h2>Lead providers and their tokens</h2><table>{tokens}</table>"
        f"<h2>Try</h2><pre>{escape(example)}</pre>{fault_list}"
        f"<h2>Reference</h2><p>Every parameter, body and response of the contract:</p>{reference_links()}"
        f"{''.join(map(_version, VERSIONS))}",
    )


def _version(version: str) -> str:
    rows = "".join(
        f"<tr><td><code>{each.method} {escape(each.path)}</code></td>"
        f"<td>{', '.join(sorted(each.programmes)).upper()}</td><td>{escape(each.handler.summary)}</td></tr>"
        for each in OPERATIONS
        if each.version == version
    )
    return f"<h2>Version {version[1]}</h2><div class='wide'><table>{rows}</table></div>"
