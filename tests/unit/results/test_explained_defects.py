"""Defects of a run that another defect of it explains."""

from __future__ import annotations

import random
from itertools import product

import pytest

from lead_provider_conformance.model import Cause
from lead_provider_conformance.results.defects import (
    ACCEPTS,
    LEAK,
    LIST,
    NOT_NAMED,
    OTHER_RECORD,
    PAGES,
    QUERY,
    REFUSES,
    UNKEPT,
    VALUE,
)
from lead_provider_conformance.results.explained_defects import UNDOCUMENTED_FIELD, explanations

OTHER = Cause("show_statement", "/data", "null")


def test_operation_that_fails_at_many_places_fails_as_a_whole() -> None:
    places = ("query:page[page],page[per_page]", "query:filter[cohort]", "query:page[per_page],sort")
    failures = [Cause("list_schools", place, "500") for place in places]

    assert explanations([*failures, OTHER]) == dict.fromkeys(failures, Cause("list_schools", "", "500"))
    assert explanations([*failures[:2], Cause("list_statements", "query:sort", "500"), OTHER]) == {}
    assert explanations([*failures[:2], Cause("list_schools", "query:page[page]", "500")]) == {}


def test_operation_that_fails_without_a_filter_explains_its_failure_with_one() -> None:
    plain, filtered = Cause("list_schools", "", "500"), Cause("list_schools", "query:sort", "500")

    assert explanations([filtered, plain, OTHER]) == {filtered: plain}
    assert explanations([filtered, Cause("list_schools", "", "503"), Cause("list_statements", "", "500")]) == {}


@pytest.mark.parametrize(("place", "kind"), [("/errors", "minItems"), ("/errors/*", "missing title")])
def test_errors_without_titles_name_no_field(place: str, kind: str) -> None:
    nameless, unnamed = Cause("", place, kind), Cause("withdraw", "reason", NOT_NAMED)

    assert explanations([unnamed, nameless, OTHER]) == {unnamed: nameless}
    assert explanations([unnamed, Cause("", "/errors/*", "missing detail")]) == {}


def test_list_of_other_providers_records_has_wrong_records() -> None:
    leak, wrong = Cause("list_schools", "", LEAK), Cause("list_schools", "query:sort", LIST)

    assert explanations([wrong, leak, Cause("list_statements", "query", LIST)]) == {wrong: leak}


def test_refusal_with_more_errors_is_that_with_fewer() -> None:
    few, more = Cause("withdraw", "base", REFUSES), Cause("withdraw", "base,reason", REFUSES)

    assert explanations([more, few]) == {more: few}
    assert explanations([more, Cause("withdraw", "course", REFUSES), Cause("defer", "base", REFUSES)]) == {}


@pytest.mark.parametrize(
    ("filters", "paged", "explained"),
    [
        (("cohort", "since", "status"), 3, True),
        (("cohort", "since"), 3, False),
        (("cohort", "since", "status"), 2, False),
    ],
)
def test_wrong_pages_and_several_wrong_filters_are_a_query_that_is_not_read(
    filters: tuple[str, ...], paged: int, *, explained: bool
) -> None:
    wrong = [
        *(Cause("list_0", f"query:{each}", LIST) for each in filters),
        *(Cause(f"list_{number}", PAGES, LIST) for number in range(paged)),
    ]
    unread = Cause("", QUERY, LIST)

    assert (set(explanations([*wrong, OTHER]).values()) == {unread}) is explained


def test_field_under_another_name_is_the_missing_one() -> None:
    missing = Cause("", "/data/attributes", "missing ecf_enrolments")
    renamed = Cause("", "/data/attributes/enrolments", "undocumented-member")
    elsewhere = Cause("", "/data/x", "undocumented-member")

    assert explanations([renamed, missing, elsewhere, OTHER]) == {renamed: missing}
    assert explanations([renamed, missing, Cause("", "/data/attributes", "missing email")]) == {}


@pytest.mark.parametrize(
    ("shown", "is_explained"),
    [
        (Cause("", "/data/attributes/status", "null"), True),
        (Cause("", "/data/attributes", "missing status"), True),
        (Cause("show_application", "status", VALUE), True),
        (Cause("accept_application", "status", UNKEPT), True),
        (Cause("", "/data/attributes/state", "null"), False),
        (Cause("list_applications", "query:filter[status]", LIST), False),
    ],
)
def test_wrong_field_without_a_request_is_the_one_that_a_response_shows(shown: Cause, *, is_explained: bool) -> None:
    compared = Cause("", "status", VALUE)

    assert explanations([compared, shown, OTHER]) == ({compared: shown} if is_explained else {})


@pytest.mark.parametrize(("number", "count"), [(2, 2), (3, 1)])
def test_field_that_no_write_changes_is_one_defect(number: int, count: int) -> None:
    unkept = [Cause(f"act_{each}", "status", UNKEPT) for each in range(number)]
    shown = Cause("", "status", VALUE)

    explained = explanations([*unkept, shown, OTHER])

    assert len({explained.get(each, each) for each in (*unkept, shown)}) == count


def test_no_defect_explains_itself_by_way_of_others() -> None:
    operations = ("list_schools", "list_statements", "list_participants", "show_school", "")
    places = (
        "",
        QUERY,
        PAGES,
        "query:sort",
        "query:filter[cohort],sort",
        "cohort",
        "/data/attributes/cohort",
        "/errors",
    )
    kinds = (ACCEPTS, REFUSES, LEAK, LIST, NOT_NAMED, OTHER_RECORD, UNKEPT, VALUE, UNDOCUMENTED_FIELD)
    every = [Cause(*each) for each in product(operations, places, (*kinds, "missing cohort", "minItems", "500", "404"))]
    chosen = random.Random(1)

    for size in range(2, 14):
        for _ in range(100):
            defects = chosen.sample(every, size)
            assert all(defect != by for defect, by in explanations(defects).items())
