"""Answers to queries of a list, held beside the whole of it."""

import json
from dataclasses import replace

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.list_comparison import SHOWN, ListComparison
from lead_provider_conformance.fuzzing.replay import CaseResult
from lead_provider_conformance.http import Response
from lead_provider_conformance.http.client import Exchange
from lead_provider_conformance.oracles.list_oracle import AS_DEPLOYED, AS_PROMISED, difference, former_ids
from lead_provider_conformance.oracles.lists import Listing, ListOperation

CONTRACT = Contract.load("v3")
A, B, C, D = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abcd")


def record(record_id, **attributes):
    return {"id": record_id, "type": "thing", "attributes": attributes}


WHOLE = (
    record(A, cohort="2021", updated_at="2023-03-01T00:00:00Z", created_at="2021-01-01T00:00:00Z"),
    record(B, cohort="2022", updated_at="2023-02-01T00:00:00Z", created_at="2021-02-01T00:00:00Z"),
    record(C, cohort="2023", updated_at="2023-01-01T00:00:00Z", created_at="2021-03-01T00:00:00Z"),
)
ALL = ("page[per_page]", "3000")
RIGHT = [
    ([], "ABC"),
    ([("page[page]", "2"), ("page[per_page]", "2")], "C"),
    ([("page[page]", "9"), ("page[per_page]", "2")], ""),
    ([("page[per_page]", "100000")], "ABC"),
    ([("filter[cohort]", "2022"), ALL], "B"),
    ([("filter[cohort]", "2021,2023"), ALL], "CA"),
    ([("filter[cohort]", "1066"), ALL], ""),
    ([("filter[participant_id]", UNKNOWN_ID), ALL], ""),
    ([("filter[urn]", "not shown"), ALL], "A"),
    ([("filter[updated_since]", "2023-02-01T00:00:00Z"), ALL], "AB"),
    ([("filter[updated_since]", "2098-01-01T00:00:00+01:00"), ALL], ""),
    ([("sort", "updated_at"), ALL], "CBA"),
    ([("sort", "-updated_at,updated_at"), ALL], "ABC"),
    ([("sort", "created_at"), ALL], "ABC"),
    ([("sort", "-created_at"), ALL], "CBA"),
]
WRONG = [
    ([], "AB", AS_PROMISED),
    ([], "ACB", AS_DEPLOYED),
    ([("page[page]", "2"), ("page[per_page]", "2")], "", AS_PROMISED),
    ([("page[page]", "2"), ("page[per_page]", "2")], "A", AS_DEPLOYED),
    ([("page[page]", "9"), ("page[per_page]", "2")], "A", AS_PROMISED),
    ([("filter[cohort]", "2022"), ALL], "", AS_PROMISED),
    ([("filter[cohort]", "2022"), ALL], "AB", AS_PROMISED),
    ([("filter[cohort]", "2021,2023"), ALL], "A", AS_DEPLOYED),
    ([("filter[cohort]", "1066"), ALL], "A", AS_DEPLOYED),
    ([("filter[updated_since]", "2023-02-01T00:00:00Z"), ALL], "B", AS_PROMISED),
    ([("filter[updated_since]", "2098-01-01T00:00:00+01:00"), ALL], "A", AS_PROMISED),
    ([("sort", "updated_at"), ALL], "CB", AS_PROMISED),
    ([("sort", "updated_at"), ALL], "CAB", AS_PROMISED),
    ([("sort", "-updated_at,updated_at"), ALL], "CBA", AS_DEPLOYED),
    ([("sort", "-created_at"), ALL], "ABC", AS_PROMISED),
]


def chosen(letters):
    return [WHOLE["ABC".index(letter)] for letter in letters]


@pytest.mark.parametrize(("query", "letters"), RIGHT)
def test_an_answer_with_what_the_whole_list_has_is_no_failure(query, letters):
    assert difference(query, chosen(letters), WHOLE) is None


@pytest.mark.parametrize(("query", "letters", "requirement"), WRONG)
def test_what_is_missing_or_out_of_place_breaks_what_was_promised_or_what_is_deployed(query, letters, requirement):
    found = difference(query, chosen(letters), WHOLE)
    assert found is not None
    assert found.requirement == requirement


