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


def test_seed_has_fields_to_quote_and_numbers_with_a_leading_zero(api: Any) -> None:
    names = [each["attributes"]["full_name"] for each in api.participants()]
    numbers = [str(each["attributes"]["teacher_reference_number"]) for each in api.participants()]

    assert any("," in each for each in names)
    assert any('"' in each for each in names)
    assert {each.startswith("0") for each in numbers} == {True, False}
    assert {len(each) for each in numbers if each != "None"} == {7}


@pytest.mark.parametrize(
    ("fault", "row"),
    [
        ("does-not-quote-a-field-with-a-comma", "Norris, Thea"),
        ("does-not-double-a-quotation-mark", 'Rosa "Rosie" Marsh'),
    ],
)
def test_file_is_not_quoted_as_csv_only_if_faulty(api: Any, fault: str, row: str) -> None:
    quoted = '"' + row.replace('"', '""') + '"'
    right = api.get("participants/ecf.csv", version="v2").content.decode()

    assert quoted in right
    broken = api.broken_by(f"ecf-participants-csv-{fault}")
    wrong = broken.get("participants/ecf.csv", version="v2").content.decode()
    assert quoted not in wrong
    assert row in wrong


@pytest.mark.parametrize("page", ["first", "last"])
def test_one_record_of_another_provider_is_on_one_page(api: Any, page: str) -> None:
    size = b"page[per_page]=2&page[page]="
    pages = {"first": size + b"1", "last": size + b"2"}
    right = {name: ids(api.get("unfunded-mentors/ecf", query)) for name, query in pages.items()}
    broken = api.broken_by(f"unfunded-mentors-list-{page}-page-has-one-of-another-provider")
    wrong = {name: ids(broken.get("unfunded-mentors/ecf", query)) for name, query in pages.items()}

    assert len(wrong[page]) == len(right[page]) + 1
    assert [name for name in pages if wrong[name] != right[name]] == [page]
