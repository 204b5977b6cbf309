"""Run the contestants of the benchmarks: our generated tests, our whole suite, and stock `schemathesis run`.

All of them test version 3, ECF, of a new sandbox, with the same operations of the same contract. Stock Schemathesis is
configured as its documentation recommends for a user with a contract and a server, but without tests:

- its own command line, all four phases, all of its checks, a fixed seed, `--continue-on-failure`, so that a failure
  does not end an operation's tests, and no shrinking, which costs requests and finds nothing;
- two tokens as peers (`[auth.wfc]`), so that it reads records with the other provider's token as well;
- a contract with the ids, cohorts, schools and dates of the sandbox, so that its requests are not refused at once;
- 404 and 422 as expected responses to valid data, because the rules of the programmes return them.

A failure on the faultless sandbox does not count as found.
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
from lead_provider_conformance.fuzzing import overlay
from lead_provider_conformance.fuzzing.overlay import overlay_document
from lead_provider_conformance.testdata.subjects import has_subject

SUITES = Path(__file__).parents[2] / "suites"
GENERATED = SUITES / "generated"
TOKENS = ("ambition-sandbox-token-1", "teach-well-sandbox-token-2")
FEW, MANY = 600, 3_000
COMPLETED = frozenset({0, 1, 6})
"""The exit statuses of a run with a verdict: conformant, not conformant, incomplete."""
SCOPE = ("--api-version", "v3", "--programme", "ecf")

Request = tuple[float, float, list[str]]
"""The time of a request of stock Schemathesis, its duration, and the failed checks, each with its operation."""

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
    """The measurements of one command.

    `sending_seconds` is the time from the first request to the last, `http_seconds` the sum of all requests, and
    `memory` the peak of the largest process in MiB, measured for our commands only.
    """

    requests: int
    seconds: float
    sending_seconds: float
    http_seconds: float
    failures: frozenset[str]
    memory: int = 0

    @property
    def rate(self) -> float:
        """Requests per second of the whole command, including start-up and reports."""
        return self.requests / self.seconds

    @property
    def outside(self) -> float:
        """The share of the time without a request in flight."""
        return 1 - self.http_seconds / self.seconds

    @property
    def sending_rate(self) -> float:
        """Requests per second between the first request and the last."""
        return self.requests / self.sending_seconds


@contextlib.contextmanager
def sandbox(fault: str | None = None) -> Iterator[str]:
    """Run a sandbox with a fault or without, and yield its address."""
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
    address: str,
    cache: Path,
    requests: int | None,
    suites: Path = GENERATED,
    scope: Sequence[str] = SCOPE,
    workers: int = 1,
) -> Measured:
    """Run our tests with a number of requests, by default that of `standard`, in one process or several."""
    budget = [] if requests is None else ["--requests", str(requests)]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "lead_provider_conformance", "run", str(suites), "--base-url", address]
        command += ["--safety", "sandbox", *scope, *budget, "--report-dir", folder]
        command += ["-n", str(workers)] if workers > 1 else []
        environment = os.environ | {
            "LEAD_PROVIDER_TOKEN": TOKENS[0],
            "OTHER_LEAD_PROVIDER_TOKEN": TOKENS[1],
            "LEAD_PROVIDER_CONFORMANCE_CACHE": str(cache),
        }
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in COMPLETED:
            raise SystemExit(f"The suite ended with status {process.returncode}. To see why, run: {' '.join(command)}")
        exchanges = _lines(Path(folder) / "exchanges.ndjson")
        sent = [(datetime.fromisoformat(each["at"]).timestamp(), each["seconds"]) for each in exchanges]
        findings = _lines(Path(folder) / "results.ndjson")
        failures = frozenset(each["requirement"] for each in findings if each.get("outcome") == "failed")
    return replace(_measured(sent, seconds, failures), memory=usage.ru_maxrss // 1024)


def stock(
    address: str, document: Path, *, examples: int | None = None, seed: int = 1, workers: int = 1
) -> tuple[Measured, Measured]:
    """Run stock Schemathesis; return the measurements of its first FEW and its first MANY requests.

    `examples` is the number of examples per operation in its fuzzing phase, by default its own.
    """
    sent, seconds = stock_requests(address, document, examples=examples, seed=seed, workers=workers)
    return _first(sent, FEW, seconds), _first(sent, MANY, seconds)


def stock_requests(
    address: str, document: Path, *, examples: int | None = None, seed: int = 1, workers: int = 1
) -> tuple[list[Request], float]:
    """Run stock Schemathesis; return its requests in order, and the seconds that it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "schemathesis.toml").write_text(CONFIGURATION, encoding="utf-8")
        users = zip(("first", "second"), TOKENS, strict=True)
        peers = [
            {"name": user, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}
            for user, token in users
        ]
        (folder / "wfc.json").write_text(json.dumps({"auth": peers}), encoding="utf-8")
        command = [str(Path(sys.executable).with_name("schemathesis")), "run", str(document), "--url", address]
        command += ["--checks", "all", "--seed", str(seed), "--continue-on-failure"]
        command += [] if examples is None else ["--max-examples", str(examples)]
        command += ["--workers", str(workers)]
        command += ["--no-shrink", "--generation-database", "none", "--no-color"]
        started = time.perf_counter()
        subprocess.run(
            [*command, "--report", "ndjson", "--report-dir", name], capture_output=True, check=False, cwd=folder
        )
        seconds = time.perf_counter() - started
        return sorted(_interactions(folder), key=lambda each: each[0]), seconds


