"""The order of cases: every prefix covers the most labels."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lead_provider_conformance.fuzzing.ordering import most_covering_first

LABEL_SETS = st.lists(st.frozensets(st.integers(0, 12), max_size=5), max_size=12)


def test_set_that_adds_most_comes_first():
    assert most_covering_first([{"a"}, {"b", "c", "d"}, {"a", "b"}]) == (1, 0, 2)


def test_cover_starts_again_when_all_labels_are_covered():
    assert most_covering_first([{"a"}, {"a"}, {"b"}]) == (0, 2, 1)


def test_earlier_set_wins_a_tie():
    assert most_covering_first([{"a"}, {"b"}, {"c"}]) == (0, 1, 2)


@given(LABEL_SETS)
@settings(database=None, deadline=None)
def test_order_has_each_position_once(label_sets):
    assert sorted(most_covering_first(label_sets)) == list(range(len(label_sets)))


@given(LABEL_SETS)
@settings(database=None, deadline=None)
def test_no_other_set_would_add_more_labels(label_sets):
    covered, left = set(), set(range(len(label_sets)))
    for position in most_covering_first(label_sets):
        best = max(len(label_sets[each] - covered) for each in left)
        if best == 0:
            break
        assert len(label_sets[position] - covered) == best
        covered |= label_sets[position]
        left.remove(position)
