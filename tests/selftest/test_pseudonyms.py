"""With --pseudonymise no name, address or TRN of the server is in any byte that a run leaves behind or prints."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

from .processes import FIRST_TOKEN, run, sandbox

MEMBERS = ("full_name", "email", "teacher_reference_number")


def people(address: str) -> set[str]:
    """Every name, address and TRN that the server shows its first provider."""
    found: set[str] = set()
    for path in ("participants/ecf", "npq-applications", "participants/npq"):
        request = urllib.request.Request(
            f"{address}/api/v3/{path}?page[per_page]=3000", headers={"Authorization": f"Bearer {FIRST_TOKEN}"}
        )
        with urllib.request.urlopen(request) as answer:
            found |= set(personal(json.load(answer)))
    return found


def personal(value: object) -> list[str]:
    if isinstance(value, list):
        return [each for item in value for each in personal(item)]
    if not isinstance(value, dict):
        return []
    own = [str(value[name]) for name in MEMBERS if value.get(name)]
    return own + [each for item in value.values() for each in personal(item)]


def test_nobody_is_in_what_a_run_leaves_behind(tmp_path: Path) -> None:
    # A fault, so that there are failures to tell of.
    with sandbox("--fault", "participant-updated-at-is-number") as served:
        planted = people(served.address)
        ended = run(
            tmp_path / "report",
            *served.options,
            *("--api-version", "v3", "--pseudonymise", "-n", "2", "--requirement", "participants,npq-applications"),
        )
    files = {path: path.read_bytes() for path in (tmp_path / "report").rglob("*") if path.is_file()}
    everything = {**files, "stdout": ended.stdout.encode(), "stderr": ended.stderr.encode()}
    told = [
        (value, str(name)) for name, content in everything.items() for value in planted if value.encode() in content
    ]

    assert len(planted) > 100
    assert ended.with_outcome("failed"), ended.stdout
    written_for_allure = [name.name for name in files if name.suffix == ".json" and "allure-results" in name.parts]
    assert written_for_allure
    assert not any(name.endswith("-container.json") for name in written_for_allure)  # a dozen a test, of its fixtures
    assert b"Person " in files[tmp_path / "report" / "exchanges.ndjson"]
    assert told == []
