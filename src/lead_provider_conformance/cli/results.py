"""The commands for what runs have left behind: report it again, join shards, compare two runs, waive what fails."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from lead_provider_conformance.config.options import DEFAULT_FOLDER, parse_level
from lead_provider_conformance.model import ExitStatus, Level, Outcome, UsageError
from lead_provider_conformance.reports.comparison import comparison_json, comparison_markdown, comparison_text
from lead_provider_conformance.reports.terminal import terminal_summary
from lead_provider_conformance.reports.write import VERDICT, write_job_summary, write_reports
from lead_provider_conformance.results import journal, signing
from lead_provider_conformance.results import merge as merging
from lead_provider_conformance.results.comparison import compare
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.results.waiver_stanza import stanza

Commands = Any  # argparse has no public name for what add_subparsers gives


def add_commands(commands: Commands) -> None:
    """Add the commands to those of `lead-provider-conformance`."""
    report = commands.add_parser("report", help="make the reports of a run again, from its journals")
    report.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER, help="default: %(default)s")
    _add_fail_on(report)
    _add_sign_key(report)
    report.set_defaults(command=_report)
    merge = commands.add_parser("merge", help="join the shards of a run, and make the reports of the whole")
    merge.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="a folder that a shard has written")
    merge.add_argument("--into", required=True, type=Path, metavar="DIR", help="where the whole goes")
    _add_fail_on(merge)
    _add_sign_key(merge)
    merge.set_defaults(command=_merge)
    compared = commands.add_parser("compare", help="say what got worse, and what better, from one run to another")
    compared.add_argument("old", type=Path, help="the folder of the old run")
    compared.add_argument("new", type=Path, help="the folder of the new run")
    compared.add_argument("--format", default="text", choices=("text", "markdown", "json"), help="default: %(default)s")
    _add_fail_on(compared)
    compared.set_defaults(command=_compare)
    waive = commands.add_parser("waive", help="print the waivers, for a target file, of what fails in a run")
    waive.add_argument("folder", type=Path, help="the folder that a run has written")
    waive.add_argument("--owner", required=True, help="who answers for the failures")
    waive.add_argument("--reason", required=True, help="why they are accepted for now")
    waive.add_argument("--until", required=True, metavar="DATE", help="the last day, such as 2027-03-31")
    _add_fail_on(waive)
    waive.set_defaults(command=_waive)
    verify = commands.add_parser("verify", help="check that a verdict.json is the one that was signed")
    verify.add_argument("file", type=Path, help="verdict.json; its signature is verdict.json.sig beside it")
    verify.add_argument("--key", required=True, type=Path, metavar="FILE", help="the public key, in PEM")
    verify.set_defaults(command=_verify)


def _add_fail_on(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fail-on", type=parse_level, default="must", metavar="LEVEL", help="must (the default), or should as well"
    )


def _add_sign_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sign-key", type=Path, metavar="FILE", help="sign verdict.json with this Ed25519 key, in PEM")


def _report(parsed: argparse.Namespace) -> int:
    verdict = Verdict.of(journal.read_journals(parsed.folder), fail_on=parsed.fail_on)
    return _reported(verdict, parsed.folder, parsed.sign_key)


def _reported(verdict: Verdict, folder: Path, sign_key: Path | None) -> int:
    key = signing.private_key(sign_key) if sign_key else None
    write_reports(verdict, folder)
    if key:
        signing.sign(folder / VERDICT, key)
    write_job_summary(verdict)
    _say(terminal_summary(verdict, folder, colour=sys.stdout.isatty(), width=_width()))
    return verdict.exit_status


def _width() -> int:
    return min(os.get_terminal_size().columns, 100) if sys.stdout.isatty() else 100


def _merge(parsed: argparse.Namespace) -> int:
    merging.merge(parsed.folders, parsed.into)
    return _reported(
        Verdict.of(journal.read_journals(parsed.into), fail_on=parsed.fail_on), parsed.into, parsed.sign_key
    )


def _compare(parsed: argparse.Namespace) -> int:
    level = parsed.fail_on
    found = compare(Verdict.of(journal.read_journals(parsed.old)), Verdict.of(journal.read_journals(parsed.new)))
    match parsed.format:
        case "json":
            told = comparison_json(found, level)
        case "markdown":
            told = comparison_markdown(found, level)
        case _:
            told = comparison_text(found, level, width=_width())
    _say(told.rstrip())
    return ExitStatus.NOT_CONFORMANT if found.worse(level) else ExitStatus.CONFORMANT


def _waive(parsed: argparse.Namespace) -> int:
    until = _day(parsed.until)
    level = parsed.fail_on
    verdict = Verdict.of(journal.read_journals(parsed.folder), fail_on=level)
    failures = [
        (each.requirement.id, scope.scope.version)
        for scope in verdict.scopes
        for each in scope.with_outcome(Outcome.FAILED)
        if each.requirement.level in (Level.MUST, level)
    ]
    _say(f"# For the target file of {verdict.record.run['target']['name']!r}: beside the waivers that it has.")
    _say(stanza(failures, owner=parsed.owner, reason=parsed.reason, until=until).rstrip())
    return ExitStatus.CONFORMANT


def _verify(parsed: argparse.Namespace) -> int:
    try:
        signing.verify(parsed.file, signing.public_key(parsed.key))
    except signing.SignatureError as error:
        _say(str(error))
        return ExitStatus.NOT_CONFORMANT
    _say(f"{parsed.file} is what the owner of {parsed.key} signed.")
    return ExitStatus.CONFORMANT


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--until {text} is not a day; write it as 2027-03-31.") from None
    if day < datetime.now(UTC).date():
        raise UsageError(f"--until {text} is over; give a day to come.")
    return day


def _say(text: str) -> None:
    print(text)  # noqa: T201 - the command line speaks
