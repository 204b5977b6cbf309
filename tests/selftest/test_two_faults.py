"""Two independent faults of a server are two causes: correcting one must not be the first news of the other."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.causes import causes
from lead_provider_conformance.reports.summary import failures
from lead_provider_conformance.results.journal import read_journals
from lead_provider_conformance.results.verdict import Verdict

from .processes import run, write_target

TARGETS = Path(__file__).parents[2] / "targets"


@pytest.mark.parametrize(
    ("faults", "areas", "expected"),
    [
        (
            ("declarations-participant-id-filter-inverted", "ecf-active-cannot-withdraw"),
            ("withdrawal", "declarations/participant-filter"),
            ("filter[participant_id]", "`withdraw_ecf_participant` refuses requests"),
        ),
        (
            ("ecf-participants-defer-is-not-kept", "ecf-active-cannot-withdraw"),
            ("withdrawal", "deferral", "resumption"),
            ("`defer_ecf_participant` does not keep the change", "`withdraw_ecf_participant` refuses requests"),
        ),
    ],
)
def test_two_faults_are_two_causes(
    faults: tuple[str, ...], areas: tuple[str, ...], expected: tuple[str, ...], tmp_path: Path
) -> None:
    target = yaml.safe_load((TARGETS / "sandbox.yaml").read_text(encoding="utf-8"))
    target["start"]["command"] += [part for fault in faults for part in ("--fault", fault)]
    selected = [part for area in areas for part in ("--requirement", area)]
    options = ("--api-version", "v3", "--programme", "ecf", *selected)
    ended = run(tmp_path / "report", "--target", write_target(tmp_path / "target.yaml", target), *options)
    journals = read_journals(ended.folder)

    groups = causes(failures(Verdict.of(journals), Outcome.FAILED), journals.exchanges)
    titles = [each.title or each.failures[0].reason or "" for each in groups]

    assert all(any(each in title for title in titles) for each in expected), titles
