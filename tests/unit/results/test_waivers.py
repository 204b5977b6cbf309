"""A waiver accepts a failure for a time, and fails the gate once it is no longer needed."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from tests.unit.journals import V3_ECF, V3_NPQ, Run

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.config import target_file
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.model import Cause, Conformance, ExitStatus, Outcome, Scope, UsageError
from lead_provider_conformance.results.waivers import waived_requirements

V1_ECF = Scope("v1", "ecf")


def with_passing(run: Run) -> Run:
    """Add a passing requirement, so that the run can be conformant."""
    run.requires("passing/always")
    for scope in run.scopes:
        run.found(Outcome.PASSED, "passing/always", scope=scope)
    return run


def stale(run: Run) -> list[tuple[str, str]]:
    return [(each.waiver.requirement, each.why) for each in run.verdict().stale_waivers]


def test_waived_failure_is_shown_and_does_not_count() -> None:
    run = with_passing(Run()).requires("a/b").waives("a/b").found(Outcome.FAILED, "a/b", "no")
    verdict = run.verdict()
    (scope,) = verdict.scopes

    assert scope.conformance is Conformance.CONFORMANT
    assert verdict.exit_status is ExitStatus.CONFORMANT
    assert [(each.requirement.id, each.reason) for each in scope.with_outcome(Outcome.WAIVED)] == [("a/b", "no")]
    assert stale(run) == []


@pytest.mark.parametrize(("expires", "status"), [("2026-11-22", 0), ("2026-11-21", 1)])
def test_waiver_counts_up_to_and_including_its_last_day(expires: str, status: int) -> None:
    run = with_passing(Run()).requires("a/b").waives("a/b", expires=expires).found(Outcome.FAILED, "a/b")

    assert run.verdict().exit_status == status
    assert stale(run) == ([] if status == 0 else [("a/b", "expired")])


def test_waiver_of_passing_requirement_fails_the_gate() -> None:
    run = with_passing(Run()).requires("a/b").waives("a/b").found(Outcome.PASSED, "a/b")

    assert run.verdict().scopes[0].conformance is Conformance.CONFORMANT
    assert run.verdict().exit_status is ExitStatus.NOT_CONFORMANT
    assert stale(run) == [("a/b", "passing")]


def test_waiver_is_needed_while_one_of_its_scopes_fails() -> None:
    run = with_passing(Run(scopes=(V3_ECF, V3_NPQ))).requires("a/b").waives("a/b")
    run.found(Outcome.PASSED, "a/b").found(Outcome.FAILED, "a/b", scope=V3_NPQ)

    assert stale(run) == []


def test_waiver_is_needed_while_it_accepts_the_failures_of_one_scope() -> None:
    run = with_passing(Run(scopes=(V3_ECF, V3_NPQ))).requires("a/b").waives("a/b", operations=["list_x"])
    for scope, operation in ((V3_ECF, "list_x"), (V3_NPQ, "show_x")):
        shown = run.exchanged("GET", "/x", operation=operation)
        run.found(Outcome.FAILED, "a/b", scope=scope, exchanges=[shown])

    assert [scope.count(Outcome.WAIVED) for scope in run.verdict().scopes] == [1, 0]
    assert stale(run) == []


def test_every_stale_waiver_is_reported() -> None:
    run = with_passing(Run()).requires("a/b").requires("a/c").requires("a/d")
    run.waives("a/b").waives("a/c").waives("a/d", expires="2026-11-21")
    run.found(Outcome.FAILED, "a/b").found(Outcome.PASSED, "a/c").found(Outcome.FAILED, "a/d")

    assert stale(run) == [("a/c", "passing"), ("a/d", "expired")]


def test_waiver_is_passing_when_the_requirement_passes_or_does_not_apply() -> None:
    run = with_passing(Run(scopes=(V3_ECF, V3_NPQ))).requires("a/b").waives("a/b")
    run.found(Outcome.PASSED, "a/b").found(Outcome.NOT_APPLICABLE, "a/b", scope=V3_NPQ)

    assert stale(run) == [("a/b", "passing")]


def test_waiver_of_untested_requirement_is_not_stale() -> None:
    run = with_passing(Run()).requires("a/b").waives("a/b").waives("of/another-run")
    run.found(Outcome.COULD_NOT_RUN, "a/b", "No such record.")

    assert stale(run) == []


def test_waiver_accepts_failures_only_in_its_versions() -> None:
    run = Run(scopes=(V1_ECF, V3_ECF)).requires("a/b").waives("a/b", versions=["v1"])
    run.found(Outcome.FAILED, "a/b").found(Outcome.FAILED, "a/b", scope=V1_ECF)
    v1, v3 = run.verdict().scopes

    assert [v1.count(Outcome.WAIVED), v3.count(Outcome.WAIVED)] == [1, 0]
    assert v3.conformance is Conformance.NOT_CONFORMANT


def test_waiver_for_inapplicable_version_is_unmatched() -> None:
    run = Run(scopes=(V3_ECF,)).requires("a/b").found(Outcome.PASSED, "a/b")
    run.scopes = (V1_ECF, V3_ECF)
    run.waives("a/b", versions=["v1"])

    # No other requirement is tested in v1, so the waiver may still match.
    assert stale(run) == []
    run.requires("c/d").found(Outcome.PASSED, "c/d", scope=V1_ECF).found(Outcome.PASSED, "c/d")
    assert stale(run) == [("a/b", "unmatched")]


@pytest.mark.parametrize(("operation", "outcome"), [("list_x", Outcome.WAIVED), ("show_x", Outcome.FAILED)])
def test_waiver_of_operation_accepts_failures_only_there(operation: str, outcome: Outcome) -> None:
    run = with_passing(Run()).requires("a/b").waives("a/b", operations=["list_x"])
    run.found(Outcome.FAILED, "a/b", exchanges=[run.exchanged("GET", "/x", operation=operation)])

    assert [each.outcome for each in run.verdict().scopes[0].requirements if each.requirement.id == "a/b"] == [outcome]
    assert stale(run) == ([] if outcome is Outcome.WAIVED else [("a/b", "unmatched")])


def test_failed_should_fails_the_gate_only_with_fail_on_should(tmp_path: Path) -> None:
    run = with_passing(Run()).requires("a/b", level="SHOULD").found(Outcome.FAILED, "a/b", "no")
    run.write(tmp_path)

    assert main(["report", str(tmp_path)]) == ExitStatus.CONFORMANT
    assert main(["report", str(tmp_path), "--fail-on", "should"]) == ExitStatus.NOT_CONFORMANT
    assert run.verdict().scopes[0].conformance is Conformance.CONFORMANT
    assert '<failure message="SHOULD failed: no"' in (tmp_path / "junit.xml").read_text(encoding="utf-8")
    assert main(["report", str(tmp_path), "--fail-on", "may"]) == ExitStatus.USAGE


def test_stale_waiver_is_a_failure_in_junit_and_in_the_summary(tmp_path: Path) -> None:
    with_passing(Run()).requires("a/b").waives("a/b").found(Outcome.PASSED, "a/b").write(tmp_path)
    main(["report", str(tmp_path)])

    assert '<testsuite name="waivers" tests="1" failures="1"' in (tmp_path / "junit.xml").read_text(encoding="utf-8")
    assert "### To remove: 1 waiver" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_printed_waivers_accept_all_failures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(scopes=(V1_ECF, V3_ECF), target_name="Old server")
    run.requires("a/b").requires("c/d").requires("e/f", level="SHOULD").requires("passing/always")
    for scope in run.scopes:
        run.found(Outcome.FAILED, "a/b", scope=scope).found(Outcome.PASSED, "passing/always", scope=scope)
        run.found(Outcome.FAILED if scope == V1_ECF else Outcome.PASSED, "c/d", scope=scope)
        run.found(Outcome.FAILED, "e/f", scope=scope)
    run.write(tmp_path)

    status = main(["waive", str(tmp_path), "--owner", "Team: B", "--reason", "Being replaced", "--until", "2099-01-01"])
    printed = capsys.readouterr().out
    entries = yaml.safe_load(printed)["waivers"]

    assert status == 0
    assert printed.startswith("# Add these to the target file of 'Old server'")
    assert [(each["requirement"], each["versions"]) for each in entries] == [("a/b", ["v1", "v3"]), ("c/d", ["v1"])]
    for entry in entries:
        run.waives(entry["requirement"], versions=entry["versions"], expires=entry["expires"].isoformat())
    assert run.verdict().exit_status is ExitStatus.CONFORMANT


def test_printed_waivers_can_be_read_from_a_target_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Run().requires("void/state").found(Outcome.FAILED, "void/state").write(tmp_path)
    main(["waive", str(tmp_path), "--owner", "A", "--reason", "B", "--until", "2099-01-01"])
    file = tmp_path / "target.yaml"
    file.write_text("name: mine\nbase_url: http://127.0.0.1:1\n" + capsys.readouterr().out, encoding="utf-8")

    assert target_file.load(file).waivers == (Waiver("void/state", "A", "B", date(2099, 1, 1), ("v3",)),)


@pytest.mark.parametrize(("until", "sentence"), [("soon", "is not a day"), ("2020-01-01", "is in the past")])
def test_invalid_or_past_last_day_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], until: str, sentence: str
) -> None:
    Run().write(tmp_path)

    assert main(["waive", str(tmp_path), "--owner", "A", "--reason", "B", "--until", until]) == ExitStatus.USAGE
    assert sentence in capsys.readouterr().err


def test_today_is_accepted_as_last_day(tmp_path: Path) -> None:
    Run().write(tmp_path)
    today = datetime.now(UTC).date().isoformat()

    assert main(["waive", str(tmp_path), "--owner", "A", "--reason", "B", "--until", today]) == 0


def test_waiver_survives_the_journal() -> None:
    waiver = Waiver(
        "a/b", "A", "B", date(2099, 1, 1), ("v1",), ("list_x",), "https://example.org/1", Cause("list_x", "", "500")
    )

    assert Waiver.from_mapping(waiver.to_mapping()) == waiver


NULL = {"requirement": "contract/response-schema", "where": "/data/3/attributes/a", "message": "no", "kind": "null"}
TYPE = {"requirement": "contract/response-schema", "where": "/data/3/attributes/b", "message": "no", "kind": "type"}


def broken(run: Run, *violations: dict[str, str]) -> Run:
    """Add a failure for each violation of one exchange, as the contract's rules are reported."""
    shown = run.exchanged("GET", "/x", operation="list_x", violations=violations)
    for each in violations:
        place = each["where"].replace("/3/", "/*/")
        cause = Cause("list_x", place, each["kind"])
        run.found(Outcome.FAILED, each["requirement"], f"{place} is {each['kind']}", exchanges=[shown], cause=cause)
    return run


