"""A waiver accepts a failure for a time, and fails the gate once it is not worth its place."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from tests.unit.journals import V3_ECF, V3_NPQ, Run

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.config import target_file
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.model import Conformance, ExitStatus, Outcome, Scope

V1_ECF = Scope("v1", "ecf")


def kept(run: Run) -> Run:
    """The run with a requirement that is kept, so that there is something to be conformant in."""
    run.requires("kept/always")
    for scope in run.scopes:
        run.found(Outcome.PASSED, "kept/always", scope=scope)
    return run


def stale(run: Run) -> list[tuple[str, str]]:
    return [(each.waiver.requirement, each.why) for each in run.verdict().stale_waivers]


def test_a_waived_failure_neither_counts_nor_disappears() -> None:
    run = kept(Run()).requires("a/b").waives("a/b").found(Outcome.FAILED, "a/b", "no")
    verdict = run.verdict()
    (scope,) = verdict.scopes

    assert scope.conformance is Conformance.CONFORMANT
    assert verdict.exit_status is ExitStatus.CONFORMANT
    assert [(each.requirement.id, each.reason) for each in scope.with_outcome(Outcome.WAIVED)] == [("a/b", "no")]
    assert stale(run) == []


@pytest.mark.parametrize(("expires", "status"), [("2026-11-22", 0), ("2026-11-21", 1)])
def test_a_waiver_holds_up_to_and_including_its_last_day(expires: str, status: int) -> None:
    run = kept(Run()).requires("a/b").waives("a/b", expires=expires).found(Outcome.FAILED, "a/b")

    assert run.verdict().exit_status == status
    assert stale(run) == ([] if status == 0 else [("a/b", "expired")])


def test_a_waiver_whose_requirement_is_kept_fails_the_gate_of_a_conformant_server() -> None:
    run = kept(Run()).requires("a/b").waives("a/b").found(Outcome.PASSED, "a/b")

    assert run.verdict().scopes[0].conformance is Conformance.CONFORMANT
    assert run.verdict().exit_status is ExitStatus.NOT_CONFORMANT
    assert stale(run) == [("a/b", "passing")]


def test_a_waiver_of_several_scopes_is_worth_its_place_while_one_of_them_fails() -> None:
    run = kept(Run(scopes=(V3_ECF, V3_NPQ))).requires("a/b").waives("a/b")
    run.found(Outcome.PASSED, "a/b").found(Outcome.FAILED, "a/b", scope=V3_NPQ)

    assert stale(run) == []


def test_nothing_is_held_against_a_waiver_that_could_not_be_put_to_the_test() -> None:
    run = kept(Run()).requires("a/b").waives("a/b").waives("of/another-run")
    run.found(Outcome.COULD_NOT_RUN, "a/b", "No such record.")

    assert stale(run) == []


def test_a_waiver_is_for_its_versions_alone() -> None:
    run = Run(scopes=(V1_ECF, V3_ECF)).requires("a/b").waives("a/b", versions=["v1"])
    run.found(Outcome.FAILED, "a/b").found(Outcome.FAILED, "a/b", scope=V1_ECF)
    v1, v3 = run.verdict().scopes

    assert [v1.count(Outcome.WAIVED), v3.count(Outcome.WAIVED)] == [1, 0]
    assert v3.conformance is Conformance.NOT_CONFORMANT


def test_a_waiver_for_a_version_that_the_requirement_does_not_apply_to_matches_nothing() -> None:
    run = Run(scopes=(V3_ECF,)).requires("a/b").found(Outcome.PASSED, "a/b")
    run.scopes = (V1_ECF, V3_ECF)
    run.waives("a/b", versions=["v1"])

    # There is nothing else to test in v1, so the run cannot tell.
    assert stale(run) == []
    run.requires("c/d").found(Outcome.PASSED, "c/d", scope=V1_ECF).found(Outcome.PASSED, "c/d")
    assert stale(run) == [("a/b", "unmatched")]


@pytest.mark.parametrize(("operation", "outcome"), [("list_x", Outcome.WAIVED), ("show_x", Outcome.FAILED)])
def test_a_waiver_of_an_operation_is_for_failures_there_alone(operation: str, outcome: Outcome) -> None:
    run = kept(Run()).requires("a/b").waives("a/b", operations=["list_x"])
    run.found(Outcome.FAILED, "a/b", exchanges=[run.exchanged("GET", "/x", operation=operation)])

    assert [each.outcome for each in run.verdict().scopes[0].requirements if each.requirement.id == "a/b"] == [outcome]
    assert stale(run) == ([] if outcome is Outcome.WAIVED else [("a/b", "unmatched")])


def test_a_should_fails_the_gate_only_if_that_is_asked_for_and_never_the_verdict(tmp_path: Path) -> None:
    run = kept(Run()).requires("a/b", level="SHOULD").found(Outcome.FAILED, "a/b", "no")
    run.write(tmp_path)

    assert main(["report", str(tmp_path)]) == ExitStatus.CONFORMANT
    assert main(["report", str(tmp_path), "--fail-on", "should"]) == ExitStatus.NOT_CONFORMANT
    assert run.verdict().scopes[0].conformance is Conformance.CONFORMANT
    assert '<failure message="SHOULD failed: no"' in (tmp_path / "junit.xml").read_text(encoding="utf-8")
    assert main(["report", str(tmp_path), "--fail-on", "may"]) == ExitStatus.USAGE


def test_a_waiver_that_must_go_is_red_in_junit_and_told_in_the_summary(tmp_path: Path) -> None:
    kept(Run()).requires("a/b").waives("a/b").found(Outcome.PASSED, "a/b").write(tmp_path)
    main(["report", str(tmp_path)])

    assert '<testsuite name="waivers" tests="1" failures="1"' in (tmp_path / "junit.xml").read_text(encoding="utf-8")
    assert "### 1 waiver to remove" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_what_waive_prints_waives_what_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(scopes=(V1_ECF, V3_ECF), target_name="Old server")
    run.requires("a/b").requires("c/d").requires("e/f", level="SHOULD").requires("kept/always")
    for scope in run.scopes:
        run.found(Outcome.FAILED, "a/b", scope=scope).found(Outcome.PASSED, "kept/always", scope=scope)
        run.found(Outcome.FAILED if scope == V1_ECF else Outcome.PASSED, "c/d", scope=scope)
        run.found(Outcome.FAILED, "e/f", scope=scope)
    run.write(tmp_path)

    status = main(["waive", str(tmp_path), "--owner", "Team: B", "--reason", "Being replaced", "--until", "2099-01-01"])
    printed = capsys.readouterr().out
    entries = yaml.safe_load(printed)["waivers"]

    assert status == 0
    assert printed.startswith("# For the target file of 'Old server'")
    assert [(each["requirement"], each["versions"]) for each in entries] == [("a/b", ["v1", "v3"]), ("c/d", ["v1"])]
    for entry in entries:
        run.waives(entry["requirement"], versions=entry["versions"], expires=entry["expires"].isoformat())
    assert run.verdict().exit_status is ExitStatus.CONFORMANT


def test_the_waivers_that_are_printed_go_into_a_target_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Run().requires("void/state").found(Outcome.FAILED, "void/state").write(tmp_path)
    main(["waive", str(tmp_path), "--owner", "A", "--reason", "B", "--until", "2099-01-01"])
    file = tmp_path / "target.yaml"
    file.write_text("name: mine\nbase_url: http://127.0.0.1:1\n" + capsys.readouterr().out, encoding="utf-8")

    assert target_file.load(file).waivers == (Waiver("void/state", "A", "B", date(2099, 1, 1), ("v3",)),)


@pytest.mark.parametrize(("until", "sentence"), [("soon", "is not a day"), ("2020-01-01", "is over")])
def test_a_last_day_has_to_be_one_and_to_come(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], until: str, sentence: str
) -> None:
    Run().write(tmp_path)

    assert main(["waive", str(tmp_path), "--owner", "A", "--reason", "B", "--until", until]) == ExitStatus.USAGE
    assert sentence in capsys.readouterr().err


def test_today_is_a_day_to_come(tmp_path: Path) -> None:
    Run().write(tmp_path)
    today = datetime.now(UTC).date().isoformat()

    assert main(["waive", str(tmp_path), "--owner", "A", "--reason", "B", "--until", today]) == 0


def test_a_waiver_is_written_to_the_journal_and_read_back() -> None:
    waiver = Waiver("a/b", "A", "B", date(2099, 1, 1), ("v1",), ("list_x",), "https://example.org/1")

    assert Waiver.from_mapping(waiver.to_mapping()) == waiver
