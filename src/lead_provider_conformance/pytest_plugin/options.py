"""Build the target and the run from the options on pytest's command line."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Collection, Iterable
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from _pytest.mark.expression import Expression

from lead_provider_conformance.config import target_file
from lead_provider_conformance.config.options import (
    OPTIONS,
    PROFILE_REQUESTS,
    parse_count,
    parse_integer,
    parse_level,
    parse_profile,
    split_values,
)
from lead_provider_conformance.config.shard import Shard
from lead_provider_conformance.config.target import Target, looks_like_production
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.editions import Edition, editions, load_edition
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Safety, TimeLimit, UsageError
from lead_provider_conformance.run.run import Run
from lead_provider_conformance.run.scopes import scopes_of
from lead_provider_conformance.testdata import CATALOGUE
from lead_provider_conformance.text import shortened


def add_options(parser: pytest.Parser) -> None:
    """Add the options of a run to pytest's."""
    group = parser.getgroup("lead provider conformance")
    for name, settings in OPTIONS.items():
        group.addoption(name, **settings)


def target_from(config: pytest.Config) -> Target:
    """Return the target that the options name. Raise UsageError if they name none, two, or an invalid one."""
    target = _named_target(config)
    host = urlsplit(target.base_url).hostname or ""
    may_write = target.safety is Safety.SANDBOX
    if may_write and looks_like_production(host) and not config.getoption("i_know_this_is_production"):
        raise UsageError(
            f"{host} looks like a live service, and the suite would change its data; "
            "run with --safety read-only, or add --i-know-this-is-production if it may."
        )
    return target


def _named_target(config: pytest.Config) -> Target:
    file, base_url = config.getoption("target"), config.getoption("base_url")
    tokens = [token for token in (config.getoption("token"), config.getoption("other_token")) if token]
    safety = config.getoption("safety")
    if file and base_url:
        raise UsageError("Both --target and --base-url are given; give only one of them.")
    if safety is not None and safety not in list(Safety):
        raise UsageError(f"--safety {safety} is not a safety mode; choose {' or '.join(Safety)}.")
    if file and (tokens or safety):
        raise UsageError("--token, --other-token and --safety go with --base-url; write them into the target file.")
    if file:
        return target_file.load(target_file.find(file))
    if base_url:
        if config.getoption("other_token") and not config.getoption("token"):
            raise UsageError("--other-token is given without --token; give both, or only --token.")
        return target_file.from_options(base_url, tokens=tokens, safety=safety)
    raise UsageError(
        "No target: give --target FILE, or --base-url URL with --token T. "
        "To test the embedded sandbox, give --target sandbox."
    )


def check_processes(config: pytest.Config, target: Target) -> None:
    """Raise UsageError if -n gives more processes than the target allows."""
    processes = config.getoption("numprocesses", None) or 1
    if target.concurrency is not None and processes > target.concurrency:
        raise UsageError(
            f"-n {processes} sends {processes} requests at the same time, and the target file allows `concurrency: "
            f"{target.concurrency}`; use -n {target.concurrency} or less, or -n auto."
        )


def run_from(config: pytest.Config, target: Target, *, process: str) -> Run:
    """Return the run that the options describe. Raise UsageError for the first invalid option."""
    edition = load_edition(config.getoption("edition") or target.edition or editions()[0])
    registry = edition.of(Registry.load())
    _check_target(str(config.getoption("target") or target.name), target, edition, registry)
    profile = parse_profile(config.getoption("profile"))
    fresh = config.getoption("fresh")
    return Run(
        target=target,
        edition=edition.name,
        registry=registry,
        scopes=scopes_of(
            target,
            edition.name,
            registry,
            split_values(config.getoption("api_version")),
            split_values(config.getoption("programme")),
        ),
        folder=_folder(config),
        profile=profile,
        seed=parse_integer("--generation-seed", config.getoption("generation_seed")),
        requests=_requests(config, profile),
        fail_on=parse_level(config.getoption("fail_on")),
        fresh=parse_integer("--fresh", fresh) if fresh is not None else None,
        shard=Shard.parse(config.getoption("shard") or "1/1"),
        process=process,
        pseudonymise=config.getoption("pseudonymise"),
        time_limit=_time_limit(config),
    )


def required_names(config: pytest.Config) -> frozenset[str] | None:
    """Return the versions and programmes that the server must have; None if it must have all that are selected.

    With --base-url, a version or programme that no option names is tested only if the server has it.
    """
    named = [split_values(config.getoption(option)) for option in ("api_version", "programme")]
    return None if config.getoption("target") or all(named) else frozenset(chain(*named))


