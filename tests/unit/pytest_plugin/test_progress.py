"""The progress line."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.config.target import Rate, RateLimits
from lead_provider_conformance.http.rate_limit import RateLimit
from lead_provider_conformance.model import Scope
from lead_provider_conformance.pytest_plugin.progress import LineCounter, Progress, bar, is_interactive, progress_line
from lead_provider_conformance.run.notices import Notices


class Terminal:
    """A terminal that records its lines."""

    def __init__(self, *, tty: bool = True) -> None:
        self.tty, self.lines = tty, []
        self._tw = SimpleNamespace(fullwidth=101)

    def isatty(self) -> bool:
        return self.tty

    def ensure_newline(self) -> None:
        pass

    def write_line(self, line: str) -> None:
        self.lines.append(line)

    def rewrite(self, line: str, *, erase: bool) -> None:
        assert erase
        self.lines.append(line)


def run_in(folder: Path, *, versions: tuple[str, ...] = ("v3",), edition: str = "2024-12") -> Any:
    """A run of 600 generated requests for each version, that may send ten requests in 1,000 seconds."""
    rate = RateLimits(Rate(requests=10, per_seconds=1000))
    return SimpleNamespace(
        folder=folder,
        target=SimpleNamespace(rate=rate),
        rate_limit=RateLimit(rate, folder / "pace"),
        credentials=[SimpleNamespace(name="TOKEN")],
        notices=Notices(folder / "notices"),
        scopes=[Scope(version, "ecf") for version in versions],
        requests=600,
        edition=edition,
    )


def progress(terminal: Terminal, folder: Path, edition: str = "2024-12") -> Progress:
    config: Any = SimpleNamespace(pluginmanager=SimpleNamespace(getplugin={"terminalreporter": terminal}.get))
    return Progress(config, run_in(folder, edition=edition))


def ended(when: str, *, failed: bool = False) -> SimpleNamespace:
    return SimpleNamespace(when=when, failed=failed, nodeid="suites/scenarios/test_early_start.py::test_x[v3-ecf]")


def test_line_shows_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    (tmp_path / "exchanges.ndjson").write_bytes(b"{}\n" * 812)
    terminal = Terminal()
    shown = progress(terminal, tmp_path)
    shown.pytest_xdist_node_collection_finished(["a", "b"])
    monkeypatch.setattr("lead_provider_conformance.pytest_plugin.progress.SECONDS_BETWEEN", 0)
    shown.pytest_runtest_logreport(ended("call", failed=True))
    shown.pytest_runtest_logreport(ended("teardown"))
    shown.pytest_sessionfinish()

    assert terminal.lines == [
        "[------------] 0 % · 0 of 2 tests · 1 failed · 812 requests, 10 left before waiting · early start",
        "[######------] 50 % · 1 of 2 tests · 1 failed · 812 requests, 10 left before waiting · early start",
        "",
    ]


def test_line_is_not_redrawn_for_every_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    terminal = Terminal()
    shown = progress(terminal, tmp_path)
    for _ in range(50):
        shown.pytest_runtest_logreport(ended("call"))

    assert len(terminal.lines) < 5


def test_line_is_not_drawn_without_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    terminal = Terminal(tty=False)
    shown = progress(terminal, tmp_path)
    shown.pytest_runtest_logreport(ended("call"))
    shown.pytest_sessionfinish()

    assert terminal.lines == []
    assert not is_interactive(Terminal(), {"CI": "true"})
    assert not is_interactive(None, {})
    assert is_interactive(Terminal(), {})


@pytest.mark.parametrize("tty", [True, False])
def test_notice_is_shown_when_the_next_test_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, tty: bool) -> None:
    monkeypatch.delenv("CI", raising=False)
    terminal = Terminal(tty=tty)
    shown = progress(terminal, tmp_path)
    Notices(tmp_path / "notices").add("The server throttles (429).")
    for _ in range(2):
        shown.pytest_runtest_logreport(ended("teardown"))

    assert terminal.lines.count("The server throttles (429).") == 1


def test_line_is_shortened_and_omits_unknown_numbers() -> None:
    numbers = {"done": 3, "total": None, "failures": 0, "requests": 1_204, "available": None, "seconds_left": None}

    assert progress_line(area="void", width=80, **numbers) == "3 tests · 0 failed · 1,204 requests · void"
    line = progress_line(area="void", width=80, **numbers | {"seconds_left": 750.0})
    assert line.startswith("about 12 min left · 3 tests")
    assert progress_line(area="void", width=80, **numbers | {"seconds_left": 0.0}).startswith("3 tests")
    assert progress_line(area="void", width=12, **numbers) == "3 tests · 0…"


def test_bar_is_full_only_at_the_end() -> None:
    assert [bar(done, 200) for done in (0, 100, 199, 200)] == [
        "[------------] 0 %",
        "[######------] 50 %",
        "[###########-] 99 %",
        "[############] 100 %",
    ]


def test_long_run_is_announced_once_and_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lead_provider_conformance.pytest_plugin.progress.SECONDS_BETWEEN", -1)
    terminal = Terminal(tty=False)
    shown = progress(terminal, tmp_path)
    shown.pytest_xdist_node_collection_finished([f"suites/rules/test_lists.py::test{number}" for number in range(1000)])
    for sent in (10, 29, 30, 31):
        (tmp_path / "exchanges.ndjson").write_bytes(b"{}\n" * sent)
        shown.pytest_runtest_logreport(ended("call"))

    assert terminal.lines == ["This is a long run. About 118 h 20 min left, for 4,270 requests."]


@pytest.mark.parametrize(("edition", "requests"), [("2024-12", 570), ("2026-08", 150)])
def test_estimate_has_the_generated_requests_of_the_edition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edition: str, requests: int
) -> None:
    monkeypatch.setattr("lead_provider_conformance.pytest_plugin.progress.SECONDS_BETWEEN", -1)
    terminal = Terminal(tty=False)
    shown = progress(terminal, tmp_path, edition)
    shown.pytest_xdist_node_collection_finished(["suites/generated/test_generated.py::test"])
    for sent in (10, 30):
        (tmp_path / "exchanges.ndjson").write_bytes(b"{}\n" * sent)
        shown.pytest_runtest_logreport(ended("call"))

    assert terminal.lines[0].endswith(f" left, for {requests} requests.")


def test_line_counter_counts_appended_lines(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    counter = LineCounter(path)

    assert counter.count() == 0
    path.write_bytes(b"one\ntwo\nhal")
    assert counter.count() == 2
    with path.open("ab") as file:
        file.write(b"f\n")
    assert counter.count() == 3


def test_available_requests_decrease_with_each_request(tmp_path: Path) -> None:
    rate_limit = RateLimit(RateLimits(Rate(requests=10, per_seconds=1000)), tmp_path)
    for _ in range(3):
        rate_limit.wait_for_turn("TOKEN")

    assert rate_limit.left("TOKEN") == 7
    assert rate_limit.left("OTHER_TOKEN") == 10
    assert RateLimit(RateLimits(), tmp_path).left("TOKEN") is None
