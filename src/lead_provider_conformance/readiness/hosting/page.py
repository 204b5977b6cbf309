"""The page of a hosted session: the live page, and the provider's own controls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qs

from jinja2 import ChoiceLoader, PackageLoader
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from lead_provider_conformance.config.profile import Attestation
from lead_provider_conformance.readiness.drive import Driver
from lead_provider_conformance.readiness.hosting.catalogue import obligations_of
from lead_provider_conformance.readiness.hosting.sessions import StoredReport
from lead_provider_conformance.readiness.page.page import HEADERS, Handler, Page, SeenRequest
from lead_provider_conformance.readiness.session import Session

LARGEST_FORM = 16 * 1024
LONGEST_TEXT = 500
REPORT_POLICY = (
    "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
)
LONGEST_CONFIRMATION = 10.0
"""The seconds for which "done" waits for the next cue."""
WAITS_LONG = 3600.0
"""The seconds after which the page reminds of a cue that waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The state of a session beside its current cue."""

    name: str
    paused: bool
    expires_at: float
    requests: int
    most_requests: int
    bytes: int
    largest_bytes: int
    refused: int
    cue_since: float | None
    notice: str | None


class Controls(Protocol):
    """The things that a provider can do with the session."""

    @property
    def state(self) -> State:
        """The state of the session."""

    @property
    def attested(self) -> frozenset[str]:
        """The ids of the obligations that the provider has attested."""

    def pause(self, paused: bool) -> None:
        """Pause the session, or resume it."""

    def attest(self, attestation: Attestation) -> None:
        """Record a statement of the provider."""

    async def repeat(self, act: str) -> bool:
        """Play an act again; return whether it was played before."""

    async def judge(self) -> None:
        """Make the report of the session so far."""

    def report(self) -> StoredReport | None:
        """Return the latest report."""


class HostedPage(Page):
    """The page of a session whose address and token the provider has from the operator."""

    template = "hosted.html.j2"
    token_hint = "You have its token from the operator of this service."  # noqa: S105 - no token
    lost_hint = "The connection is lost, or the session has ended. Load the page again."

    def __init__(self, session: Session, acts: Sequence[tuple[str, str]], driver: Driver, controls: Controls) -> None:
        super().__init__(session, acts, driver)
        self._controls = controls
        self._templates.loader = ChoiceLoader(
            [
                PackageLoader("lead_provider_conformance.readiness.hosting", "templates"),
                PackageLoader("lead_provider_conformance.readiness", "page"),
            ]
        )

    @property
    def has_readers(self) -> bool:
        """Whether somebody has the page open."""
        return bool(self._waiting)

    def restore(self, requests: int, recent: Sequence[Mapping[str, Any]], finished: Sequence[str]) -> None:
        """Show the number of requests before a restart, the latest ones, and the acts that have ended."""
        self._operations["earlier"] = requests
        self._finished = list(finished)
        for line in recent:
            request, response = line["request"], line["response"]
            target = "/" + request["url"].partition("://")[2].partition("/")[2]
            text = target.replace("%5B", "[").replace("%5D", "]")
            status = response["status"] if response and not line["error"] else None
            self._recent.appendleft(SeenRequest(line["at"][11:19], request["method"], text, status))

    def note_repeated(self, act: str) -> None:
        """Show an act as not finished."""
        self._finished = [each for each in self._finished if each != act]
        self._notify()

    @property
    def handlers(self) -> Mapping[str, Mapping[str, Handler]]:
        """The handlers by the path below the page's, and by method."""
        return {
            **super().handlers,
            "/pause": {"POST": self._pause},
            "/resume": {"POST": self._resume},
            "/repeat": {"POST": self._repeat},
            "/attest": {"POST": self._attest},
            "/verdict": {"POST": self._judge},
            "/report": {"GET": self._report},
            "/package.zip": {"GET": self._package},
        }

    def _content(self, path: str) -> Mapping[str, Any]:
        state = self._controls.state
        subject = self._session.recorder.subject
        waits = state.cue_since and datetime.now(UTC).timestamp() - state.cue_since > WAITS_LONG
        return {
            **super()._content(path),
            "state": state,
            "expires": _shown(state.expires_at),
            "waiting_since": _shown(state.cue_since) if state.cue_since and waits else None,
            "foreign": self._session.redactor.foreign,
            "attested": sorted(self._controls.attested),
            "attestable": [
                (each.id, each.requirement.statement)
                for each in obligations_of(subject.edition, subject.scope)
                if each.is_attestable and each.id not in self._controls.attested
            ],
            "has_report": self._controls.report() is not None,
        }

    async def _done(self, request: Request, path: str) -> Response:
        """End the current cue, and respond when that is stored."""
        changed, before = asyncio.Event(), self._session.cue_number
        self._waiting.add(changed)
        try:
            response = await super()._done(request, path)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_CONFIRMATION):
                    while request.query_params.get("cue") == str(before) == str(self._session.cue_number):
                        changed.clear()
                        await changed.wait()
        finally:
            self._waiting.discard(changed)
        return response

    async def _pause(self, _: Request, path: str) -> Response:
        self._controls.pause(True)
        return RedirectResponse(path, 303, HEADERS)

    async def _resume(self, _: Request, path: str) -> Response:
        self._controls.pause(False)
        return RedirectResponse(path, 303, HEADERS)

    async def _repeat(self, request: Request, path: str) -> Response:
        await self._controls.repeat((await _form(request)).get("act", ""))
        return RedirectResponse(path, 303, HEADERS)

    async def _attest(self, request: Request, path: str) -> Response:
        form = await _form(request)
        allowed = {each for each, _ in self._content(path)["attestable"]}
        requirement, by = form.get("requirement", ""), form.get("by", "").strip()
        if requirement not in allowed or not by:
            return PlainTextResponse("Choose a requirement, and give your name and role.", 422, HEADERS)
        today = datetime.now(UTC).date().isoformat()
        note = form.get("note", "").strip()[:LONGEST_TEXT] or None
        self._controls.attest(Attestation(requirement, by[:LONGEST_TEXT], today, note))
        return RedirectResponse(path, 303, HEADERS)

    async def _judge(self, _: Request, path: str) -> Response:
        await self._controls.judge()
        return RedirectResponse(f"{path}/report", 303, HEADERS)

    async def _report(self, _: Request, _path: str) -> Response:
        return report_page(self._controls.report())

    async def _package(self, _: Request, _path: str) -> Response:
        return package(self._controls.report())


def report_page(report: StoredReport | None) -> Response:
    """Return the response with a report for people."""
    if report is None:
        return PlainTextResponse("There is no report yet.", 404, HEADERS)
    headers = {**HEADERS, "Content-Security-Policy": REPORT_POLICY}
    return Response(report.page, media_type="text/html; charset=utf-8", headers=headers)


def package(report: StoredReport | None) -> Response:
    """Return the response with the package of a report."""
    if report is None:
        return PlainTextResponse("There is no report yet.", 404, HEADERS)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="readiness.zip"'}
    return Response(report.package, media_type="application/zip", headers=headers)


async def _form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form of moderate size."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            return {}
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _shown(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%-d %B %Y, %H:%M UTC")
