"""Measure loading the contract and checking one exchange, in comparison with the jsonschema package.

    python tools/benchmarks/contract.py

Limits: all three versions load in under 1 s once Python has compiled its modules, and the median check of an exchange
takes under 1 ms. Loading is measured in processor time, which a busy machine does not change. The exchanges are
observed responses of the deployed service from the tests' data.
"""

from __future__ import annotations

import argparse
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
LOAD_LIMIT, CHECK_LIMIT = 1.0, 0.001
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
    """Yield every observed response with a JSON body."""
    for version in versions():
        contract = Contract.load(version)
        for line in gzip.decompress((DATA / f"observed-2024-12-{version}.ndjson.gz").read_bytes()).splitlines():
            observed = json.loads(line)
            operation = contract.find(observed["method"], observed["path"].partition("?")[0])
            if operation and observed["status"] in operation.statuses and isinstance(observed["response"], dict):
                yield (
                    contract,
                    operation,
                    observed["status"],
                    observed["content_type"],
                    json.dumps(observed["response"]).encode(),
                )


def timed(check: Callable[[Exchange], object], checked: list[Exchange]) -> float:
    """Return the median seconds of a check, without the first round."""
    times = []
    for number in range(ROUNDS + 1):
        for exchange in checked:
            start = time.perf_counter()
            check(exchange)
            if number:
                times.append(time.perf_counter() - start)
    return statistics.median(times)


def ours(exchange: Exchange) -> object:
    contract, operation, status, content_type, body = exchange
    return contract.check_response(operation, status, content_type, body)


def peer() -> Callable[[Exchange], object]:
    """Return a check with the jsonschema package, which accepts undocumented fields and so does less."""
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
    """Measure and print; return 1 above a limit."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    loads = [
        float(subprocess.run([sys.executable, "-c", LOAD], capture_output=True, check=True, text=True).stdout)
        for _ in range(ROUNDS + 1)
    ][1:]
    checked = list(exchanges())
    mine, theirs = timed(ours, checked), timed(peer(), checked)
    load = statistics.median(loads)
    print(f"load and bundle all versions, imports included: {load:.3f} s (limit {LOAD_LIMIT} s)")
    print(f"check one of {len(checked)} exchanges, median: {mine * 1000:.3f} ms (limit {CHECK_LIMIT * 1000} ms)")
    print(f"the jsonschema package: {theirs * 1000:.3f} ms; {theirs / mine:.1f} times as long")
    return 0 if load < LOAD_LIMIT and mine < CHECK_LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
