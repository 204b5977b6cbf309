"""The command-line options of a run, and what they say."""

from __future__ import annotations

import difflib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lead_provider_conformance.config import target as targets
from lead_provider_conformance.config.shard import Shard
from lead_provider_conformance.config.target import Target, looks_like_production
from lead_provider_conformance.contract import Contract, editions, versions
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.fuzzing import BUDGETS
from lead_provider_conformance.model import Level, Safety, TimeLimit, UsageError
from lead_provider_conformance.run.run import PROFILES, Run, scopes_of
from lead_provider_conformance.testdata import CATALOGUE

DEFAULT_FOLDER = Path("reports/latest")
DEFAULT_SEED = 20_241_203


OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "--target": {"metavar": "FILE", "help": "target file, or the name of one that comes with the suite"},
    "--base-url": {"metavar": "URL", "help": "address of the server to test, instead of a target file"},
    "--token": {"metavar": "T", "help": f"the provider's token (else {targets.TOKEN_VARIABLE})"},
    "--other-token": {"metavar": "T", "help": f"another provider's token (else {targets.OTHER_TOKEN_VARIABLE})"},
    "--edition": {"metavar": "E", "help": "edition of the contract, such as 2025-04, instead of the target's"},
    "--api-version": {
        "action": "append",
        "default": [],
        "metavar": "V",
        "help": "v1, v2 or v3; several times for several",
    },
    "--programme": {"action": "append", "default": [], "metavar": "P", "help": "ecf or npq; several times for both"},
    "--requirement": {
        "action": "append",
        "default": [],
        "metavar": "ID",
        "help": "run only the tests of this requirement, or of an area such as void; several times for several",
    },
    "--safety": {
        "metavar": "MODE",
        "help": "with --base-url: read-only (the default) sends no request but GET; sandbox lets the suite write",
    },
    "--i-know-this-is-production": {
        "action": "store_true",
        "help": "let the suite write to a server whose address looks like a live one",
    },
    "--plan": {"action": "store_true", "help": "say what would run, and what it needs, and change and write nothing"},
    "--profile": {"default": "standard", "metavar": "P", "help": "how much is generated: quick, standard or full"},
    "--requests": {
        "metavar": "N",
        "help": "how many generated requests each version gets, instead of what the profile says",
    },
    "--fresh": {"metavar": "SEED", "help": "fuzz anew with this seed, and keep what fails until it passes"},
    "--shard": {"metavar": "K/N", "help": "run one part of N, such as 1/4; together they are the whole run"},
    "--time-limit": {
        "metavar": "SECONDS",
        "help": "end the run when it has taken so long, and report what it found out",
    },
    "--generation-seed": {"default": DEFAULT_SEED, "metavar": "N", "help": "seed of the generated tests"},
    "--fail-on": {
        "default": "must",
        "metavar": "LEVEL",
        "help": "what fails the run: must (the default), or should as well",
    },
    "--sign-key": {"metavar": "FILE", "help": "sign verdict.json with this Ed25519 key, in PEM"},
    "--pseudonymise": {
        "action": "store_true",
        "help": "let stand-ins take the place of names, e-mail addresses and TRNs",
    },
    "--report-dir": {"default": str(DEFAULT_FOLDER), "metavar": "DIR", "help": "where journals and reports go"},
}
"""The options of a run, as argparse takes them."""


def add_options(parser: pytest.Parser) -> None:
    """Add the options of a run to pytest's."""
    group = parser.getgroup("lead provider conformance")
    for name, said in OPTIONS.items():
        group.addoption(name, **said)


def target_from(config: pytest.Config) -> Target:
    """The target that the options name. Raises UsageError if they name none, two, or one that is wrong."""
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
        raise UsageError("Both --target and --base-url are given; keep one of them.")
    if safety is not None and safety not in list(Safety):
        raise UsageError(f"--safety {safety} is not a safety mode; choose {' or '.join(Safety)}.")
    if file and (tokens or safety):
        raise UsageError("--token, --other-token and --safety go with --base-url; write them into the target file.")
    if file:
        return targets.load(targets.named(file))
    if base_url:
        if config.getoption("other_token") and not config.getoption("token"):
            raise UsageError("--other-token is given without --token; give both, or the first alone.")
        return targets.from_options(base_url, tokens=tokens, safety=safety)
    raise UsageError(
        "No target: give --target FILE, or --base-url URL with --token T. "
        "To test the embedded sandbox, give --target sandbox."
    )


