"""A full disk, and reports that cannot be made: a sentence for the client, and nothing lost or doubled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from tests.unit.readiness.hosting.hosted import CONTROL, HostedService, Running, run
from tests.unit.readiness.served import Response

from lead_provider_conformance.readiness.hosting import faultpoints, judging
from lead_provider_conformance.readiness.hosting.log import SessionLog
from lead_provider_conformance.readiness.hosting.unavailable import FULL

Services = dict[str, HostedService]
LIST = "/api/v3/participants"
SPACE = 1_000_000
"""Pages of the database: enough."""


def limit(running: Running, pages: int) -> None:
    """Let the database have no more pages, also after it reconnects; it cannot have fewer than it has."""
    pragma = f"PRAGMA max_page_count = {pages}"
    event.listen(running.host.database._engine, "connect", lambda connection, _: connection.execute(pragma))
    with running.host.database.statement() as connection:
        connection.exec_driver_sql(pragma)


def exchanges(running: Running, made: dict[str, str]) -> list[tuple[str, Any]]:
    """Return the target and the status of each exchange."""
    stored = SessionLog(running.host.database, made["id"]).latest(1_000)
    lines = [each.line for each in stored]
    return [
        (each["request"]["url"].rpartition("=")[2], each["response"]["status"] if not each["error"] else each["error"])
        for each in lines
    ]


def test_request_on_a_full_disk_gets_503_and_the_session_goes_on(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> tuple[list[Response], list[Response], list[tuple[str, Any]]]:
        made = await running.make()

        async def ask(number: int) -> Response:
            return await running.ask("GET", f"{LIST}?x={number}", made["token"])

        answered = [await ask(0)]
        limit(running, 1)
        while answered[-1].status == 200:  # the free space of the last page
            answered.append(await ask(len(answered)))
            control = answered[0]
            while control.status in (200, 201):
                control = await running.ask("POST", "/control/sessions", CONTROL, {"name": "x"})
        limit(running, SPACE)
        answered.append(await ask(len(answered)))
        await running.ask("POST", f"{made['page']}/done?cue=1")
        shown = await running.ask("GET", made["page"])
        return answered, [control, shown], exchanges(running, made)

    answered, (control, shown), journal = run(tmp_path, work)

    assert [each.status for each in answered] == [200] * (len(answered) - 2) + [503, 200]
    assert answered[-2].body.decode() == f"{FULL}\n"
    assert answered[-2].headers["retry-after"] == "5"
    assert control.status == 503
    assert b"The disk of the service is full" in control.body
    assert b"Poll again." in shown.body
    accepted = [str(number) for number, each in enumerate(answered) if each.status == 200]
    assert journal == [(each, 200) for each in accepted]


def test_response_that_was_sent_is_journalled_when_there_is_space_again(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> tuple[list[int], list[tuple[str, Any]]]:
        made = await running.make()
        running.host.live.clear()

        def fill(point: str) -> None:
            if point == "after request":
                limit(running, 1)

        statuses = [(await running.ask("GET", f"{LIST}?x=0", made["token"])).status]
        services[made["id"]].reply = services[made["id"]].reply.with_body(b" " * 100_000)
        faultpoints.observe(fill)
        try:
            statuses.append((await running.ask("GET", f"{LIST}?x=1", made["token"])).status)
        finally:
            faultpoints._observers.remove(fill)
        limit(running, SPACE)
        while len(statuses) < 3 or statuses[-1] == 503:
            statuses.append((await running.ask("GET", f"{LIST}?x={len(statuses)}", made["token"])).status)
        return statuses, exchanges(running, made)

    statuses, journal = run(tmp_path, work)

    assert statuses[:2] == [200, 200]
    assert statuses[-1] == 200
    assert journal[:2] == [("0", 200), ("1", 200)]
    assert journal[-1] == (str(len(statuses) - 1), 200)


def test_report_that_cannot_be_written_is_503_and_made_later(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = judging.NICE

    async def work(running: Running) -> tuple[Response, Response, Response]:
        made = await running.make()
        for _ in range(3):
            await running.ask("GET", LIST, made["token"])
        monkeypatch.setattr(judging, "NICE", ("sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *usual))
        refused = await running.ask("GET", f"/control/sessions/{made['id']}/export", CONTROL)
        page = await running.ask("POST", f"{made['page']}/verdict")
        monkeypatch.setattr(judging, "NICE", usual)
        return refused, page, await running.ask("GET", f"/control/sessions/{made['id']}/export", CONTROL)

    refused, page, exported = run(tmp_path, work)

    problem = b"The report could not be made now: The journals cannot be written: File too large."
    assert refused.status == page.status == 503
    assert problem in refused.body
    assert problem in page.body
    assert (exported.status, exported.body[:2]) == (200, b"PK")


def test_report_whose_process_is_killed_is_503_with_the_reason(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "NICE", ("sh", "-c", "kill -9 $$"))

    async def work(running: Running) -> Response:
        made = await running.make()
        return await running.ask("GET", f"/control/sessions/{made['id']}/export", CONTROL)

    refused = run(tmp_path, work)

    assert refused.status == 503
    assert b"Its process was ended by signal 9, perhaps for lack of memory." in refused.body
