"""The page of a client's session: readiness, failures in their context, checklists, and the timeline."""

import re
from pathlib import Path

import pytest
from tests.unit.reports import client_journals
from tests.unit.reports.client_journals import PARTICIPANT, Session, declaration, page, task
from tests.unit.reports.page import Node, parsed

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports import evidence
from lead_provider_conformance.reports.client_page import client_html


def page_of(session: Session, folder: Path) -> Node:
    return parsed(client_html(session.verdict(folder)))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Node:
    return page_of(client_journals.not_ready(), tmp_path_factory.mktemp("session"))


@pytest.mark.parametrize(
    ("name", "title", "sentence"),
    [
        (
            "ready",
            "Ready",
            "Yes. The client meets every mandatory requirement. For 1 of them, this is the provider’s own statement.",
        ),
        ("not_ready", "Not ready", "No. The client fails 3 mandatory requirements."),
    ],
)
def test_first_screen_answers_whether_the_client_is_ready(tmp_path: Path, name: str, title: str, sentence: str) -> None:
    shown = page_of(getattr(client_journals, name)(), tmp_path)

    assert shown.one("h1").text == "Is this client ready?"
    assert shown.one(class_="panel-title").text == title
    assert shown.one(class_="panel-body").text.startswith(sentence)


def test_must_that_was_not_shown_is_not_ready(tmp_path: Path) -> None:
    session = client_journals.ready().requires("rate/limit")
    session.found(Outcome.COULD_NOT_RUN, "rate/limit", "Too few requests.", "Sync all participants.")

    shown = page_of(session, tmp_path)

    assert shown.one(class_="panel-title").text == "Not shown"
    assert "1 mandatory requirement could not be shown yet" in shown.one(class_="panel-body").text
    section = shown.one("section", id="not-shown")
    assert section.one("p", class_="why").text == "Too few requests."
    assert section.one("li").text == "MUST A client does this. To show it: Sync all participants."


def test_silent_client_gets_one_sentence(tmp_path: Path) -> None:
    session = Session()
    for number in range(110):
        session.requires(f"area/rule-{number}").found(
            Outcome.COULD_NOT_RUN, f"area/rule-{number}", f"Reason {number}.", f"Do {number}."
        )

    shown = page_of(session, tmp_path)

    assert shown.one(class_="panel-body").text == (
        "Not known. The client sent no request, so the session shows nothing about it."
    )
    section = shown.one("section", id="not-shown")
    assert len(section.all("p", class_="why")) == 1
    assert section.text.count("To show them:") == 1
    assert "Start the client with the address and the token of the session." in section.text
    assert not shown.all("section", class_="checklist")


def test_exclusions_of_the_profile_come_before_all_results(report: Node) -> None:
    excluded = report.one("section", class_="excluded")

    assert "The profile leaves transfers to people. 1 requirement" in excluded.text
    assert report.text.index("Does not apply to this client") < report.text.index("On this page")


def test_failures_of_musts_and_differences_are_apart(report: Node) -> None:
    failed = {each.attributes["id"] for each in report.one("section", id="failures").all("article")}
    differences = {each.attributes["id"] for each in report.one("section", id="differences").all("article")}

    assert failed == {
        "requirement-contract/request-schema",
        "requirement-declare/retry-exact-copy",
        "requirement-errors/5xx-retried",
    }
    assert differences == {"requirement-sync/only-changed"}
    assert "errors/timeout" not in report.one("section", id="not-shown").text
    assert "gives up on a response" in report.one("section", id="optional").text


def test_failures_come_first_and_are_in_an_index(report: Node) -> None:
    section = report.one("section", id="failures")
    index = section.one("ol", class_="index")

    assert [each.attributes["href"] for each in index.all("a")] == [
        f"#{each.attributes['id']}" for each in section.all("article")
    ]
    assert report.one("main").text.index("Mandatory requirements that") < report.one("main").text.index(
        "The session did not show"
    )


def test_failure_shows_request_with_marked_violation_and_response_before(report: Node) -> None:
    failure = report.one("article", id="requirement-contract/request-schema")

    decisive, before = failure.all("details", class_="step")
    assert decisive.one("summary").text == "POST /api/v3/participant-declarations → 422"
    assert decisive.one(class_="wrong").text == '"evidence_held": 5 ↑ 5 is not a string.'
    assert "Already declared." in decisive.text
    assert before.one("summary").text == "POST /api/v3/participant-declarations → no response"
    assert not failure.all(class_="command")


