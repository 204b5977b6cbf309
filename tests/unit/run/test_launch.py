"""A target's command is started on a free port, polled until it responds, and stopped with all its processes."""

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
from lead_provider_conformance.run.launch import StartError, launched, started
from lead_provider_conformance.run.launch_guard import STOP_SECONDS

REDACTOR = Redactor({"a-token-of-a-provider": "$TOKEN"})
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
        pytest.fail("The target was started.")
    return str(caught.value)


def is_alive(pid: int) -> bool:
    """Return whether a process exists and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_server_is_started_and_stopped(tmp_path: Path) -> None:
    code = f"import os; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n{SERVE}"

    with started(serving(code=code), REDACTOR) as ports:
        assert ports.address.startswith("http://127.0.0.1:")
        pid = int((tmp_path / "pid").read_text())
        assert is_alive(pid)

    assert not is_alive(pid)


def test_port_is_in_the_environment() -> None:
    with started(serving(code="import os, sys; sys.argv[1] = os.environ['PORT']\n" + SERVE), REDACTOR) as ports:
        assert ports.address


def test_other_braces_in_command_are_unchanged() -> None:
    code = "import sys; assert sys.argv[2] == '{\"log\": {}}', sys.argv\n" + SERVE

    with started(serving('{"log": {}}', code=code), REDACTOR) as ports:
        assert ports.address


def test_unknown_command_is_an_error() -> None:
    message = refused(Start(("/no/such/command", "{port}"), "/ready"))

    assert message == (
        f"The target's command `/no/such/command` cannot be run from {Path.cwd()}: No such file or directory; "
        "correct `start.command`, or run the suite in the folder of the server."
    )


def test_output_of_command_that_ends_early_is_shown() -> None:
    message = refused(serving(code="import sys; print('no database'); sys.exit(3)"))

    assert message == (
        "The target's command ended with status 3 before the target responded; run it to see why. "
        "Its output ends with: no database"
    )


def test_output_of_command_is_redacted() -> None:
    message = refused(serving(code="import sys; sys.exit('cannot use a-token-of-a-provider')"))

    assert message.endswith("Its output ends with: cannot use $TOKEN")


def test_server_that_is_not_ready_in_time_is_an_error() -> None:
    begun = time.monotonic()

    message = refused(serving(ready="/other", within=0.7))

    assert "did not respond to GET /other within 0.7 s; check `start.ready`" in message
    assert time.monotonic() - begun < 10


def test_child_process_of_server_is_stopped(tmp_path: Path) -> None:
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


def test_server_that_ignores_sigterm_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lead_provider_conformance.run.launch_guard.STOP_SECONDS", 0.3)
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVE
    begun = time.monotonic()

    with started(serving(code=code), REDACTOR):
        pass

    assert time.monotonic() - begun < 10


def test_server_can_be_terminated_before_the_end() -> None:
    with launched(serving(), REDACTOR) as launch:
        launch.wait_until_ready()
        launch.terminate()

        assert launch.process.wait(10) == -signal.SIGTERM


def test_sigterm_is_sent_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lead_provider_conformance.run.launch_guard.STOP_SECONDS", 0.3)
    signals = tmp_path / "signals"
    code = f"import signal; signal.signal(signal.SIGTERM, lambda *_: open({str(signals)!r}, 'a').write('x'))\n{SERVE}"

    with launched(serving(code=code), REDACTOR) as launch:
        launch.wait_until_ready()
        launch.terminate()

    assert signals.read_text() == "x"


@pytest.mark.parametrize("ignores_sigterm", [False, True])
def test_target_of_killed_run_is_stopped(tmp_path: Path, ignores_sigterm: bool) -> None:
    pid_file = tmp_path / "pid"
    prologue = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" if ignores_sigterm else ""
    code = f"{prologue}import os; open({str(pid_file)!r}, 'w').write(str(os.getpid()))\n{SERVE}"
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
        target = int(pid_file.read_text())
        assert is_alive(target)
        running.kill()

    never = threading.Event()
    deadline = time.monotonic() + STOP_SECONDS + 5
    while is_alive(target) and time.monotonic() < deadline:
        never.wait(0.02)
    assert not is_alive(target)


def test_guard_ends_with_the_run() -> None:
    before = children()  # other tests share sandboxes until the end of the session
    with started(serving(), REDACTOR):
        during = children() - before
    assert len(during) == 2
    assert [pid for pid in during if is_alive(pid)] == []


def children() -> set[int]:
    """Return the child processes of this process."""
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}
