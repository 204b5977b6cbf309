"""The `parity` command: compare two servers request by request."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lead_provider_conformance.cli import command
from lead_provider_conformance.cli.results import (
    add_exports,
    add_sign_key,
    sign_key,
    write_exports,
    write_results,
    writing,
)
from lead_provider_conformance.config import parity_file, target_file
from lead_provider_conformance.config.options import DEFAULT_FOLDER, DEFAULT_SEED, split_values
from lead_provider_conformance.config.parity_file import ParityFile
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.model import PROGRAMMES, Level, Safety, TimeLimit, UsageError
from lead_provider_conformance.results.journal import read_journals
from lead_provider_conformance.results.verdict import Verdict

EXAMPLES = {
    "Compare the old and the new server of a migration": "--left old.yaml --right new.yaml",
    "Compare two addresses": "--base-url https://old.example.org --base-url https://new.example.org --token T",
    "Write a first list of accepted differences": "--left old.yaml --right new.yaml --write-excludes excludes.yaml",
    "Gate a release": "parity.yaml --slower-than 1.5",
}
NOTES = """\
Only GET requests are sent, unless both target files have `safety: sandbox`.

exit status:
  0 the same, 1 different, 6 not known, 5 nothing was compared, 2 interrupted, 3 the suite failed, 4 wrong usage