def test_waiver_of_a_cause_does_not_hide_a_new_one_in_the_same_requirement() -> None:
    run = with_passing(Run()).requires("contract/response-schema")
    run.waives(None, cause={"operation": "list_x", "place": "/data/*/attributes/a"})
    (scope,) = broken(run, NULL).verdict().scopes
    assert scope.conformance is Conformance.CONFORMANT

    (scope,) = broken(run, NULL, TYPE).verdict().scopes
    (failed,) = scope.with_outcome(Outcome.FAILED)

    assert scope.conformance is Conformance.NOT_CONFORMANT
    assert [each.reason for each in failed.failures] == ["/data/*/attributes/b is type"]
    assert failed.reason == "/data/*/attributes/b is type"


def test_waiver_of_a_cause_covers_every_requirement_that_fails_because_of_it() -> None:
    run = with_passing(Run()).requires("a/b").requires("c/d").requires("generated/no-server-error")
    run.waives(None, cause={"operation": "list_x", "kind": 500})
    for requirement in ("a/b", "c/d", "generated/no-server-error"):
        shown = run.exchanged("GET", "/x?page=abc", 500, operation="list_x", place="query:page")
        run.found(Outcome.FAILED, requirement, f"{requirement} failed", exchanges=[shown])

    assert run.verdict().scopes[0].count(Outcome.WAIVED) == 3
    assert run.verdict().exit_status is ExitStatus.CONFORMANT


