"""Options become a target and a run; each mistake in them has one sentence."""

from pathlib import Path

import pytest

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.contract.editions import load_edition
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Safety, Scope, UsageError
from lead_provider_conformance.pytest_plugin.options import (
    check_processes,
    check_requirements,
    check_selection,
    required_names,
    run_from,
    selected_requirements,
    target_from,
)
from lead_provider_conformance.pytest_plugin.plugin import pytest_xdist_auto_num_workers
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.run.scopes import scopes_of

TOKEN = "a-token-for-the-options"


@pytest.fixture
def configured(pytestconfig, monkeypatch):
    """Return a function that sets options like the command line."""
    monkeypatch.delenv("LEAD_PROVIDER_TOKEN", raising=False)
    monkeypatch.delenv("OTHER_LEAD_PROVIDER_TOKEN", raising=False)

    def configure(**options):
        for name, value in options.items():
            monkeypatch.setattr(pytestconfig.option, name, value)
        return pytestconfig

    return configure


def run_with(configured, **options):
    config = configured(base_url="http://127.0.0.1:9", token=TOKEN, **options)
    return run_from(config, target_from(config), process="main")


def test_base_url_and_token_are_a_read_only_target(configured):
    target = target_from(configured(base_url="http://127.0.0.1:9/", token=TOKEN))

    assert target.base_url == "http://127.0.0.1:9"
    assert target.tokens == (TOKEN,)
    assert target.safety is Safety.READ_ONLY


@pytest.mark.parametrize(
    ("options", "required"),
    [
        ({}, frozenset()),
        ({"api_version": ["v1,v3"]}, {"v1", "v3"}),
        ({"programme": ["npq"]}, {"npq"}),
        ({"api_version": ["v3"], "programme": ["ecf"]}, None),
        ({"target": "sandbox"}, None),
    ],
)
def test_server_may_lack_the_scopes_that_no_option_names(configured, options, required):
    assert required_names(configured(**options)) == required


def test_tokens_come_from_the_environment(configured, monkeypatch):
    monkeypatch.setenv("LEAD_PROVIDER_TOKEN", "first-from-outside")
    monkeypatch.setenv("OTHER_LEAD_PROVIDER_TOKEN", "second-from-outside")

    target = target_from(configured(base_url="http://127.0.0.1:9"))

    assert target.tokens == ("first-from-outside", "second-from-outside")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "No target: give --target FILE"),
        ({"target": "sandbox", "base_url": "http://127.0.0.1:9"}, "Both --target and --base-url"),
        ({"target": "sandbox", "token": TOKEN}, "go with --base-url"),
        ({"base_url": "http://127.0.0.1:9", "other_token": TOKEN}, "--other-token is given without --token"),
        ({"base_url": "http://127.0.0.1:9", "token": TOKEN, "safety": "careful"}, "--safety careful"),
        ({"target": "no-such-target"}, "There is no target file no-such-target"),
        (
            {"base_url": "https://manage-training.education.gov.uk", "token": TOKEN, "safety": "sandbox"},
            "looks like a live service",
        ),
    ],
)
def test_invalid_target_options_have_a_sentence(configured, options, sentence):
    with pytest.raises(UsageError, match=sentence):
        target_from(configured(**options))


def test_live_service_may_be_written_to_with_the_option(configured):
    config = configured(
        base_url="https://manage-training.education.gov.uk",
        token=TOKEN,
        safety="sandbox",
        i_know_this_is_production=True,
    )

    assert target_from(config).safety is Safety.SANDBOX


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"profile": "enormous"}, "--profile enormous"),
        ({"generation_seed": "many"}, "--generation-seed many"),
        ({"requests": "0"}, "--requests 0"),
        ({"fail_on": "may"}, "--fail-on may is not a level"),
        ({"fresh": "new"}, "--fresh new is not a whole number"),
        ({"time_limit": "5 minutes"}, "--time-limit 5 minutes is not a number of seconds"),
        ({"api_version": ["v9"]}, "no API version 'v9'"),
        ({"programme": ["pgce"]}, "has no pgce"),
        ({"report_dir": __file__}, "is a file"),
        ({"edition": "1066-10"}, "There is no edition 1066-10 of the contract; choose 2024-12 or 2025-04"),
    ],
)
def test_invalid_option_has_a_sentence(configured, options, sentence):
    with pytest.raises(UsageError, match=sentence):
        run_with(configured, **options)