def check_requirements(config: pytest.Config, run: Run) -> None:
    """Raise UsageError if --requirement names an unknown requirement, or only such that do not apply to the run."""
    ids = selected_requirements(config, run.registry)
    if ids and not any(run.registry[each].applies_to(scope) for each in ids for scope in run.scopes):
        scopes = " and ".join(scope.label for scope in run.scopes)
        raise UsageError(
            f"--requirement {', '.join(split_values(config.getoption('requirement')))} does not apply to {scopes} of "
            f"edition {run.edition}; `lead-provider-conformance requirement list --edition {run.edition}` prints those "
            "that do."
        )


def selected_requirements(config: pytest.Config, registry: Registry) -> frozenset[str]:
    """Return the ids of the requirements that --requirement names. Raise UsageError for an unknown one."""
    ids: set[str] = set()
    for name in split_values(config.getoption("requirement")):
        try:
            ids |= {each.id for each in registry.matching(name)}
        except UsageError as error:
            raise UsageError(f"--requirement {error}") from None
    return frozenset(ids)


LISTED = "`lead-provider-conformance requirement list` prints them."


def _check_target(file: str, target: Target, edition: Edition, registry: Registry) -> None:
    """Raise UsageError if the target file names an unknown requirement, state or operation."""
    requirements = [each.id for each in registry]
    names_operations = target.operations or target.waivers
    contracts = [Contract.of(edition.name, scope) for scope in edition.scopes] if names_operations else []
    operations = {each.id for contract in contracts for each in contract.operations}

    def check(key: str, names: Iterable[str], known: Collection[str], otherwise: str) -> None:
        for name in names:
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {close[0]}?" if close else otherwise
                raise UsageError(f"{file}: `{key}` names {name}, which does not exist; {hint}")

    states = f"the states are {', '.join(CATALOGUE)}."
    check("states", target.states, CATALOGUE, states)
    check("provisioning.states", (target.provisioning and target.provisioning.states) or (), CATALOGUE, states)
    check("operations", sorted(target.operations or ()), operations, "docs/contract/ lists them.")
    for waiver in target.waivers:
        named = [*waiver.operations, *([waiver.cause.operation] if waiver.cause and waiver.cause.operation else [])]
        check("waivers", named, operations, "docs/contract/ lists them.")
        requirement = [waiver.requirement] if waiver.requirement else []
        check("waivers", requirement, requirements, LISTED)
    check("gaps", (each.requirement for each in target.gaps), requirements, LISTED)


def _requests(config: pytest.Config, profile: str) -> int:
    text = config.getoption("requests")
    return PROFILE_REQUESTS[profile] if text is None else parse_count("--requests", text, unit="requests")


def _time_limit(config: pytest.Config) -> TimeLimit | None:
    """Return the limit from now on: all processes of a run start at almost the same moment."""
    text = config.getoption("time_limit")
    if text is None:
        return None
    seconds = parse_count("--time-limit", text, unit="seconds")
    return TimeLimit(seconds, time.time() + seconds)


def check_selection(config: pytest.Config) -> None:
    """Raise UsageError for an unknown file or test, or an invalid expression.

    Pytest would notice only after the target has started, and a worker of xdist would not report it.
    """
    for argument in config.args:
        name, _, test = argument.partition("::")
        path = Path(config.invocation_params.dir, name)
        try:
            exists = path.exists()
        except (OSError, ValueError):  # too long for a file name, for instance
            exists = False
        if not exists:
            raise UsageError(
                f"There is no file or folder {shortened(name, 60)}; name one of suites/, or none to run all of them."
            )
        test = test.partition("[")[0].partition("::")[0]
        if test and path.is_file() and not re.search(rf"(def|class) {re.escape(test)}\b", path.read_text("utf-8")):
            raise UsageError(f"There is no test {shortened(test, 60)} in {name}; --collect-only -q lists its tests.")
    for option, expression in (("-k", config.option.keyword), ("-m", config.option.markexpr)):
        try:
            Expression.compile(expression or "all")
        except SyntaxError as error:
            raise UsageError(
                f"{option} {expression!r} is not an expression ({error.msg}); write one such as `a and not b`."
            ) from None


def _folder(config: pytest.Config) -> Path:
    folder = Path(config.invocation_params.dir, config.getoption("report_dir"))
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--report-dir {folder} is a file; give a folder.")
    return folder