def test_failure_shows_situation_event_and_task_between(report: Node) -> None:
    around = report.one("article", id="requirement-contract/request-schema").one("ol", class_="timeline")
    lines = [each.text for each in around.all("li") if "timeline" not in each.attributes and each.all("time")]

    assert [re.sub(r"^\d\d:\d\d:\d\d ", "", each) for each in lines] == [
        (
            "Cue: Send the declarations in the task list. declare Ayesha Okafor, course_identifier ecf-induction, "
            "declaration_type started, on 2026-10-05"
        ),
        "POST /api/v3/participant-declarations → no response reset by the sandbox situation lost-declaration",
        f"Event eligible: participant_id {PARTICIPANT}",
        "POST /api/v3/participant-declarations → 422",
        "The command ended with status 1.",
        "Situation held-response armed",
    ]
    assert around.one("li", class_="decisive").text.endswith("→ 422")


def test_failure_shows_the_usual_fix(tmp_path: Path) -> None:
    session = client_journals.ready().requires("void/exact-retry")
    session.found(Outcome.FAILED, "void/exact-retry", "Voided twice.", "Usually a retry. Look the `state` up.")

    failure = page_of(session, tmp_path).one("article", id="requirement-void/exact-retry")

    assert failure.one("p", class_="inset").text == "Usual fix: Usually a retry. Look the state up."


def test_failure_explains_the_situation(report: Node) -> None:
    failure = report.one("article", id="requirement-errors/5xx-retried")

    explained = failure.one("p", class_="inset").text
    assert explained.startswith(
        "Situation server-error-on-page: The second page of a list returns 500 once. Expected: "
    )


def test_attestations_are_apart_and_say_who_and_when(report: Node) -> None:
    attested = report.one("section", id="attested")

    assert "Stated by Ada Example on 20 November 2026. No request can confirm it." in attested.text
    assert "access/token-kept-private" in attested.text


def test_source_is_linked_by_its_title(report: Node) -> None:
    source = report.one("article", id="requirement-contract/request-schema").one("p", class_="source")

    assert "Source: ECT service guidance: How to test the API effectively, lines 46 to 54" in source.text
    assert "@0fe31d1a" not in source.text


def test_recommendation_that_was_not_shown_is_apart(report: Node) -> None:
    assert "0" not in [each.text for each in report.one("nav", class_="contents").all("span")]
    assert report.one("section", id="optional").one("summary").text == "2 requirements"


def test_session_that_left_out_acts_has_to_be_complete(tmp_path: Path) -> None:
    session = client_journals.ready().requires("rate/limit").skips("a-week", "It was not selected with --only.")
    session.found(Outcome.COULD_NOT_RUN, "rate/limit", "Too few requests.", "Sync all participants.")

    steps = page_of(session, tmp_path).one("section", class_="next-steps")

    assert [each.text for each in steps.all("li")] == [
        "Run all acts of the session, without --only and --skip-slow.",
        "Sync all participants.",
    ]


def test_timeline_has_acts_with_exit_statuses_and_situations(report: Node) -> None:
    first, declare, transfer = report.one("section", id="timeline").all("details", class_="act")

    assert first.one("summary").text == "first-sync 2 requests, command ended with 0, situations: server-error-on-page"
    assert declare.one("summary").text == (
        "declare 2 requests, command ended with 1, situations: lost-declaration, not delivered: held-response"
    )
    assert transfer.one("summary").text == "transfer left out: The profile leaves transfers to people."


def test_similar_requests_share_a_line_unless_the_page_refers_to_them(tmp_path: Path) -> None:
    session = Session().requires("paging/all-pages")
    with session.acting("first-sync"), session.cued("Fetch."):
        ids = [
            session.exchanged("GET", f"/api/v3/participants?page[page]={number}", body=page(number, 1))
            for number in range(1, 8)
        ]
    session.found(Outcome.FAILED, "paging/all-pages", "Page 8 is missing.", exchanges=[ids[4]])

    requests = page_of(session, tmp_path).one("details", id="act-first-sync").all("li", class_="request")

    assert [each.text.split("→ ")[1] for each in requests] == [
        "200 and 3 more requests alike",
        "200",
        "200 and 1 more request alike",
    ]
    assert requests[1].attributes["id"] == f"line-{ids[4]}"


