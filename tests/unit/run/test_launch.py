"""A target's own command: started on a free port, asked until it answers, and stopped with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lead_provider_conformance.config.target import Start
from lead_provider_conformance.http import Redactor
from lead_provider_conformance.run.launch import StartError, started
from lead_provider_conformance.run.launch_guard import STOP_SECONDS

REDACTOR = Redactor({"a-token-of-somebody": "$TOKEN"})
SERVE = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ready" else 503); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def serving(*more: str, code: str = SERVE, ready: str = "/ready", within: float = 20) -> Start:
    return Start(("{python}", "-c", code, "{port}", *more), ready, within)


def refused(start: Start) -> str:
    with pytest.raises(StartError) as caught, started(start, REDACTOR):
        pytest.fail("it came up")
    return str(caught.value)


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_server_that_comes_up_and_is_stopped(tmp_path: Path) -> None:
    code = f"import os; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n{SERVE}"

    with started(serving(code=code), REDACTOR) as ports:
        assert ports.address.startswith("http://127.0.0.1:")
        pid = int((tmp_path / "pid").read_text())
        assert is_alive(pid)

    assert not is_alive(pid)


def test_the_port_is_in_the_environment_too() -> None:
    with started(serving(code="import os, sys; sys.argv[1] = os.environ['PORT']\n" + SERVE), REDACTOR) as ports:
        assert ports.address


def test_other_braces_in_the_command_are_left_alone() -> None:
    code = "import sys; assert sys.argv[2] == '{\"log\": {}}', sys.argv\n" + SERVE

    with started(serving('{"log": {}}', code=code), REDACTOR) as ports:
        assert ports.address


def test_a_command_that_there_is_not() -> None:
    told = refused(Start(("/no/such/command", "{port}"), "/ready"))

    assert told == (
        "The target's command `/no/such/command` cannot be run: No such file or directory; correct `start.command`."
    )


def test_a_command_that_ends_early_is_quoted() -> None:
    told = refused(serving(code="import sys; print('no database'); sys.exit(3)"))

    assert told == "The target's command ended with status 3 before it answered. It said: no database"


def test_what_it_said_is_shown_without_tokens() -> None:
    told = refused(serving(code="import sys; sys.exit('cannot use a-token-of-somebody')"))

    assert told.endswith("It said: cannot use $TOKEN")


def test_a_server_that_is_not_ready_in_time() -> None:
    begun = time.monotonic()

    told = refused(serving(ready="/other", within=0.7))

    assert "did not answer GET /other within 0.7 s of its start; check `start.ready`" in told
    assert time.monotonic() - begun < 10


def test_whatever_it_started_is_stopped_with_it(tmp_path: Path) -> None:
    child = f"""
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open({str(tmp_path / "child")!r}, "w").write(str(os.getpid()))
signal.pause()
"""
    code = f"import subprocess; subprocess.Popen([{sys.executable!r}, '-c', {child!r}])\n{SERVE}"

    with started(serving(code=code), REDACTOR):
        never = threading.Event()
        while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text():
            never.wait(0.01)
        pid = int((tmp_path / "child").read_text())
        assert is_alive(pid)

    try:
        deadline = time.monotonic() + 5
        while is_alive(pid) and time.monotonic() < deadline:
            never.wait(0.01)
        assert not is_alive(pid)
    finally:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)


def test_a_server_that_does_not_heed_a_request_to_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lead_provider_conformance.run.launch_guard.STOP_SECONDS", 0.3)
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVE
    begun = time.monotonic()

    with started(serving(code=code), REDACTOR):
        pass

    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_run_that_is_killed_leaves_no_target_behind(tmp_path: Path, stubborn: bool) -> None:
    told = tmp_path / "pid"
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" if stubborn else ""
    code = f"{deaf}import os; open({str(told)!r}, 'w').write(str(os.getpid()))\n{SERVE}"
    run = (
        "import sys, threading\n"
        "from lead_provider_conformance.run import launch\n"
        "from lead_provider_conformance.http import Redactor\n"
        "from lead_provider_conformance.config.target import Start\n"
        f"with launch.started(Start(('{{python}}', '-c', {code!r}, '{{port}}'), '/ready', 20), Redactor({{}})):\n"
        "    print('up', flush=True)\n"
        "    threading.Event().wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", run], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "up\n"
        target = int(told.read_text())
        assert is_alive(target)
        running.kill()

    never = threading.Event()
    deadline = time.monotonic() + STOP_SECONDS + 5
    while is_alive(target) and time.monotonic() < deadline:
        never.wait(0.02)
    assert not is_alive(target)


def test_a_run_that_ends_in_order_leaves_no_guard_behind() -> None:
    with started(serving(), REDACTOR):
        during = children()
    assert len(during) == 2
    assert [pid for pid in during if is_alive(pid)] == []


def children() -> list[int]:
    """The processes that this one has started."""
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