def test_waived_requirement_is_accepted_where_a_journey_repeats_it() -> None:
    run = with_passing(Run()).requires("withdrawal/x").requires("generated/lifecycle").waives("withdrawal/x")
    run.found(Outcome.FAILED, "withdrawal/x", "accepted")
    run.found(Outcome.FAILED, "generated/lifecycle", "accepted", cause=Cause(kind="withdrawal/x"))
    assert run.verdict().exit_status is ExitStatus.CONFORMANT

    run.found(Outcome.FAILED, "generated/lifecycle", "another", cause=Cause(kind="deferral/y"))
    assert [each.reason for each in run.verdict().scopes[0].with_outcome(Outcome.FAILED)] == ["another"]


def test_requirement_blocked_by_a_waived_failure_is_waived() -> None:
    run = with_passing(Run()).requires("a/b").requires("a/c").waives("a/b")
    run.found(Outcome.FAILED, "a/b", "no")
    run.found(Outcome.COULD_NOT_RUN, "a/c", "Skipped: depends on a/b, which failed.", cause=Cause(kind="a/b"))

    assert run.verdict().exit_status is ExitStatus.CONFORMANT
    waived = list(run.verdict().scopes[0].with_outcome(Outcome.WAIVED))
    assert [(each.requirement.id, str(each.waiver)) for each in waived] == [("a/b", "a/b"), ("a/c", "a/b")]