def test_versions_may_be_separated_by_commas(configured):
    run = run_with(configured, api_version=["v3,v1"], programme=["ecf"])

    assert run.scopes == (Scope("v3", "ecf"), Scope("v1", "ecf"))


def test_edition_option_overrides_that_of_the_target(configured):
    target = Target(name="t", base_url="http://127.0.0.1:9", edition="2025-04")

    assert run_with(configured).edition == "2024-12"
    assert run_from(configured(), target, process="main").edition == "2025-04"
    assert run_from(configured(edition="2024-12"), target, process="main").edition == "2024-12"


def test_report_dir_is_relative_to_the_working_directory(configured):
    config = configured(report_dir="somewhere/else")

    assert run_with(configured).folder == Path(config.invocation_params.dir, "somewhere/else")


def test_unknown_operation_has_a_hint(configured):
    config = configured(base_url="http://127.0.0.1:9", token=TOKEN)
    target = Target(name="t", base_url="http://127.0.0.1:9", operations=frozenset({"list_ecf_participant"}))

    with pytest.raises(UsageError, match="did you mean list_ecf_participants"):
        run_from(config, target, process="main")


def test_operation_of_another_version_is_accepted(configured):
    config = configured(base_url="http://127.0.0.1:9", token=TOKEN, api_version=["v3"])
    target = Target(name="t", base_url="http://127.0.0.1:9", operations=frozenset({"list_ecf_participants_csv"}))

    assert run_from(config, target, process="main").target.operations == {"list_ecf_participants_csv"}


def test_unknown_state_has_a_hint(configured):
    target = Target(name="t", base_url="http://127.0.0.1:9", states={"ect.no-declaration": ()})

    with pytest.raises(UsageError, match=r"did you mean ect\.no-declarations"):
        run_from(configured(), target, process="main")


@pytest.mark.parametrize(
    ("waiver", "saying"),
    [
        ({"requirement": "void/onec"}, "`waivers` names void/onec, which does not exist; did you mean void/once"),
        ({"operations": ["nope"]}, "`waivers` names nope, which does not exist; docs/contract/ lists them"),
        ({"cause": {"operation": "nope"}}, "`waivers` names nope, which does not exist"),
    ],
)
def test_waiver_of_something_unknown_is_refused(configured, waiver, saying):
    named = {"requirement": "void/once", "owner": "A", "reason": "B", "expires": "2099-01-01", **waiver}
    target = Target(name="t", base_url="http://127.0.0.1:9", waivers=(Waiver.from_mapping(named),))

    with pytest.raises(UsageError, match=saying):
        run_from(configured(), target, process="main")


def test_requirements_are_selected_by_id_or_area(configured):
    registry = Registry.load()

    assert selected_requirements(configured(requirement=["void/once"]), registry) == {"void/once"}
    assert "void/state" in selected_requirements(configured(requirement=["void"]), registry)
    assert selected_requirements(configured(requirement=[]), registry) == frozenset()
    with pytest.raises(UsageError, match=r"--requirement void/onec is neither .*; did you mean void/once"):
        selected_requirements(configured(requirement=["void/onec"]), registry)


def test_requirement_that_does_not_apply_to_the_run_is_refused(configured):
    options = {"edition": "2026-08", "programme": ["npq"]}
    run = run_with(configured, **options, requirement=["void-2026/closed-cohort"])

    with pytest.raises(UsageError, match=r"^--requirement void-2026/closed-cohort does not apply to v3 NPQ of edition"):
        check_requirements(configured(), run)
    check_requirements(configured(requirement=["void-2026/closed-cohort", "npq-outcomes"]), run)


