"""Which faults the benchmarks try: a sample of the catalogue that nobody can choose.

Drawn from are the faults that `make proof` has shown to be seen in version 3, ECF, which is what the contestants test.
Each kind of fault gets as many places as its share of them, the largest remainders what is left over; within a kind
the order is that of the SHA-256 of the names. So a larger sample differs from a smaller one by what it adds.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from lead_provider_sandbox.faults.catalogue import catalogue

MATRIX = Path(__file__).parents[1] / "tests" / "selftest" / "proof.json"
SCOPE = "v3-ecf"


def kind_of(fault: str) -> str:
    """The kind of a fault, as the catalogue has it."""
    return catalogue()[fault].kind


def seen_here() -> list[str]:
    """The faults that are seen in the scope that the contestants test."""
    rows = json.loads(MATRIX.read_text(encoding="utf-8"))
    return [name for name in catalogue() if rows.get(name, {}).get("scope") == SCOPE]


def sample(count: int) -> list[str]:
    """So many faults, of every kind in proportion."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for name in seen_here():
        kinds[kind_of(name)].append(name)
    return [name for kind, places in _places(kinds, count).items() for name in sorted(kinds[kind], key=_rank)[:places]]


def _places(kinds: Mapping[str, Sequence[str]], count: int) -> Mapping[str, int]:
    total = sum(map(len, kinds.values()))
    shares = {kind: min(count, total) * len(names) / total for kind, names in kinds.items()}
    places = {kind: int(share) for kind, share in shares.items()}
    by_remainder = sorted(shares, key=lambda kind: (places[kind] - shares[kind], _rank(kind)))
    for kind in by_remainder[: min(count, total) - sum(places.values())]:
        places[kind] += 1
    return places


def _rank(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