@pytest.mark.parametrize(
    ("query", "right", "wrong"),
    [
        ([("page[per_page]", "100000")], "AB", "ABC"),
        ([("page[page]", "2"), ("page[per_page]", "3")], "C", ""),
        ([("filter[updated_since]", "2020-01-01T00:00:00Z"), ALL], "AB", "A"),
        ([("sort", "updated_at"), ALL], "CB", "BC"),
        ([("sort", "updated_at"), ALL], "CB", "B"),
        ([("sort", "created_at"), ALL], "AB", "BC"),
        ([("sort", "-created_at"), ALL], "CB", "BC"),
    ],
)
def test_of_a_list_that_is_longer_than_a_page_an_answer_holds_a_page(monkeypatch, query, right, wrong):
    monkeypatch.setattr("lead_provider_conformance.oracles.list_oracle.PAGE_LIMIT", 2)
    assert difference(query, chosen(right), WHOLE) is None
    assert difference(query, chosen(wrong), WHOLE) is not None


def test_enrolments_that_do_not_show_when_they_were_made_are_told_by_the_ends_of_the_list():
    plain = [record(each) for each in (A, B, C)]
    assert difference([("sort", "-created_at"), ALL], plain[::-1], plain) is None
    found = difference([("sort", "-created_at"), ALL], plain, plain)
    assert found is not None
    assert found.requirement == AS_DEPLOYED


class Served(Api):
    """An API with one list, `records` of a query; and each record on its own as `alone` has it."""

    def __init__(self, records, alone=()):
        self.records = records
        self.alone = {each["id"]: each for each in alone}

    version = "v3"

    def send(self, method, path, **what):
        found = self.alone.get(path.rpartition("/")[2])
        data = found or self.records(dict(what.get("query", ())))
        return Response("x1", method, path, 200, {}, json.dumps({"data": data}).encode())


def comparison_for(api, operation="list_statements", cohorts=()):
    about = next(each for each in ListOperation.of(CONTRACT) if each.operation.id == operation)
    return ListComparison(Listing(api, about), dict(cohorts))


def sent(query, data, *, operation="list_statements", expected=Expected.ACCEPTED):
    found = CONTRACT.operation(operation)
    case = Case(operation, "GET", found.path, tuple(query), None, "", expected, labels=(f"{operation} query - asks=x",))
    response = Response("e", "GET", found.path, 200, {}, json.dumps({"data": data}).encode())
    return CaseResult(case, case, response, Exchange("e", found, 200))


def everything(_query):
    return list(WHOLE)


def test_placeholders_stand_for_what_the_list_shows():
    values = comparison_for(Served(everything)).values
    assert (values["one:cohort"], values["other:cohort"], values["half:page"]) == ("2021", "2023", "2")
    assert "2023-01-01T00:00:00Z" < values["half:updated_at"] < "2023-03-01T00:00:00Z"
    assert "one:urn" not in values


def test_a_list_that_shows_no_cohort_is_asked_for_those_of_the_participants():
    cohorts = {B: "2021", C: "2022", D: "2023"}
    assert comparison_for(Served(lambda _: [record(A)]), cohorts=cohorts).values["other:cohort"] == "2023"
    about_two = [record(A, participant_id=each) for each in (B, C)]
    assert comparison_for(Served(lambda _: about_two), cohorts=cohorts).values["other:cohort"] == "2022"


def test_what_seems_to_be_wrong_is_asked_again():
    whole = comparison_for(Served(everything))
    assert whole.failures([sent([], chosen("AB"))])[AS_PROMISED] == ()

    lacking = comparison_for(Served(lambda query: everything(query)[: 2 if "page[per_page]" not in query else 3]))
    assert [each.key for each in lacking.failures([sent([], chosen("AB"))])[AS_PROMISED]] != []


def test_a_list_that_has_changed_since_it_was_first_read_is_read_once_more():
    class Changing(Served):
        read = 0

        def send(self, *arguments, **what):
            self.read += 1
            self.records = lambda _: chosen("AB") if self.read == 1 else list(WHOLE)
            return super().send(*arguments, **what)

    changing = Changing(everything)
    whole = comparison_for(changing)
    assert len(whole.resources) == 2

    found = whole.failures([sent([], chosen("ABC")), sent([ALL], chosen("ABC"))])

    assert found[AS_PROMISED] == found[AS_DEPLOYED] == ()
    assert changing.read == 2


def test_records_whose_order_changes_from_time_to_time_are_told():
    class Turning(Served):
        turn = 1

        def send(self, *arguments, **what):
            self.turn = -self.turn
            self.records = lambda _: list(WHOLE[:: self.turn])
            return super().send(*arguments, **what)

    turning = comparison_for(Turning(everything))
    assert turning.failures([sent([], chosen("ABC"))])[AS_DEPLOYED] != ()


