"""The commands for the journals of finished runs: report, merge, compare, waive and verify."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from lead_provider_conformance.cli.command import add_command
from lead_provider_conformance.config.gaps import gaps_yaml
from lead_provider_conformance.config.options import DEFAULT_FOLDER, parse_level
from lead_provider_conformance.config.waivers import waivers_yaml
from lead_provider_conformance.model import ExitStatus, Level, Outcome, Subject, UsageError
from lead_provider_conformance.reports.comparison import comparison_json, comparison_markdown, comparison_text
from lead_provider_conformance.reports.har import write_har
from lead_provider_conformance.reports.package import PackageError, verify_package, write_package
from lead_provider_conformance.reports.summary import untested_musts
from lead_provider_conformance.reports.terminal import terminal_summary
from lead_provider_conformance.reports.write import write_job_summary, write_reports
from lead_provider_conformance.results import merge, signing
from lead_provider_conformance.results.causes import cause_of
from lead_provider_conformance.results.comparison import compare
from lead_provider_conformance.results.files import VERDICT
from lead_provider_conformance.results.journal import Journals, read_journals
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.results.waivers import FILES


def add_commands(commands: Any) -> None:
    """Add the commands to the parser of `lead-provider-conformance`."""
    report = add_command(
        commands,
        "report",
        "write the reports of a run again, from its journals",
        {
            "Write the reports of a run that was killed": "reports/latest",
            "Pack reports and journals in one file, to send": "reports/latest --package conformance.zip",
        },
    )
    report.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER, help="default: %(default)s")
    add_fail_on(report)
    add_sign_key(report)
    add_exports(report)
    report.set_defaults(command=_report)
    merging = add_command(
        commands,
        "merge",
        "join the shards of a run and write the reports of the whole run",
        {"Join all shards": "shards/* --into reports/whole"},
    )
    merging.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="the report folder of a shard")
    merging.add_argument(
        "--into", dest="folder", required=True, type=Path, metavar="DIR", help="the report folder of the whole run"
    )
    add_fail_on(merging)
    add_sign_key(merging)
    merging.set_defaults(command=_merge)
    comparison = add_command(
        commands,
        "compare",
        "list the changes from one run to another, worse ones first",
        {"Find new failures since the last release": "reports/release reports/latest"},
        notes="exit status: 1 if anything got worse",
    )
    comparison.add_argument("old", type=Path, help="the report folder of the old run")
    comparison.add_argument("new", type=Path, help="the report folder of the new run")
    comparison.add_argument(
        "--format", default="text", choices=("text", "markdown", "json"), help="default: %(default)s"
    )
    add_fail_on(comparison)
    comparison.set_defaults(command=_compare)
    waive = add_command(
        commands,
        "waive",
        "print waivers and gaps that accept a run's result, for a target file",
        {
            "Accept the result of the last run for a time": "reports/latest --owner 'API team' "
            "--reason 'known before the first release' --until 2027-03-31"
        },
    )
    waive.add_argument("folder", type=Path, help="the report folder of the run")
    waive.add_argument("--owner", required=True, help="the person or team responsible for the failures")
    waive.add_argument("--reason", required=True, help="why the failures are accepted for now")
    waive.add_argument("--until", required=True, metavar="DATE", help="the last day of the waivers, such as 2027-03-31")
    add_fail_on(waive)
    waive.set_defaults(command=_waive)
    verify = add_command(
        commands,
        "verify",
        "check the signature of a verdict.json, or a package",
        {
            "Check a verdict": "reports/latest/verdict.json --key public.pem",
            "Check that the files of a package are those of its manifest": "conformance.zip",
        },
    )
    verify.add_argument(
        "file", type=Path, help="verdict.json, with its signature verdict.json.sig beside it; or a package, a ZIP file"
    )
    verify.add_argument(
        "--key", type=Path, metavar="FILE", help="the public key, in PEM; a package can be checked without it"
    )
    verify.set_defaults(command=_verify)


def add_fail_on(parser: argparse._ActionsContainer) -> None:
    """Add --fail-on."""
    parser.add_argument(
        "--fail-on", type=parse_level, default="must", metavar="LEVEL", help="must (the default), or should as well"
    )


def add_sign_key(parser: argparse._ActionsContainer) -> None:
    """Add --sign-key."""
    parser.add_argument("--sign-key", type=Path, metavar="FILE", help="sign verdict.json with this Ed25519 key, in PEM")


def add_exports(parser: argparse._ActionsContainer) -> None:
    """Add --package and --har."""
    parser.add_argument(
        "--package",
        type=Path,
        metavar="FILE.zip",
        help="write a ZIP file with reports, journals and a manifest",
    )
    parser.add_argument("--har", type=Path, metavar="FILE", help="write the exchanges as an HTTP Archive, HAR 1.2")


def _merge(parsed: argparse.Namespace) -> int:
    key = sign_key(parsed)
    with writing(parsed.folder):
        merge.merge(parsed.folders, parsed.folder)
    return write_results(parsed, key, parsed.folder)


def _report(parsed: argparse.Namespace) -> int:
    key = sign_key(parsed)
    status = write_results(parsed, key, parsed.folder)
    write_exports(parsed, key, parsed.folder)
    return status


def write_exports(parsed: argparse.Namespace, key: Any, folder: Path) -> None:
    """Write the package and the HTTP Archive of a report folder, if they are wanted."""
    if parsed.har:
        with writing(parsed.har):
            write_har(read_journals(folder), parsed.har)
    if parsed.package:
        with writing(parsed.package):
            write_package(folder, parsed.package, key=key)


def sign_key(parsed: argparse.Namespace) -> Any:
    """Return the key of --sign-key, or None."""
    return signing.private_key(parsed.sign_key) if parsed.sign_key else None


def write_results(parsed: argparse.Namespace, key: Any, folder: Path) -> int:
    """Write the reports of a run from its journals, print the summary and return the exit status."""
    verdict = Verdict.of(_journals(folder), fail_on=parsed.fail_on)
    with writing(folder):
        write_reports(verdict, folder)
        if key:
            signing.sign(folder / VERDICT, key)
    write_job_summary(verdict)
    _print(terminal_summary(verdict, folder, colour=sys.stdout.isatty(), width=_width()))
    return verdict.exit_status


def _journals(folder: Path) -> Journals:
    """Read the journals in a folder, and judge a client's session that was killed before it was judged."""
    journals = read_journals(folder)
    if journals.subject is not Subject.CLIENT:
        return journals
    # The rules need not be loaded for servers.
    from lead_provider_conformance.readiness.judging import judged

    return judged(journals)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Raise UsageError if a file in the folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}; give another folder.") from None


