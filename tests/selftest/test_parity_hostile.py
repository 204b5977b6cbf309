"""A hostile server on either side never hangs or crashes a comparison, and never leaks a token."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lead_provider_conformance.config.target import Limits, Target
from lead_provider_conformance.http import TargetLostError
from lead_provider_conformance.model import Scope
from lead_provider_conformance.parity.confirmation import Confirmation
from lead_provider_conformance.parity.differences import SideName
from lead_provider_conformance.parity.identities import Identities
from lead_provider_conformance.parity.ledger import Ledger
from lead_provider_conformance.parity.pairs import Pairs, ReadPair
from lead_provider_conformance.parity.recorder import Comparison, Recorder
from lead_provider_conformance.parity.side import Read, Side
from lead_provider_conformance.parity.whole_lists import WholeList
from lead_provider_conformance.reports.write import write_reports
from lead_provider_conformance.results.journal import read_journals
from lead_provider_conformance.results.verdict import Verdict

from .hostile import mid_run
from .hostile.behaviours import sends
from .hostile.raw_server import response, serve_raw
from .processes import FIRST_TOKEN

SCOPE = Scope("v3", "ecf")
PATH = "/api/v3/participants/ecf"
RECORD = b'{"data": [{"id": "3f0c1a52-8d0e-4f39-9a4e-6a1d2f1f2b11", "type": "participant", "attributes": {"a": 1}}]}'
SHARE = 5
"""Each side meets one of so many behaviours; time limits make every one of them slow."""
OTHER = "http://127.0.0.1"
LIMITS = Limits(connect_seconds=2, answer_seconds=0.4, answer_bytes=300_000)
QUICK = [each for each in mid_run.CASES if "bomb" not in each.name and each.name != "100000-invalid-records"]


@contextlib.contextmanager
def compared(folder: Path, addresses: tuple[str, str]) -> Iterator[tuple[Confirmation, Recorder]]:
    """Yield a confirmation of two servers with these addresses."""
    targets = [
        Target(name, url, tokens=(FIRST_TOKEN,), limits=LIMITS) for name, url in zip("ab", addresses, strict=True)
    ]
    comparison = Comparison(
        left=targets[0],
        right=targets[1],
        editions=("2025-04", "2025-04"),
        scopes=(SCOPE,),
        requirements=(),
        exclusions=(),
        file=None,
        seed=1,
        data="same",
        slower_than=None,
    )
    recorder = Recorder(folder, comparison)
    recorder.open()
    sides = [Side(each, target, folder, notify=print) for each, target in zip(SideName, targets, strict=True)]
    with Pairs(*sides) as pairs:
        yield Confirmation(pairs, Ledger(), recorder, Identities()), recorder


@pytest.mark.parametrize("side", SideName)
def test_hostile_server_is_different_and_harms_nothing(side: SideName, tmp_path: Path) -> None:
    for case in QUICK[list(SideName).index(side) :: SHARE]:
        folder = tmp_path / case.name
        with (
            serve_raw(sends(response(RECORD))) as good,
            serve_raw(case.behave, other_address="http://127.0.0.1") as bad,
        ):
            addresses = (bad.address, good.address) if side is SideName.LEFT else (good.address, bad.address)
            with compared(folder, addresses) as (confirmation, recorder):
                read, lost = ReadPair(SCOPE, "list_ecf_participants", Read(PATH), Read(PATH)), False
                try:
                    WholeList("ecf_participants", read, confirmation).read()
                except TargetLostError:
                    lost = True
                findings = list(confirmation.ledger.findings())
                recorder.findings(findings)

        assert lost or findings, case.name
        write_reports(Verdict.of(read_journals(folder)), folder)
        for file in folder.iterdir():
            assert FIRST_TOKEN.encode() not in file.read_bytes(), (case.name, file.name)
