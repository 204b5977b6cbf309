"""The command line, in a process."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import pytest
import requests

from lead_provider_sandbox.faults.catalogue import catalogue

COMMAND = [sys.executable, "-m", "lead_provider_sandbox"]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=60, env={**os.environ, **environment}
    )


@dataclass(frozen=True)
class Served:
    """A running sandbox: its output, address and process."""

    greeting: str
    address: str
    process: subprocess.Popen[str]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> str:
        """Stop the sandbox and return its error output."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=20)[1]


@contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[Served]:
    """Start a sandbox and wait for its address."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        assert process.stdout is not None
        lines = [*takewhile(lambda line: "Ctrl-C" not in line, process.stdout)]
        yield Served("".join(lines), lines[0].split()[-1], process)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["--port", "x"], "invalid int value"),
        (["--port", "99999"], "cannot listen on 127.0.0.1 port 99999"),
        (["--host", "no.such.host.invalid", "--port", "0"], "cannot listen on no.such.host.invalid"),
        (["--fault", "no-such-fault", "--port", "0"], "there is no fault 'no-such-fault'"),
        (["--edition", "1999-01", "--port", "0"], "there is no edition 1999-01"),
        (["--server-date", "yesterday", "--port", "0"], "--server-date 'yesterday' is not a date-time"),
        (["--database", "nonsense", "--port", "0"], "'nonsense' is not a database URL"),
        (["--seed-file", "/no/such/file", "--port", "0"], "cannot read the seed file"),
        (["--throttle", "0", "--port", "0"], "--throttle must be"),
        (["--participants", "-1", "--port", "0"], "--participants must be"),
    ],
)
def test_wrong_usage_prints_one_sentence(arguments: list[str], sentence: str) -> None:
    ended = run(*arguments)

    assert ended.returncode == 4
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert sentence in ended.stderr


def test_port_in_use_prints_one_sentence() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        ended = run("--port", str(taken.getsockname()[1]))

    assert (ended.returncode, ended.stderr.count("\n")) == (4, 1)
    assert "in use; check --host, or choose another --port, or 0 for a free one" in ended.stderr


def test_tokens_variable_requires_two_tokens() -> None:
    ended = run("--port", "0", LEAD_PROVIDER_SANDBOX_TOKENS="only-one")

    assert ended.returncode == 4
    assert "two different tokens" in ended.stderr


def test_list_faults_prints_names_and_sentences() -> None:
    listed = run("--list-faults").stdout

    for fault in catalogue().values():
        assert f"{fault.name}\n    {fault.sentence}\n" in listed


def test_list_faults_of_a_service_prints_no_others() -> None:
    listed = run("--list-faults", "--edition", "2026-08", "--programme", "npq").stdout.splitlines()

    assert "npq-service-transferred-declarations-only-listed" in listed
    assert "per-page-ignored" in listed
    assert "void-changes-nothing" not in listed
    assert "ect-stopped-participants-stay-active" not in listed


def test_list_faults_of_unknown_edition_is_refused() -> None:
    ended = run("--list-faults", "--edition", "2001-01")

    assert (ended.returncode, ended.stdout) == (4, "")
    assert "there is no edition 2001-01" in ended.stderr


def test_fault_of_another_service_is_refused_in_one_sentence() -> None:
    ended = run("--port", "0", "--edition", "2026-08", "--programme", "npq", "--fault", "void-changes-nothing")

    assert (ended.returncode, ended.stdout) == (4, "")
    assert ended.stderr == (
        "lead-provider-sandbox: fault 'void-changes-nothing' changes nothing in version 3 of the NPQ service; "
        "add --list-faults to print the faults that do\n"
    )


def test_reader_that_stops_early_gets_no_traceback() -> None:
    with subprocess.Popen([*COMMAND, "--list-faults"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        errors = process.communicate(timeout=60)[1]

    assert (errors, process.returncode) == (b"", 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_prints_address_serves_and_cleans_up(number: signal.Signals, tmp_path: Path) -> None:
    with serving(TMPDIR=str(tmp_path)) as served:
        response = requests.get(f"{served.address}/healthcheck", timeout=10)
        assert response.json() == {"status": "ok"}
        assert len(response.raw.headers.getlist("Date")) == 1
        assert list(tmp_path.iterdir())
        complaints = served.stop(number)

    assert "ambition-sandbox-token-1" in served.greeting
    assert "teach-well-sandbox-token-2" in served.greeting
    assert re.search(r"curl -g .*\n.*participants/ecf", served.greeting)
    assert (complaints, served.process.returncode) == ("", 0)
    assert list(tmp_path.iterdir()) == []


def test_command_stops_with_open_connections() -> None:
    with serving() as served, ExitStack() as connections:
        host, _, port = served.address.removeprefix("http://").partition(":")
        half = connections.enter_context(socket.create_connection((host, int(port))))
        half.sendall(b"POST /api/v3/participant-declarations HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")

        assert served.stop() == ""


def test_start_page_lists_tokens_and_operations() -> None:
    with serving("--fault", "page-ignored", LEAD_PROVIDER_SANDBOX_TOKENS="mine,yours") as served:
        page = requests.get(served.address, timeout=10)
        answer = requests.get(
            f"{served.address}/api/v3/statements", headers={"Authorization": "Bearer yours"}, timeout=10
        )

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for expected in (
        "mine",
        "yours",
        "page-ignored",
        "GET /api/v1/participants/ecf.csv",
        "POST /api/v3/partnerships/ecf",
    ):
        assert expected in page.text
    assert answer.status_code == 200


def test_start_page_links_to_reference_pages() -> None:
    with serving() as served:
        start = requests.get(served.address, timeout=10).text
        for version in ("v1", "v2", "v3"):
            assert f"href='/reference/{version}'" in start
            page = requests.get(f"{served.address}/reference/{version}", timeout=10)
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert f"<h1>Lead Provider API, version {version[1]}</h1>" in page.text
            assert '<a href="#list-ecf-participants">' in page.text
            assert '<a id="list-ecf-participants"></a>' in page.text
            assert "<table>" in page.text
        unknown = requests.get(f"{served.address}/reference/v4", timeout=10)

    assert (unknown.status_code, unknown.json()) == (404, {"error": "Resource not Found"})


def test_provisioning_listens_on_its_own_port() -> None:
    with serving("--provisioning-port", "0") as served:
        found = re.search(r"provisioning: (\S+)", served.greeting)
        assert found
        states = requests.get(found[1], timeout=10)

        assert "ect.started" in states.json()["states"]
        assert requests.get(f"{served.address}/provisioning", timeout=10).status_code == 404
