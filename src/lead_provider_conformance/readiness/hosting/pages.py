"""The pages of sessions that are over, and of addresses without a session."""

from __future__ import annotations

from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Scope

from lead_provider_conformance.readiness.hosting.page import package, report_page
from lead_provider_conformance.readiness.hosting.sessions import StoredReport, StoredSession
from lead_provider_conformance.readiness.page.page import HEADERS

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
_templates = Environment(
    loader=PackageLoader("lead_provider_conformance.readiness.hosting", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
)


def not_found() -> Response:
    """Return the response for an address without a session."""
    return PlainTextResponse("There is no session at this address. Ask the operator for the right one.\n", 404, HEADERS)


def ended(scope: Scope, stored: StoredSession, report: StoredReport | None) -> Response:
    """Return the response for a page of a session that is over."""
    parts = scope["path"].split("/")
    path, below = "/".join(parts[:3]), "/".join(parts[3:])
    match below:
        case "":
            at = datetime.fromtimestamp(stored.ended_at or 0, UTC).strftime("%-d %B %Y, %H:%M UTC")
            html = _templates.get_template("ended.html.j2").render(
                name=stored.name, ended=at, problem=stored.problem, path=path, has_report=report is not None
            )
            return HTMLResponse(html, headers={**HEADERS, "Content-Security-Policy": _POLICY})
        case "report":
            return report_page(report)
        case "package.zip":
            return package(report)
        case _:
            return not_found()
