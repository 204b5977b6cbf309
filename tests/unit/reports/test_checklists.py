"""DfE's checklists with the results of a session."""

from pathlib import Path

import pytest
from tests.unit.reports import client_journals
from tests.unit.reports.client_journals import Session

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.readiness.obligations import Obligations
from lead_provider_conformance.reports.checklists import Line, State, checklists
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.schemas import yaml_file


def line(session: Session, folder: Path, text: str) -> Line:
    """Return the line of a checklist that has a text."""
    lines = [each for checklist in checklists(session.verdict(folder)) for each in checklist.lines]
    return next(each for each in lines if text in each.text)


def full_sync(*outcomes: tuple[str, Outcome]) -> Session:
    """Return a session with findings on the line about full syncs: `sync/full`, `paging/all-pages`, `rate/limit`."""
    session = Session()
    with session.acting("first-sync"):
        shown = session.exchanged("GET", "/api/v3/participants")
    levels = {"sync/full": "MUST", "paging/all-pages": "SHOULD", "rate/limit": "MUST"}
    for name, outcome in outcomes:
        session.requires(name, level=levels[name]).found(outcome, name, "Reason.", exchanges=[shown])
    return session


P, F, C, N = Outcome.PASSED, Outcome.FAILED, Outcome.COULD_NOT_RUN, Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ((("sync/full", P), ("rate/limit", P)), State.SHOWN),
        ((("sync/full", P), ("rate/limit", F), ("paging/all-pages", C)), State.FAILED),
        ((("sync/full", P), ("paging/all-pages", F)), State.DIFFERS),
        ((("sync/full", P), ("rate/limit", C)), State.PARTLY),
        ((("sync/full", C), ("paging/all-pages", F)), State.NOT_SHOWN),
        ((("sync/full", Outcome.ATTESTED),), State.ATTESTED),
        ((("sync/full", N), ("rate/limit", P)), State.SHOWN),
        ((("sync/full", N),), State.LEFT_OUT),
        ((), State.LEFT_OUT),
    ],
)
def test_requirements_decide_the_state_of_a_line(
    tmp_path: Path, outcomes: tuple[tuple[str, Outcome], ...], state: State
) -> None:
    assert line(full_sync(*outcomes), tmp_path, "Full syncs work").state is state


def test_line_links_to_the_deciding_exchanges(tmp_path: Path) -> None:
    shown = line(full_sync(("sync/full", P)), tmp_path, "Full syncs work")

    assert [(each.verdict.requirement.id, each.exchanges) for each in shown.seen] == [("sync/full", ("c-00001",))]


def test_attested_requirement_is_apart(tmp_path: Path) -> None:
    secured = line(client_journals.ready(), tmp_path, "Access keys are secured")

    assert secured.state is State.ATTESTED
    assert not secured.seen
    (proof,) = secured.attested
    assert proof.attestation
    assert (proof.attestation["by"], proof.attestation["on"]) == ("Ada Example", "2026-11-20")


def test_line_between_provider_and_dfe_is_outside(tmp_path: Path) -> None:
    confirmed = line(client_journals.ready(), tmp_path, "confirmed to DfE")

    assert (confirmed.state, confirmed.note) == (State.OUTSIDE, "Between the provider and DfE.")


def test_session_is_the_record_of_its_tests(tmp_path: Path) -> None:
    assert line(client_journals.ready(), tmp_path / "a", "are recorded").state is State.SHOWN
    assert line(Session(), tmp_path / "b", "are recorded").state is State.LEFT_OUT


def test_lines_name_requirements_of_clients() -> None:
    obligations = [each.requirement for each in Obligations.load()]
    known = {each.id for each in obligations} | {each.area for each in obligations}
    data = yaml_file.read(suites_root() / "client/checklists.yaml", schema="checklists")

    named = {name for checklist in data for line in checklist["lines"] for name in line["requirements"]}

    assert named - known == set()


def test_lines_of_the_other_programme_are_left_out(tmp_path: Path) -> None:
    verdict = client_journals.ready().verdict(tmp_path)
    lines = [each.text for checklist in checklists(verdict) for each in checklist.lines]

    assert any("partnerships, participants" in each for each in lines)
    assert not any("applications" in each for each in lines)
