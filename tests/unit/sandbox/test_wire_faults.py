"""Faults of the wire show in the requests that they are about, and in no others."""

from __future__ import annotations

from typing import Any

import pytest

LIST = "participants/ecf"
DEFERRED = b"filter[training_status]=deferred&page[per_page]=1"


def ids(response: Any) -> list[str]:
    return [each["id"] for each in response.data]


@pytest.mark.parametrize(
    ("fault", "query", "changes"),
    [
        ("filters-each-page-afterwards", DEFERRED + b"&page[page]=2", True),
        ("filters-each-page-afterwards", b"page[page]=2&page[per_page]=1", False),
        ("filters-the-first-page-only", DEFERRED + b"&page[page]=2", True),
        ("filters-the-first-page-only", DEFERRED, False),
        ("sorts-each-page-afterwards", b"sort=-updated_at&page[per_page]=2&page[page]=2", True),
        ("sorts-each-page-afterwards", b"page[per_page]=2&page[page]=2", False),
        ("sorts-the-first-page-only", b"sort=-updated_at&page[per_page]=2&page[page]=2", True),
        ("sorts-the-first-page-only", b"sort=-updated_at&page[per_page]=2", False),
        ("is-not-sorted-if-it-is-filtered", b"sort=-updated_at&filter[cohort]=2023&page[per_page]=3", True),
        ("is-not-sorted-if-it-is-filtered", b"sort=-updated_at&page[per_page]=3", False),
        ("repeats-page-2-as-page-3", b"page[per_page]=2&page[page]=3", True),
        ("repeats-page-2-as-page-3", b"page[per_page]=2&page[page]=2", False),
    ],
)
def test_page_of_a_query_differs_only_where_it_is_faulty(api: Any, fault: str, query: bytes, changes: bool) -> None:
    right = ids(api.get(LIST, query))

    assert (ids(api.broken_by(f"ecf-participants-list-{fault}").get(LIST, query)) != right) is changes


def test_id_in_capitals_is_found_unless_faulty(api: Any) -> None:
    path = f"{LIST}/{api.untouched()['id'].upper()}"

    assert api.get(path).status == 200
    assert api.broken_by("ids-in-capitals-are-not-found").get(path).status == 404


def test_parameters_with_encoded_brackets_are_read_unless_faulty(api: Any) -> None:
    query = b"page%5Bper_page%5D=2"

    assert len(ids(api.get(LIST, query))) == 2
    assert len(ids(api.broken_by("encoded-brackets-are-not-read").get(LIST, query))) > 2
