"""A run that is interrupted, or whose server dies, leaves journals from which a verdict and a report are computed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .processes import (
    V3_ECF,
    RunResult,
    finish,
    run,
    sandbox,
    start,
    token_options,
    wait_until,
    write_target,
)
from .servers import Proxy, Request, Response, serve

REPORTS = ("results.ndjson", "exchanges.ndjson", "verdict.json", "report.html", "junit.xml", "summary.md")
MIDWAY = 150
JSON = {"Content-Type": "application/json"}


def interrupted(folder: Path, *options: str, by: Callable[[subprocess.Popen[str]], None]) -> RunResult:
    """Run the suite, and call `by` while the server handles request number MIDWAY."""
    running: list[subprocess.Popen[str]] = []
    started = threading.Event()

    def before(_request: Request, number: int) -> None:
        if number == MIDWAY:
            started.wait()
            by(running[0])

    with sandbox() as served, serve(Proxy(served.address, before=before)) as address:
        target = ("--base-url", address, *token_options(), "--safety", "sandbox", *V3_ECF)
        running.append(start(folder, *target, "--profile", "quick", *options))
        started.set()
        return finish(running[0], folder)


def assert_reported(folder: Path, ending: str) -> None:
    assert [name for name in REPORTS if not (folder / name).is_file()] == []
    verdict = RunResult(0, "", "", folder).verdict
    assert verdict["run"]["ending"] == ending
    assert verdict["conformance"] == "incomplete"
    assert verdict["run"]["tests"] > 0
    assert not (folder / ".work").exists()


def test_further_signals_do_not_stop_the_end_of_the_run(tmp_path: Path) -> None:
    def interrupt(process: subprocess.Popen[str]) -> None:
        for _ in range(5):
            process.send_signal(signal.SIGINT)

    ended = interrupted(tmp_path, by=interrupt)

    assert ended.status == 2, ended.output
    assert "Traceback" not in ended.output
    assert_reported(tmp_path, "interrupted")


def test_run_out_of_time_shows_no_failure(tmp_path: Path) -> None:
    with sandbox() as served:
        ended = run(tmp_path, *served.options, "--time-limit", "1")

    assert ended.status == 6, ended.output
    assert ended.verdict["run"]["ending"] == "out-of-time"
    assert ended.with_outcome("failed") == set()
    assert "FAILURES" not in ended.stdout
    assert not re.search(r"\d failed", ended.stdout)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_run_with_reports(tmp_path: Path, sign: signal.Signals) -> None:
    ended = interrupted(tmp_path, by=lambda process: process.send_signal(sign))

    assert ended.status == 2, ended.output
    assert "Traceback" not in ended.output
    assert "interrupted" in ended.stdout
    assert ended.with_outcome("suite-error") == set()
    assert_reported(tmp_path, "interrupted")


def test_signal_to_all_processes_ends_run_with_reports(tmp_path: Path) -> None:
    ended = interrupted(tmp_path, "-n", "2", by=lambda process: os.killpg(process.pid, signal.SIGINT))

    assert ended.status == 2, ended.output
    assert ended.with_outcome("suite-error") == set()
    assert_reported(tmp_path, "interrupted")
    assert ended.results[-1]["kind"] == "end"


def test_signal_to_first_process_ends_all_processes_with_reports(tmp_path: Path) -> None:
    ended = interrupted(tmp_path, "-n", "2", by=lambda process: process.send_signal(signal.SIGTERM))

    assert ended.status == 2, ended.output
    assert ended.with_outcome("suite-error") == set()
    assert_reported(tmp_path, "interrupted")
    assert ended.results[-1]["kind"] == "end"


def test_killed_run_is_reported_from_its_journals(tmp_path: Path) -> None:
    killed = interrupted(tmp_path, by=lambda process: process.send_signal(signal.SIGKILL))
    assert killed.status == -signal.SIGKILL
    assert not (tmp_path / "verdict.json").exists()

    ended = finish(start(tmp_path, tmp_path, command="report"), tmp_path)

    assert ended.status == 6, ended.output
    assert ended.verdict["run"]["ending"] == "killed"
    assert ended.verdict["conformance"] == "incomplete"
    assert "killed" in ended.stdout
    assert [name for name in REPORTS if not (tmp_path / name).is_file()] == []


@pytest.mark.parametrize(("options", "processes"), [((), 1), (("-n", "2"), 2)], ids=["one-process", "two-processes"])
def test_run_ends_after_first_failed_request_when_server_dies(
    tmp_path: Path, options: tuple[str, ...], processes: int
) -> None:
    with sandbox() as served:
        running = start(tmp_path, *served.options, "--profile", "quick", *options)
        wait_until(lambda: exchange_count(tmp_path) >= MIDWAY, running)
        served.process.kill()
        served.process.wait()
        ended = finish(running, tmp_path)

    assert ended.status == 6, ended.output
    assert "stopped answering" in ended.stdout
    assert ended.with_outcome("suite-error") == set()
    assert ended.with_outcome("failed") == set()
    assert 1 <= len([each for each in ended.exchanges if each["response"] is None]) <= processes
    assert_reported(tmp_path, "target-lost")


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one-process", "two-processes"])
def test_token_that_expires_ends_the_run(tmp_path: Path, options: tuple[str, ...]) -> None:
    def expire(request: Request, response: Response) -> Response:
        return (
            Response(401, b'{"error":"HTTP Token: Access denied"}', JSON) if len(proxy.requests) > MIDWAY else response
        )

    with sandbox() as served:
        proxy = Proxy(served.address, change=expire)
        with serve(proxy) as address:
            target = ("--base-url", address, *token_options(), "--safety", "sandbox", *V3_ECF)
            ended = run(tmp_path, *target, "--profile", "quick", *options)

    assert ended.status == 6, ended.output
    assert "refused (401) since" in ended.stdout
    assert ended.with_outcome("failed") == set()
    assert_reported(tmp_path, "target-lost")


def test_signal_while_reports_are_written_does_not_stop_them(tmp_path: Path) -> None:
    (tmp_path / "signals.py").write_text(
        "import os, signal\n"
        "from lead_provider_conformance.reports import write\n"
        "genuine = write.write_reports\n"
        "def write_reports(*arguments):\n"
        "    for sign in (signal.SIGTERM, signal.SIGINT):\n"
        "        os.kill(os.getpid(), sign)\n"
        "    genuine(*arguments)\n"
        "write.write_reports = write_reports\n"
    )
    folder = tmp_path / "report"
    with sandbox() as served:
        options = (*served.options, "--requirement", "void/once", "-p", "signals")
        ended = run(folder, *options, PYTHONPATH=str(tmp_path))

    assert ended.status == 6, ended.output
    assert "Traceback" not in ended.output
    assert_reported(folder, "finished")


def exchange_count(folder: Path) -> int:
    path = folder / "exchanges.ndjson"
    return len(path.read_bytes().splitlines()) if path.is_file() else 0


def test_target_started_by_run_is_stopped_with_it(tmp_path: Path) -> None:
    file = write_target(
        tmp_path / "target.yaml",
        {
            "name": "sandbox",
            "start": {
                "command": ["{python}", "-m", "lead_provider_sandbox", "--quiet", "--port", "{port}"],
                "ready": "/healthcheck",
            },
            "tokens": ["ambition-sandbox-token-1", "teach-well-sandbox-token-2"],
            "programmes": ["ecf"],
            "versions": ["v3"],
            "safety": "sandbox",
        },
    )
    folder = tmp_path / "report"
    running = start(folder, "--target", file)
    wait_until(lambda: exchange_count(folder) >= MIDWAY, running)
    running.send_signal(signal.SIGTERM)
    ended = finish(running, folder)

    assert ended.status == 2
    target = urlsplit(ended.results[0]["target"]["base_url"])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((target.hostname, target.port), timeout=1)