"""
DAYS_OF_AN_EXCLUSION = 90
JOURNEYS = 4
"""The journeys of each version and programme, if both servers may be changed."""
URL = re.compile(r"https?://", re.IGNORECASE)


def add_command(commands: Any) -> None:
    """Add the command to the parser of `lead-provider-conformance`."""
    parser = command.add_command(
        commands,
        "parity",
        "compare two servers request by request, and report differences by cause",
        EXAMPLES,
        notes=NOTES,
    )
    parser.add_argument("file", nargs="?", type=Path, help="parity file: both servers, settings, and `exclude`")
    servers = parser.add_argument_group("the servers")
    servers.add_argument("--left", metavar="FILE", help="target file of the one server, or its name or address")
    servers.add_argument("--right", metavar="FILE", help="target file of the other server, or its name or address")
    servers.add_argument(
        "--base-url", action="append", default=[], metavar="URL", help="address of a server; give it twice: left, right"
    )
    servers.add_argument(
        "--token",
        action="append",
        default=[],
        metavar="T",
        help="token for both addresses; or twice: left, right",
    )
    servers.add_argument("--edition", metavar="E", help="edition of the contract, for both servers")
    servers.add_argument("--api-version", action="append", default=[], metavar="V", help="v1, v2 or v3; default: all")
    servers.add_argument("--programme", action="append", default=[], metavar="P", help="ecf or npq; default: both")
    extent = parser.add_argument_group("the comparison")
    extent.add_argument("--data", choices=("same", "different"), help="different: compare the form of records alone")
    extent.add_argument(
        "--slower-than", type=_positive, metavar="RATIO", help="largest ratio of latencies, for instance 1.5"
    )
    extent.add_argument(
        "--records", type=_count, metavar="N", help="records of a list to read one by one (default: all)"
    )
    extent.add_argument("--requests", type=_count, metavar="N", help="generated reads of each version (default: all)")
    extent.add_argument(
        "--journeys",
        type=_count,
        metavar="N",
        help=f"journeys with writes of each version and programme (default: {JOURNEYS}, none unless both servers may "
        "be changed)",
    )
    extent.add_argument("--time-limit", type=_positive, metavar="SECONDS", help="end after this time")
    report = parser.add_argument_group("the report")
    report.add_argument(
        "--pseudonymise", action="store_true", help="replace names, e-mail addresses and TRNs by pseudonyms"
    )
    report.add_argument("--write-excludes", type=Path, metavar="FILE", help="write an `exclude` of all differences")
    report.add_argument("--report-dir", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="default: %(default)s")
    add_sign_key(report)
    add_exports(report)
    parser.set_defaults(command=_parity)


def _parity(parsed: argparse.Namespace) -> int:
    # The other commands need not load generated requests.
    from lead_provider_conformance.parity.exclusions import exclusions_yaml
    from lead_provider_conformance.parity.run import ParityOptions, run_parity
    from lead_provider_conformance.parity.scope_comparison import Effort

    key = sign_key(parsed)
    settings = parity_file.load(parsed.file) if parsed.file else ParityFile()
    left, right = _targets(parsed, settings)
    _check_names(parsed)
    options = ParityOptions(
        left=left,
        right=right,
        folder=parsed.report_dir,
        effort=Effort(
            records=settings.records if parsed.records is None else parsed.records,
            requests=settings.requests if parsed.requests is None else parsed.requests,
            journeys=_journeys(parsed, settings, left, right),
            seed=DEFAULT_SEED,
        ),
        edition=parsed.edition,
        versions=split_values(parsed.api_version),
        programmes=split_values(parsed.programme),
        exclude=settings.exclude,
        file=settings.file_name,
        data=parsed.data or settings.data,
        slower_than=parsed.slower_than or settings.slower_than,
        time_limit=TimeLimit(parsed.time_limit, time.time() + parsed.time_limit) if parsed.time_limit else None,
        pseudonymise=parsed.pseudonymise,
    )
    end = run_parity(options, _announce)
    parsed.fail_on = Level.MUST
    status = write_results(parsed, key, parsed.report_dir)
    write_exports(parsed, key, parsed.report_dir)
    if parsed.write_excludes:
        until = datetime.now(UTC).date() + timedelta(days=DAYS_OF_AN_EXCLUSION)
        text = exclusions_yaml(Verdict.of(read_journals(parsed.report_dir)), end.editions, until=until)
        with writing(parsed.write_excludes):
            parsed.write_excludes.write_text(text, encoding="utf-8")
    return status


def _targets(parsed: argparse.Namespace, settings: ParityFile) -> tuple[Target, Target]:
    """Return the two servers. Raise UsageError unless there are two."""
    if parsed.base_url and (parsed.left or parsed.right):
        raise UsageError("Both --base-url and --left or --right are given; give two servers in one of the two ways.")
    if len(parsed.base_url) not in (0, 2):
        raise UsageError("--base-url is for two servers; give it twice: the left one, then the right one.")
    if len(parsed.token) > 2:
        raise UsageError("--token is given more than twice; give one for both servers, or one for each: left, right.")
    names = parsed.base_url or [parsed.left or settings.left, parsed.right or settings.right]
    for side, name in zip(("left", "right"), names, strict=True):
        if not name:
            raise UsageError(
                f"There is no {side} server; give --left FILE and --right FILE, --base-url twice, or a parity file."
            )
    tokens = [[each] for each in parsed.token] or [[], []]
    left, right = (_target(name, own) for name, own in zip(names, (tokens[0], tokens[-1]), strict=True))
    return left, right


def _target(name: str, tokens: Sequence[str]) -> Target:
    if URL.match(name):
        return target_file.from_options(name, tokens=tokens)
    if tokens:
        raise UsageError(f"--token goes with addresses; write the tokens of {name} into its target file.")
    return target_file.load(target_file.find(name))


def _journeys(parsed: argparse.Namespace, settings: ParityFile, left: Target, right: Target) -> int:
    """Return the number of journeys. Raise UsageError if some are wanted, and a server may not be changed."""
    wanted = settings.journeys if parsed.journeys is None else parsed.journeys
    read_only = [each.name for each in (left, right) if each.safety is not Safety.SANDBOX]
    if wanted and read_only:
        raise UsageError(
            f"Journeys change data, and {read_only[0]} may only be read; set `safety: sandbox` in its target file if "
            "its data may change, or leave out the journeys."
        )
    return 0 if read_only else JOURNEYS if wanted is None else wanted


def _check_names(parsed: argparse.Namespace) -> None:
    for each in split_values(parsed.programme):
        if each not in PROGRAMMES:
            raise UsageError(f"--programme {each} is not a programme; choose {' or '.join(PROGRAMMES)}.")
    for each in split_values(parsed.api_version):
        if each not in ("v1", "v2", "v3"):
            raise UsageError(f"--api-version {each} is not a version of the API; choose v1, v2 or v3.")
    if parsed.write_excludes and not parsed.write_excludes.resolve().parent.is_dir():
        raise UsageError(f"--write-excludes {parsed.write_excludes}: there is no such folder; make it.")


def _announce(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - command-line output


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0")
    return int(text)
