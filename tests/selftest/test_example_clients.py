"""The example clients do what is right, leave what is wrong, and survive failures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from .example_clients import (
    PYTHON,
    TYPESCRIPT,
    ExampleClient,
    build_typescript,
    declarations_of,
    declare,
    read,
    task,
    teachers,
)
from .processes import sandbox
from .servers import DisconnectError, Proxy, Request, Response, serve

CLIENTS = {"python": PYTHON, "typescript": TYPESCRIPT, "python-8-connections": (*PYTHON, "--connections", "8")}
Start = Callable[..., ExampleClient]
several_connections = pytest.mark.parametrize("start", ["typescript", "python-8-connections"], indirect=True)


@pytest.fixture(scope="module")
def ect() -> Iterator[str]:
    """The address of a sandbox of the ECT service."""
    with sandbox("--edition", "2026-08", "--programme", "ecf") as served:
        yield served.address


@pytest.fixture(scope="module")
def npq() -> Iterator[str]:
    """The address of a sandbox of the NPQ service."""
    with sandbox("--edition", "2026-08", "--programme", "npq") as served:
        yield served.address


@pytest.fixture(params=["python", "typescript"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Start:
    """Return a function that makes a client for an address."""
    command = CLIENTS[request.param]
    if command is TYPESCRIPT and (problem := build_typescript()):
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop(problem)

    def start_one(address: str, programme: str = "ecf") -> ExampleClient:
        return ExampleClient(command, address, programme, tmp_path)

    return start_one


def gets(proxy: Proxy, path: str) -> list[dict[str, str]]:
    """Return the parameters of each GET of a path."""
    urls = [urlsplit(each.path) for each in proxy.requests if each.method == "GET"]
    return [dict(parse_qsl(url.query)) for url in urls if url.path.endswith(path)]


def writes(proxy: Proxy) -> list[tuple[str, bytes]]:
    return [(f"{each.method} {each.path}", each.body) for each in proxy.requests if each.method != "GET"]


def test_declares_corrects_and_stops_training_of_teachers(ect: str, start: Start) -> None:
    first, second, paused, absent = teachers(ect, "2024")[:4]
    client = start(ect)

    ended = client.run(
        declare(first, "started", "2024-10-10"),
        declare(second, "started", "2024-10-10"),
        task("defer", paused, reason="career-break", on="2026-11-01"),
        task("change-schedule", absent, schedule_identifier="ecf-standard-january", cohort="2024"),
    )
    assert ended.returncode == 0, ended.stderr
    ended = client.run(
        task("correct-declaration", first, declaration_type="started", wrong="2024-10-10", on="2024-10-11"),
        task("withdraw", second, reason="left-teaching-profession", on="2026-11-01"),
        declare(second, "retained-1", "2025-02-01", "other"),
    )

    assert ended.returncode == 0, ended.stderr
    assert [each[:2] for each in declarations_of(ect, first)] == [("started", "2024-10-10"), ("started", "2024-10-11")]
    assert declarations_of(ect, first)[0][2] == "voided"
    assert [each[0] for each in declarations_of(ect, second)] == ["retained-1", "started"]
    statuses = {each["id"]: each["ecf_enrolments"][0] for each in read(ect, "participants")}
    assert statuses[paused]["training_status"] == "deferred"
    assert statuses[second]["training_status"] == "withdrawn"
    assert statuses[absent]["schedule_identifier"] == "ecf-standard-january"


def test_leaves_tasks_that_cannot_be_right(ect: str, start: Start) -> None:
    person, recent = teachers(ect, "2024")[0], teachers(ect, "2025")[0]
    deferred = teachers(ect, "2024", training_status="deferred", participant_status="left")[0]
    proxy = Proxy(ect)
    with serve(proxy) as address:
        ended = start(address).run(
            declare(person, "started", "2025-01-10"),
            declare(person, "retained-1", "2025-02-01", "other"),
            declare(person, "started", "2999-01-01"),
            declare(recent, "started", "2025-10-10", "one-term-induction"),
            declare(person, "started", "2024-10-10", course_identifier="ecf-mentor"),
            declare(deferred, "started", "2024-10-10"),
            task("withdraw", person, reason="moved-school", on="2026-11-01"),
            task("defer", deferred, reason="other", on="2026-11-01"),
        )

    assert ended.returncode == 1
    sent = writes(proxy)
    assert len(sent) == len(set(sent))
    assert all(request == "POST /api/v3/participant-declarations" for request, _ in sent)
    assert [declarations_of(ect, each) for each in (person, recent, deferred)] == [[], [], []]


def test_polls_from_before_the_last_poll(ect: str, start: Start) -> None:
    proxy = Proxy(ect)
    with serve(proxy) as address:
        client = start(address)
        assert [client.run().returncode for _ in range(3)] == [0, 0, 0]

    walks = [each for each in gets(proxy, "/participants") if each["page[page]"] == "1"]
    assert ["filter[updated_since]" in each for each in walks] == [False, True, True]
    assert len(gets(proxy, "/schools")) >= 3
    assert all("filter[cohort]" in each for each in gets(proxy, "/schools"))


def test_partnerships_are_made_and_corrected_once(ect: str, start: Start) -> None:
    school = next(each for each in read(ect, "schools", cohort="2026") if not each["in_partnership"])
    first, second = [each["name"] for each in read(ect, "delivery-partners", cohort="2026")][:2]
    wanted = {"school_urn": school["urn"], "cohort": "2026"}
    client = start(ect)
    ended = client.run(
        {"do": "partner", **wanted, "delivery_partner_name": first},
        {"do": "change-delivery-partner", **wanted, "delivery_partner_name": second},
    )

    assert ended.returncode == 0, ended.stderr
    made = [each for each in read(ect, "partnerships", cohort="2026") if each["urn"] == school["urn"]]
    assert [each["delivery_partner_name"] for each in made] == [second]


def test_decides_on_applications_and_declares(npq: str, start: Start) -> None:
    pending = [each for each in read(npq, "npq-applications", cohort="2025") if each["status"] == "pending"]
    capped = [each for each in pending if each["cohort_suffix"] == "b"]
    funded, rejected = [each for each in capped if each["eligible_for_funding"]][:2]
    unfunded = next(each for each in capped if not each["eligible_for_funding"])
    partner = read(npq, "delivery-partners", cohort="2025")[0]["id"]
    client = start(npq, "npq")

    ended = client.run(
        *(
            {"do": do, "application_id": each["id"], "funded_place": True, "schedule_identifier": None}
            for do, each in (("accept", funded), ("accept", unfunded), ("reject", rejected))
        )
    )
    assert ended.returncode == 0, ended.stderr
    person, course = funded["participant_id"], funded["course_identifier"]
    ended = client.run(
        task("declare", person, course, declaration_type="started", on="2026-11-20", delivery_partner_id=partner),
        task("defer", person, course, reason="other", on="2026-11-01"),
        task(
            "change-funded-place", person, course, application_id=funded["id"], funded_place=False,
            schedule_identifier=None,
        ),
    )  # fmt: skip

    decided = {each["id"]: (each["status"], each["funded_place"]) for each in read(npq, "npq-applications")}
    assert decided[funded["id"]] == ("accepted", False), ended.stderr
    assert decided[unfunded["id"]] == ("accepted", False)
    assert decided[rejected["id"]][0] == "rejected"
    assert [each[:2] for each in declarations_of(npq, person)] == [("started", "2026-11-20")], ended.stderr
    assert ended.returncode == 0, ended.stderr


def test_outcome_is_corrected(npq: str, start: Start) -> None:
    outcomes = read(npq, "participants/npq/outcomes")
    people = {each["id"]: each for each in read(npq, "participants/npq")}
    passed = {(each["participant_id"], each["course_identifier"]) for each in outcomes if each["state"] != "failed"}
    failed = next(
        each
        for each in outcomes
        if each["state"] == "failed"
        and each["participant_id"] in people
        and (each["participant_id"], each["course_identifier"]) not in passed
    )
    person, course = failed["participant_id"], failed["course_identifier"]
    client = start(npq, "npq")
    corrected = task("report-outcome", person, course, state="passed", on="2026-11-20")

    for _ in range(2):
        ended = client.run(corrected)
        assert ended.returncode == 0, ended.stderr

    own = [each for each in read(npq, f"participants/npq/{person}/outcomes") if each["course_identifier"] == course]
    assert sorted(each["state"] for each in own) == ["failed", "passed"]


def test_lost_declaration_is_declared_once(ect: str, start: Start) -> None:
    lost: list[Request] = []

    def lose(request: Request, response: Response) -> Response:
        if request.method == "POST" and not lost:
            lost.append(request)
            raise DisconnectError
        return response

    person = teachers(ect, "2024")[0]
    proxy = Proxy(ect, change=lose)
    with serve(proxy) as address:
        client = start(address)
        ended = client.run(declare(person, "started", "2024-10-10"))
        assert ended.returncode == 0, ended.stderr
        corrected = task("correct-declaration", person, declaration_type="started", wrong="2024-10-10", on="2024-10-12")
        ended = client.run(corrected)

    assert ended.returncode == 0, ended.stderr
    states = [each[2] for each in declarations_of(ect, person)]
    assert len(states) == 2
    assert states[0] == "voided"
    copies = [body for request, body in writes(proxy) if request.startswith("POST")]
    assert set(copies[:-1]) == {copies[0]}


@several_connections
@pytest.mark.parametrize(
    "failure",
    [
        Response(500, b"{}", {"Content-Type": "application/json"}),
        Response(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"}),
        Response(200, b'{"data": [', {"Content-Type": "application/json"}, length=5000),
        Response(429, b"Retry later\n", {"Content-Type": "text/plain", "Retry-After": "1"}),
        Response(429, b"Retry later\n", {"Content-Type": "text/plain"}),
    ],
    ids=["500", "html", "cut", "429", "429-without-header"],
)
def test_failed_page_is_read_again(ect: str, start: Start, failure: Response) -> None:
    failed: list[str] = []

    def fail(request: Request, response: Response) -> Response:
        if len(proxy.requests) >= 3 and not failed:
            failed.append(request.path)
            return failure
        return response

    proxy = Proxy(ect, change=fail)
    with serve(proxy) as address:
        ended = start(address).run()

    assert ended.returncode == 0, ended.stderr
    assert [each.path for each in proxy.requests].count(failed[0]) >= 2


@several_connections
@pytest.mark.parametrize("status", [401, 503])
def test_refused_token_and_outage_stop_the_run(ect: str, start: Start, status: int) -> None:
    proxy = Proxy(ect, change=lambda _request, _response: Response(status, b"{}"))
    with serve(proxy) as address:
        ended = start(address).run(declare(teachers(ect, "2024")[0], "started", "2024-10-10"))

    assert ended.returncode == 1
    assert 1 <= len(proxy.requests) <= 8
    assert "Traceback" not in ended.stderr


def test_one_refused_task_does_not_stop_the_others(ect: str, start: Start) -> None:
    people = teachers(ect, "2024")[:3]
    refusal = Response(422, b'{"errors": [{"title": "x", "detail": "y"}]}', {"Content-Type": "application/json"})

    def refuse(request: Request, response: Response) -> Response:
        return refusal if request.method == "POST" and people[1].encode() in request.body else response

    proxy = Proxy(ect, change=refuse)
    with serve(proxy) as address:
        client = start(address)
        tasks = [declare(each, "started", "2024-10-10") for each in people]
        assert client.run(*tasks).returncode == 1
        client.run(tasks[1])

    declared = [body for request, body in writes(proxy) if request.startswith("POST")]
    assert len(declared) == len(set(declared)) == 3
