"""Claims on records are exclusive, whatever the id."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from lead_provider_conformance.testdata.claims import Claims

RECORDS = [f"record-{number}" for number in range(300)]


def taken(folder: Path) -> list[str]:
    claims = Claims(folder)
    return [record for record in RECORDS if claims.take(record)]


def test_every_record_is_claimed_by_exactly_one_process(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4) as pool:
        found = [record for each in pool.map(taken, [tmp_path] * 4) for record in each]

    assert sorted(found) == sorted(RECORDS)


def test_ids_that_differ_in_case_are_the_same_record(tmp_path: Path) -> None:
    claims = Claims(tmp_path)

    assert [claims.take("ABC"), claims.take("abc")] == [True, False]


@pytest.mark.parametrize("name", ["../../outside", "/etc/outside", "a" * 5_000, "nul\0", "\ud800", "", ".", "a/b"])
def test_hostile_id_stays_inside_the_claims_folder(tmp_path: Path, name: str) -> None:
    assert Claims(tmp_path / "a" / "b").take(name)

    folder = tmp_path / "a" / "b" / "claims"
    assert len(list(folder.iterdir())) == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == list(folder.iterdir())
