"""Select the faults of the benchmarks by a fixed rule.

The sample contains faults that `make proof` catches in version 3, ECF, which all contestants test. Within a kind,
faults are ordered by the SHA-256 of their names. By default every kind has the same number of places: the catalogue has
nearly a hundred missing fields and one wrong media type, which says nothing about their frequency in servers.
With `in_proportion` each kind has places in proportion to its faults, by largest remainder.
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
    """Return the kind of a fault."""
    return catalogue()[fault].kind


def caught_in(scope: str = SCOPE) -> list[str]:
    """Return the faults that the proof catches in a scope."""
    rows = json.loads(MATRIX.read_text(encoding="utf-8"))
    return [name for name in catalogue() if rows.get(name, {}).get("scope") == scope]


def kinds() -> list[str]:
    """Return the kinds of faults in the default scope, in the order of their hash."""
    return sorted(_by_kind(), key=rank)


def in_proportion(count: int, scope: str = SCOPE) -> list[str]:
    """Return this number of faults, each kind in proportion to its size."""
    by_kind = _by_kind(scope)
    return [name for kind, places in _places(by_kind, count).items() for name in by_kind[kind][:places]]


def in_turn(count: int) -> list[str]:
    """Return this number of faults, one of each kind in turn."""
    by_kind = _by_kind()
    turns = zip_longest(*(by_kind[kind] for kind in kinds()))
    return [name for turn in turns for name in turn if name][:count]


def _by_kind(scope: str = SCOPE) -> Mapping[str, Sequence[str]]:
    names: dict[str, list[str]] = defaultdict(list)
    for name in sorted(caught_in(scope), key=rank):
        names[kind_of(name)].append(name)
    return names


def _places(by_kind: Mapping[str, Sequence[str]], count: int) -> Mapping[str, int]:
    total = sum(map(len, by_kind.values()))
    shares = {kind: min(count, total) * len(names) / total for kind, names in by_kind.items()}
    places = {kind: int(share) for kind, share in shares.items()}
    by_remainder = sorted(shares, key=lambda kind: (places[kind] - shares[kind], rank(kind)))
    for kind in by_remainder[: min(count, total) - sum(places.values())]:
        places[kind] += 1
    return places


def rank(name: str, salt: str = "") -> str:
    """Return the hash of a name, which orders faults; with a `salt`, in another order."""
    return hashlib.sha256(f"{salt}{name}".encode()).hexdigest()
