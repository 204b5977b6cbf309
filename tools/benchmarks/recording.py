"""Measure recording one exchange with the largest response that the journal stores.

The comparison is `json.dumps` of the same line. Run it with `python tools/benchmarks/recording.py`. It fails above its
limit.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from reporting import exchange, person

from lead_provider_conformance.results.journal import Journal

EXCHANGES, ROUNDS, MAX_MILLISECONDS = 3_000, 3, 0.3


def main() -> int:
    """Measure, print, and return 1 above the limit."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    line = exchange("main-00001", json.dumps({"data": [person(number) for number in range(60)]})[: 16 * 1024], None)
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder))
        recording = milliseconds(lambda: journal.write_exchange(line))
    peer = milliseconds(lambda: json.dumps(line))
    print(f"json.dumps     {peer:6.3f} ms")
    print(f"an exchange    {recording:6.3f} ms   {recording / peer:.1f} times json.dumps; limit {MAX_MILLISECONDS} ms")
    return int(recording > MAX_MILLISECONDS)


def milliseconds(work: Callable[[], object]) -> float:
    """Return the processor time of one call of `work`: the smallest mean of several rounds."""
    means = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(EXCHANGES):
            work()
        means.append((time.process_time() - start) / EXCHANGES * 1000)
    return min(means)


if __name__ == "__main__":
    sys.exit(main())
