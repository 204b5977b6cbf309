"""The order of cases: every prefix covers nearly as many labels as that number of cases can."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable, Sequence


def most_covering_first(label_sets: Sequence[Iterable[Hashable]]) -> tuple[int, ...]:
    """Return the positions of `label_sets` in greedy order: the next set adds the most new labels.

    When every label is covered, the cover starts again with the remaining sets. Ties go to the earlier set. A greedy
    cover is within a factor of 1 - 1/e of the best cover of the same size.
    """
    order: list[int] = []
    remaining = {position: frozenset(labels) for position, labels in enumerate(label_sets)}
    while remaining:
        cover = _one_cover(remaining)
        order += cover
        for position in cover:
            del remaining[position]
    return tuple(order)


def _one_cover(label_sets: dict[int, frozenset[Hashable]]) -> list[int]:
    covered: set[Hashable] = set()
    # The gain of a set only shrinks, so a stale gain at the top of the heap is an upper bound.
    heap = [(-len(labels), position) for position, labels in label_sets.items()]
    heapq.heapify(heap)
    order: list[int] = []
    while heap:
        stale_gain, position = heapq.heappop(heap)
        gain = len(label_sets[position] - covered)
        if gain != -stale_gain:
            heapq.heappush(heap, (-gain, position))
        elif gain == 0:
            break
        else:
            covered |= label_sets[position]
            order.append(position)
    return order or sorted(label_sets)
