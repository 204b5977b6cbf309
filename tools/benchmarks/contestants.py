"""The contestants of the benchmarks, as commands: our generated tests, our whole suite, stock `schemathesis run`.

All of them test version 3, ECF, of a sandbox that is started for each of them anew, with the same operations of the
same contract. Stock Schemathesis gets what its documentation offers to one who has a contract and a server, and wants
to write no tests:

- its own command line, all four phases, all of its checks, a fixed seed, `--continue-on-failure`, so that a failure
  does not end an operation's tests, and no shrinking, which costs requests and finds nothing;
- two tokens as peers (`[auth.wfc]`), so that it looks at records with the other provider's token as well;
- a contract in which ids, cohorts, schools and dates of requests are those of this very sandbox, so that they get past
  the door;
- 404 and 422 as answers to valid data, which the rules of the programmes give, so that they are no noise.

What it tells of the faultless sandbox too is not counted as found.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.operation import resolve
from lead_provider_conformance.fuzzing import placeholders
from lead_provider_conformance.fuzzing.overlay import overlay_document
from lead_provider_conformance.testdata.subjects import has_subject

SUITES = Path(__file__).parents[2] / "suites"
GENERATED = SUITES / "generated"
TOKENS = ("ambition-sandbox-token-1", "teach-well-sandbox-token-2")
FEW, MANY = 600, 3_000
ENDED = frozenset({0, 1, 6})
"""The exit statuses of a run that has found out whether a server conforms, or that it cannot be told of all."""
SCOPE = ("--api-version", "v3", "--programme", "ecf")

CONFIGURATION = """
[auth.wfc]
path = "wfc.json"
user = "first"
peers = ["first", "second"]

[checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 404, 422]
"""


@dataclass(frozen=True)
class Measured:
    """One command: how many requests, how long it took and how much of that between the first and the last of them, how
    much of it in HTTP calls, what failed, and, of ours, the memory of its largest process in MiB.
    """

    requests: int
    seconds: float
    sending_seconds: float
    http_seconds: float
    failures: frozenset[str]
    memory: int = 0

    @property
    def rate(self) -> float:
        """Requests a second of the whole command, start-up and reports included."""
        return self.requests / self.seconds

    @property
    def outside(self) -> float:
        """Which part of the time no request was on its way."""
        return 1 - self.http_seconds / self.seconds

    @property
    def sending_rate(self) -> float:
        """Requests a second between the first and the last of them."""
        return self.requests / self.sending_seconds


@contextlib.contextmanager
def sandbox(fault: str | None = None) -> Iterator[str]:
    """The address of a sandbox of our own, with a fault or none."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "lead_provider_sandbox", "--quiet", "--port", str(port)]
    process = subprocess.Popen([*command, *(["--fault", fault] if fault else [])])
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthcheck"):
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def ours(
    address: str, cache: Path, requests: int | None, suites: Path = GENERATED, scope: Sequence[str] = SCOPE
) -> Measured:
    """Our generated tests within a budget, or that of `standard`; with `suites` as well those that people wrote."""
    budget = [] if requests is None else ["--requests", str(requests)]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "lead_provider_conformance", "run", str(suites), "--base-url", address]
        command += ["--safety", "sandbox", *scope, *budget, "--report-dir", folder]
        environment = os.environ | {
            "LEAD_PROVIDER_TOKEN": TOKENS[0],
            "OTHER_LEAD_PROVIDER_TOKEN": TOKENS[1],
            "LEAD_PROVIDER_CONFORMANCE_CACHE": str(cache),
        }
        begun = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in ENDED:
            raise SystemExit(
                f"The suite has ended with status {process.returncode}: run {' '.join(command)} to see why."
            )
        exchanges = _lines(Path(folder) / "exchanges.ndjson")
        sent = [(datetime.fromisoformat(each["at"]).timestamp(), each["seconds"]) for each in exchanges]
        findings = _lines(Path(folder) / "results.ndjson")
        failures = frozenset(each["requirement"] for each in findings if each.get("outcome") == "failed")
    return replace(_measured(sent, seconds, failures), memory=usage.ru_maxrss // 1024)


def stock(address: str, document: Path, *, examples: int | None = None, seed: int = 1) -> tuple[Measured, Measured]:
    """Stock Schemathesis: what its first few requests find, and what its first many do.

    `examples` are how many its fuzzing gives an operation, or as many as it does by itself.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "schemathesis.toml").write_text(CONFIGURATION, encoding="utf-8")
        users = zip(("first", "second"), TOKENS, strict=True)
        peers = [
            {"name": who, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}
            for who, token in users
        ]
        (folder / "wfc.json").write_text(json.dumps({"auth": peers}), encoding="utf-8")
        command = [str(Path(sys.executable).with_name("schemathesis")), "run", str(document), "--url", address]
        command += ["--checks", "all", "--seed", str(seed), "--continue-on-failure"]
        command += [] if examples is None else ["--max-examples", str(examples)]
        command += ["--no-shrink", "--generation-database", "none", "--no-color"]
        begun = time.perf_counter()
        subprocess.run(
            [*command, "--report", "ndjson", "--report-dir", name], capture_output=True, check=False, cwd=folder
        )
        seconds = time.perf_counter() - begun
        sent = sorted(_interactions(folder), key=lambda each: each[0])
    return _first(sent, FEW, seconds), _first(sent, MANY, seconds)


def _first(sent: Sequence[tuple[float, float, Sequence[str]]], requests: int, seconds: float) -> Measured:
    """What the first of a run's requests found, and when they were done: after start-up and what came before."""
    counted = sent[:requests]
    failures = frozenset(failure for _, _, failed in counted for failure in failed)
    whole = _measured([each[:2] for each in sent], seconds, failures)
    part = _measured([each[:2] for each in counted], seconds, failures)
    return replace(part, seconds=seconds - whole.sending_seconds + part.sending_seconds)


def _measured(sent: Sequence[tuple[float, float]], seconds: float, failures: frozenset[str]) -> Measured:
    if not sent:
        raise SystemExit("A contestant has sent no request at all: run its command by hand to see why.")
    sending = max(at + took for at, took in sent) - min(at for at, _ in sent)
    return Measured(len(sent), seconds, sending, sum(took for _, took in sent), failures)


def _interactions(folder: Path) -> Iterator[tuple[float, float, list[str]]]:
    """When each request was sent, how long it took, and the names of the checks that failed, with their operation."""
    for file in folder.glob("*.ndjson"):
        for line in _lines(file):
            recorder = line.get("ScenarioFinished", {}).get("recorder") or {}
            for case, interaction in recorder.get("interactions", {}).items():
                checks = recorder["checks"].get(case, ())
                failed = [f"{each['name']} {recorder['label']}" for each in checks if each["status"] == "failure"]
                response = interaction.get("response") or {}
                yield float(interaction["timestamp"]), float(response.get("elapsed", 0.0)), failed


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    """One at a time: Linux counts for a process what the one that starts it has held, and stock's lines are large."""
    with file.open("rb") as lines:
        yield from map(json.loads, lines)


def document_for(address: str, folder: Path) -> Path:
    """The contract for stock Schemathesis, as a file: the operations that we generate requests for, with the ids,
    cohorts and dates of this sandbox.
    """
    contract = Contract.load("v3")
    document = overlay_document(contract.document, "ecf", pinned=False)
    pinned = overlay_document(contract.document, "ecf")
    document["security"] = contract.document["security"]
    document["components"]["securitySchemes"] = contract.document["components"]["securitySchemes"]
    generated = {each.path for each in contract.operations if has_subject("ecf", each)}
    document["paths"] = {path: item for path, item in document["paths"].items() if path in generated}
    for path, item in document["paths"].items():
        if "{id}" in path:
            schema = {"type": "string", "format": "uuid", "enum": _ids(address, path.partition("/{id}")[0])}
            item["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": schema}]
        for method in ("post", "put"):
            if method in item and "requestBody" in item[method]:
                # Only what is sent is pinned: an answer may hold any id.
                item[method]["requestBody"] = _whole(pinned, pinned["paths"][path][method]["requestBody"])
    text = json.dumps(document)
    for stand_in, value in _values(address).items():
        text = text.replace(stand_in, value)
    file = folder / "document.json"
    file.write_text(text, encoding="utf-8")
    return file


def _whole(document: Mapping[str, Any], node: Any) -> Any:
    """A part of a document with what it refers to in the place of every reference."""
    if isinstance(node, dict):
        return {name: _whole(document, value) for name, value in resolve(document, node).items()}
    return [_whole(document, each) for each in node] if isinstance(node, list) else node


def _values(address: str) -> Mapping[str, str]:
    schools = _listed(address, "/api/v3/schools/ecf")
    free = [each["id"] for each in schools if each["attributes"]["in_partnership"] is False]
    return {
        placeholders.PARTICIPANT: _ids(address, "/api/v3/participants/ecf")[0],
        placeholders.SCHOOL: free[0],
        placeholders.PARTNER: _ids(address, "/api/v3/delivery-partners")[0],
        placeholders.COHORT: "2022",
        placeholders.DATE: "2022-09-20T09:00:00Z",
    }


def _ids(address: str, path: str) -> list[str]:
    return [each["id"] for each in _listed(address, path)][:20]


def _listed(address: str, path: str) -> list[dict[str, Any]]:
    query = "?filter[cohort]=2022" if "schools" in path else ""
    request = urllib.request.Request(f"{address}{path}{query}", headers={"Authorization": f"Bearer {TOKENS[0]}"})
    with urllib.request.urlopen(request) as response:
        listed: list[dict[str, Any]] = json.load(response)["data"]
    return listed
