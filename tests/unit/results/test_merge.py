"""Shards are joined into one run; journals of different runs are refused with one sentence."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.journals import Run

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.model import ExitStatus, Outcome, Scope
from lead_provider_conformance.results import journal
from lead_provider_conformance.results.merge import MergeError, machine_or_url, merge
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.schemas import problems

V1_ECF = Scope("v1", "ecf")


def shard(folder: Path, run: Run, number: int, **changes: Any) -> Path:
    """Write the journals of a run with an id of its own into `folder`; `changes` go into their first line."""
    run.write(folder)
    results = folder / journal.RESULTS
    first, *rest = results.read_bytes().splitlines(keepends=True)
    opening = {**json.loads(first), "id": f"00000000-0000-4000-8000-{number:012d}", **changes}
    results.write_bytes(journal.encode_line(opening) + b"".join(rest))
    return folder


def half(passed: str, untested: str) -> Run:
    """Return a run that planned two requirements and tested one."""
    run = Run(tests=1).requires(passed).requires(untested)
    shown = run.exchanged("GET", f"/api/v3/{passed}")
    return run.found(Outcome.PASSED, passed, exchanges=[shown])


@pytest.fixture
def halves(tmp_path: Path) -> list[Path]:
    return [shard(tmp_path / "1", half("a/b", "c/d"), 1), shard(tmp_path / "2", half("c/d", "a/b"), 2)]


def outcomes(folder: Path) -> dict[str, Outcome]:
    verdict = Verdict.of(journal.read_journals(folder))
    return {each.requirement.id: each.outcome for scope in verdict.scopes for each in scope.requirements}


def test_requirement_tested_in_one_shard_is_tested(tmp_path: Path, halves: list[Path]) -> None:
    merge(halves, tmp_path / "whole")

    assert outcomes(halves[0])["c/d"] is Outcome.COULD_NOT_RUN
    assert outcomes(tmp_path / "whole") == {"a/b": Outcome.PASSED, "c/d": Outcome.PASSED}


def test_exchanges_with_equal_ids_stay_with_their_findings(tmp_path: Path, halves: list[Path]) -> None:
    merge(halves, tmp_path / "whole")
    record = journal.read_journals(tmp_path / "whole")
    shown = {finding.requirement: record.exchanges[finding.exchanges[0]] for finding in record.findings}

    assert list(record.exchanges) == ["1-main-00001", "2-main-00001"]
    assert {name: each["request"]["url"].rpartition("/api/v3/")[2] for name, each in shown.items()} == {
        "a/b": "a/b",
        "c/d": "c/d",
    }


def test_worst_shard_decides_a_requirement(tmp_path: Path) -> None:
    runs = [Run().requires("a/b").found(outcome, "a/b") for outcome in (Outcome.FAILED, Outcome.PASSED)]
    merge([shard(tmp_path / str(n), run, n) for n, run in enumerate(runs)], tmp_path / "whole")

    assert outcomes(tmp_path / "whole") == {"a/b": Outcome.FAILED}


def test_shards_of_different_versions_have_one_plan(tmp_path: Path) -> None:
    other = {"edition": "2024-12", "hashes": {"v1": "cd" * 32}}
    v1 = Run(scopes=(V1_ECF,)).requires("a/b").found(Outcome.PASSED, "a/b", scope=V1_ECF)
    folders = [shard(tmp_path / "3", half("a/b", "c/d"), 3), shard(tmp_path / "1", v1, 1, contract=other)]
    merge(folders, tmp_path / "whole")
    record = journal.read_journals(tmp_path / "whole")

    assert [str(scope.scope) for scope in Verdict.of(record).scopes] == ["v1-ecf", "v3-ecf"]
    assert record.run["contract"]["hashes"] == {"v1": "cd" * 32, "v3": "ab" * 32}
    assert [each["id"] for each in record.plan["requirements"]] == ["a/b", "c/d"]


WORST_FIRST = ["suite-failed", "interrupted", "target-lost", "out-of-time", "stopped", "killed", "finished"]


@pytest.mark.parametrize("endings", [*itertools.product(WORST_FIRST, repeat=2)], ids=" and ".join)
def test_whole_run_ends_like_its_worst_shard(tmp_path: Path, endings: tuple[str, str]) -> None:
    for number, ending in enumerate(endings):
        run = half("a/b", "c/d")
        run.ending = None if ending == "killed" else ending
        shard(tmp_path / str(number), run, number)

    merge([tmp_path / "0", tmp_path / "1"], tmp_path / "whole")

    assert journal.read_journals(tmp_path / "whole").ending == min(endings, key=WORST_FIRST.index)


def test_whole_run_has_first_start_last_end_and_ids_of_shards(tmp_path: Path) -> None:
    early = shard(tmp_path / "1", half("a/b", "c/d"), 1, started_at="2026-11-22T09:00:00.000Z")
    merge([shard(tmp_path / "2", half("c/d", "a/b"), 2), early], tmp_path / "whole")
    record = journal.read_journals(tmp_path / "whole")

    assert record.run["started_at"] == "2026-11-22T09:00:00.000Z"
    assert record.ended_at == "2026-11-22T10:00:42.500Z"
    assert [each[-1] for each in record.run["merged_from"]] == ["2", "1"]
    assert record.tests == 2


def test_whole_run_has_other_facts_of_first_shard_and_machines_of_all(tmp_path: Path) -> None:
    machines = [{"python": python, "platform": "Linux-6.1-x86_64"} for python in ("3.12.1", "3.11.7")]
    folders = [
        shard(tmp_path / str(number), half("a/b", "c/d"), number, seed=number, machine=machine)
        for number, machine in enumerate(machines)
    ]
    merge(folders, tmp_path / "whole")
    run = journal.read_journals(tmp_path / "whole").run

    assert run["seed"] == 0
    assert run["machine"] == {"python": "3.12.1, 3.11.7", "platform": "Linux-6.1-x86_64"}


def test_waiver_of_several_shards_is_planned_once(tmp_path: Path) -> None:
    runs = [half("a/b", "c/d").waives("a/b"), half("c/d", "a/b").waives("a/b").waives("c/d")]
    merge([shard(tmp_path / str(n), run, n) for n, run in enumerate(runs)], tmp_path / "whole")

    waivers = journal.read_journals(tmp_path / "whole").plan["waivers"]
    assert [each["requirement"] for each in waivers] == ["a/b", "c/d"]


def test_gap_of_several_shards_is_planned_once(tmp_path: Path) -> None:
    runs = [half("a/b", "c/d").accepts_gap("c/d"), half("a/b", "e/f").accepts_gap("c/d").accepts_gap("e/f")]
    merge([shard(tmp_path / str(n), run, n) for n, run in enumerate(runs)], tmp_path / "whole")

    gaps = journal.read_journals(tmp_path / "whole").plan["gaps"]
    assert [each["requirement"] for each in gaps] == ["c/d", "e/f"]


def test_damaged_line_between_others_is_copied_unchanged(tmp_path: Path, halves: list[Path]) -> None:
    results = halves[0] / journal.RESULTS
    first, *rest = results.read_bytes().splitlines(keepends=True)
    results.write_bytes(first + b'{"kind": "findi\n' + b"".join(rest))
    merge(halves, tmp_path / "whole")

    assert b'\n{"kind": "findi\n{' in (tmp_path / "whole" / journal.RESULTS).read_bytes()
    assert outcomes(tmp_path / "whole") == {"a/b": Outcome.PASSED, "c/d": Outcome.PASSED}
    assert journal.read_journals(tmp_path / "whole").damaged_lines == 1


def test_lines_fulfil_the_schema_and_damaged_line_is_counted(tmp_path: Path, halves: list[Path]) -> None:
    with (halves[1] / journal.RESULTS).open("ab") as file:
        file.write(b'{"kind": "findi')
    merge(halves, tmp_path / "whole")
    lines = [
        line
        for name in (journal.RESULTS, journal.EXCHANGES)
        for line in map(journal.parse_line, (tmp_path / "whole" / name).read_bytes().splitlines())
    ]

    assert [problem for line in lines if line for problem in problems("journal", line)] == []
    assert lines.count(None) == journal.read_journals(tmp_path / "whole").damaged_lines == 1


def test_servers_on_the_machines_of_shards_are_one_target(tmp_path: Path) -> None:
    target = {**half("a/b", "c/d").record().run["target"]}
    folders = [
        shard(tmp_path / str(port), half("a/b", "c/d"), port, target={**target, "base_url": f"http://127.0.0.1:{port}"})
        for port in (4001, 4002)
    ]
    merge(folders, tmp_path / "whole")

    assert outcomes(tmp_path / "whole")["a/b"] is Outcome.PASSED


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("http://localhost:4000", "this machine"),
        ("http://127.0.0.9:4000", "this machine"),
        ("http://[::1]:4000", "this machine"),
        ("http://10.0.0.1:4000", "http://10.0.0.1:4000"),
        ("https://lead-provider.example", "https://lead-provider.example"),
    ],
)
def test_loopback_addresses_are_this_machine(base_url: str, expected: str) -> None:
    assert machine_or_url(base_url) == expected


EXAMPLE = {"name": "Example service", "safety": "sandbox", "base_url": "https://lead-provider.example"}
DIFFERENT_CONTRACTS = (
    "{2} and {1} were tested against different contracts of %s; "
    "run both with the same version and edition of the contract."
)
DIFFERENT_TARGETS = (
    "{2} and {1} tested different targets (%s, and Example service at https://lead-provider.example); "
    "merge shards of one target."
)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"suite": {"version": "9.9"}},
            "{2} and {1} come from different versions of the suite (9.9 and 0.1.0); run both with one.",
        ),
        ({"contract": {"edition": "2024-12", "hashes": {"v3": "ef" * 32}}}, DIFFERENT_CONTRACTS % "v3"),
        (
            {"contract": {"edition": "2025-04", "hashes": {"v1": "ef" * 32}}},
            DIFFERENT_CONTRACTS.replace("{1}", "{2}") % "v1",
        ),
        ({"id": "00000000-0000-4000-8000-000000000001"}, "{2} and {1} hold the same run; give each shard once."),
        ({"target": EXAMPLE | {"name": "Other"}}, DIFFERENT_TARGETS % "Other at https://lead-provider.example"),
        (
            {"target": EXAMPLE | {"base_url": "https://elsewhere.example"}},
            DIFFERENT_TARGETS % "Example service at https://elsewhere.example",
        ),
        (
            {"target": EXAMPLE | {"safety": "read-only"}},
            DIFFERENT_TARGETS % "Example service at https://lead-provider.example",
        ),
        (
            {"target": EXAMPLE | {"operations": ["list_x"]}},
            DIFFERENT_TARGETS % "Example service at https://lead-provider.example",
        ),
    ],
)
def test_shards_of_different_runs_are_refused(
    tmp_path: Path, halves: list[Path], changes: dict[str, Any], sentence: str
) -> None:
    other = shard(tmp_path / "3", half("a/b", "c/d"), 3, **changes)

    with pytest.raises(MergeError) as error:
        merge([halves[0], other], tmp_path / "whole")
    assert str(error.value) == sentence.format(None, halves[0], other)
    assert not (tmp_path / "whole").exists()


def test_shard_is_not_overwritten(halves: list[Path]) -> None:
    with pytest.raises(MergeError, match="give another"):
        merge(halves, halves[0])
    assert outcomes(halves[0])["a/b"] is Outcome.PASSED


def test_merge_command_writes_the_reports(
    tmp_path: Path, halves: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    whole = tmp_path / "whole"

    assert main(["merge", *map(str, halves), "--into", str(whole)]) == ExitStatus.CONFORMANT
    assert main(["merge", *map(str, halves), "--into", str(whole)]) == ExitStatus.CONFORMANT
    assert "v3 ECF  CONFORMANT  2 requirements: 2 passed" in capsys.readouterr().out
    assert list(problems("verdict", json.loads((whole / "verdict.json").read_bytes()))) == []
    assert main(["merge", str(tmp_path), "--into", str(whole)]) == ExitStatus.USAGE


@pytest.mark.parametrize(
    ("numbers", "joined"),
    [((1, 2), ["1/2", "2/2"]), ((2, 2), ["2/2"])],
)
def test_whole_run_names_its_shards_once(tmp_path: Path, numbers: tuple[int, int], joined: list[str]) -> None:
    parts = [
        shard(tmp_path / str(place), half("a/b", "c/d"), place, shards=[f"{number}/2"])
        for place, number in enumerate(numbers)
    ]

    merge(parts, tmp_path / "whole")

    assert journal.read_journals(tmp_path / "whole").run["shards"] == joined


def test_whole_run_of_runs_without_shards_names_none(tmp_path: Path, halves: list[Path]) -> None:
    merge(halves, tmp_path / "whole")

    assert "shards" not in journal.read_journals(tmp_path / "whole").run
