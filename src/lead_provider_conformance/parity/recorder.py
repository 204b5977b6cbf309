"""Write the journals of a comparison of two servers."""

from __future__ import annotations

import platform
import tempfile
import uuid
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lead_provider_conformance import __version__
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.contract.contract import Contract, document_name
from lead_provider_conformance.contract.diff import Change
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.http.client import MAX_JOURNALLED_BYTES
from lead_provider_conformance.model import Ending, Safety, Scope, Subject, UsageError
from lead_provider_conformance.parity.differences import Difference, SideName
from lead_provider_conformance.parity.ledger import notes
from lead_provider_conformance.parity.pairs import ReplyPair
from lead_provider_conformance.parity.side import Reply, Side, Timed
from lead_provider_conformance.results.files import REPORTS, SIGNATURE_SUFFIX, VERDICT
from lead_provider_conformance.results.journal import EXCHANGES, FORMAT, RESULTS, Finding, Journal, timestamp
from lead_provider_conformance.results.waivers import FULL_PROFILE

ARTEFACTS = (*REPORTS, VERDICT + SIGNATURE_SUFFIX, RESULTS, EXCHANGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The two servers and the settings of a comparison, as the first lines of the journal describe them."""

    left: Target
    right: Target
    editions: tuple[str, str]
    scopes: tuple[Scope, ...]
    requirements: Sequence[Requirement]
    exclusions: Sequence[Waiver]
    file: str | None
    seed: int
    data: str
    slower_than: float | None
    safety: Safety = Safety.READ_ONLY

    @property
    def name(self) -> str:
        """Both servers by name."""
        return f"{self.left.name} and {self.right.name}"


class Recorder:
    """Append the lines of a comparison to the journals in `folder`. An earlier report there is removed at the start."""

    def __init__(self, folder: Path, comparison: Comparison) -> None:
        self.folder = folder
        self._comparison = comparison
        self._journals: dict[SideName, Journal] = {}

    def open(self) -> None:
        """Write the first lines. Raise UsageError if the folder cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
            for name in ARTEFACTS:
                (self.folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise UsageError(
                f"--report-dir {self.folder} cannot be written: {error.strerror}; give another folder."
            ) from None
        self._journals = {side: Journal(self.folder, process=side) for side in SideName}
        self.line(self._run_line())
        self.line(self._plan_line())

    def line(self, line: Mapping[str, Any]) -> None:
        """Append one line to the results."""
        self._journals[SideName.LEFT].write_result(line)

    def pair(self, pair: ReplyPair, differences: Sequence[Difference]) -> tuple[str, ...]:
        """Record both exchanges of a pair with its differences, and return their ids: left, right."""
        return tuple(self._exchange(pair, pair.of(side), list(notes(differences, side))) for side in SideName)

    def findings(self, findings: Iterable[Finding]) -> None:
        """Record findings."""
        for each in findings:
            self.line(each.to_line())

    def compared(self, scope: Scope, operation: str, **facts: Any) -> None:
        """Record that an operation was compared, with the number of its requests and records, and latencies."""
        own = {"version": scope.version, "programme": scope.programme}
        self.line({"kind": "compared", **own, "operation": operation, **facts})
        seconds = facts["left"].get("total", 0.0) + facts["right"].get("total", 0.0)
        self.line({"kind": "test", "test": operation, **own, "seconds": seconds, "at": timestamp()})

    def journey(self, scope: Scope, state: str, steps: Sequence[str], writes: int, why: str) -> None:
        """Record a journey on both servers as far as it was taken, and `why` it ended early."""
        own = {"version": scope.version, "programme": scope.programme, "state": state}
        self.line({"kind": "journey", **own, "steps": [*steps], "writes": writes, "why": why})

    def change(self, scope: Scope, change: Change, *, seen: bool) -> None:
        """Record a change of the contract between both editions, and whether responses show it."""
        own = {"version": scope.version, "programme": scope.programme}
        facts = {"sentence": change.sentence, "operations": list(change.operations), "seen": seen}
        self.line({"kind": "contract-change", **own, **facts})

    def end(self, ending: Ending) -> None:
        """Record the end."""
        self.line({"kind": "end", "ending": str(ending), "at": timestamp()})

    def _exchange(self, pair: ReplyPair, reply: Reply, violations: list[Mapping[str, Any]]) -> str:
        journal = self._journals[reply.side]
        exchange_id = journal.next_exchange_id()
        target = self._comparison.left if reply.side is SideName.LEFT else self._comparison.right
        journal.write_exchange(
            {
                "kind": "exchange",
                "id": exchange_id,
                "test": pair.read.operation,
                "at": timestamp(reply.at),
                "version": pair.read.scope.version,
                "programme": pair.read.scope.programme,
                "operation": pair.read.operation,
                "deliberate": pair.read.deliberate,
                "request": {
                    "method": reply.read.method,
                    "url": target.base_url + reply.read.target,
                    "headers": dict(reply.request_headers),
                    "body": reply.request_body,
                },
                "response": _response(reply),
                "error": reply.error,
                "seconds": round(reply.seconds, 6),
                "violations": violations,
            }
        )
        return exchange_id

    def _run_line(self) -> dict[str, Any]:
        comparison = self._comparison
        names = {
            document_name(edition, scope): Contract.of(edition, scope).hash
            for edition in comparison.editions
            for scope in comparison.scopes
        }
        return {
            "kind": "run",
            "subject": str(Subject.PARITY),
            "format": FORMAT,
            "id": str(uuid.uuid4()),
            "started_at": timestamp(),
            "suite": {"version": __version__},
            "contract": {"edition": " and ".join(dict.fromkeys(comparison.editions)), "hashes": names},
            "target": {
                "name": comparison.name,
                "description": "",
                "base_url": f"{comparison.left.base_url} and {comparison.right.base_url}",
                "safety": str(comparison.safety),
                "tokens": len(comparison.left.tokens),
                "operations": None,
                **({"file": comparison.file} if comparison.file else {}),
            },
            "parity": {
                "left": _server(comparison.left, comparison.editions[0]),
                "right": _server(comparison.right, comparison.editions[1]),
                "data": comparison.data,
                "slower_than": comparison.slower_than,
            },
            "profile": FULL_PROFILE,
            "seed": comparison.seed,
            "machine": {"python": platform.python_version(), "platform": platform.platform(terse=True)},
        }

    def _plan_line(self) -> dict[str, Any]:
        comparison = self._comparison
        return {
            "kind": "plan",
            "scopes": [{"version": each.version, "programme": each.programme} for each in comparison.scopes],
            "requirements": [each.to_mapping() for each in comparison.requirements],
            "waivers": [each.to_mapping() for each in comparison.exclusions],
            "gaps": [],
        }


def latency(side: Side, operation: Timed) -> dict[str, float]:
    """Return p50, p95 and the sum of an operation's latencies in seconds; nothing without a response."""
    seconds = sorted(side.seconds.get(operation, array("f")))
    if not seconds:
        return {}
    return {
        "p50": round(seconds[(len(seconds) - 1) // 2], 6),
        "p95": round(seconds[min(len(seconds) - 1, int(len(seconds) * 0.95))], 6),
        "total": round(sum(seconds), 6),
    }


def _server(target: Target, edition: str) -> dict[str, Any]:
    return {
        "name": target.name,
        "description": target.description,
        "base_url": target.base_url,
        "edition": edition,
        "tokens": len(target.tokens),
    }


def _response(reply: Reply) -> dict[str, Any] | None:
    if reply.status is None:
        return None
    return {
        "status": reply.status,
        "headers": dict(reply.headers),
        "body": reply.body[:MAX_JOURNALLED_BYTES].decode("utf-8", "backslashreplace"),
        "bytes": len(reply.body),
        "cut": len(reply.body) > MAX_JOURNALLED_BYTES,
    }
