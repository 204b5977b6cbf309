"""How a test's end becomes findings in the journal and a result for pytest."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.config.shard import WHOLE, Shard
from lead_provider_conformance.config.target import Start, Target
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.contract import Contract, Violation
from lead_provider_conformance.contract.bodies import MAX_VIOLATIONS
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.http.client import Exchange
from lead_provider_conformance.model import CouldNotRun, Level, Outcome, Scope
from lead_provider_conformance.results import journal
from lead_provider_conformance.run.checks import ObservedFailure
from lead_provider_conformance.run.test_context import TestContext, TestResult

V3_ECF = Scope("v3", "ecf")
HALF = Shard(1, 2)
OPERATION = "list_ecf_participants"


def context(
    folder: Path,
    *violations: Violation,
    requirements: Sequence[str] = (),
    waivers: Sequence[Waiver] = (),
    fail_on: Level = Level.MUST,
    also_for: Sequence[Scope] = (),
    exchanges: int = 1,
    registry: Registry | None = None,
) -> TestContext:
    """Return the context of a test of `requirements`, whose first exchange broke the contract by `violations`."""
    operation = Contract.load("v3").find("GET", "/api/v3/participants/ecf")
    registry = registry or Registry.load()
    run = SimpleNamespace(
        journal=journal.Journal(folder),
        registry=registry,
        target=SimpleNamespace(waivers=waivers),
        fail_on=fail_on,
        started_at=datetime(2026, 11, 22, tzinfo=UTC),
    )
    context = TestContext(run, V3_ECF, "test", [registry[each] for each in requirements], also_for)
    sent = [Exchange("main-00001", operation, 200, violations)]
    sent += [Exchange(f"main-{number:05d}", operation, 200, ()) for number in range(2, exchanges + 1)]
    context.client = SimpleNamespace(exchanges=sent)
    return context


def finish(context: TestContext, error: BaseException | None = None) -> TestResult:
    return context.finish(error, seconds=0.1)


def last_lines(result: TestResult) -> list[str]:
    return [problem.splitlines()[-1].strip() for problem in result.problems]


def finding_lines(folder: Path) -> list[dict[str, Any]]:
    lines = [journal.parse_line(line) for line in (folder / journal.RESULTS).read_bytes().splitlines()]
    return [line for line in lines if line and line["kind"] == "finding"]


def reasons(folder: Path, *violations: Violation) -> list[str]:
    """Return the reasons of the failures in the journal after a test with these violations."""
    finish(context(folder, *violations))
    return [line["reason"] for line in finding_lines(folder) if line["outcome"] == Outcome.FAILED]


@pytest.mark.parametrize(("start", "shard"), [(None, HALF), (Start(("serve",), "/"), WHOLE)])
def test_only_shards_that_share_a_server_split_its_records(
    tmp_path: Path, start: Start | None, shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = context(tmp_path)
    test.run = SimpleNamespace(
        target=Target("a", "http://127.0.0.1:1", start=start),
        credentials=[object()],
        shard=HALF,
        calendar=None,
        journal=None,
        workspace=tmp_path,
    )
    test.discovery_client = test.client
    monkeypatch.setattr("lead_provider_conformance.run.test_context.Api", lambda *_: None)

    assert test.states.shard == shard


def test_same_violation_in_many_records_is_one_finding(tmp_path: Path) -> None:
    violations = [Violation("response-schema", f"/data/{n}/attributes", "'full_name' is missing") for n in range(9)]

    assert reasons(tmp_path, *violations) == ["list_ecf_participants: /data/0/attributes: 'full_name' is missing"]


def test_count_of_further_violations_is_no_finding(tmp_path: Path) -> None:
    violations = [Violation("undocumented-member", f"/data/{n}/x", "not documented") for n in range(MAX_VIOLATIONS)]
    count = Violation("response-schema", "", "and 116 more")

    assert reasons(tmp_path, *violations, count) == ["list_ecf_participants: /data/0/x: not documented"]


def test_violation_by_the_whole_response_is_a_finding(tmp_path: Path) -> None:
    violation = Violation("response-schema", "", "'data' is missing")

    assert reasons(tmp_path, violation) == ["list_ecf_participants: the response: 'data' is missing"]


MUST, SHOULD, MAY = "void/persists", "authentication/scheme", "errors/bad-request-title"
WAIVER = Waiver(MUST, owner="Team A", reason="Agreed in May", expires=date(2999, 1, 1))


def test_levels_of_the_requirements_in_these_tests() -> None:
    registry = Registry.load()

    assert [registry[each].level for each in (MUST, SHOULD)] == [Level.MUST, Level.SHOULD]


@pytest.mark.parametrize(
    ("requirement", "options", "advised"),
    [
        (MUST, {}, False),
        (SHOULD, {}, True),
        (SHOULD, {"fail_on": Level.SHOULD}, False),
        (MUST, {"waivers": [WAIVER]}, True),
        (SHOULD, {"waivers": [WAIVER], "fail_on": Level.SHOULD}, False),
    ],
)
def test_failure_that_does_not_count_is_advised(tmp_path, requirement, options, advised) -> None:
    result = finish(context(tmp_path, requirements=[requirement], **options), AssertionError("no"))

    assert (last_lines(result), result.advised) == (["no"], advised)


def test_problem_shows_statement_source_and_reason(tmp_path: Path) -> None:
    requirement = Registry.load()[MUST]

    result = finish(context(tmp_path, requirements=[MUST]), AssertionError("the state is \x1b[31meligible"))

    assert [line.strip() for line in result.problems[0].splitlines()] == [
        f"{MUST} (MUST): {requirement.statement}",
        f"Source: {'; '.join(requirement.sources)}",
        "the state is ⟨U+001B⟩[31meligible",
    ]


@pytest.mark.parametrize(("expires", "advised"), [(date(2026, 11, 22), True), (date(2026, 11, 21), False)])
def test_waiver_counts_up_to_and_including_its_last_day(tmp_path: Path, expires: date, advised: bool) -> None:
    waiver = Waiver(MUST, owner="Team A", reason="Agreed in May", expires=expires)

    assert finish(context(tmp_path, requirements=[MUST], waivers=[waiver]), AssertionError("no")).advised is advised


@pytest.mark.parametrize(("operation", "advised"), [(OPERATION, True), ("show_ecf_participant", False)])
def test_waiver_of_operation_covers_violation_before_forty_exchanges(
    tmp_path: Path, operation: str, advised: bool
) -> None:
    broken = Violation("response-schema", "/data", "not a list")
    waiver = Waiver("contract/response-schema", "Team A", "Agreed", date(2999, 1, 1), operations=(operation,))

    result = finish(context(tmp_path, broken, waivers=[waiver], exchanges=40))

    assert (last_lines(result), result.advised) == (["list_ecf_participants: /data: not a list"], advised)


def test_waiver_of_operation_covers_failure_in_first_of_forty_exchanges(tmp_path: Path) -> None:
    waiver = Waiver(MUST, "Team A", "Agreed", date(2999, 1, 1), operations=(OPERATION,))
    test = context(tmp_path, requirements=[MUST], waivers=[waiver], exchanges=40)
    test.checks.decide(MUST, [ObservedFailure("no", ["main-00001"])])

    assert finish(test).advised


@pytest.mark.parametrize("error", [ValueError("of our own"), CouldNotRun("No record.", "Add one."), None])
def test_test_without_failure_of_the_server_is_not_advised(tmp_path, error) -> None:
    assert not finish(context(tmp_path, requirements=[SHOULD]), error).advised


@pytest.mark.parametrize("fail_on", [Level.MUST, Level.SHOULD])
def test_failed_may_never_fails_a_test(tmp_path: Path, fail_on: Level) -> None:
    registry = Registry.load()
    may = next(each for each in registry if each.level is Level.MAY)

    result = finish(context(tmp_path, requirements=[may.id], fail_on=fail_on), AssertionError("no"))

    assert result == TestResult((), advised=True)


def test_findings_count_in_every_scope_that_the_test_is_for(tmp_path: Path) -> None:
    v3_npq = Scope("v3", "npq")
    broken = Violation("response-schema", "/data/0/id", "'1' is not a 'uuid'")

    result = finish(context(tmp_path, broken, requirements=["paging/page"], also_for=[v3_npq]))

    assert last_lines(result) == ["list_ecf_participants: /data/0/id: '1' is not a 'uuid'"]
    lines = finding_lines(tmp_path)
    of_programme = {
        programme: [(line["requirement"], line["outcome"]) for line in lines if line["programme"] == programme]
        for programme in ("ecf", "npq")
    }
    assert of_programme["ecf"] == of_programme["npq"]
    assert ("paging/page", Outcome.PASSED) in of_programme["npq"]
    assert ("contract/response-schema", Outcome.FAILED) in of_programme["npq"]


UNDOCUMENTED = Violation("documented-status", "", "status 500 is not documented")


def failed_lines(folder: Path) -> list[tuple[str, str, str]]:
    lines = (line for line in finding_lines(folder) if line["outcome"] == Outcome.FAILED)
    return [(line["requirement"], f"{line['version']} {line['programme']}", line["cause"]["kind"]) for line in lines]


def server_error(number: int, place: str = "query:page") -> Exchange:
    operation = Contract.load("v3").find("GET", "/api/v3/participants/ecf")
    return Exchange(f"main-{number:05d}", operation, 500, (UNDOCUMENTED,), place)


def test_server_error_while_searching_for_records_is_a_finding(tmp_path: Path) -> None:
    test = context(tmp_path, requirements=[MUST])
    test._other_clients.append(SimpleNamespace(scope=Scope("v3", "npq"), exchanges=[server_error(2)]))
    result = finish(test)

    assert last_lines(result) == ["list_ecf_participants: the response: status 500 is not documented"]
    assert failed_lines(tmp_path) == [("contract/documented-status", "v3 npq", "500")]
    passed = {line["requirement"] for line in finding_lines(tmp_path) if line["outcome"] == Outcome.PASSED}
    assert passed >= {MUST, "contract/documented-status"}


def test_server_error_at_an_unknown_path_is_a_finding(tmp_path: Path) -> None:
    test = context(tmp_path)
    test.client.exchanges.append(Exchange("main-00002", None, 500, (UNDOCUMENTED,)))
    finish(test)

    assert failed_lines(tmp_path) == [("contract/documented-status", "v3 ecf", "500")]


def test_server_error_outside_the_cases_fails_the_generated_requirement_once_per_place(tmp_path: Path) -> None:
    test = context(tmp_path, requirements=["generated/no-server-error", "generated/documented-status"])
    test.client.exchanges += [server_error(2), server_error(3), server_error(4, "/data"), server_error(5, "query:sort")]
    test.judged.add("main-00005")
    test.checks.decide("generated/no-server-error", [])
    test.checks.decide("generated/documented-status", [])
    finish(test)

    assert failed_lines(tmp_path) == [("generated/no-server-error", "v3 ecf", "500")] * 2


def test_violations_at_two_places_of_one_response_have_a_cause_each(tmp_path: Path) -> None:
    null = Violation("response-schema", "/data/0/a", "null is not a string", "null")
    number = Violation("response-schema", "/data/4/b", "5 is not a string", "type")
    finish(context(tmp_path, null, number))

    causes = [line["cause"] for line in finding_lines(tmp_path) if line["outcome"] == Outcome.FAILED]
    assert causes == [
        {"operation": OPERATION, "place": "/data/*/a", "kind": "null"},
        {"operation": OPERATION, "place": "/data/*/b", "kind": "type"},
    ]
