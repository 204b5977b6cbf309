"""A builder for the journals of invented sessions of a client, and a few such sessions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lead_provider_conformance.model import Cause, Outcome, Scope
from lead_provider_conformance.results import journal
from lead_provider_conformance.results.verdict import Verdict

SCOPE = Scope("v3", "ecf")
START = datetime(2026, 11, 22, 10, tzinfo=UTC)
BASE_URL = "http://127.0.0.1:8700"
PARTICIPANT = "3f0c1a52-8d0e-4f39-9a4e-6a1d2f1f2b11"
SOURCE = (
    "ECT service guidance: How to test the API effectively (Organisation/repository-of-the-guidance@0fe31d1a:"
    "app/views/api/guidance/guidance_for_lead_providers/how_to_test_the_api_effectively.md#L46-54)"
)
HOSTILE = "<script>alert(1)</script>\x1b[31mred \u202egnirts"


@dataclass
class Session:
    """Builds a session: its lines come in the order of the calls, one second apart."""

    name: str = "Example provider's system"
    drive: str = "command"
    ending: str | None = "finished"
    operations: Sequence[str] | None = None
    act: str = ""
    offset: float = 0.0
    _seconds: int = 0
    _requirements: list[dict[str, Any]] = field(default_factory=list)
    _waivers: list[dict[str, Any]] = field(default_factory=list)
    _lines: list[dict[str, Any]] = field(default_factory=list)
    _exchanges: list[dict[str, Any]] = field(default_factory=list)
    _cues: int = 0
    _situations: dict[str, str] = field(default_factory=dict)

    def requires(self, requirement_id: str, statement: str = "A client does this.", *, level: str = "MUST") -> Session:
        """Add an obligation to the plan."""
        self._requirements.append(
            {
                "id": requirement_id,
                "level": level,
                "versions": ["v3"],
                "programmes": ["ecf"],
                "statement": statement,
                "sources": [SOURCE],
            }
        )
        return self

    def waives(self, requirement_id: str, *, expires: str = "2099-01-01") -> Session:
        """Waive an obligation."""
        self._waivers.append(
            {"requirement": requirement_id, "owner": "Team A", "reason": "Agreed in May", "expires": expires}
        )
        return self

    def skips(self, act: str, reason: str) -> Session:
        """Leave out an act."""
        self._add("act", act=act, phase="skipped", reason=reason)
        return self

    @contextmanager
    def acting(self, act: str) -> Iterator[None]:
        """Add an act with the lines that the block adds."""
        self.act, self._cues = act, 0
        self._add("act", act=act, phase="begin", reason=None)
        yield
        self._add("act", act=act, phase="end", reason=None)

    @contextmanager
    def cued(
        self, text: str, *tasks: Mapping[str, Any], status: int | None = 0, problem: str | None = None
    ) -> Iterator[None]:
        """Add a cue with the lines that the block adds."""
        self._cues += 1
        cue = {"act": self.act, "number": self._cues}
        begin = {"text": text, "tasks": list(tasks), "offset": self.offset, "status": None, "problem": None}
        self._add("cue", **cue, phase="begin", **begin)
        yield
        self._add(
            "cue", **cue, phase="end", **begin | {"text": None, "tasks": [], "status": status, "problem": problem}
        )

    def happens(self, event: str, **facts: object) -> Session:
        """Add an event."""
        self._add("event", event=event, act=self.act, offset=self.offset, facts=facts)
        return self

    def arms(self, situation: str, **facts: object) -> str:
        """Arm a situation and return its id."""
        situation_id = f"s-{len(self._situations) + 1:04d}"
        self._situations[situation_id] = situation
        self._situation(situation_id, "armed", facts=facts)
        return situation_id

    def withdraws(self, situation_id: str, problem: str | None = None) -> Session:
        """Withdraw a situation."""
        self._situation(situation_id, "withdrawn", problem=problem)
        return self

    def attests(self, requirement_id: str, by: str = "Ada Example", on: str = "2026-11-20") -> Session:
        """Add an attestation and its finding."""
        self._add("attestation", requirement=requirement_id, by=by, on=on, note="Stored in a vault.")
        return self.found(Outcome.ATTESTED, requirement_id, f"{by} stated it on {on}.")

    def found(
        self,
        outcome: Outcome,
        requirement_id: str,
        reason: str | None = None,
        remedy: str | None = None,
        *,
        exchanges: Sequence[str] = (),
        act: str = "",
        cause: Cause | None = None,
    ) -> Session:
        """Add a finding. It is not a line of the act, so it has no time."""
        finding = journal.Finding(
            requirement_id, SCOPE, outcome, act or self.act, reason, remedy, exchanges=tuple(exchanges), cause=cause
        )
        self._lines.append(finding.to_line())
        return self

    def exchanged(
        self,
        method: str,
        path: str,
        status: int | None = 200,
        body: object = "",
        *,
        sent: object = None,
        operation: str | None = None,
        situation: str | None = None,
        violations: Sequence[Mapping[str, str]] = (),
        error: str | None = None,
        seconds: float = 0.021,
    ) -> str:
        """Add an exchange and return its id. `status` None means that no response was sent."""
        exchange_id = f"c-{len(self._exchanges) + 1:05d}"
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        headers = {"Authorization": "Bearer $TOKEN", "Host": "127.0.0.1:8700", "User-Agent": "sync/1.0"}
        if sent is not None:
            headers["Content-Type"] = "application/json"
        response = {
            "status": status,
            "headers": {"Content-Type": "application/json; charset=utf-8"},
            "body": text,
            "bytes": len(text.encode()),
            "cut": False,
        }
        self._exchanges.append(
            {
                "kind": "exchange",
                "id": exchange_id,
                "test": self.act,
                "at": self._next(),
                "version": SCOPE.version,
                "programme": SCOPE.programme,
                "operation": operation,
                "deliberate": None,
                "request": {
                    "method": method,
                    "url": BASE_URL + path,
                    "headers": headers,
                    "body": sent if sent is None or isinstance(sent, str) else json.dumps(sent),
                },
                "response": response if status else None,
                "error": error or (None if status else "reset by the sandbox"),
                "seconds": seconds,
                "violations": [dict(each) for each in violations],
                "observed": {"offset": self.offset, "situation": situation, "in_flight": 1, "connection": 1},
            }
        )
        if situation:
            self._situation(situation, "delivered", exchange=exchange_id)
        return exchange_id

    def write(self, folder: Path) -> Path:
        """Write both journals into `folder` and return it."""
        written = journal.Journal(folder)
        written.write_result(self.run_line())
        written.write_result(
            {
                "kind": "plan",
                "scopes": [{"version": SCOPE.version, "programme": SCOPE.programme}],
                "requirements": self._requirements,
                "waivers": self._waivers,
            }
        )
        for line in self._lines:
            written.write_result(line)
        for exchange in self._exchanges:
            written.write_exchange(exchange)
        if self.ending:
            written.write_result({"kind": "end", "ending": self.ending, "at": self._next()})
        return folder

    def verdict(self, folder: Path) -> Verdict:
        """Write the journals into `folder` and return the verdict on them."""
        return Verdict.of(journal.read_journals(self.write(folder)))

    def run_line(self) -> dict[str, Any]:
        """Return the first line of the results."""
        return {
            "kind": "run",
            "format": journal.FORMAT,
            "id": "7f1e0f5e-6a0b-4d7b-9a64-0d6b7b7a3c12",
            "subject": "client",
            "client": {
                "version": SCOPE.version,
                "programme": SCOPE.programme,
                "drive": self.drive,
                "settings": {"poll_minutes": 60},
            },
            "started_at": _time(0),
            "suite": {"version": "0.1.0"},
            "contract": {"edition": "2026-08", "hashes": {"ect": "ab" * 32}},
            "target": {
                "name": self.name,
                "description": "",
                "base_url": BASE_URL,
                "safety": "sandbox",
                "tokens": 1,
                "operations": self.operations,
            },
            "seed": 20260801,
            "machine": {"python": "3.11.7", "platform": "Linux-6.1-x86_64"},
        }

    def _situation(
        self,
        situation_id: str,
        phase: str,
        *,
        facts: Mapping[str, object] | None = None,
        exchange: str | None = None,
        problem: str | None = None,
    ) -> None:
        self._add(
            "situation",
            id=situation_id,
            situation=self._situations[situation_id],
            act=self.act,
            phase=phase,
            facts=facts or {},
            exchange=exchange,
            problem=problem,
        )

    def _add(self, kind: str, **line: object) -> None:
        self._lines.append({"kind": kind, **line} | ({} if kind == "attestation" else {"at": self._next()}))

    def _next(self) -> str:
        self._seconds += 1
        return _time(self._seconds)


def _time(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def declaration(declared: str = "2026-10-05T09:00:00Z", **attributes: object) -> dict[str, Any]:
    """Return the request body of a declaration."""
    return {
        "data": {
            "type": "participant-declaration",
            "attributes": {
                "participant_id": PARTICIPANT,
                "declaration_type": "started",
                "declaration_date": declared,
                "course_identifier": "ecf-induction",
                **attributes,
            },
        }
    }


def task(task_id: str = "t-0001", **fields: object) -> dict[str, Any]:
    """Return a task to declare."""
    person = {
        "participant_id": PARTICIPANT,
        "full_name": "Ayesha Okafor",
        "teacher_reference_number": "1234567",
        "course_identifier": "ecf-induction",
    }
    own = {"declaration_type": "started", "on": "2026-10-05", "purpose": "declare-plain", "trap": None}
    return {"id": task_id, "do": "declare", **person, **own, **fields}


def page(number: int, records: int) -> dict[str, Any]:
    """Return a page of participants."""
    first = (number - 1) * 100
    return {
        "data": [
            {"id": f"{first + each:08d}-8d0e-4f39-9a4e-6a1d2f1f2b11", "type": "participant", "attributes": {}}
            for each in range(records)
        ]
    }


def ready() -> Session:
    """Return a session in which every MUST passed or is attested."""
    session = Session()
    for requirement_id, statement in (
        ("access/bearer-header", "Every request carries the token in an Authorization header."),
        ("paging/all-pages", "Lists are read to their last page."),
        ("access/token-kept-private", "Tokens are not published."),
    ):
        session.requires(requirement_id, statement)
    session.requires("npq/decide", "Applications are decided.")
    with session.acting("first-sync"), session.cued("Fetch all participants."):
        pages = [
            session.exchanged("GET", f"/api/v3/participants?page[page]={number}", body=page(number, records))
            for number, records in ((1, 100), (2, 37))
        ]
    session.found(Outcome.PASSED, "access/bearer-header", exchanges=pages)
    session.found(Outcome.PASSED, "paging/all-pages", exchanges=pages)
    session.found(Outcome.NOT_APPLICABLE, "npq/decide", "The profile leaves applications to people.")
    return session.attests("access/token-kept-private")


def not_ready() -> Session:
    """Return a session with failures of every level, obligations that were not shown, and a waiver."""
    session = Session(operations=["participants", "create-declaration"])
    for requirement_id, statement, level in (
        ("access/bearer-header", "Every request carries the token in an Authorization header.", "MUST"),
        ("access/token-kept-private", "Tokens are not published.", "MUST"),
        ("access/keys-secured", "Access keys are secured before going live.", "SHOULD"),
        ("contract/request-schema", "Requests follow the contract.", "MUST"),
        ("declare/retry-exact-copy", "A declaration whose response was lost is repeated as an exact copy.", "MUST"),
        ("errors/5xx-retried", "A request that failed with a 5xx is repeated.", "MUST"),
        ("errors/timeout", "The client gives up on a response that does not come.", "SHOULD"),
        ("paging/all-pages", "Lists are read to their last page.", "MUST"),
        ("rate/429-backs-off", "The client waits as long as `Retry-After` says.", "MUST"),
        ("rate/random-minute", "Polls do not start on the hour.", "SHOULD"),
        ("sync/only-changed", "Only changes are sent.", "MAY"),
        ("transfer/completed", "A completed transfer is followed.", "MUST"),
        ("void/own-mistakes", "A wrong declaration is voided.", "MUST"),
    ):
        session.requires(requirement_id, statement, level=level)
    session.waives("rate/random-minute")
    with session.acting("first-sync"), session.cued("Fetch all participants."):
        failing = session.arms("server-error-on-page", page=2)
        first = session.exchanged(
            "GET", "/api/v3/participants?page[page]=1", body=page(1, 100), operation="participants"
        )
        second = session.exchanged(
            "GET",
            "/api/v3/participants?page[page]=2",
            500,
            {"errors": [{"title": "Internal server error"}]},
            operation="participants",
            situation=failing,
        )
    with session.acting("declare"):
        session.happens("appeared", participant_id=PARTICIPANT)
        lost = session.arms("lost-declaration", participant_id=PARTICIPANT)
        with session.cued("Send the declarations in the task list.", task(), status=1):
            created = session.exchanged(
                "POST",
                "/api/v3/participant-declarations",
                None,
                sent=declaration(),
                operation="create-declaration",
                situation=lost,
            )
            session.happens("eligible", participant_id=PARTICIPANT)
            again = session.exchanged(
                "POST",
                "/api/v3/participant-declarations",
                422,
                {"errors": [{"title": "declaration_date", "detail": "Already declared."}]},
                sent=declaration("2026-10-06", evidence_held=5),
                operation="create-declaration",
                violations=[
                    {
                        "requirement": "contract/request-schema",
                        "where": "/data/attributes/evidence_held",
                        "message": "5 is not a string.",
                        "kind": "type",
                    }
                ],
            )
        session.withdraws(session.arms("held-response"))
    session.skips("transfer", "The profile leaves transfers to people.")
    session.found(Outcome.PASSED, "access/bearer-header", exchanges=[first, second, created, again])
    session.found(
        Outcome.FAILED,
        "declare/retry-exact-copy",
        "The second request has another declaration_date: '2026-10-06', not '2026-10-05T09:00:00Z'.",
        exchanges=[created, again],
        act="declare",
        cause=Cause("create-declaration", "/data/attributes/declaration_date", "changed"),
    )
    session.found(
        Outcome.FAILED,
        "contract/request-schema",
        "/data/attributes/evidence_held: 5 is not a string.",
        exchanges=[again],
        act="declare",
    )
    session.found(
        Outcome.FAILED,
        "errors/5xx-retried",
        "Page 2 failed with 500 and was not requested again before the act ended.",
        exchanges=[first, second],
        act="first-sync",
    )
    session.found(
        Outcome.COULD_NOT_RUN,
        "paging/all-pages",
        "No list was read beyond page 2.",
        "Fix errors/5xx-retried first.",
        act="first-sync",
    )
    session.found(Outcome.COULD_NOT_RUN, "errors/timeout", "No response was held.", "Run the act declare.")
    session.found(
        Outcome.COULD_NOT_RUN,
        "rate/429-backs-off",
        "The client sent no request after this response.",
        "Let the system run on and repeat the act.",
        act="throttle-and-outage",
    )
    session.found(Outcome.FAILED, "rate/random-minute", "All polls started at 10:00:00.", exchanges=[first])
    session.found(Outcome.FAILED, "sync/only-changed", "A declaration was sent twice.", exchanges=[created, again])
    session.found(Outcome.NOT_APPLICABLE, "transfer/completed", "The profile leaves transfers to people.")
    session.found(Outcome.NOT_APPLICABLE, "void/own-mistakes", "The profile does not use void-declaration.")
    session.found(Outcome.COULD_NOT_RUN, "access/keys-secured", "Not attested.", "Attest it in the profile.")
    return session.attests("access/token-kept-private")


def hostile() -> Session:
    """Return a session of a client that sends markup, terminal escapes and control characters."""
    session = Session(name=HOSTILE)
    session.requires("contract/request-schema", "Requests follow the contract.")
    with session.acting("connect"), session.cued("Connect.", task(full_name=HOSTILE), problem=HOSTILE):
        sent = session.exchanged(
            "POST",
            f"/api/v3/participant-declarations?x={HOSTILE}",
            400,
            f"<html>{HOSTILE}",
            sent=f'{{"{HOSTILE}": "</pre></script><!--"}}',
            violations=[{"requirement": "contract/request-schema", "where": "", "message": HOSTILE}],
        )
    return session.found(Outcome.FAILED, "contract/request-schema", HOSTILE, exchanges=[sent])
