"""The application: the token selects the session, quotas, the control interface, and the pages."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.unit.readiness.hosting.hosted import CONTROL, HostedService, Running, run
from tests.unit.readiness.served import Response, arm, response

from lead_provider_conformance.readiness.effects import hold
from lead_provider_conformance.readiness.hosting import app as app_module
from lead_provider_conformance.readiness.hosting import host as host_module
from lead_provider_conformance.readiness.hosting import observer as observer_module
from lead_provider_conformance.readiness.hosting.app import MOST_UNANSWERED
from lead_provider_conformance.readiness.hosting.sessions import StoredReport
from lead_provider_sandbox.http.protocol import HttpProtocol

Services = dict[str, HostedService]
LIST = "/api/v3/participants"
LIVE = "aLiveTokenOfDfE-0123456789abcdef"


def test_token_selects_its_session_alone(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> list[Response]:
        made = [await running.make(f"provider-{number}") for number in range(20)]
        asked = (running.ask("GET", LIST, each["token"]) for each in made)
        return list(await asyncio.gather(*asked))

    names = [orjson.loads(each.body)["of"] for each in run(tmp_path, work)]

    assert names == [f"provider-{number}" for number in range(20)]


def test_nothing_but_the_token_selects_a_session(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> tuple[dict[str, str], list[Response]]:
        mine, other = await running.make("mine"), await running.make("other")
        ways = (
            (LIST + "?token=" + other["token"], (f"X-Session: {other['id']}", f"Cookie: token={other['token']}")),
            (f"/s/../{LIST}", (f"X-Forwarded-For: {other['id']}",)),
            (f"{other['page']}{LIST}", ()),
            (LIST, (f"X-Authorization: Bearer {other['token']}",)),
        )
        return other, [await running.ask("GET", path, mine["token"], headers=headers) for path, headers in ways]

    other, responses = run(tmp_path, work)

    assert services[other["id"]].bodies == [] if other["id"] in services else True
    assert all(b'"of":"other"' not in each.body for each in responses)


@pytest.mark.parametrize("token", [None, "lpr-unknown-token-of-nobody", LIVE, "short"])
def test_request_without_a_session_is_denied(tmp_path: Path, services: Services, token: str | None) -> None:
    async def work(running: Running) -> Response:
        await running.make()
        return await running.ask("GET", LIST, token)

    answered = run(tmp_path, work)

    assert answered.status == 401
    assert orjson.loads(answered.body) == {"error": "HTTP Token: Access denied"}
    assert ("x-readiness-problem" in answered.headers) is (token == LIVE)


def test_no_secret_is_stored(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> dict[str, str]:
        made = await running.make()
        await running.ask("GET", f"{LIST}?token={LIVE}", made["token"], headers=(f"X-Api-Key: {LIVE}",))
        await running.ask("GET", LIST, LIVE)
        return made

    made = run(tmp_path, work)

    written = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    for secret in (made["token"], made["page"].rpartition("/")[2], LIVE, CONTROL):
        assert secret.encode() not in written


def test_foreign_credential_is_reported_on_the_page(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> str:
        made = await running.make()
        await running.ask("GET", LIST, made["token"], headers=(f"X-Api-Key: {LIVE}",))
        return (await running.ask("GET", made["page"])).body.decode()

    html = run(tmp_path, work)

    assert "Your system sent a credential that is not the token of this session." in html
    assert LIVE not in html


def test_more_requests_a_second_than_the_quota_get_429(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> list[Response]:
        busy, other = await running.make("busy", requests_per_second=0.5), await running.make("other")
        return [await running.ask("GET", LIST, each["token"]) for each in (busy, busy, busy, other)]

    *_, last, other = run(tmp_path, work)

    assert (last.status, last.headers["retry-after"]) == (429, "2")
    assert other.status == 200


def test_client_that_sends_many_requests_before_their_responses_is_cut_off(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> list[list[bytes]]:
        made = await running.make(requests_per_second=1_000)
        return [await statuses(running, made["token"], number) for number in (MOST_UNANSWERED, MOST_UNANSWERED + 1)]

    async def statuses(running: Running, token: str, number: int) -> list[bytes]:
        """Return the statuses of requests that are sent at once."""
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        request = f"GET {LIST} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        writer.write(f"{request}\r\n".encode() * (number - 1) + f"{request}Connection: close\r\n\r\n".encode())
        received = await reader.read()
        writer.close()
        return re.findall(rb"HTTP/1.1 (\d+)", received)

    assert run(tmp_path, work) == [[b"200"] * MOST_UNANSWERED, [b"429"]]


def test_flood_without_a_token_gets_429(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> list[int]:
        return [(await running.ask("GET", LIST)).status for _ in range(6)]

    assert run(tmp_path, work, requests_per_second_without_token=1.0) == [401] * 4 + [429] * 2


@pytest.mark.parametrize(("trusted", "statuses"), [(("127.0.0.1",), [401] * 6), ((), [401] * 4 + [429] * 2)])
def test_forwarded_addresses_count_only_from_trusted_proxies(
    tmp_path: Path, services: Services, trusted: tuple[str, ...], statuses: list[int]
) -> None:
    async def work(running: Running) -> list[int]:
        addresses = (f"X-Forwarded-For: 192.0.2.{number}" for number in range(6))
        return [(await running.ask("GET", LIST, headers=(each,))).status for each in addresses]

    assert run(tmp_path, work, requests_per_second_without_token=1.0, trusted=trusted) == statuses


def test_large_body_gets_413(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> Response:
        made = await running.make()
        length = f"Content-Length: {app_module.LARGEST_BODY + 1}"
        return await running.ask("POST", LIST, made["token"], b"{", headers=(length,))

    assert run(tmp_path, work).status == 413


def test_late_body_gets_408_and_the_session_goes_on(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observer_module, "PIECE_SECONDS", 0.05)

    async def work(running: Running) -> tuple[Response, Response, list[Any]]:
        made = await running.make()
        late = await running.ask("POST", LIST, made["token"], b"{", headers=("Content-Length: 10",))
        after = await running.ask("GET", LIST, made["token"])
        live = running.host.live[made["id"]]
        return late, after, [live.in_flight, *(each.line["error"] for each in live.log.latest(9))]

    late, after, (in_flight, *errors) = run(tmp_path, work)

    assert (late.status, late.headers["connection"]) == (408, "close")
    assert after.status == 200
    assert (in_flight, errors) == (0, ["closed by the client", None])


def test_body_in_small_pieces_gets_408_after_a_time(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observer_module, "BODY_SECONDS", 0.2)

    async def work(running: Running) -> Response:
        made = await running.make()
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        head = f"POST {LIST} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {made['token']}\r\nContent-Length: 1000\r\n"
        writer.write(f"{head}\r\n".encode())
        answering = asyncio.ensure_future(response(reader))
        while not answering.done():
            writer.write(b" ")
            await asyncio.sleep(0.02)
        writer.close()
        return answering.result()

    assert run(tmp_path, work).status == 408


def test_response_may_be_held_longer_than_a_body_may_take(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observer_module, "PIECE_SECONDS", 0.05)

    async def work(running: Running) -> list[int]:
        made = await running.make()
        statuses = [(await running.ask("GET", LIST, made["token"])).status]
        arm(running.host.live[made["id"]].session, hold(0.3))
        return [*statuses, (await running.ask("GET", LIST, made["token"])).status]

    assert run(tmp_path, work) == [200, 200]


def test_session_ends_at_its_quota_of_requests(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> tuple[list[Response], dict[str, Any]]:
        made = await running.make(most_requests=2)
        responses = [await running.ask("GET", LIST, made["token"]) for _ in range(3)]
        await until_over(running, made)
        return responses, await running.control("GET", f"/sessions/{made['id']}")

    responses, described = run(tmp_path, work)

    reached = "The session has had 2 requests, which is its quota."
    assert [each.status for each in responses] == [200, 200, 429]
    assert responses[2].body.decode() == f"The session is over. {reached}\n"
    assert described["state"] == "over-quota"
    assert described["problem"] == (
        f"{reached} Find out why the client sends so many requests, or ask the operator for a larger quota."
    )


async def until_over(running: Running, made: dict[str, str]) -> None:
    """Wait until a session is over and judged."""
    async with asyncio.timeout(60):
        while running.host.store.report(made["id"]) is None:
            await asyncio.sleep(0.05)


def test_rest_of_a_refused_body_is_not_read_for_ever(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HttpProtocol, "head_timeout_seconds", 0.2)

    async def work(running: Running) -> tuple[int, bool]:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(f"POST {LIST} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        status = (await response(reader)).status
        for _ in range(100):
            writer.write(b"1\r\nx\r\n")
            try:
                async with asyncio.timeout(0.05):
                    return status, await reader.read() == b""
            except TimeoutError:
                continue
            except ConnectionError:
                return status, True
        return status, False

    assert run(tmp_path, work) == (401, True)


def test_foreign_tokens_fill_no_audit_log(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> list[Any]:
        for number in range(4):
            await running.ask("GET", LIST, f"{LIVE}{number}")
        return list((await running.control("GET", "/audit"))["entries"])

    entries = [each for each in run(tmp_path, work) if each["action"] == "foreign-token"]

    assert [each["detail"] for each in entries] == ["1 since the last entry"]


def test_calls_for_reports_of_a_session_get_one_report(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_reports: list[str] = []
    made_report = StoredReport(0.0, "{}", b"page", b"package")
    goes_on = asyncio.Event()

    async def make_report(_: str, session_id: str, *__: Any) -> StoredReport:
        made_reports.append(session_id)
        await goes_on.wait()
        return made_report

    monkeypatch.setattr(host_module, "make_report", make_report)

    async def work(running: Running) -> tuple[list[str], list[str]]:
        one, other = await running.make("one"), await running.make("other")
        first = asyncio.create_task(running.host.judge(one["id"]))
        while not made_reports:
            await asyncio.sleep(0)
        later = [asyncio.create_task(running.host.judge(one["id"])) for _ in range(20)]
        later.append(asyncio.create_task(running.host.judge(other["id"])))
        await asyncio.sleep(0)
        goes_on.set()
        await asyncio.gather(first, *later)
        return made_reports, [one["id"], one["id"], other["id"]]

    found, expected = run(tmp_path, work)

    assert found == expected


def test_paused_session_gets_503_until_it_is_resumed(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> list[int]:
        made = await running.make()
        statuses = []
        for call in ("pause", "resume"):
            await running.ask("POST", f"{made['page']}/{call}")
            statuses.append((await running.ask("GET", LIST, made["token"])).status)
        return statuses

    assert run(tmp_path, work) == [503, 200]


def test_page_leads_through_the_acts_to_the_report(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> tuple[list[str], Response, Response]:
        made = await running.make("Provider 1")
        await running.ask("GET", LIST, made["token"])
        seen = []
        for cue in range(1, 4):
            seen.append(shown(await running.ask("GET", made["page"])))
            assert (await running.ask("POST", f"{made['page']}/done?cue={cue}")).status == 303
        await until_over(running, made)
        over = await running.ask("GET", made["page"])
        package = await running.ask("GET", f"{made['page']}/package.zip")
        return seen, over, package

    seen, over, package = run(tmp_path, work)

    assert seen == ["Now: connect: Poll for changes.", "Now: connect: Poll again.", "Now: declare: Poll once."]
    assert "The session is over" in over.body.decode()
    assert package.body[:2] == b"PK"
    assert package.headers["content-disposition"] == 'attachment; filename="readiness.zip"'


def shown(page: Response) -> str:
    """Return the heading and the cue of a page."""
    html = page.body.decode()
    return ": ".join(re.findall(r'<h2 id="now">(.*)</h2>|<p class="cue">(.*)</p>', html)[i][i] for i in (0, 1))


def test_pages_cannot_be_guessed_or_walked(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> list[int]:
        made = await running.make()
        page = made["page"]
        wrong = ("/s/", "/s/x", page[:-1], f"{page}x", f"{page}/x", f"{page}/../x", f"/s/{made['id']}")
        return [(await running.ask("GET", each)).status for each in wrong]

    assert run(tmp_path, work) == [404] * 7


def test_statement_is_recorded_with_name_and_day(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> tuple[int, int, str]:
        made = await running.make()
        html = (await running.ask("GET", made["page"])).body.decode()
        requirement = re.findall(r'<option value="([a-z]+/[^"]+)"', html)[0]
        form = f"requirement={requirement.replace('/', '%2F')}&by=%3Cb%3EA+Name%2C+engineer&note=seen"
        stated = await running.ask("POST", f"{made['page']}/attest", body=form.encode())
        wrong = await running.ask("POST", f"{made['page']}/attest", body=b"requirement=declare%2Ftype&by=x")
        return stated.status, wrong.status, "".join(running.host.live[made["id"]].log.result_contents())

    stated, wrong, lines = run(tmp_path, work)

    assert (stated, wrong) == (303, 422)
    assert '"by":"<b>A Name, engineer"' in lines


def test_probes_and_metrics_have_no_secret(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> tuple[dict[str, str], list[Response]]:
        made = await running.make("Provider 1")
        await running.ask("GET", LIST, made["token"])
        return made, [await running.ask("GET", each) for each in ("/healthz", "/readyz", "/metrics")]

    made, responses = run(tmp_path, work)

    assert [each.status for each in responses] == [200, 200, 200]
    text = responses[2].body.decode()
    assert 'readiness_requests_total{kind="api",status="2xx"} 1.0' in text
    assert "readiness_open_sessions 1.0" in text
    assert not any(each in text for each in (made["token"], made["id"], "Provider 1"))
