"""The summary on the terminal: one screen, the answer first."""

import re
from pathlib import Path

import pytest
from tests.unit.journals import Run
from tests.unit.samples import conformant, hostile, troubled

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.terminal import terminal_summary

FOLDER = Path("reports/latest")
COMMAND = re.compile(r"^    (curl |printf |  )")


def summary(run: Run, *, colour: bool = False, width: int = 100) -> str:
    return terminal_summary(run.verdict(), FOLDER, colour=colour, width=width)


def test_the_verdict_of_each_scope_comes_first_with_its_counts() -> None:
    lines = summary(troubled()).splitlines()

    assert lines[2] == "v3 ECF  NOT CONFORMANT  5 passed · 5 failed · 1 waived · 3 could not run"
    assert lines[3] == "v3 NPQ  INCOMPLETE      11 passed · 1 waived · 2 could not run"


def test_a_conformant_run_is_told_in_ten_lines() -> None:
    text = summary(conformant())

    assert "CONFORMANT  14 passed" in text
    assert "Exit status 0: conformant." in text
    assert "Open reports/latest/report.html" in text
    assert "Failed" not in text
    assert len(text.splitlines()) <= 10


def test_a_failure_says_what_is_required_what_came_and_how_to_see_it_again() -> None:
    text = summary(troubled())

    assert "  declarations/idempotent (MUST; v3 ECF)" in text
    assert "    Posting an exact copy of a declaration returns the same body again." in text
    assert "    What came: The second answer differs from the first in data.attributes.state:" in text
    assert '      --header "Authorization: Bearer $TOKEN" \\' in text


def test_what_does_not_count_says_so() -> None:
    assert "declarations/timestamps (SHOULD, does not count; v3 ECF)" in summary(troubled())


def test_what_could_not_run_comes_with_its_remedy() -> None:
    text = summary(troubled())

    assert "Could not run: 3 requirements" in text
    assert "    → Add a second token under tokens: in the target file.\n    security/tenancy" in text


def test_waivers_in_use_are_named_and_those_that_must_go_are_told_why() -> None:
    text = summary(troubled())

    assert "Waived: 1 requirement\n  paging/links" in text
    assert "1 waiver must go\n  The waiver of `errors/malformed-body`, owned by Team A, expired on 2020-01-01." in text


@pytest.mark.parametrize(
    ("ending", "sentence"),
    [
        ("interrupted", "The run was interrupted, so some requirements were not tested."),
        ("target-lost", "The server stopped answering, so the run was given up."),
        (None, "The run was killed before its end, so some requirements were not tested."),
    ],
)
def test_a_run_that_did_not_finish_says_how_it_ended(ending: str | None, sentence: str) -> None:
    run = conformant()
    run.ending = ending

    assert sentence in summary(run)


def test_a_run_of_nothing_says_so() -> None:
    assert "No version and programme was tested." in summary(Run(scopes=()))


def test_a_suite_error_is_told_apart_from_a_failure() -> None:
    run = Run().requires("a/b").found(Outcome.SUITE_ERROR, "a/b", "The request was not valid.")

    assert "The suite itself failed: 1 requirement" in summary(run)
    assert "Exit status 3: the suite itself failed." in summary(run)


def test_a_hundred_failures_still_fit_on_a_screen() -> None:
    run = Run()
    for number in range(100):
        run.requires(f"area/rule-{number}").found(Outcome.FAILED, f"area/rule-{number}", "No. " * 200)
    text = summary(run)

    assert "… and 88 more." in text
    assert len(text.splitlines()) < 60


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("run", [troubled(), hostile(), conformant()], ids=["troubled", "hostile", "conformant"])
def test_nothing_but_a_command_is_wider_than_the_terminal(run: Run, width: int) -> None:
    lines = summary(run, width=width).splitlines()

    assert [line for line in lines if len(line) > width and not COMMAND.match(line)] == []


def test_without_colour_there_is_no_escape_whatever_the_server_sent() -> None:
    assert set(summary(hostile())) & set("\x00\x07\x1b\u202e") == set()


def test_colour_is_only_around_the_same_words() -> None:
    painted = summary(troubled(), colour=True)

    assert "\x1b[1;31mNOT CONFORMANT\x1b[0m" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == summary(troubled())


def test_requirements_with_one_cause_are_told_together() -> None:
    run = Run()
    for number in range(9):
        shown = run.requires(f"a/{number}").exchanged("POST", "/x", 500, operation="create_x")
        run.found(Outcome.FAILED, f"a/{number}", "no", exchanges=[shown])
    text = terminal_summary(run.verdict(), FOLDER, colour=False, width=100)

    assert "Failed: 9 requirements, 1 cause\n" in text
    assert "  `create_x` failed with 500.\n  So a/0, a/1, a/2, a/3, a/4, a/5 and 3 more fail." in text
    assert text.count("curl --include") == 1