@pytest.mark.parametrize(
    ("operations", "other", "outcome"),
    [
        ([], Outcome.COULD_NOT_RUN, Outcome.WAIVED),
        (["list_x"], Outcome.COULD_NOT_RUN, Outcome.COULD_NOT_RUN),
        ([], Outcome.SUITE_ERROR, Outcome.SUITE_ERROR),
    ],
    ids=["untested part", "untested part of operation", "error of the suite"],
)
def test_waiver_of_a_whole_requirement_accepts_an_untested_part(
    operations: list[str], other: Outcome, outcome: Outcome
) -> None:
    run = with_passing(Run()).requires("a/b").waives("a/b", operations=operations)
    run.found(Outcome.FAILED, "a/b", exchanges=[run.exchanged("GET", "/x", operation="list_x")])
    run.found(other, "a/b", "No record.")

    (judged,) = (each for each in run.verdict().scopes[0].requirements if each.requirement.id == "a/b")
    assert judged.outcome is outcome


def test_waiver_of_a_cause_leaves_an_untested_part_incomplete() -> None:
    run = with_passing(Run()).requires("a/b").waives("a/b", cause={"kind": "500"})
    run.found(Outcome.FAILED, "a/b", exchanges=[run.exchanged("GET", "/x", 500)])
    run.found(Outcome.COULD_NOT_RUN, "a/b", "No record.")

    assert run.verdict().scopes[0].conformance is Conformance.INCOMPLETE


@pytest.mark.parametrize(("profile", "expected"), [("standard", []), ("full", ["unmatched"])])
def test_waiver_of_a_cause_is_stale_if_a_full_run_does_not_show_it(profile: str, expected: list[str]) -> None:
    run = with_passing(Run(profile=profile)).requires("a/b").waives(None, cause={"kind": "500"})
    run.found(Outcome.FAILED, "a/b", "no")

    assert [each.why for each in run.verdict().stale_waivers] == expected


def test_stale_waiver_of_a_cause_is_named_by_the_cause() -> None:
    run = with_passing(Run(profile="full")).requires("a/b").waives(None, cause={"kind": "500"})
    run.found(Outcome.FAILED, "a/b", "no")

    assert [each.name for each in run.verdict().stale_waivers] == [str(Cause(kind="500"))]


def test_waiver_of_a_cause_stays_while_a_requirement_could_not_run() -> None:
    run = with_passing(Run(profile="full")).requires("a/b").requires("a/c").waives(None, cause={"kind": "500"})
    run.found(Outcome.FAILED, "a/b", "no").found(Outcome.COULD_NOT_RUN, "a/c", "No record.")

    assert stale(run) == []


