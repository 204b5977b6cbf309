"""Which faults the benchmarks try: a sample of the catalogue that nobody can choose.

Drawn from are the faults that `make proof` has shown to be seen in version 3, ECF, which is what the contestants test.
Within a kind of fault the order is that of the SHA-256 of the names. Kinds count alike, one place after the other in
turn: the catalogue has nearly a hundred members that may be missing and one answer of a wrong media type, and nobody
knows that servers go wrong in that proportion. Or each kind gets as many places as its share of all faults, the largest
remainders what is left over.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from lead_provider_sandbox.faults.catalogue import catalogue

MATRIX = Path(__file__).parents[1] / "proof" / "proof.json"
SCOPE = "v3-ecf"


def kind_of(fault: str) -> str:
    """The kind of a fault, as the catalogue has it."""
    return catalogue()[fault].kind


def seen_in(scope: str = SCOPE) -> list[str]:
    """The faults that are seen in a scope, by default in the one that the contestants test."""
    rows = json.loads(MATRIX.read_text(encoding="utf-8"))
    return [name for name in catalogue() if rows.get(name, {}).get("scope") == scope]


def kinds() -> list[str]:
    """The kinds of those faults, in the order of their hash."""
    return sorted(_by_kind(), key=_rank)


def in_proportion(count: int, scope: str = SCOPE) -> list[str]:
    """So many faults, of every kind in proportion."""
    by_kind = _by_kind(scope)
    return [name for kind, places in _places(by_kind, count).items() for name in by_kind[kind][:places]]


def in_turn(count: int) -> list[str]:
    """So many faults, of every kind as many, and what is left over of kinds in the order of their hash."""
    by_kind = _by_kind()
    turns = zip_longest(*(by_kind[kind] for kind in kinds()))
    return [name for turn in turns for name in turn if name][:count]


def _by_kind(scope: str = SCOPE) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(seen_in(scope), key=_rank):
        found[kind_of(name)].append(name)
    return found


def _places(by_kind: Mapping[str, Sequence[str]], count: int) -> Mapping[str, int]:
    total = sum(map(len, by_kind.values()))
    shares = {kind: min(count, total) * len(names) / total for kind, names in by_kind.items()}
    places = {kind: int(share) for kind, share in shares.items()}
    by_remainder = sorted(shares, key=lambda kind: (places[kind] - shares[kind], _rank(kind)))
    for kind in by_remainder[: min(count, total) - sum(places.values())]:
        places[kind] += 1
    return places


def _rank(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