def test_similar_events_share_a_line(tmp_path: Path) -> None:
    session = client_journals.ready()
    with session.acting("change-while-reading"):
        for number in range(3):
            session.happens("touched", kind="participants", id=number)

    (event,) = page_of(session, tmp_path).one("details", id="act-change-while-reading").all("li", class_="event")

    assert event.text.endswith("Event touched: kind participants, id 0 and 2 more")


def test_response_that_did_not_arrive_has_no_status(tmp_path: Path) -> None:
    session = client_journals.ready()
    with session.acting("declare"):
        session.exchanged(
            "POST", "/api/v3/participant-declarations", 200, sent=declaration(), error="cut off by the sandbox"
        )

    (request,) = page_of(session, tmp_path).one("details", id="act-declare").all("li", class_="request")

    assert request.text.endswith("no response cut off by the sandbox")


def test_filters_are_readable_in_the_timeline(tmp_path: Path) -> None:
    session = client_journals.ready()
    with session.acting("a-week"):
        session.exchanged("GET", "/api/v3/participants?filter%5Bupdated_since%5D=2026-11-01T00%3a00%3A00%2B01")

    (request,) = page_of(session, tmp_path).one("details", id="act-a-week").all("li", class_="request")

    assert "?filter[updated_since]=2026-11-01T00:00:00%2B01 " in request.text


def test_trap_of_a_task_is_named(tmp_path: Path) -> None:
    session = client_journals.ready()
    with (
        session.acting("break-and-leave"),
        session.cued("Do the tasks.", task(trap="The participant has not started.")),
    ):
        pass

    act = page_of(session, tmp_path).one("details", id="act-break-and-leave")

    assert "Wrong on purpose: The participant has not started." in act.text


def test_requests_between_acts_have_their_own_place(tmp_path: Path) -> None:
    session = client_journals.ready()
    session.act = ""
    session.exchanged("GET", "/api/v3/statements", 404)

    between = page_of(session, tmp_path).one("details", id="act-between")

    assert "GET /api/v3/statements → 404" in between.text


def test_failure_without_exchange_has_no_request(tmp_path: Path) -> None:
    session = client_journals.ready().requires("sync/weekly-full")
    session.found(Outcome.FAILED, "sync/weekly-full", "No full sync in the week.", act="a-week")

    failure = page_of(session, tmp_path).one("article", id="requirement-sync/weekly-full")

    assert "No full sync in the week." in failure.text
    assert not failure.all("h4")


def test_links_lead_to_places_on_the_page(report: Node) -> None:
    ids = {node.attributes["id"] for node in report.all() if "id" in node.attributes}
    targets = {node.attributes["href"][1:] for node in report.all("a") if node.attributes["href"].startswith("#")}

    assert targets <= ids


def test_ids_are_unique(report: Node) -> None:
    ids = [node.attributes["id"] for node in report.all() if "id" in node.attributes]

    assert len(ids) == len(set(ids))


def test_text_of_a_hostile_client_is_escaped(tmp_path: Path) -> None:
    html = client_html(client_journals.hostile().verdict(tmp_path))

    assert "<script>alert" not in html
    assert "\u202e" not in html
    assert "\x1b" not in html


def test_long_session_fits_the_page(tmp_path: Path) -> None:
    session = Session().requires("declare/not-twice")
    with session.acting("declare"), session.cued("Declare."):
        for number in range(400):
            sent = declaration(f"2026-10-05T09:00:{number % 60:02d}Z")
            last = session.exchanged("POST", "/api/v3/participant-declarations", sent=sent, body=page(1, 40))
            session.found(Outcome.FAILED, "declare/not-twice", f"Sent {number} times.", exchanges=[last])

    html = client_html(session.verdict(tmp_path))

    assert "more lines in results.ndjson and exchanges.ndjson" in html
    assert len(html) < 2 * evidence.ROOM
