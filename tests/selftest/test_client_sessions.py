"""Sessions of clients as processes: their ends, their journals, and no token in any file."""

from __future__ import annotations

import contextlib
import http.client
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .processes import RunResult, finish, read_lines, start, wait_until

REPORTS = ("results.ndjson", "exchanges.ndjson", "verdict.json", "report.html", "junit.xml", "summary.md")
FOREIGN = "foreign-token-of-a-careless-client"
HOSTILE = f'''
import http.client, os, socket
from urllib.parse import urlsplit

address, token = urlsplit(os.environ["LEAD_PROVIDER_BASE_URL"]), os.environ["LEAD_PROVIDER_TOKEN"]
print("using", token)
for rubbish in (b"\\x16\\x03\\x01\\x02\\x00\\x01\\x00", b"HELLO " + token.encode()):
    with socket.create_connection((address.hostname, address.port)) as connected:
        connected.sendall(rubbish + b"\\r\\n\\r\\n")
        connected.recv(1000)
for bearer in (token, "{FOREIGN}"):
    for path in ("/", "//[x", "/api/v3/participants/" + token, "/api/v3/participants?token=" + bearer):
        for method, body in (("GET", None), ("POST", token.encode()), ("PUT", b"[" * 9000)):
            connection = http.client.HTTPConnection(address.hostname, address.port)
            connection.request(method, path, body, {{"Authorization": "Bearer " + bearer, "Cookie": "a=" + bearer}})
            connection.getresponse().read()
            connection.close()
'''


