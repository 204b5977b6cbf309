"""The order in which cases are sent: any beginning of it covers as many labels as that number of cases can."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable, Sequence


def most_covering_first(label_sets: Sequence[Iterable[Hashable]]) -> tuple[int, ...]:
    """The positions of `label_sets`, ordered greedily: next comes always one that adds the most labels.

    Once every label is covered, it begins again with what is left, so that labels are covered a second time, and so
    on. Ties go to the earlier one. A greedy cover is within a factor of 1 - 1/e of the best for every number of cases.
    """
    order: list[int] = []
    left = {position: frozenset(labels) for position, labels in enumerate(label_sets)}
    while left:
        round_order = _one_cover(left)
        order += round_order
        for position in round_order:
            del left[position]
    return tuple(order)


def _one_cover(label_sets: dict[int, frozenset[Hashable]]) -> list[int]:
    covered: set[Hashable] = set()
    # What a set adds only ever shrinks, so a stale count at the top of the heap is an upper bound.
    heap = [(-len(labels), position) for position, labels in label_sets.items()]
    heapq.heapify(heap)
    order: list[int] = []
    while heap:
        promised, position = heapq.heappop(heap)
        adds = len(label_sets[position] - covered)
        if adds != -promised:
            heapq.heappush(heap, (-adds, position))
        elif adds == 0:
            break
        else:
            covered |= label_sets[position]
            order.append(position)
    return order or sorted(label_sets)
