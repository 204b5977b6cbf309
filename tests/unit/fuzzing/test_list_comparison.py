"""Results of list queries and single records, compared with the full list."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing import list_comparison
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.list_comparison import AS_DEPLOYED, AS_PROMISED, SHOWN, ListComparison
from lead_provider_conformance.fuzzing.replay import CaseResult
from lead_provider_conformance.http import Response
from lead_provider_conformance.http.client import Exchange
from lead_provider_conformance.oracles.lists import Listing, ListOperation

CONTRACT = Contract.load("v3")
A, B, C = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")


def record(record_id, **attributes):
    return {"id": record_id, "type": "thing", "attributes": attributes}


FULL_LIST = (
    record(A, cohort="2021", updated_at="2023-03-01T00:00:00Z", created_at="2021-01-01T00:00:00Z"),
    record(B, cohort="2022", updated_at="2023-02-01T00:00:00Z", created_at="2021-02-01T00:00:00Z"),
    record(C, cohort="2023", updated_at="2023-01-01T00:00:00Z", created_at="2021-03-01T00:00:00Z"),
)
ALL = ("page[per_page]", "3000")


def chosen(letters):
    return [FULL_LIST["ABC".index(letter)] for letter in letters]


class ListApi(Api):
    """An API with one list, `records` of a query, and `singles` shown by their ids."""

    def __init__(self, records, singles=()):
        self.records = records
        self.singles = {each["id"]: each for each in singles}

    version = "v3"

    def send(self, method, path, **options):
        single = self.singles.get(path.rpartition("/")[2])
        data = single or self.records(dict(options.get("query", ())))
        return Response("x1", method, path, 200, {}, json.dumps({"data": data}).encode())


def comparison_of(api, operation="list_statements"):
    about = next(each for each in ListOperation.of(CONTRACT) if each.operation.id == operation)
    return ListComparison(Listing(api, about))


def result_of(query, data, *, operation="list_statements", expected=Expected.ACCEPTED):
    documented = CONTRACT.operation(operation)
    labels = (f"{operation} query - query=x",)
    case = Case(operation, "GET", documented.path, tuple(query), None, "", expected, labels=labels)
    response = Response("e", "GET", documented.path, 200, {}, json.dumps({"data": data}).encode())
    return CaseResult(case, case, response, Exchange("e", documented, 200))


def full_list(_query):
    return list(FULL_LIST)


def test_difference_that_does_not_show_again_is_no_failure():
    comparison = comparison_of(ListApi(full_list))
    assert comparison.failures([result_of([], chosen("AB"))])[AS_PROMISED] == ()


def test_difference_that_shows_again_is_a_failure():
    short_page = comparison_of(ListApi(lambda query: full_list(query)[: 2 if "page[per_page]" not in query else 3]))
    assert len(short_page.failures([result_of([], chosen("AB"))])[AS_PROMISED]) == 1


def test_difference_that_shows_in_only_one_of_two_more_readings_is_no_failure():
    sizes = iter([2])  # a record has changed, and has changed back before the full list is read again

    def records(query):
        return full_list(query)[: 3 if "page[per_page]" in query else next(sizes, 3)]

    assert comparison_of(ListApi(records)).failures([result_of([], chosen("AB"))])[AS_PROMISED] == ()
    assert next(sizes, None) is None


def test_list_that_has_changed_is_read_once_more():
    class Changing(ListApi):
        requests = 0

        def send(self, *arguments, **options):
            self.requests += 1
            self.records = lambda _: chosen("AB") if self.requests == 1 else list(FULL_LIST)
            return super().send(*arguments, **options)

    changing = Changing(full_list)
    comparison = comparison_of(changing)
    assert len(comparison.snapshot) == 2

    failures = comparison.failures([result_of([], chosen("ABC")), result_of([ALL], chosen("ABC"))])

    assert failures[AS_PROMISED] == failures[AS_DEPLOYED] == ()
    assert changing.requests == 2


def test_order_that_changes_between_requests_is_a_failure():
    class Reversing(ListApi):
        step = 1

        def send(self, *arguments, **options):
            self.step = -self.step
            self.records = lambda _: list(FULL_LIST[:: self.step])
            return super().send(*arguments, **options)

    reversing = comparison_of(Reversing(full_list))
    assert reversing.failures([result_of([], chosen("ABC"))])[AS_DEPLOYED] != ()


PAGES = [[("page[page]", number), ("page[per_page]", "1")] for number in "12"]


def paged(*letters_by_page):
    def records(query):
        return chosen(letters_by_page[int(query["page[page]"]) - 1]) if query.get("page[per_page]") == "1" else FULL

    return records


FULL = list(FULL_LIST)
TIED = [record(each["id"], **each["attributes"] | {"created_at": "2021-01-01T00:00:00Z"}) for each in FULL_LIST]


@pytest.mark.parametrize(("full", "requirement"), [(FULL, AS_PROMISED), (TIED, AS_DEPLOYED)])
def test_pages_that_share_a_record_break_the_promise_unless_records_have_the_same_time(full, requirement):
    pages = paged("A", "A")
    api = ListApi(lambda query: full if pages(query) is FULL else pages(query))
    results = [replace(result_of(query, chosen("A")), case=unlabelled(query)) for query in PAGES]

    failures = comparison_of(api).failures(results)

    assert {each: len(failures[each]) for each in (AS_PROMISED, AS_DEPLOYED)} == {
        each: int(each == requirement) for each in (AS_PROMISED, AS_DEPLOYED)
    }


def test_pages_may_show_two_enrolments_of_one_person():
    """Versions 1 and 2 list a participant once for each enrolment."""
    both = [
        record(A, training_record_id=each, created_at=f"2021-01-01T00:00:0{number}Z")
        for number, each in enumerate((B, C))
    ]
    api = ListApi(lambda query: [both[int(query["page[page]"]) - 1]] if query["page[per_page]"] == "1" else both)
    results = [
        replace(result_of(query, [each]), case=unlabelled(query)) for query, each in zip(PAGES, both, strict=True)
    ]

    failures = comparison_of(api).failures(results)

    assert failures[AS_PROMISED] == failures[AS_DEPLOYED] == ()


def test_pages_that_share_a_record_only_once_are_no_failure():
    results = [replace(result_of(query, chosen("A")), case=unlabelled(query)) for query in PAGES]
    assert comparison_of(ListApi(paged("A", "B"))).failures(results)[AS_PROMISED] == ()


def test_invalid_page_may_share_records():
    pages = [
        replace(result_of(query, chosen("A")), case=unlabelled(query, expected))
        for query, expected in zip(PAGES, (Expected.ACCEPTED, Expected.REFUSED), strict=True)
    ]
    assert comparison_of(ListApi(paged("A", "A"))).failures(pages)[AS_PROMISED] == ()


def unlabelled(query, expected=Expected.ACCEPTED):
    return replace(result_of(query, [], expected=expected).case, labels=())


ENCODED_TWICE = ("filter[updated_since]", "2023-02-01T00%3A00%3A00Z")


@pytest.mark.parametrize(
    ("listed", "messages"),
    [
        ("AB", []),
        ("ABC", ["the time is percent-encoded twice: records are listed that filter[updated_since] leaves out"]),
    ],
)
def test_time_encoded_twice_must_be_decoded_if_it_is_accepted(listed, messages):
    api = ListApi(lambda query: chosen(listed) if ENCODED_TWICE[0] in query else list(FULL_LIST))
    result = result_of([ENCODED_TWICE, ALL], chosen(listed), expected=Expected.LENIENT)
    result = replace(result, case=replace(result.case, defect="the time is percent-encoded twice"))

    failures = comparison_of(api).failures([result])[AS_DEPLOYED]

    assert [each.message for each in failures] == messages


@pytest.mark.parametrize(
    ("lists", "failures"),
    [
        ({"2021": [A], "2022": [B], "2021,2022": [A, B]}, 0),
        ({"2021": [A], "2022": [B], "2021,2022": [A]}, 1),
        ({"2021": [A, B], "2022": [B], "2021,2022": [A, B]}, 1),
        ({"2021": [], "2022": [], "2021,2022": []}, 0),
    ],
)
def test_list_for_two_hidden_cohorts_must_hold_the_records_of_each(lists, failures):
    def records(query):
        return [record(each) for each in lists.get(query.get("filter[cohort]"), (A, B, C))]

    results = [result_of([("filter[cohort]", cohort), ALL], []) for cohort in lists]
    assert len(comparison_of(ListApi(records)).failures(results)[AS_DEPLOYED]) == failures


def test_record_that_changes_its_cohort_meanwhile_is_no_failure():
    requested = []

    def records(query):
        cohort = query.get("filter[cohort]")
        requested.append(cohort)
        current = "2022" if "2022" in requested else "2021"
        return [record(A)] if cohort is None or current in cohort else []

    results = [result_of([("filter[cohort]", cohort), ALL], []) for cohort in ("2021", "2022", "2021,2022")]

    assert comparison_of(ListApi(records)).failures(results)[AS_DEPLOYED] == ()
    assert requested.count("2021") > 1


def test_record_shown_differently_than_in_the_list_is_a_failure():
    different = record(A, cohort="1999")
    shown = result_of([], different, operation="show_statement")
    assert len(comparison_of(ListApi(full_list, [different])).failures([shown])[SHOWN]) == 1
    assert comparison_of(ListApi(full_list, FULL_LIST)).failures([shown])[SHOWN] == ()


@pytest.mark.parametrize("query", [[], [ALL], [("sort", "created_at")], [("filter[cohort]", "2021")]])
def test_empty_or_unreadable_list_has_no_failures(query):
    comparison = comparison_of(ListApi(lambda _: []))
    assert comparison.failures([result_of(query, chosen("A"))]) == {}


WRONG_TYPES = (None, True, 5, 1.5, "", [], [None], [["a"]], {}, {"a": 1}, 10**30)


@pytest.mark.parametrize("field", ["cohort", "updated_at", "created_at"])
@pytest.mark.parametrize("wrong", WRONG_TYPES, ids=repr)
def test_field_of_another_type_is_no_error_of_the_suite(field, wrong):
    odd = [record(A, **FULL_LIST[0]["attributes"] | {field: wrong}), *FULL_LIST[1:]]
    queries = [*PAGES, [("sort", f"-{field}"), ALL], [("filter[cohort]", "2022"), ALL], [ENCODED_TWICE, ALL]]

    comparison = comparison_of(ListApi(lambda _: odd))

    assert comparison.values
    assert comparison.failures([result_of(query, odd) for query in queries])


def test_unreadable_response_is_no_failure():
    comparison = comparison_of(ListApi(full_list))
    assert comparison.failures([result_of([], "none")])[AS_PROMISED] == ()


def test_record_that_the_list_lacks_is_shown_by_the_plainest_request(monkeypatch):
    monkeypatch.setattr(list_comparison, "referenced_ids", lambda *_: (A,))
    monkeypatch.setattr(list_comparison, "missing_record", lambda *_: A)
    comparison = comparison_of(ListApi(lambda _: []))
    comparison.listing = replace(comparison.listing, inventory=SimpleNamespace())
    comparison.snapshot = ()
    results = [
        result_of([("filter[cohort]", "2021"), ALL], []),
        result_of([ALL], []),
        result_of([("sort", "x"), ALL], []),
    ]

    (failure,) = comparison.failures(results)[SHOWN]

    assert failure.result is results[1]