def test_version_that_the_target_does_not_offer_is_refused():
    target = Target(name="t", base_url="http://127.0.0.1:9", versions=("v3",))

    with pytest.raises(UsageError, match="has no v1"):
        scopes_of(target, "2024-12", Registry.load(), ["v1"])
    assert {scope.version for scope in scopes_of(target, "2024-12", Registry.load())} == {"v3"}


def test_version_that_the_edition_lacks_is_refused():
    target = Target(name="t", base_url="http://127.0.0.1:9")
    registry = load_edition("2026-08").of(Registry.load())

    with pytest.raises(
        UsageError, match=r"^Edition 2026-08 has no API version 'v1'; choose v3 with --api-version, or "
    ):
        scopes_of(target, "2026-08", registry, ["v1"])


def test_version_of_the_target_that_the_edition_lacks_is_refused():
    target = Target(name="t", base_url="http://127.0.0.1:9", versions=("v1",), programmes=("ecf",))
    registry = load_edition("2026-08").of(Registry.load())

    with pytest.raises(UsageError, match=r"^The target t has v1, which edition 2026-08 does not have; .* choose v3"):
        scopes_of(target, "2026-08", registry)


def test_option_selects_a_version_of_a_target_with_others():
    target = Target(name="t", base_url="http://127.0.0.1:9", versions=("v1", "v3"), programmes=("ecf",))
    registry = load_edition("2026-08").of(Registry.load())

    with pytest.raises(UsageError, match=r"^The target t has v1, "):
        scopes_of(target, "2026-08", registry)
    assert scopes_of(target, "2026-08", registry, ["v3"]) == (Scope("v3", "ecf"),)


@pytest.mark.parametrize(
    ("argument", "options", "sentence"),
    [
        ("suites/nowhere.py", {}, "There is no file or folder suites/nowhere.py; name one of suites/"),
        ("x" * 5_000, {}, "There is no file or folder xxx"),
        (f"{__file__}::test_nothing[v3]", {}, "There is no test test_nothing in "),
        (__file__, {"keyword": "("}, r"-k '\(' is not an expression"),
        (__file__, {"markexpr": "a and"}, "-m 'a and' is not an expression"),
    ],
    ids=["file", "long", "test", "keyword", "marker"],
)
def test_unknown_test_or_invalid_expression_has_a_sentence(configured, monkeypatch, argument, options, sentence):
    config = configured(**options)
    monkeypatch.setattr(config, "args", [argument])

    with pytest.raises(UsageError, match=sentence):
        check_selection(config)


def test_known_test_is_accepted(configured, monkeypatch):
    config = configured(keyword="not slow")
    monkeypatch.setattr(config, "args", [f"{__file__}::test_known_test_is_accepted[v3]", str(Path(__file__).parent)])

    check_selection(config)


@pytest.mark.parametrize(("processes", "concurrency"), [(None, 1), (0, 1), (1, 1), (4, 4), (4, None)])
def test_processes_within_the_concurrency_of_the_target_are_allowed(configured, processes, concurrency):
    check_processes(configured(numprocesses=processes), Target("x", "http://127.0.0.1:9", concurrency=concurrency))


def test_more_processes_than_the_concurrency_of_the_target_are_refused(configured):
    with pytest.raises(UsageError, match=r"-n 4 sends 4 requests at the same time.*`concurrency: 2`; use -n 2 or less"):
        check_processes(configured(numprocesses=4), Target("x", "http://127.0.0.1:9", concurrency=2))


@pytest.mark.parametrize(
    ("settings", "processes"),
    [("", 0), ("concurrency: 1", 0), ("concurrency: 4", 4), ("start: {command: [serve], ready: /}", None)],
)
def test_auto_uses_the_concurrency_of_the_target(configured, monkeypatch, tmp_path, settings, processes):
    file = tmp_path / "target.yaml"
    file.write_text(f"name: x\nbase_url: http://127.0.0.1:9\n{settings}\n")
    config = configured(target=str(file))
    monkeypatch.setattr(config, "args", [str(suites_root())])

    assert pytest_xdist_auto_num_workers(config) == processes
