"""Two runs are compared requirement by requirement, and operation by operation."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.journals import V3_ECF, V3_NPQ, Run

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.model import Cause, ExitStatus, Level, Outcome
from lead_provider_conformance.results.comparison import Change, Comparison, compare, standard_error
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.schemas import problems


def ran(*found: Outcome, level: str = "MUST") -> Run:
    """Return a run with these outcomes of the requirements a/0, a/1 …"""
    run = Run()
    for number, outcome in enumerate(found):
        run.requires(f"a/{number}", level=level).found(outcome, f"a/{number}", f"it {outcome}")
    return run


def between(old: Run, new: Run) -> Comparison:
    return compare(old.verdict(), new.verdict())


@pytest.mark.parametrize(
    ("old", "new", "change", "worse"),
    [
        (Outcome.PASSED, Outcome.FAILED, Change.BROKEN, True),
        (Outcome.NOT_APPLICABLE, Outcome.FAILED, Change.BROKEN, True),
        (Outcome.FAILED, Outcome.PASSED, Change.FIXED, False),
        (Outcome.COULD_NOT_RUN, Outcome.PASSED, Change.NEWLY_TESTED, False),
        (Outcome.COULD_NOT_RUN, Outcome.FAILED, Change.NEWLY_TESTED, True),
        (Outcome.SUITE_ERROR, Outcome.PASSED, Change.NEWLY_TESTED, False),
        (Outcome.PASSED, Outcome.COULD_NOT_RUN, Change.NO_LONGER_TESTED, True),
        (Outcome.FAILED, Outcome.SUITE_ERROR, Change.NO_LONGER_TESTED, True),
    ],
)
def test_change_has_a_name_and_may_be_worse(old: Outcome, new: Outcome, change: Change, worse: bool) -> None:
    (changed,) = between(ran(old), ran(new)).changed

    assert (changed.change, changed.worse) == (change, worse)
    assert (changed.old, changed.new, changed.reason) == (old, new, f"it {new}")


@pytest.mark.parametrize("outcome", [each for each in Outcome if each is not Outcome.WAIVED])
def test_same_outcome_is_no_change(outcome: Outcome) -> None:
    assert between(ran(outcome), ran(outcome)).changed == ()


def test_waived_failure_is_still_a_failure() -> None:
    waived = ran(Outcome.FAILED).waives("a/0")

    assert between(ran(Outcome.FAILED), waived).changed == ()
    assert between(ran(Outcome.PASSED), waived).of(Change.BROKEN) != ()
    assert between(waived, ran(Outcome.PASSED)).of(Change.FIXED) != ()


def test_requirement_in_one_plan_only_is_newly_or_no_longer_tested() -> None:
    (gained,) = between(ran(), ran(Outcome.PASSED)).changed
    (lost,) = between(ran(Outcome.PASSED), ran()).changed

    assert (gained.change, gained.old, gained.worse) == (Change.NEWLY_TESTED, None, False)
    assert (lost.change, lost.new, lost.worse) == (Change.NO_LONGER_TESTED, None, True)
    assert lost.reason == "The new run did not plan to test it."


def test_scopes_are_compared_one_by_one() -> None:
    old, new = (Run(scopes=(V3_ECF, V3_NPQ)).requires("a/b") for _ in range(2))
    for run, outcome in ((old, Outcome.PASSED), (new, Outcome.FAILED)):
        run.found(Outcome.PASSED, "a/b", scope=V3_ECF).found(outcome, "a/b", scope=V3_NPQ)

    assert [each.scope for each in between(old, new).changed] == [V3_NPQ]


@pytest.mark.parametrize(
    ("level", "fail_on", "counts"), [("MUST", "MUST", 1), ("SHOULD", "MUST", 0), ("SHOULD", "SHOULD", 1)]
)
def test_failure_below_fail_on_does_not_count_as_worse(level: str, fail_on: str, counts: int) -> None:
    comparison = between(ran(Outcome.PASSED, level=level), ran(Outcome.FAILED, level=level))

    assert len(comparison.worse(Level(fail_on))) == counts


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"suite": {"version": "0.2.0"}}, "The suite was 0.1.0, then 0.2.0."),
        ({"contract": {"edition": "2025-04", "hashes": {}}}, "The contract's edition was 2024-12, then 2025-04."),
        ({"contract": {"edition": "2024-12", "hashes": {"v3": "0" * 64}}}, "The contract of v3 has changed"),
        (
            {"target": {"name": "B", "base_url": "https://b.example", "safety": "sandbox"}},
            "then B at https://b.example.",
        ),
    ],
)
def test_difference_between_runs_has_a_sentence(changes: dict[str, object], sentence: str) -> None:
    run = ran(Outcome.PASSED)
    record = run.record()
    comparison = compare(run.verdict(), Verdict.of(replace(record, run={**record.run, **changes})))

    assert len(comparison.differences) == 1
    assert sentence in comparison.differences[0]
    assert compare(run.verdict(), run.verdict()).differences == ()


def timed(seconds: Sequence[float]) -> Run:
    run = Run()
    for each in seconds:
        run.exchanged("GET", "/x", seconds=each, operation="list_x")
    return run


STEADY = [0.100 + 0.001 * (number % 5) for number in range(40)]


def test_operation_is_slower_if_its_median_rose_by_more_than_noise() -> None:
    (slower,) = between(timed(STEADY), timed([each + 0.05 for each in STEADY])).slower

    assert (slower.version, slower.operation, slower.responses) == ("v3", "list_x", (40, 40))
    assert (slower.old, slower.new) == (pytest.approx(0.102), pytest.approx(0.152))
    assert slower.noise == pytest.approx(3 * 1.2533 * 1.4826 * 0.001 * (2 / 40) ** 0.5)


@pytest.mark.parametrize(
    "new",
    [
        [each + 0.019 for each in STEADY],  # less than a fifth
        [0.05 + 0.3 * (number % 2) for number in range(40)],  # within the noise
        [*STEADY[:35], *[9.0] * 5],  # a few that hang
        [each + 0.05 for each in STEADY[:19]],  # too few responses
        [each / 2 for each in STEADY],  # faster
    ],
    ids=["little", "noisy", "outliers", "few", "faster"],
)
def test_noise_is_not_reported_as_slower(new: list[float]) -> None:
    assert between(timed(STEADY), timed(new)).slower == ()


def test_rise_below_five_milliseconds_is_not_slower() -> None:
    quick = [each / 100 for each in STEADY]

    assert between(timed(quick), timed([each + 0.0049 for each in quick])).slower == ()
    assert between(timed(quick), timed([each + 0.0052 for each in quick])).slower != ()


def test_standard_error_of_equal_values_is_zero() -> None:
    assert standard_error([0.1] * 30) == 0.0


@pytest.fixture
def runs(tmp_path: Path) -> tuple[str, str]:
    ran(Outcome.PASSED, Outcome.FAILED, Outcome.PASSED).write(tmp_path / "old")
    ran(Outcome.FAILED, Outcome.PASSED, Outcome.PASSED).write(tmp_path / "new")
    return str(tmp_path / "old"), str(tmp_path / "new")


def test_compare_command_prints_changes_and_fails_the_gate(
    runs: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *runs]) == 1
    output = capsys.readouterr().out

    assert output.startswith("1 mandatory requirement got worse. 1 requirement fixed.\n")
    assert "\nBroken: 1 requirement\n  a/0 (MUST; v3 ECF): passed, now failed. it failed\n" in output
    assert "\nFixed: 1 requirement\n  a/1 (MUST; v3 ECF): failed, now passed\n" in output
    assert main(["compare", runs[0], runs[0]]) == ExitStatus.CONFORMANT
    assert capsys.readouterr().out == "Nothing got worse.\n"
    assert main(["compare", runs[0], "nowhere"]) == ExitStatus.USAGE


def test_markdown_escapes_text_of_the_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran(Outcome.PASSED).write(tmp_path / "old")
    Run().requires("a/0").found(Outcome.FAILED, "a/0", "<b>*x* @y").write(tmp_path / "new")
    main(["compare", str(tmp_path / "old"), str(tmp_path / "new"), "--format", "markdown"])
    output = capsys.readouterr().out

    assert output.startswith("## ❌ 1 mandatory requirement got worse.")
    assert "- `a/0` (MUST; v3 ECF): passed, now failed. &lt;b>\\*x\\* &#64;y" in output


def test_json_fulfils_its_schema(runs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    main(["compare", *runs, "--format", "json"])
    content = json.loads(capsys.readouterr().out)

    assert list(problems("comparison", content)) == []
    assert content["worse"] is True
    assert [(each["requirement"], each["change"], each["worse"]) for each in content["changes"]] == [
        ("a/0", "broken", True),
        ("a/1", "fixed", False),
    ]


def test_slower_operation_is_reported_and_passes_the_gate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    timed(STEADY).write(tmp_path / "old")
    timed([each + 0.05 for each in STEADY]).write(tmp_path / "new")
    folders = str(tmp_path / "old"), str(tmp_path / "new")

    for form in ("text", "markdown", "json"):
        assert main(["compare", *folders, "--format", form]) == 0
        assert "list_x" in capsys.readouterr().out


def failed_at(*causes: Cause) -> Run:
    run = Run().requires("contract/response-schema")
    for each in causes:
        run.found(Outcome.FAILED, "contract/response-schema", f"{each.place} is {each.kind}", cause=each)
    return run


NULL_IN_A, TYPE_IN_B = Cause("list_x", "/data/*/a", "null"), Cause("list_x", "/data/*/b", "type")


def test_new_cause_in_a_requirement_that_failed_before_is_worse() -> None:
    (changed,) = between(failed_at(NULL_IN_A), failed_at(NULL_IN_A, TYPE_IN_B)).changed

    assert (changed.change, changed.cause, changed.worse) == (Change.NEW_CAUSE, TYPE_IN_B, True)
    assert changed.reason == "/data/*/b is type"


def test_same_causes_are_no_change() -> None:
    assert between(failed_at(NULL_IN_A, TYPE_IN_B), failed_at(TYPE_IN_B)).changed == ()


def test_new_cause_fails_the_gate_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    waived = failed_at(NULL_IN_A).waives("contract/response-schema")
    waived.write(tmp_path / "old")
    failed_at(NULL_IN_A, TYPE_IN_B).write(tmp_path / "new")
    folders = str(tmp_path / "old"), str(tmp_path / "new")

    assert main(["compare", *folders]) == ExitStatus.NOT_CONFORMANT
    assert "waived before, now also at list_x /data/*/b type." in capsys.readouterr().out
    main(["compare", *folders, "--format", "json"])
    content = json.loads(capsys.readouterr().out)
    assert list(problems("comparison", content)) == []
    assert content["changes"][0]["cause"] == {"operation": "list_x", "place": "/data/*/b", "kind": "type"}
