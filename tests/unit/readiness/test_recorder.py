"""The recorder: journals that begin with the first exchange."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.readiness.sessions import lines, of_kind, subject

from lead_provider_conformance.model import Cause, Ending, Outcome, ReportFolderError, Scope, UsageError
from lead_provider_conformance.readiness.recorder import LOG, Recorder
from lead_provider_conformance.readiness.script import Attestation, Task, TaskKind
from lead_provider_conformance.results.journal import Finding, read_journals
from lead_provider_conformance.schemas import problems

FILES = ("results.ndjson", "exchanges.ndjson", "verdict.json", "report.html", LOG)
EXCHANGE = {"kind": "exchange", "id": "client-000001", "test": "connect"}


def recorded(folder: Path, *, quota: int = 1_000_000) -> Recorder:
    return Recorder(folder, subject(), quota=quota)


def test_nothing_is_written_before_the_first_exchange(tmp_path: Path) -> None:
    recorder = recorded(tmp_path)
    recorder.act("connect", "begin")
    recorder.event("appeared", "connect", 0.0, {})
    recorder.log(b"Starting.\n")
    recorder.end(Ending.FINISHED)

    assert list(tmp_path.iterdir()) == []


def test_run_line_names_the_profile(tmp_path: Path) -> None:
    Recorder(tmp_path, subject(file="clients/provider.yaml")).exchange(EXCHANGE)

    assert lines(tmp_path)[0]["target"]["file"] == "clients/provider.yaml"
    assert not list(problems("journal", lines(tmp_path)[0]))


def test_first_exchange_writes_the_lines_that_wait_in_order(tmp_path: Path) -> None:
    recorder = recorded(tmp_path)
    recorder.act("connect", "begin")
    recorder.log(b"Starting.\n")
    recorder.exchange(EXCHANGE)
    recorder.log(b"Going on.\n")
    recorder.act("connect", "end")

    assert [line["kind"] for line in lines(tmp_path)] == ["run", "plan", "act", "act"]
    assert lines(tmp_path, "exchanges.ndjson") == [EXCHANGE]
    assert (tmp_path / LOG).read_bytes() == b"Starting.\nGoing on.\n"


def test_session_without_exchanges_leaves_an_earlier_report_alone(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_text("of an earlier run")
    recorder = recorded(tmp_path)
    recorder.act("connect", "begin")
    recorder.log(b"Starting.\n")

    assert recorder.has_earlier
    assert {(tmp_path / name).read_text() for name in FILES} == {"of an earlier run"}


def test_first_exchange_removes_the_earlier_report(tmp_path: Path) -> None:
    for name in (*FILES, "mine.txt"):
        (tmp_path / name).write_text("of an earlier run")

    recorded(tmp_path).exchange(EXCHANGE)

    assert sorted(each.name for each in tmp_path.iterdir()) == ["exchanges.ndjson", "mine.txt", "results.ndjson"]
    assert "of an earlier run" not in (tmp_path / "results.ndjson").read_text()


def test_new_folder_has_no_earlier_report(tmp_path: Path) -> None:
    recorder = recorded(tmp_path / "new" / "folder")

    assert not recorder.has_earlier
    recorder.open()
    assert [line["kind"] for line in lines(tmp_path / "new" / "folder")] == ["run", "plan"]


def test_every_line_is_as_the_schema_says(tmp_path: Path) -> None:
    recorder = recorded(tmp_path)
    task = Task(id="t-0001", do=TaskKind.DECLARE, participant_id="p-1", fields={"on": "2026-09-10"}, trap="too early")
    recorder.attestation(Attestation("access/keys-secured", "Ada Lovelace", "2026-09-01"))
    recorder.act("declare", "begin")
    recorder.act("a-week", "skipped", "It was not selected with --only.")
    recorder.cue_begins("declare", 1, "Declare.", 0.0, [task])
    recorder.event("appeared", "declare", 1.5, {"participant_id": "p-1"})
    situation = recorder.armed("lost-declaration", "declare", {"participant_id": "p-1"})
    recorder.delivered(situation, "lost-declaration", "declare", "client-000001")
    recorder.withdrawn(situation, "lost-declaration", "declare", None)
    recorder.cue_ends("declare", 1, 3, "The command ended with exit status 3.", 0.0)
    recorder.end(Ending.OVER_QUOTA)
    cause = Cause("create_participant_declaration", "", "paging/all-pages")
    recorder.open()
    recorder.findings([Finding("paging/all-pages", Scope("v3", "ecf"), Outcome.ATTESTED, "", cause=cause)])

    assert [problem for line in lines(tmp_path) for problem in problems("journal", line)] == []
    assert situation == "s-0001"
    assert [line["phase"] for line in of_kind(tmp_path, "situation")] == ["armed", "delivered", "withdrawn"]
    assert read_journals(tmp_path).ending is Ending.OVER_QUOTA


def test_ids_of_exchanges_increase(tmp_path: Path) -> None:
    recorder = recorded(tmp_path)

    assert [recorder.next_exchange_id() for _ in range(2)] == ["client-000001", "client-000002"]
    assert recorder.exchanges == 2


def test_journals_are_full_at_their_quota(tmp_path: Path) -> None:
    recorder = recorded(tmp_path, quota=1)

    assert not recorder.is_full
    recorder.exchange(EXCHANGE)
    assert recorder.is_full


@pytest.mark.parametrize(
    "write",
    [lambda recorder: recorder.exchange(EXCHANGE), lambda recorder: recorder.open()],
    ids=["exchange", "open"],
)
def test_folder_that_cannot_be_made_is_a_report_folder_error(tmp_path: Path, write: Callable[[Recorder], None]) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ReportFolderError, match="cannot be written"):
        write(recorded(tmp_path / "file" / "report"))


def test_log_that_cannot_be_written_is_a_report_folder_error(tmp_path: Path) -> None:
    recorder = recorded(tmp_path)
    recorder.open()
    (tmp_path / LOG).mkdir()

    with pytest.raises(ReportFolderError, match="cannot be written"):
        recorder.log(b"Starting.\n")


def test_folder_is_checked_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match=r"--report-dir .*file/report cannot be written: Not a directory; give"):
        recorded(tmp_path / "file" / "report").check_folder()


def test_check_leaves_no_file_behind(tmp_path: Path) -> None:
    recorded(tmp_path / "report").check_folder()

    assert list((tmp_path / "report").iterdir()) == []