TWICE = ("filter[updated_since]", "2023-02-01T00%3A00%3A00Z")


def test_a_time_that_is_encoded_twice_is_told_only_if_it_was_taken_and_not_read():
    def failures(listed):
        whole = comparison_for(Served(lambda query: listed if TWICE[0] in query else list(WHOLE)))
        asked = sent([TWICE, ALL], listed, expected=Expected.LENIENT)
        wrong = replace(asked, case=replace(asked.case, wrong="the time is percent-encoded twice"))
        return whole.failures([wrong])

    assert failures(chosen("AB"))[AS_DEPLOYED] == ()
    assert [each.told for each in failures(chosen("ABC"))[AS_DEPLOYED]] == [
        "the time is percent-encoded twice: records are listed that filter[updated_since] leaves out"
    ]


@pytest.mark.parametrize(
    ("lists", "told"),
    [
        ({"2021": [A], "2022": [B], "2021,2022": [A, B]}, 0),
        ({"2021": [A], "2022": [B], "2021,2022": [A]}, 1),
        ({"2021": [A, B], "2022": [B], "2021,2022": [A, B]}, 1),
        ({"2021": [], "2022": [], "2021,2022": []}, 1),
    ],
)
def test_cohorts_that_no_record_shows_are_told_by_what_is_listed_for_two_of_them(lists, told):
    def records(query):
        return [record(each) for each in lists.get(query.get("filter[cohort]"), (A, B, C))]

    whole = comparison_for(Served(records))
    results = [sent([("filter[cohort]", cohort), ALL], []) for cohort in lists]
    assert len(whole.failures(results)[AS_DEPLOYED]) == told


def test_a_record_that_changes_its_cohort_while_it_is_read_is_not_told():
    asked = []

    def records(query):
        cohort = query.get("filter[cohort]")
        asked.append(cohort)
        shown = "2022" if "2022" in asked else "2021"
        return [record(A)] if cohort is None or shown in cohort else []

    whole = comparison_for(Served(records))
    results = [sent([("filter[cohort]", cohort), ALL], []) for cohort in ("2021", "2022", "2021,2022")]

    assert whole.failures(results)[AS_DEPLOYED] == ()
    assert asked.count("2021") > 1


def test_a_record_that_is_not_shown_as_it_is_listed():
    otherwise = record(A, cohort="1999")
    shown = sent([], otherwise, operation="show_statement")
    assert len(comparison_for(Served(everything, [otherwise])).failures([shown])[SHOWN]) == 1
    assert comparison_for(Served(everything, WHOLE)).failures([shown])[SHOWN] == ()


@pytest.mark.parametrize("query", [[], [ALL], [("sort", "created_at")], [("filter[cohort]", "2021")]])
@pytest.mark.parametrize("looked_at", [False, True])
def test_of_a_list_that_cannot_be_read_or_is_empty_nothing_is_told(query, looked_at):
    whole, answered = comparison_for(Served(lambda _: [])), sent(query, chosen("A"))
    if looked_at:
        whole.look_at(answered)
    assert whole.failures([answered]) == {}


def test_an_answer_that_has_been_looked_at_is_told_if_it_is_wrong_and_not_looked_at_again_if_it_is_right():
    lacking = comparison_for(Served(lambda query: everything(query)[: 2 if "page[per_page]" not in query else 3]))
    wrong, right = sent([], chosen("AB")), sent([], chosen("ABC"))

    lacking.look_at(wrong)
    assert len(lacking.failures([wrong])[AS_PROMISED]) == 1
    lacking.look_at(right)
    del lacking.__dict__["_latest"]
    assert lacking.failures([right])[AS_PROMISED] == ()
    assert "_latest" not in lacking.__dict__


def test_an_answer_that_cannot_be_read_is_only_looked_at():
    whole, answered = comparison_for(Served(everything)), sent([], "none")
    whole.look_at(answered)
    assert whole.failures([answered])[AS_PROMISED] == ()


def test_a_change_of_id_that_does_not_say_from_which_gives_no_former_id():
    changes = [{}, {"from_participant_id": None}, {"from_participant_id": B}]
    assert former_ids(record(A, participant_id_changes=changes)) == [B]
    assert former_ids(record(A)) == []