def _first(sent: Sequence[Request], requests: int, seconds: float) -> Measured:
    """Return the measurements of a run if it had stopped after this number of requests."""
    counted = sent[:requests]
    failures = frozenset(failure for _, _, failed in counted for failure in failed)
    whole = _measured([each[:2] for each in sent], seconds, failures)
    part = _measured([each[:2] for each in counted], seconds, failures)
    return replace(part, seconds=seconds - whole.sending_seconds + part.sending_seconds)


def _measured(sent: Sequence[tuple[float, float]], seconds: float, failures: frozenset[str]) -> Measured:
    if not sent:
        raise SystemExit("A contestant sent no request. Run its command by hand to see why.")
    sending = max(at + took for at, took in sent) - min(at for at, _ in sent)
    return Measured(len(sent), seconds, sending, sum(took for _, took in sent), failures)


def _interactions(folder: Path) -> Iterator[tuple[float, float, list[str]]]:
    """Yield the time, the duration, and the failed checks with their operation of each request."""
    for file in folder.glob("*.ndjson"):
        for line in _lines(file):
            recorder = line.get("ScenarioFinished", {}).get("recorder") or {}
            for case, interaction in recorder.get("interactions", {}).items():
                # A recorder has no checks if the server reset a connection.
                checks = recorder.get("checks", {}).get(case, ())
                failed = [f"{each['name']} {recorder['label']}" for each in checks if each["status"] == "failure"]
                response = interaction.get("response") or {}
                yield float(interaction["timestamp"]), float(response.get("elapsed", 0.0)), failed


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yield one line at a time: the large lines of stock would count as peak memory of processes started later."""
    with file.open("rb") as lines:
        yield from map(json.loads, lines)


def document_for(address: str, folder: Path) -> Path:
    """Write the contract for stock Schemathesis, with the operations that we test and this sandbox's ids and dates."""
    contract = Contract.load("v3")
    document = overlay_document(contract.document, "ecf", pinned=False)
    pinned = overlay_document(contract.document, "ecf")
    document["security"] = contract.document["security"]
    document["components"]["securitySchemes"] = contract.document["components"]["securitySchemes"]
    generated = {each.path for each in contract.operations if has_subject(contract.edition, "ecf", each)}
    document["paths"] = {path: item for path, item in document["paths"].items() if path in generated}
    for path, item in document["paths"].items():
        if "{id}" in path:
            schema = {"type": "string", "format": "uuid", "enum": _ids(address, path.partition("/{id}")[0])}
            item["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": schema}]
        for method in ("post", "put"):
            if method in item and "requestBody" in item[method]:
                # Only request bodies are pinned: a response may contain any id.
                item[method]["requestBody"] = _dereferenced(pinned, pinned["paths"][path][method]["requestBody"])
    text = json.dumps(document)
    for placeholder, value in _values(address).items():
        text = text.replace(placeholder, value)
    file = folder / "document.json"
    file.write_text(text, encoding="utf-8")
    return file


def _dereferenced(document: Mapping[str, Any], node: Any) -> Any:
    """Return a part of a document with all references resolved."""
    if isinstance(node, dict):
        return {name: _dereferenced(document, value) for name, value in resolve(document, node).items()}
    return [_dereferenced(document, each) for each in node] if isinstance(node, list) else node


def _values(address: str) -> Mapping[str, str]:
    schools = _listed(address, "/api/v3/schools/ecf")
    free = [each["id"] for each in schools if each["attributes"]["in_partnership"] is False]
    return {
        overlay.PARTICIPANT: _ids(address, "/api/v3/participants/ecf")[0],
        overlay.SCHOOL: free[0],
        overlay.PARTNER: _ids(address, "/api/v3/delivery-partners")[0],
        overlay.COHORT: "2022",
        overlay.DATE: "2022-09-20T09:00:00Z",
    }


def _ids(address: str, path: str) -> list[str]:
    return [each["id"] for each in _listed(address, path)][:20]


def _listed(address: str, path: str) -> list[dict[str, Any]]:
    query = "?filter[cohort]=2022" if "schools" in path else ""
    request = urllib.request.Request(f"{address}{path}{query}", headers={"Authorization": f"Bearer {TOKENS[0]}"})
    with urllib.request.urlopen(request) as response:
        listed: list[dict[str, Any]] = json.load(response)["data"]
    return listed
