from __future__ import annotations

from lead_provider_sandbox.store.query import Filters, Page, conditions_of, given, page_values
from lead_provider_sandbox.store.tables import people

CONDITIONS = conditions_of(ids=people.c.id.in_, updated_since=people.c.updated_at.__ge__)


def test_filter_without_value_has_no_condition() -> None:
    assert given(CONDITIONS, ids=None, updated_since="2024") == Filters(
        (CONDITIONS["updated_since"],), {"updated_since": "2024"}
    )


def test_filter_with_empty_value_has_its_condition() -> None:
    assert given(CONDITIONS, ids=[], updated_since=None) == Filters((CONDITIONS["ids"],), {"ids": []})


def test_requests_with_the_same_filters_have_the_same_conditions() -> None:
    first, second = given(CONDITIONS, ids=["a"]), given(CONDITIONS, ids=["b", "c"])
    assert hash(first.conditions) == hash(second.conditions)
    assert first.values != second.values


def test_further_condition_keeps_the_filters() -> None:
    is_named = people.c.full_name == "Ada"
    filters = given(CONDITIONS, updated_since="2024").also(is_named, provider_id="p")
    assert filters == Filters((CONDITIONS["updated_since"], is_named), {"updated_since": "2024", "provider_id": "p"})


def test_values_of_a_page_include_those_of_filters_and_of_the_query() -> None:
    values = page_values(given(CONDITIONS, ids=["a"]), Page(limit=5, offset=10), cohort=2024)
    assert values == {"ids": ["a"], "cohort": 2024, "limit": 5, "offset": 10}
