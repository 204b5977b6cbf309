"""Measure comparisons of two servers: the time for many reads, and the memory for a long list.

`python tools/benchmarks/parity.py` sends reads to two servers with a latency of `--milliseconds`, and the same reads to
the slower one alone. Then it compares a list of many records, each of which differs. It fails above its limits.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import resource
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.model import Scope
from lead_provider_conformance.parity.confirmation import Confirmation
from lead_provider_conformance.parity.differences import SideName
from lead_provider_conformance.parity.identities import Identities
from lead_provider_conformance.parity.ledger import Ledger
from lead_provider_conformance.parity.pairs import Pairs, ReadPair
from lead_provider_conformance.parity.recorder import Comparison, Recorder
from lead_provider_conformance.parity.side import Read, Side
from lead_provider_conformance.parity.whole_lists import WholeList

READS, MAX_RATIO = 1_000, 1.2
RECORDS, MAX_MEBIBYTES = 100_000, 300
SCOPE, OPERATION = Scope("v3", "ecf"), "list_ecf_participants"
PATH = "/api/v3/participants/ecf"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
ATTRIBUTES = {f"field_{number}": f"value of field {number}" for number in range(24)}


def main() -> int:
    """Measure, print, and return 1 above a limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--milliseconds", type=float, default=20, metavar="MS", help="latency (default: %(default)s)")
    seconds = parser.parse_args().milliseconds / 1000
    with served(seconds, "x") as left, served(seconds, "x") as right, servers(left, right) as confirmation:
        alone = duration(lambda: [confirmation.pairs.right.send(Read(PATH, page(1, 1))) for _ in range(READS)])
        both = duration(lambda: [confirmation.compare(each) for each in confirmation.pairs.send_all(reads())])
    ratio = both / alone
    print(f"{READS:,} reads of one server {alone:.2f} s, of both {both:.2f} s: {ratio:.2f} times; limit {MAX_RATIO}")
    before = memory()
    with served(0, "x") as left, served(0, "y") as right, servers(left, right) as confirmation:
        whole = WholeList("ecf_participants", ReadPair(SCOPE, OPERATION, Read(PATH), Read(PATH)), confirmation)
        seconds = duration(whole.read)
        differences = [each.reason for each in confirmation.ledger.findings()]
    after = memory()
    print(f"{RECORDS:,} different records {seconds:.0f} s, {after:.0f} MiB, {before:.0f} before; limit {MAX_MEBIBYTES}")
    print(*differences, sep="\n")
    return int(both > MAX_RATIO * alone or after > MAX_MEBIBYTES or whole.matched != RECORDS or len(differences) != 1)


def reads() -> Iterator[ReadPair]:
    for number in range(READS):
        read = Read(PATH, page(number + 1, 1))
        yield ReadPair(SCOPE, OPERATION, read, read)


def page(number: int, size: int) -> tuple[tuple[str, str], ...]:
    return ("page[page]", str(number)), ("page[per_page]", str(size))


def duration(work) -> float:  # type: ignore[no-untyped-def]
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def memory() -> float:
    """Return the largest memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def servers(left: str, right: str) -> Iterator[Confirmation]:
    """Yield a confirmation of two servers."""
    targets = [
        Target(name, url, tokens=("a-token-of-a-benchmark",)) for name, url in (("left", left), ("right", right))
    ]
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(
            left=targets[0], right=targets[1], editions=("2025-04", "2025-04"), scopes=(SCOPE,), requirements=(),
            exclusions=(), file=None, seed=1, data="same", slower_than=None,
        )  # fmt: skip
        recorder = Recorder(Path(folder), comparison)
        recorder.open()
        sides = [Side(side, target, Path(folder), notify=print) for side, target in zip(SideName, targets, strict=True)]
        with Pairs(*sides) as pairs:
            yield Confirmation(pairs, Ledger(), recorder, Identities())


@contextmanager
def served(seconds: float, value: str) -> Iterator[str]:
    """Serve a list of RECORDS in another process, with a latency, and yield its address."""
    port = multiprocessing.get_context("fork").Queue()
    process = multiprocessing.get_context("fork").Process(target=serve, args=(seconds, value, port), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{port.get(timeout=60)}"
    finally:
        process.kill()
        process.join()


def serve(seconds: float, value: str, port) -> None:  # type: ignore[no-untyped-def]
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            query = dict(parse_qsl(urlsplit(head.split(b" ", 2)[1].decode()).query))
            number, size = int(query.get("page[page]", 1)), int(query.get("page[per_page]", 100))
            await asyncio.sleep(seconds)
            listed = list(records(range((number - 1) * size, min(RECORDS, number * size)), value))
            body = json.dumps({"data": listed}).encode()
            writer.write(HEAD % len(body) + body)
            await writer.drain()

    async def run() -> None:
        async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
            port.put(server.sockets[0].getsockname()[1])
            await server.serve_forever()

    asyncio.run(run())


def records(numbers: range, value: str) -> Iterator[dict[str, object]]:
    for number in numbers:
        own = {"number": number, "value": value}
        yield {"id": str(uuid.UUID(int=number + 1)), "type": "participant", "attributes": {**ATTRIBUTES, **own}}


if __name__ == "__main__":
    sys.exit(main())
