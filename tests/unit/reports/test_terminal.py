"""The terminal summary: one screen, the verdict first."""

import re
from pathlib import Path

import pytest
from tests.unit.journals import BASE_URL, Run
from tests.unit.samples import conformant, hostile, troubled

from lead_provider_conformance.config import target_file
from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.terminal import terminal_summary

FOLDER = Path("reports/latest")
COMMAND = re.compile(r"^    (curl |printf |  )")


def summary(run: Run, *, colour: bool = False, width: int = 100) -> str:
    return terminal_summary(run.verdict(), FOLDER, colour=colour, width=width)


def test_scope_verdicts_and_counts_come_first() -> None:
    lines = summary(troubled()).splitlines()

    assert lines[1] == "No. The server fails 4 mandatory requirements."
    assert lines[3] == "v3 ECF  NOT CONFORMANT"
    assert lines[4] == "  14 requirements: 5 passed · 4 failed · 1 difference · 1 waived · 3 not tested"
    assert lines[5] == "v3 NPQ  INCOMPLETE      14 requirements: 11 passed · 1 waived · 2 not tested"


def test_conformant_run_takes_eleven_lines() -> None:
    text = summary(conformant())

    assert "CONFORMANT  14 requirements: 14 passed" in text
    assert "Exit status 0: conformant." in text
    assert "Evidence: reports/latest/report.html" in text
    assert "Failed" not in text
    assert len(text.splitlines()) <= 11


def test_failure_shows_statement_source_reason_and_curl() -> None:
    text = summary(troubled())

    assert "  declarations/idempotent (MUST; v3 ECF)" in text
    assert "    Posting an exact copy of a declaration returns the same body again." in text
    assert "    Source: published OpenAPI v3, December 2024" in text
    assert "    The server returned: The second response differs from the first in data.attributes.state:" in text
    assert '      --header "Authorization: Bearer $TOKEN" \\' in text


def test_failure_of_a_should_is_labelled() -> None:
    _, _, differences = summary(troubled()).partition("Differences, which do not count: 1 requirement")

    assert "declarations/timestamps (SHOULD; v3 ECF)" in differences


def test_untested_requirements_are_listed_with_their_remedy() -> None:
    text = summary(troubled())

    assert "Not tested: 3 requirements" in text
    assert "    → Add a second token under tokens: in the target file.\n    security/tenancy" in text


def test_waivers_are_listed_and_stale_ones_have_a_reason() -> None:
    text = summary(troubled())

    assert "Waived: 1 requirement\n  paging/links" in text
    assert (
        "To remove: 1 waiver\n  The waiver of `errors/malformed-body`, owned by Team A, expired on 2020-01-01." in text
    )


@pytest.mark.parametrize(
    ("ending", "sentence"),
    [
        ("interrupted", "The run was interrupted, so some requirements were not tested."),
        ("target-lost", "The run stopped because the server no longer responded."),
        (None, "The run was killed, so some requirements were not tested."),
    ],
)
def test_unfinished_run_shows_how_it_ended(ending: str | None, sentence: str) -> None:
    run = conformant()
    run.ending = ending

    assert sentence in summary(run)


def test_run_without_scopes_is_reported() -> None:
    assert "No version and programme was tested." in summary(Run(scopes=()))


def test_suite_error_is_not_a_failure_of_the_server() -> None:
    run = Run().requires("a/b").found(Outcome.SUITE_ERROR, "a/b", "The request was not valid.")

    assert "The suite itself failed: 1 requirement" in summary(run)
    assert "Exit status 3: the suite itself failed." in summary(run)


def test_hundred_failures_fit_on_a_screen() -> None:
    run = Run()
    for number in range(100):
        run.requires(f"area/rule-{number}").found(Outcome.FAILED, f"area/rule-{number}", "No. " * 200)
    text = summary(run)

    assert "… and 88 more." in text
    assert len(text.splitlines()) < 60


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("run", [troubled(), hostile(), conformant()], ids=["troubled", "hostile", "conformant"])
def test_only_commands_exceed_the_width(run: Run, width: int) -> None:
    lines = summary(run, width=width).splitlines()

    assert [line for line in lines if len(line) > width and not COMMAND.match(line)] == []


def test_server_text_contains_no_escapes() -> None:
    assert set(summary(hostile())) & set("\x00\x07\x1b\u202e") == set()


def test_colour_does_not_change_the_text() -> None:
    painted = summary(troubled(), colour=True)

    assert "\x1b[1;31mNOT CONFORMANT\x1b[0m" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == summary(troubled())


def test_failures_with_one_cause_are_grouped() -> None:
    run = Run()
    for number in range(9):
        shown = run.requires(f"a/{number}").exchanged("POST", "/x", 500, operation="create_x")
        run.found(Outcome.FAILED, f"a/{number}", "no", exchanges=[shown])
    text = terminal_summary(run.verdict(), FOLDER, colour=False, width=100)

    assert "Failed: 9 requirements, 1 cause\n" in text
    assert "  `create_x` failed with 500.\n  a/0, a/1, a/2, a/3, a/4, a/5 and 3 more fail because of it." in text
    assert text.count("curl --include") == 1


def untested_run(file: str | None = None) -> Run:
    """Return a run in which only one MUST was not tested, with a target file or with options."""
    run = Run(target_file=file).requires("a/b").requires("c/d")
    return run.found(Outcome.PASSED, "a/b").found(Outcome.COULD_NOT_RUN, "c/d", "No record.", "Add one.")


def test_gap_to_accept_is_printed_for_the_target_file() -> None:
    before, _, lines = summary(untested_run("targets/ours.yaml")).partition("\ngaps:\n")

    assert before.endswith("\nTo accept this for a time, add to the target file:")
    assert lines.startswith("- requirement: c/d\n  versions: [v3]\n  owner: the person or team responsible\n")


def test_gap_to_accept_comes_with_a_whole_target_file_if_there_is_none(tmp_path: Path) -> None:
    how = "\nTo accept this for a time, save this as my-server.yaml, and run with --target my-server.yaml:\n"
    _, _, rest = summary(untested_run()).partition(how)
    saved = tmp_path / "my-server.yaml"
    saved.write_text(rest.partition("\n\n")[0], encoding="utf-8")

    target = target_file.load(saved, {"LEAD_PROVIDER_TOKEN": "token-one", "OTHER_LEAD_PROVIDER_TOKEN": "token-two"})

    assert [each.requirement for each in target.gaps] == ["c/d"]
    assert target.base_url == BASE_URL


def test_accepted_gaps_are_counted_and_named() -> None:
    text = summary(untested_run().accepts_gap("c/d"))

    assert (
        "Yes. The server meets every mandatory requirement. 1 requirement is not tested; Team A accepts this." in text
    )
    assert "2 requirements: 1 passed · 1 accepted gap\n" in text
    assert "\nAccepted gaps: 1 requirement\n  c/d\n" in text
    assert "To accept this" not in text
