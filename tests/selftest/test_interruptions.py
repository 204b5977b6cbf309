"""A run that is stopped, or whose server dies, leaves journals from which a verdict and a report are still made."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .processes import V3_ECF, Ended, end, lines, sandbox, start, target_file, tokens
from .servers import Asked, Through, serving

REPORTS = ("results.ndjson", "exchanges.ndjson", "verdict.json", "report.html", "junit.xml", "summary.md")
MIDWAY = 150
PROMPTLY = 20


def interrupted(folder: Path, *options: str, when: int = MIDWAY, by: Callable[[subprocess.Popen[str]], None]) -> Ended:
    """A run that something is done to while the server is answering its request number `when`."""
    running: list[subprocess.Popen[str]] = []
    known = threading.Event()

    def before(_asked: Asked, number: int) -> None:
        if number == when:
            known.wait()
            by(running[0])

    with sandbox() as served, serving(Through(served.address, before=before)) as address:
        arguments = ("--base-url", address, *tokens(), "--safety", "sandbox", *V3_ECF, "--profile", "quick", *options)
        running.append(start(folder, *arguments))
        known.set()
        return end(running[0], folder)


def assert_reported(folder: Path, ending: str) -> None:
    assert [name for name in REPORTS if not (folder / name).is_file()] == []
    verdict = Ended(0, "", "", folder).verdict
    assert verdict["run"]["ending"] == ending
    assert verdict["conformance"] == "incomplete"
    assert verdict["run"]["tests"] > 0
    assert not (folder / ".work").exists()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_stop(tmp_path: Path, sign: signal.Signals) -> None:
    ended = interrupted(tmp_path, by=lambda process: process.send_signal(sign))

    assert ended.status == 2, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    assert "interrupted" in ended.stdout
    assert ended.with_outcome("suite-error") == set()
    assert_reported(tmp_path, "interrupted")


def test_a_run_of_several_processes_that_is_asked_to_stop(tmp_path: Path) -> None:
    ended = interrupted(tmp_path, "-n", "2", by=lambda process: os.killpg(process.pid, signal.SIGINT))

    assert ended.status == 2, ended.stdout + ended.stderr
    assert ended.with_outcome("suite-error") == set()
    assert_reported(tmp_path, "interrupted")
    assert ended.results[-1]["kind"] == "end"


def test_only_the_first_of_several_processes_is_asked_to_stop(tmp_path: Path) -> None:
    ended = interrupted(tmp_path, "-n", "2", by=lambda process: process.send_signal(signal.SIGTERM))

    assert ended.status == 2, ended.stdout + ended.stderr
    assert ended.with_outcome("suite-error") == set()
    assert_reported(tmp_path, "interrupted")
    assert ended.results[-1]["kind"] == "end"


def test_a_run_that_is_killed_is_reported_from_its_journals(tmp_path: Path) -> None:
    killed = interrupted(tmp_path, by=lambda process: process.send_signal(signal.SIGKILL))
    assert killed.status == -signal.SIGKILL
    assert not (tmp_path / "verdict.json").exists()

    ended = end(start(tmp_path, tmp_path, command="report"), tmp_path)

    assert ended.status == 6, ended.stdout + ended.stderr
    assert ended.verdict["run"]["ending"] == "killed"
    assert ended.verdict["conformance"] == "incomplete"
    assert "killed" in ended.stdout
    assert [name for name in REPORTS if not (tmp_path / name).is_file()] == []


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one-process", "two-processes"])
def test_a_server_that_dies_half_way(tmp_path: Path, options: tuple[str, ...]) -> None:
    with sandbox() as served:
        running = start(tmp_path, *served.options, "--profile", "quick", *options)
        never = threading.Event()
        while len(lines_so_far(tmp_path)) < MIDWAY and running.poll() is None:
            never.wait(0.02)
        served.process.kill()
        served.process.wait()
        begun = time.monotonic()
        ended = end(running, tmp_path)

    assert time.monotonic() - begun < PROMPTLY
    assert ended.status == 6, ended.stdout + ended.stderr
    assert "stopped answering" in ended.stdout
    assert ended.with_outcome("suite-error") == set()
    assert ended.with_outcome("failed") == set()
    assert_reported(tmp_path, "target-lost")


def lines_so_far(folder: Path) -> list[bytes]:
    path = folder / "exchanges.ndjson"
    return path.read_bytes().splitlines() if path.is_file() else []


def test_a_target_that_was_started_is_stopped_with_the_run(tmp_path: Path) -> None:
    file = target_file(
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
    never = threading.Event()
    while len(lines_so_far(folder)) < MIDWAY and running.poll() is None:
        never.wait(0.02)
    running.send_signal(signal.SIGTERM)
    ended = end(running, folder)

    assert ended.status == 2
    place = urlsplit(lines(folder / "results.ndjson")[0]["target"]["base_url"])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((place.hostname, place.port), timeout=1)
