"""The journals survive a killed run, and are read back as written."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.model import Cause, Ending, ExitStatus, Outcome, ReportFolderError, Scope
from lead_provider_conformance.results.journal import EXCHANGES, RESULTS, Finding, Journal, JournalError, read_journals

RUN: dict[str, Any] = {"kind": "run", "format": 1, "started_at": "2024-12-03T10:00:00.000Z"}
PLAN: dict[str, Any] = {"kind": "plan", "scopes": [], "requirements": [], "waivers": []}
END: dict[str, Any] = {"kind": "end", "ending": "finished", "at": "2024-12-03T10:01:00.000Z"}
FINDING = Finding(
    "void/once", Scope("v3", "ecf"), Outcome.FAILED, "test", "why", "what to do", "suites/a.py:1", ("main-00001",)
)
WRITERS = 4
EACH = 200


def journal(folder: Path, *lines: dict[str, Any]) -> Journal:
    written = Journal(folder)
    for line in lines:
        written.write_result(line)
    return written


def write_many(folder: Path, writer: int) -> None:
    written = Journal(folder, process=f"gw{writer}")
    for _ in range(EACH):
        written.write_exchange({"id": written.next_exchange_id(), "body": "x" * 40_000})


def test_written_lines_are_read_back(tmp_path: Path) -> None:
    written = journal(tmp_path, RUN, PLAN, FINDING.to_line(), {"kind": "test"}, {"kind": "claim", "record": "1"}, END)
    written.write_exchange({"id": written.next_exchange_id()})

    record = read_journals(tmp_path)

    assert record.findings == (FINDING,)
    assert (record.run, record.plan, record.tests) == (RUN, PLAN, 1)
    assert [claim["record"] for claim in record.claims] == ["1"]
    assert list(record.exchanges) == ["main-00001"]
    assert (record.ending, record.ended_at, record.damaged_lines) == (Ending.FINISHED, END["at"], 0)


def test_each_line_is_in_its_file_as_soon_as_it_is_written(tmp_path: Path) -> None:
    written = journal(tmp_path, RUN)
    for number in range(1, 4):
        written.write_exchange({"id": written.next_exchange_id()})
        assert len((tmp_path / EXCHANGES).read_bytes().splitlines()) == number


def test_recent_exchanges_are_those_of_the_test_in_order(tmp_path: Path) -> None:
    written = journal(tmp_path)
    for number, test in enumerate("aba"):
        written.write_exchange({"id": str(number), "test": test})

    assert [line["id"] for line in written.recent_exchanges("a")] == ["0", "2"]


def test_journals_of_a_killed_run_have_no_ending(tmp_path: Path) -> None:
    journal(tmp_path, RUN, PLAN, FINDING.to_line())

    assert read_journals(tmp_path).ending is Ending.KILLED


@pytest.mark.parametrize("file", [RESULTS, EXCHANGES])
@pytest.mark.parametrize("rest", [b'{"kind":"find', b'{"id":"main-0', b"\xff", b"[]\n", b"7\n", b"\0\0\0"])
def test_truncated_line_is_counted_and_skipped(tmp_path: Path, file: str, rest: bytes) -> None:
    journal(tmp_path, RUN, PLAN, FINDING.to_line())
    with (tmp_path / file).open("ab") as cut:
        cut.write(rest)

    record = read_journals(tmp_path)

    assert (record.damaged_lines, record.findings) == (1, (FINDING,))


def test_lines_of_concurrent_processes_do_not_interleave(tmp_path: Path) -> None:
    journal(tmp_path, RUN, PLAN)

    with ProcessPoolExecutor(WRITERS) as pool:
        list(pool.map(write_many, [tmp_path] * WRITERS, range(WRITERS)))

    record = read_journals(tmp_path)
    assert record.damaged_lines == 0
    assert len(record.exchanges) == WRITERS * EACH


@pytest.mark.parametrize("text", ["\ud800", "\u2028", "\x00", "new\nline", "é", "\x1b[31m"])
def test_any_text_of_a_server_is_read_back(tmp_path: Path, text: str) -> None:
    written = journal(tmp_path, RUN, PLAN)
    written.write_exchange({"id": "main-00001", "body": text})

    assert read_journals(tmp_path).exchanges["main-00001"]["body"] == text
    assert len((tmp_path / EXCHANGES).read_bytes().split(b"\n")) == 2


@pytest.mark.parametrize("number", [2**64, -(2**80), 10**400])
def test_integers_of_any_size_are_read_back(tmp_path: Path, number: int) -> None:
    journal(tmp_path, RUN | {"seed": number}, PLAN)

    assert read_journals(tmp_path).run["seed"] == number


def test_folder_without_journals_raises(tmp_path: Path) -> None:
    with pytest.raises(
        JournalError, match=r"There is no results\.ndjson in .*; run the suite, or name the report folder"
    ):
        read_journals(tmp_path)


@pytest.mark.parametrize("lines", [[], [RUN], [PLAN], [END]])
def test_journal_without_run_or_plan_line_raises(tmp_path: Path, lines: list[dict[str, Any]]) -> None:
    journal(tmp_path, *lines)
    (tmp_path / RESULTS).touch()

    with pytest.raises(JournalError, match="stopped before its first test"):
        read_journals(tmp_path)


def test_journal_of_another_format_raises(tmp_path: Path) -> None:
    journal(tmp_path, RUN | {"format": 2}, PLAN)

    with pytest.raises(JournalError, match="has format 2, but this version reads format 1"):
        read_journals(tmp_path)


def test_lines_are_compact_json(tmp_path: Path) -> None:
    journal(tmp_path, RUN)

    text = (tmp_path / RESULTS).read_text(encoding="utf-8")
    assert text == json.dumps(RUN, separators=(",", ":")) + "\n"


def test_finding_with_group_and_cause_is_read_back() -> None:
    finding = replace(FINDING, group="500 query:page", cause=Cause("list_x", "query:page", "500"))

    assert Finding.from_line(finding.to_line()) == finding
    assert {"group", "cause"}.isdisjoint(FINDING.to_line())


def test_cause_of_an_earlier_run_is_the_group() -> None:
    assert Finding.from_line(FINDING.to_line() | {"cause": "500 query:page"}) == replace(
        FINDING, group="500 query:page"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_full_disk_ends_the_run_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / RESULTS).symlink_to("/dev/full")

    with pytest.raises(ReportFolderError) as caught:
        Journal(tmp_path).write_result({"kind": "end"})

    assert caught.value.returncode == ExitStatus.SUITE_FAILED
    assert caught.value.msg == (
        f"{tmp_path} cannot be written (No space left on device); free some space, or give another --report-dir."
    )