def _compare(parsed: argparse.Namespace) -> int:
    comparison = compare(Verdict.of(_journals(parsed.old)), Verdict.of(_journals(parsed.new)))
    match parsed.format:
        case "json":
            text = comparison_json(comparison, parsed.fail_on)
        case "markdown":
            text = comparison_markdown(comparison, parsed.fail_on)
        case _:
            text = comparison_text(comparison, parsed.fail_on, width=_width())
    _print(text.rstrip())
    return ExitStatus.NOT_CONFORMANT if comparison.worse(parsed.fail_on) else ExitStatus.CONFORMANT


def _waive(parsed: argparse.Namespace) -> int:
    until = _parse_last_day(parsed.until)
    for option in ("owner", "reason"):
        if not getattr(parsed, option).strip():
            raise UsageError(f"--{option} is empty; a waiver needs one.")
    verdict = Verdict.of(_journals(parsed.folder), fail_on=parsed.fail_on)
    exchanges = verdict.journals.exchanges
    failures = [
        (each.requirement.id, cause_of(finding, exchanges), scope.scope.version)
        for scope in verdict.scopes
        for each in scope.with_outcome(Outcome.FAILED)
        if each.requirement.level in (Level.MUST, parsed.fail_on)
        for finding in each.failures
    ]
    file, name = FILES[verdict.subject], verdict.journals.run["target"]["name"]
    agreement: dict[str, Any] = {"owner": parsed.owner, "reason": parsed.reason, "until": until}
    untested = untested_musts(verdict)
    _print(f"# Add these to the {file} of {name!r}.")
    if failures or not untested:
        _print(waivers_yaml(failures, **agreement).rstrip())
    if untested:
        _print(gaps_yaml(untested, **agreement).rstrip())
    return ExitStatus.CONFORMANT


def _verify(parsed: argparse.Namespace) -> int:
    key = signing.public_key(parsed.key) if parsed.key else None
    try:
        _print(_verified(parsed, key))
    except (signing.SignatureError, PackageError) as error:
        _print(str(error))
        return ExitStatus.NOT_CONFORMANT
    return ExitStatus.CONFORMANT


def _verified(parsed: argparse.Namespace, key: Any) -> str:
    """Return a sentence about a verdict.json or a package. Raise SignatureError or PackageError."""
    file: Path = parsed.file
    if file.suffix.lower() == ".zip":
        return verify_package(file, key)
    if key is None:
        raise UsageError("Only a package can be checked without a key; give --key FILE.")
    signing.verify(file, key)
    return f"{file} is unchanged since the owner of {parsed.key} signed it."


def _parse_last_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--until {text} is not a day; write it as 2027-03-31.") from None
    if day < datetime.now(UTC).date():
        raise UsageError(f"--until {text} is in the past; give today or a later day.")
    return day


def _width() -> int:
    return min(os.get_terminal_size().columns, 100) if sys.stdout.isatty() else 100


def _print(text: str) -> None:
    print(text)  # noqa: T201 - command-line output