def test_printed_waiver_names_the_cause_once_for_all_its_requirements(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = with_passing(Run()).requires("contract/response-schema").requires("generated/response-schema")
    shown = run.exchanged("GET", "/x", operation="list_x", violations=[NULL])
    for requirement in ("contract/response-schema", "generated/response-schema"):
        run.found(Outcome.FAILED, requirement, "null", exchanges=[shown])
    run.write(tmp_path)
    main(["waive", str(tmp_path), "--owner", "A", "--reason", "B", "--until", "2099-01-01"])
    (entry,) = yaml.safe_load(capsys.readouterr().out)["waivers"]

    assert entry["cause"] == {"operation": "list_x", "place": "/data/*/attributes/a", "kind": "null"}
    assert "requirement" not in entry
    run.waives(None, cause=entry["cause"], versions=entry["versions"])
    assert run.verdict().exit_status is ExitStatus.CONFORMANT


def test_waiver_names_a_requirement_or_a_cause(tmp_path: Path) -> None:
    file = tmp_path / "target.yaml"
    common = "name: mine\nbase_url: http://127.0.0.1:1\nwaivers:\n- {owner: A, reason: B, expires: 2099-01-01"
    file.write_text(common + "}\n", encoding="utf-8")
    with pytest.raises(UsageError, match="requirement"):
        target_file.load(file)

    file.write_text(common + ", cause: {operation: list_x, kind: 500}}\n", encoding="utf-8")
    (waiver,) = target_file.load(file).waivers
    assert (waiver.requirement, waiver.cause) == (None, Cause("list_x", "", "500"))


def test_waived_requirements_are_those_in_force_in_the_version() -> None:
    common = {"owner": "A", "reason": "B"}
    waivers = [
        Waiver.from_mapping(each | common)
        for each in (
            {"requirement": "a/b", "expires": "2099-01-01"},
            {"requirement": "a/expired", "expires": "2020-01-01"},
            {"requirement": "a/v1", "versions": ["v1"], "expires": "2099-01-01"},
            {"cause": {"kind": "c/d"}, "expires": "2099-01-01"},
            {"cause": {"operation": "list_x"}, "expires": "2099-01-01"},
            {"requirement": "a/c", "cause": {"kind": "null"}, "expires": "2099-01-01"},
        )
    ]

    assert waived_requirements(waivers, V3_ECF, date(2026, 1, 1)) == {"a/b", "a/c", "c/d"}


def test_printed_waiver_of_a_requirement_covers_its_cause_at_another_operation() -> None:
    waiver = Waiver("withdrawal/x", "A", "B", date(2099, 1, 1), cause=Cause("withdraw"))

    assert waiver.accepts("generated/lifecycle", Cause("show", "", "withdrawal/x"))
    assert not waiver.accepts("generated/lifecycle", Cause("withdraw", "", "withdrawal/y"))
    assert not waiver.accepts("withdrawal/x", Cause("show", "", "withdrawal/x"))


def test_requirement_that_a_waived_type_leaves_untested_is_waived() -> None:
    cause = Cause("list_x", "/data/*/attributes/cohort", "type")
    run = with_passing(Run()).requires("a/cohort-filter").waives(None, cause={"place": cause.place, "kind": "type"})
    run.found(Outcome.COULD_NOT_RUN, "a/cohort-filter", "It shows `cohort` as 7.", cause=cause)
    (waived,) = run.verdict().scopes[0].with_outcome(Outcome.WAIVED)

    assert run.verdict().exit_status is ExitStatus.CONFORMANT
    assert waived.waiver
    assert waived.waiver.cause == Cause("", cause.place, "type")


def test_untested_requirement_is_waived_by_the_operation_of_its_exchange() -> None:
    run = with_passing(Run()).requires("a/b").waives(None, cause={"operation": "list_x"})
    shown = run.exchanged("GET", "/x", operation="list_x")
    run.found(Outcome.COULD_NOT_RUN, "a/b", "It is 7.", exchanges=[shown], cause=Cause(kind="type"))

    assert run.verdict().exit_status is ExitStatus.CONFORMANT


@pytest.mark.parametrize("waived", ["a/b", "c/d"])
def test_untested_requirement_with_a_cause_is_waived_only_by_its_cause(waived: str) -> None:
    run = with_passing(Run()).requires("a/b").requires("c/d").waives(waived)
    run.found(Outcome.COULD_NOT_RUN, "a/b", "It is 7.", cause=Cause("list_x", "/data", "type"))
    run.found(Outcome.FAILED, "c/d")

    assert not any(each.requirement.id == "a/b" for each in run.verdict().scopes[0].with_outcome(Outcome.WAIVED))
