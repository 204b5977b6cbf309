"""How long the contract takes: loading and bundling it, and checking one exchange, with the jsonschema package as peer.

    python tools/benchmarks/contract.py

Bars: all three versions load in under 1 s once Python has compiled its modules, and the median exchange is checked in
under 1 ms. Loading is measured in processor time, which a busy machine does not change. The exchanges are those
observed of the deployed service, which the tests use too.
"""

from __future__ import annotations

import gzip
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema

from lead_provider_conformance.contract import Contract, Operation, versions
from lead_provider_conformance.contract.operation import resolve

DATA = Path(__file__).parents[2] / "tests" / "data" / "contract"
LOAD_BAR, CHECK_BAR = 1.0, 0.001
ROUNDS = 5

LOAD = """
import time
start = time.process_time()
from lead_provider_conformance.contract import Contract, versions
for version in versions():
    Contract.load(version)
print(time.process_time() - start)
"""

Exchange = tuple[Contract, Operation, int, str, bytes]


def exchanges() -> Iterator[Exchange]:
    """Every observed answer with a body that is JSON."""
    for version in versions():
        contract = Contract.load(version)
        for line in gzip.decompress((DATA / f"observed-2024-12-{version}.ndjson.gz").read_bytes()).splitlines():
            seen = json.loads(line)
            operation = contract.find(seen["method"], seen["path"].partition("?")[0])
            if operation and seen["status"] in operation.statuses and isinstance(seen["response"], dict):
                yield contract, operation, seen["status"], seen["content_type"], json.dumps(seen["response"]).encode()


def timed(check: Callable[[Exchange], object], given: list[Exchange]) -> float:
    """The median of the time, in seconds, that one exchange takes; the first round is not counted."""
    times = []
    for number in range(ROUNDS + 1):
        for exchange in given:
            start = time.perf_counter()
            check(exchange)
            if number:
                times.append(time.perf_counter() - start)
    return statistics.median(times)


def ours(exchange: Exchange) -> object:
    contract, operation, status, content_type, body = exchange
    return contract.check_response(operation, status, content_type, body)


def peer() -> Callable[[Exchange], object]:
    """The same question put to the jsonschema package, its validators kept: less, for it finds no unknown members."""
    validators: dict[tuple[str, str, int], jsonschema.Draft202012Validator] = {}

    def check(exchange: Exchange) -> object:
        contract, operation, status, _, body = exchange
        key = (contract.version, operation.id, status)
        if key not in validators:
            response = resolve(contract.document, operation.definition["responses"][str(status)])
            schema: dict[str, Any] = response["content"]["application/vnd.api+json"]["schema"]
            validators[key] = jsonschema.Draft202012Validator(
                {**schema, "components": contract.document["components"]},
                format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
            )
        return list(validators[key].iter_errors(json.loads(body)))

    return check


def main() -> int:
    """Measure, print, and say whether the bars are kept."""
    loads = [
        float(subprocess.run([sys.executable, "-c", LOAD], capture_output=True, check=True, text=True).stdout)
        for _ in range(ROUNDS + 1)
    ][1:]
    given = list(exchanges())
    mine, theirs = timed(ours, given), timed(peer(), given)
    load = statistics.median(loads)
    print(f"load and bundle all versions, imports included: {load:.3f} s (bar {LOAD_BAR} s)")
    print(f"check one of {len(given)} exchanges, median: {mine * 1000:.3f} ms (bar {CHECK_BAR * 1000} ms)")
    print(f"the jsonschema package: {theirs * 1000:.3f} ms; {theirs / mine:.1f} times as long")
    return 0 if load < LOAD_BAR and mine < CHECK_BAR else 1


if __name__ == "__main__":
    raise SystemExit(main())