def run_from(config: pytest.Config, target: Target, *, process: str) -> Run:
    """The run that the options describe. Raises UsageError for whatever is wrong with them."""
    edition = editions.named(config.getoption("edition") or target.edition or Calendar.load().editions[0])
    registry = edition.of(Registry.load())
    for waiver in target.waivers:
        registry[waiver.requirement]
    for name in target.states:
        if name not in CATALOGUE:
            close = difflib.get_close_matches(name, CATALOGUE, n=1)
            hint = f"did you mean {close[0]}?" if close else f"the states are {', '.join(CATALOGUE)}."
            raise UsageError(f"The target file lists records in a state {name}, which there is not; {hint}")
    _check_operations(target)
    return Run(
        target=target,
        edition=edition.name,
        registry=registry,
        scopes=scopes_of(target, registry, _listed(config, "api_version"), _listed(config, "programme")),
        folder=_folder(config),
        profile=_profile(config),
        seed=_seed(config),
        requests=_requests(config),
        fresh=_whole(config, "fresh"),
        shard=Shard.parse(config.getoption("shard") or "1/1"),
        process=process,
        pseudonymise=config.getoption("pseudonymise"),
        time_limit=_time_limit(config),
    )


def _check_operations(target: Target) -> None:
    """Raise UsageError if the target file says that it implements an operation that the contract does not have."""
    if target.operations is None:
        return
    known = {each.id for version in versions() for each in Contract.load(version).operations}
    for name in sorted(target.operations - known):
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else "docs/contract/ lists them."
        raise UsageError(f"The target file says that it implements an operation {name}, which there is not; {hint}")


def selected(config: pytest.Config, registry: Registry) -> frozenset[str]:
    """The ids of the requirements that --requirement names. Raises UsageError for one that there is not."""
    ids: set[str] = set()
    for name in _listed(config, "requirement"):
        found = {each.id for each in registry if name in (each.id, each.area)}
        if not found:
            raise UsageError(f"--requirement {name} is neither a requirement nor an area of requirements.")
        ids |= found
    return frozenset(ids)


def fail_on(name: str) -> Level:
    """The level that --fail-on names. Raises UsageError for one whose failures never count."""
    known = {"must": Level.MUST, "should": Level.SHOULD}
    if name.lower() not in known:
        raise UsageError(f"--fail-on {name} is not a level that can fail a run; choose must or should.")
    return known[name.lower()]


def _listed(config: pytest.Config, name: str) -> list[str]:
    return [part for value in config.getoption(name) for part in value.split(",") if part]


def _profile(config: pytest.Config) -> str:
    profile: str = config.getoption("profile")
    if profile not in PROFILES:
        raise UsageError(f"--profile {profile} is not a profile; choose {', '.join(PROFILES)}.")
    return profile


def _seed(config: pytest.Config) -> int:
    text = config.getoption("generation_seed")
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"--generation-seed {text} is not a whole number.") from None


def _whole(config: pytest.Config, name: str) -> int | None:
    text = config.getoption(name)
    try:
        return None if text is None else int(text)
    except ValueError:
        raise UsageError(f"--{name} {text} is not a whole number.") from None


def _requests(config: pytest.Config) -> int:
    text = config.getoption("requests")
    if text is None:
        return BUDGETS[_profile(config)]
    if not text.isdecimal() or int(text) == 0:
        raise UsageError(f"--requests {text} is not a number of requests; give a whole number from 1.")
    return int(text)


def _time_limit(config: pytest.Config) -> TimeLimit | None:
    """The limit, from now on: the processes of a run begin within a moment of each other."""
    text = config.getoption("time_limit")
    if text is None:
        return None
    if not text.isdecimal() or int(text) == 0:
        raise UsageError(f"--time-limit {text} is not a number of seconds; give a whole number from 1.")
    return TimeLimit(int(text), time.time() + int(text))


def _folder(config: pytest.Config) -> Path:
    folder = Path(config.invocation_params.dir, config.getoption("report_dir"))
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--report-dir {folder} is a file; give a folder.")
    return folder
