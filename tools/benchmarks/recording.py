"""What it costs to record one exchange whose answer is as large as the journal keeps them.

The peer is `json.dumps` of the same line, into nothing. Run it with `python tools/benchmarks/recording.py`. It
fails when the bar is missed.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from reporting import exchange, person

from lead_provider_conformance.results.journal import Journal

EXCHANGES, ROUNDS, MOST_MILLISECONDS = 3_000, 3, 0.3


def main() -> int:
    """Measure, print, and return 1 when the bar is missed."""
    line = exchange("main-00001", json.dumps({"data": [person(number) for number in range(60)]})[: 16 * 1024], None)
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder))
        recording = milliseconds(lambda: journal.write_exchange(line))
    peer = milliseconds(lambda: json.dumps(line))
    print(f"json.dumps     {peer:6.3f} ms")
    print(f"an exchange    {recording:6.3f} ms   {recording / peer:.1f} times json.dumps; bar {MOST_MILLISECONDS} ms")
    return int(recording > MOST_MILLISECONDS)


def milliseconds(work: Callable[[], object]) -> float:
    """How long `work` keeps the processor, in the system too: the least mean of some rounds."""
    means = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(EXCHANGES):
            work()
        means.append((time.process_time() - start) / EXCHANGES * 1000)
    return min(means)


if __name__ == "__main__":
    sys.exit(main())
