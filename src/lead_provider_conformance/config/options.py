"""The command-line options of a run: one table, and the parsing of their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lead_provider_conformance.config.target import OTHER_TOKEN_VARIABLE, TOKEN_VARIABLE
from lead_provider_conformance.model import Level, UsageError

DEFAULT_FOLDER = Path("reports/latest")
DEFAULT_SEED = 20_241_203
PROFILE_REQUESTS = {"quick": 200, "standard": 600, "full": 3_000}
"""The number of generated requests for each version, by profile."""

OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "--target": {"metavar": "FILE", "help": "target file, or the name of a target that comes with the suite"},
    "--base-url": {"metavar": "URL", "help": "address of the server to test, instead of a target file"},
    "--token": {"metavar": "T", "help": f"the provider's token (default: {TOKEN_VARIABLE})"},
    "--other-token": {"metavar": "T", "help": f"another provider's token (default: {OTHER_TOKEN_VARIABLE})"},
    "--edition": {"metavar": "E", "help": "edition of the contract, such as 2025-04, instead of the target's"},
    "--api-version": {"action": "append", "default": [], "metavar": "V", "help": "v1, v2 or v3; may be repeated"},
    "--programme": {"action": "append", "default": [], "metavar": "P", "help": "ecf or npq; may be repeated"},
    "--requirement": {
        "action": "append",
        "default": [],
        "metavar": "ID",
        "help": "run only the tests of this requirement, or of an area such as void; may be repeated",
    },
    "--safety": {
        "metavar": "MODE",
        "help": "with --base-url: read-only (the default) sends only GET; sandbox lets the suite write",
    },
    "--i-know-this-is-production": {
        "action": "store_true",
        "help": "let the suite write to a server whose address looks like a live service",
    },
    "--plan": {"action": "store_true", "help": "show which tests would run and the records they need; write nothing"},
    "--profile": {
        "default": "standard",
        "metavar": "P",
        "help": "number of generated requests: quick, standard or full",
    },
    "--requests": {"metavar": "N", "help": "number of generated requests for each version, instead of the profile's"},
    "--fresh": {
        "metavar": "SEED",
        "help": "fuzz with a new seed; save failing cases and replay them until fixed",
    },
    "--shard": {"metavar": "K/N", "help": "run one part of N, such as 1/4; merge joins them"},
    "--time-limit": {"metavar": "SECONDS", "help": "end the run after this time, and report its results"},
    "--generation-seed": {"default": DEFAULT_SEED, "metavar": "N", "help": "seed of the generated tests"},
    "--fail-on": {
        "default": "must",
        "metavar": "LEVEL",
        "help": "level of failures that fail the run: must (the default), or should as well",
    },
    "--sign-key": {"metavar": "FILE", "help": "sign verdict.json with this Ed25519 key, in PEM"},
    "--pseudonymise": {"action": "store_true", "help": "replace names, e-mail addresses and TRNs by pseudonyms"},
    "--report-dir": {"default": str(DEFAULT_FOLDER), "metavar": "DIR", "help": "folder of journals and reports"},
}
"""The options, as argparse takes them."""


def parse_level(text: str) -> Level:
    """Return the level that --fail-on names. Raise UsageError for a level whose failures never count."""
    levels = {"must": Level.MUST, "should": Level.SHOULD}
    if text.lower() not in levels:
        raise UsageError(f"--fail-on {text} is not a level that can fail a run; choose must or should.")
    return levels[text.lower()]


def parse_profile(text: str) -> str:
    """Return the name of a profile. Raise UsageError for an unknown one."""
    if text not in PROFILE_REQUESTS:
        raise UsageError(f"--profile {text} is not a profile; choose {', '.join(PROFILE_REQUESTS)}.")
    return text


def parse_integer(option: str, text: str | int) -> int:
    """Return a whole number of either sign. Raise UsageError, which names `option`, for any other text."""
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{option} {text} is not a whole number.") from None


def parse_count(option: str, text: str, *, unit: str) -> int:
    """Return a number from 1. Raise UsageError, which names `option` and its `unit`, for any other text."""
    if not text.isdecimal() or int(text) == 0:
        raise UsageError(f"{option} {text} is not a number of {unit}; give a whole number from 1.")
    return int(text)


def split_values(values: Iterable[str]) -> list[str]:
    """Return the values of an option that may be repeated and may hold several values, separated by commas."""
    return [part for value in values for part in value.split(",") if part]
