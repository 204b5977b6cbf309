"""The order of cases: any beginning of it covers the most."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lead_provider_conformance.fuzzing.ordering import most_covering_first

LABEL_SETS = st.lists(st.frozensets(st.integers(0, 12), max_size=5), max_size=12)


def test_what_adds_most_comes_first():
    assert most_covering_first([{"a"}, {"b", "c", "d"}, {"a", "b"}]) == (1, 0, 2)


def test_labels_are_covered_a_second_time_when_all_are_covered():
    assert most_covering_first([{"a"}, {"a"}, {"b"}]) == (0, 2, 1)


def test_ties_go_to_the_earlier():
    assert most_covering_first([{"a"}, {"b"}, {"c"}]) == (0, 1, 2)


@given(LABEL_SETS)
@settings(database=None, deadline=None)
def test_each_position_comes_once(label_sets):
    assert sorted(most_covering_first(label_sets)) == list(range(len(label_sets)))


@given(LABEL_SETS)
@settings(database=None, deadline=None)
def test_no_other_next_step_of_a_cover_would_have_added_more(label_sets):
    covered, left = set(), set(range(len(label_sets)))
    for position in most_covering_first(label_sets):
        best = max(len(label_sets[each] - covered) for each in left)
        if best == 0:
            break
        assert len(label_sets[position] - covered) == best
        covered |= label_sets[position]
        left.remove(position)
