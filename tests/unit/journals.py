"""A builder for the journals of invented runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lead_provider_conformance.model import Cause, Outcome, Scope
from lead_provider_conformance.results import journal
from lead_provider_conformance.results.verdict import Verdict

V3_ECF = Scope("v3", "ecf")
V3_NPQ = Scope("v3", "npq")
BASE_URL = "https://lead-provider.example"


@dataclass
class Run:
    """Builds a run: add its plan, exchanges and findings, then compute its verdict."""

    scopes: Sequence[Scope] = (V3_ECF,)
    ending: str | None = "finished"
    target_name: str = "Example service"
    tests: int = 12
    profile: str = "standard"
    operations: Sequence[str] | None = None
    planned: Sequence[str] = ()
    target_file: str | None = None
    _requirements: list[dict[str, Any]] = field(default_factory=list)
    _waivers: list[dict[str, Any]] = field(default_factory=list)
    _gaps: list[dict[str, Any]] = field(default_factory=list)
    _findings: list[journal.Finding] = field(default_factory=list)
    _exchanges: list[dict[str, Any]] = field(default_factory=list)

    def implements(self, operations: Sequence[str] | None, *, of: Sequence[str]) -> Run:
        """Name the operations of the target, None for all, and those of the contract."""
        self.operations, self.planned = operations, of
        return self

    def requires(
        self,
        requirement_id: str,
        statement: str = "A server meets this.",
        *,
        level: str = "MUST",
        sources: Sequence[str] = ("published OpenAPI v3, December 2024",),
        newer_than: str | None = None,
        **more: str,
    ) -> Run:
        """Add a requirement to the plan, for every scope."""
        self._requirements.append(
            {
                "id": requirement_id,
                "level": level,
                "versions": sorted({scope.version for scope in self.scopes}),
                "programmes": sorted({scope.programme for scope in self.scopes}),
                "statement": statement,
                "sources": list(sources),
                "newer_than": newer_than,
                **more,
            }
        )
        return self

    def waives(self, requirement_id: str | None, *, expires: str = "2099-01-01", **more: object) -> Run:
        """Waive a requirement."""
        self._waivers.append(
            {"requirement": requirement_id, "owner": "Team A", "reason": "Agreed in May", "expires": expires, **more}
        )
        return self

    def accepts_gap(self, requirement_id: str) -> Run:
        """Accept that a requirement is not tested."""
        self._gaps.append(
            {"requirement": requirement_id, "owner": "Team A", "reason": "No test data", "expires": "2099-01-01"}
        )
        return self

    def found(
        self,
        outcome: Outcome,
        requirement_id: str,
        reason: str | None = None,
        remedy: str | None = None,
        *,
        scope: Scope = V3_ECF,
        exchanges: Sequence[str] = (),
        group: str | None = None,
        cause: Cause | None = None,
        left_out: bool = False,
        test: str = "suites/rules/test_declarations.py::test_posting_twice",
    ) -> Run:
        """Add a finding."""
        self._findings.append(
            journal.Finding(
                requirement=requirement_id,
                scope=scope,
                outcome=outcome,
                group=group,
                cause=cause,
                left_out=left_out,
                test=test,
                reason=reason,
                remedy=remedy,
                checked_at="suites/rules/test_declarations.py:41",
                exchanges=tuple(exchanges),
            )
        )
        return self

    def exchanged(
        self,
        method: str,
        path: str,
        status: int | None = 200,
        body: object = "",
        *,
        sent: object = None,
        operation: str | None = "list_participant_declarations",
        violations: Sequence[Mapping[str, str]] = (),
        scope: Scope = V3_ECF,
        seconds: float = 0.012,
        headers: Mapping[str, str] | None = None,
        cut: bool = False,
        deliberate: str | None = None,
        place: str = "",
        test: str = "suites/rules/test_declarations.py::test_posting_twice",
    ) -> str:
        """Add an exchange and return its id. `status` None means no response."""
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        request_headers = {"Authorization": "Bearer $TOKEN", "Accept": "application/json"}
        if sent is not None:
            request_headers["Content-Type"] = "application/json"
        exchange_id = f"main-{len(self._exchanges) + 1:05d}"
        self._exchanges.append(
            {
                "kind": "exchange",
                "id": exchange_id,
                "test": test,
                "at": "2026-11-22T10:00:01.000Z",
                "version": scope.version,
                "programme": scope.programme,
                "operation": operation,
                "deliberate": deliberate,
                "request": {
                    "method": method,
                    "url": BASE_URL + path,
                    "headers": request_headers,
                    "body": sent if sent is None or isinstance(sent, str) else json.dumps(sent),
                },
                "response": None
                if status is None
                else {
                    "status": status,
                    "headers": dict(headers or {"Content-Type": "application/json; charset=utf-8"}),
                    "body": text,
                    "bytes": len(text.encode("utf-8", "surrogatepass")) * (3 if cut else 1),
                    "cut": cut,
                },
                "error": None if status else "The server closed the connection without a response.",
                "seconds": seconds,
                "violations": [dict(each) for each in violations],
                **({"place": place} if place else {}),
            }
        )
        return exchange_id

    def record(self) -> journal.Journals:
        """Return the contents of the journals."""
        return journal.Journals(
            folder=Path("reports/latest"),
            run=self._run_line(),
            plan=self._plan_line(),
            findings=tuple(self._findings),
            exchanges={each["id"]: each for each in self._exchanges},
            claims=(),
            ending=journal.Ending(self.ending or "killed"),
            tests=self.tests,
            ended_at="2026-11-22T10:00:42.500Z" if self.ending else None,
        )

    def verdict(self) -> Verdict:
        """Return the verdict."""
        return Verdict.of(self.record())

    def write(self, folder: Path) -> None:
        """Write both journals into `folder`."""
        written = journal.Journal(folder)
        written.write_result(self._run_line())
        written.write_result(self._plan_line())
        for finding in self._findings:
            written.write_result(finding.to_line())
        for exchange in self._exchanges:
            written.write_exchange(exchange)
        for number in range(self.tests):
            at = "2026-11-22T10:00:02.000Z"
            test = {"test": f"test_{number}", "version": "v3", "programme": "ecf", "seconds": 0.2, "at": at}
            written.write_result({"kind": "test", **test})
        if self.ending:
            written.write_result({"kind": "end", "ending": self.ending, "at": "2026-11-22T10:00:42.500Z"})

    def _run_line(self) -> dict[str, Any]:
        return {
            "kind": "run",
            "format": journal.FORMAT,
            "id": "7f1e0f5e-6a0b-4d7b-9a64-0d6b7b7a3c11",
            "started_at": "2026-11-22T10:00:00.000Z",
            "suite": {"version": "0.1.0"},
            "contract": {"edition": "2024-12", "hashes": {"v3": "ab" * 32}},
            "target": {
                "name": self.target_name,
                "description": "A server that exists only in tests.",
                "base_url": BASE_URL,
                "safety": "sandbox",
                "tokens": 2,
                "operations": self.operations,
                **({"file": self.target_file} if self.target_file else {}),
            },
            "profile": self.profile,
            "seed": 20241201,
            "machine": {"python": "3.11.7", "platform": "Linux-6.1-x86_64"},
        }

    def _plan_line(self) -> dict[str, Any]:
        return {
            "kind": "plan",
            "scopes": [
                {"version": s.version, "programme": s.programme, "operations": list(self.planned)} for s in self.scopes
            ],
            "requirements": self._requirements,
            "waivers": self._waivers,
            **({"gaps": self._gaps} if self._gaps else {}),
        }