@dataclass
class RunningSession:
    """A session in which a person is waited for."""

    process: subprocess.Popen[str]
    folder: Path
    address: str
    token: str
    page: str

    def send(self, path: str = "/api/v3/statements") -> int:
        """Send a request of a good client, and return its status."""
        parts = urlsplit(self.address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
        with contextlib.closing(connection):
            connection.request("GET", path, headers={"Authorization": f"Bearer {self.token}"})
            return connection.getresponse().status


@contextlib.contextmanager
def session(folder: Path, *options: str) -> Iterator[RunningSession]:
    """Start a session that waits for people, and kill it at the end."""
    process = start(folder, "--port", "0", *options, command="client")
    assert process.stderr is not None
    opening = "".join(process.stderr.readline() for _ in range(4))
    values = [re.search(rf"{name}: +(\S+)", opening) for name in ("address", "token", "page")]
    try:
        yield RunningSession(process, folder, *(found[1] for found in values if found))
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """Return a session of a hostile client, and its package."""
    folder = tmp_path_factory.mktemp("hostile")
    program = folder / "hostile.py"
    program.write_text(HOSTILE)
    options = ("--command", f"{sys.executable} {program}", "--only", "first-sync", "--package", folder / "x.zip")
    report = folder / "report"
    return finish(start(report, *map(str, options), command="client"), report)


def test_hostile_client_gets_a_verdict(hostile: RunResult) -> None:
    assert hostile.status in (1, 6), hostile.output
    assert "Traceback" not in hostile.output
    assert hostile.with_outcome("suite-error") == set()
    assert [name for name in REPORTS if not (hostile.folder / name).is_file()] == []
    assert "Act 2 of 12, first-sync: " in hostile.stderr
    assert "something that is not HTTP on 4 connections" in hostile.stdout
    assert (hostile.folder.parent / "x.zip").is_file()


def test_no_file_has_a_token(hostile: RunResult) -> None:
    found = re.search(r"token: +(\S+)", hostile.stderr)
    assert found is not None

    for path in hostile.folder.iterdir():
        content = path.read_bytes()
        assert found[1].encode() not in content, path
        assert FOREIGN.encode() not in content, path
    assert "using $TOKEN" in (hostile.folder / "command.log").read_text()


@pytest.mark.parametrize("programme", ["ecf", "npq"])
def test_client_that_sends_nothing_gets_one_sentence(tmp_path: Path, programme: str) -> None:
    ended = finish(start(tmp_path, "--programme", programme, "--command", "true", command="client"), tmp_path)

    assert ended.status == 5, ended.output
    assert "Act 12 of 12" in ended.stderr
    assert ended.with_outcome("suite-error") == set()
    assert "The client sent no request, so the session shows nothing about it." in ended.stdout
    assert ended.stdout.count("→") == 1, ended.stdout


def test_command_that_cannot_work_shows_its_output_beside_an_earlier_report(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("earlier")
    ended = finish(start(tmp_path, "--command", "sh -c 'echo no such module; exit 1'", command="client"), tmp_path)

    assert ended.status == 5, ended.output
    assert ended.stderr.splitlines()[-5:] == [
        "The client sent no request. The command ended with exit status 1.",
        "The output of the command ended with",
        "  == first-sync: Read everything: a full sync of every list that the system uses.",
        "  no such module",
        f"The earlier report in {tmp_path} is unchanged.",
    ]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_a_session_without_command_with_its_verdict(tmp_path: Path, sign: signal.Signals) -> None:
    with session(tmp_path) as running:
        assert running.send() == 200
        parts = urlsplit(running.page)
        with socket.create_connection((parts.hostname, parts.port)) as reader:  # a page that is open until the end
            reader.sendall(f"GET {parts.path}/events HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            reader.recv(100)
            running.process.send_signal(sign)
            running.process.send_signal(sign)
            ended = finish(running.process, tmp_path)

    assert ended.status == 6, ended.output
    assert ended.output.count("\n") < 60, ended.output
    assert "Traceback" not in ended.output
    assert "NOT SHOWN" in ended.stdout
    assert ended.verdict["run"]["ending"] == "finished"


def test_killed_session_is_judged_from_its_journals_twice_the_same(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.send()
        wait_until(lambda: bool(read_lines(tmp_path / "exchanges.ndjson")), running.process)
        running.process.kill()
    journals = {name: (tmp_path / name).read_bytes() for name in REPORTS[:2]}

    texts = []
    for _ in range(2):
        ended = finish(start(tmp_path, tmp_path, command="report"), tmp_path)
        assert ended.status == 6, ended.output
        texts.append({name: (tmp_path / name).read_bytes() for name in REPORTS})

    assert texts[0] == texts[1]
    assert {name: texts[0][name] for name in journals} == journals
    assert ended.verdict["run"]["ending"] == "killed"
    assert "access/bearer-header" in ended.with_outcome("passed")
    assert ended.with_outcome("failed") == set()


def test_interrupted_command_is_stopped_and_reported(tmp_path: Path) -> None:
    command = f"{sys.executable} -c 'import time; print(1, flush=True); time.sleep(100)'"
    running = start(tmp_path, "--command", command, command="client")
    assert running.stderr is not None
    opening = [running.stderr.readline() for _ in range(5)]  # the last is that of the first cue

    running.send_signal(signal.SIGINT)
    ended = finish(running, tmp_path)

    assert "Act 2 of 12" in opening[-1]
    assert ended.status == 2, ended.output
    assert ended.verdict["run"]["ending"] == "interrupted"


def flood(running: RunningSession, requests: int, token: str | None) -> list[int]:
    """Send requests as fast as possible on one connection, twenty at a time, and return the statuses."""
    parts = urlsplit(running.address)
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    request = f"GET /api/v3/statements HTTP/1.1\r\nHost: {parts.netloc}\r\n{bearer}\r\n".encode()
    statuses: list[int] = []
    with socket.create_connection((parts.hostname, parts.port)) as connected, connected.makefile("rb") as responses:
        while len(statuses) < requests:
            count = min(20, requests - len(statuses))
            connected.sendall(request * count)
            for _ in range(count):
                statuses.append(int(responses.readline().split()[1]))
                headers = http.client.parse_headers(responses)
                responses.read(int(headers["content-length"]))
    return statuses


def test_flood_of_requests_is_journalled_whole_and_judged(tmp_path: Path) -> None:
    with session(tmp_path) as running, ThreadPoolExecutor(8) as pool:
        tokens = [None, None, *[running.token] * 6]
        floods = [pool.submit(flood, running, 200, each) for each in tokens]
        while not all(each.done() for each in floods):
            assert running.send(urlsplit(running.page).path) == 200
        statuses = Counter(status for each in floods for status in each.result())
        running.process.send_signal(signal.SIGINT)
        ended = finish(running.process, tmp_path)

    assert statuses == {200: 1200, 401: 400}
    ids = [line["id"] for line in read_lines(tmp_path / "exchanges.ndjson")]
    assert ids == [f"client-{number:06d}" for number in range(1, 1601)]
    assert ended.status == 1, ended.output
    assert ended.with_outcome("failed") == {"access/bearer-header", "rate/limit"}
    assert ended.with_outcome("suite-error") == set()
    assert "1200 requests came within five minutes; at most 1,000 are allowed with one token." in " ".join(
        ended.stdout.split()
    )
