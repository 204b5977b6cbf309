"""With --pseudonymise, no file and no output of a run contains a name, an email address or a TRN of the server."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

from .processes import FIRST_TOKEN, run, sandbox

FIELDS = ("full_name", "email", "teacher_reference_number")


def personal_data(address: str) -> set[str]:
    """Return every name, email address and TRN that the server returns to its first provider."""
    values: set[str] = set()
    for path in ("participants/ecf", "npq-applications", "participants/npq"):
        request = urllib.request.Request(
            f"{address}/api/v3/{path}?page[per_page]=3000", headers={"Authorization": f"Bearer {FIRST_TOKEN}"}
        )
        with urllib.request.urlopen(request) as response:
            values |= set(values_of_fields(json.load(response)))
    return values


def values_of_fields(value: object) -> list[str]:
    if isinstance(value, list):
        return [each for item in value for each in values_of_fields(item)]
    if not isinstance(value, dict):
        return []
    own = [str(value[name]) for name in FIELDS if value.get(name)]
    return own + [each for item in value.values() for each in values_of_fields(item)]


def test_no_personal_data_is_in_files_or_output(tmp_path: Path) -> None:
    # With a fault, so that the reports contain failures.
    with sandbox("--fault", "participant-updated-at-is-number") as served:
        planted = personal_data(served.address)
        ended = run(
            tmp_path / "report",
            *served.options,
            *("--api-version", "v3", "--pseudonymise", "-n", "2", "--requirement", "participants,npq-applications"),
        )
    files = {path: path.read_bytes() for path in (tmp_path / "report").rglob("*") if path.is_file()}
    everything = {**files, "stdout": ended.stdout.encode(), "stderr": ended.stderr.encode()}
    leaks = [
        (value, str(name)) for name, content in everything.items() for value in planted if value.encode() in content
    ]

    assert len(planted) > 100
    assert ended.with_outcome("failed"), ended.stdout
    written_for_allure = [name.name for name in files if name.suffix == ".json" and "allure-results" in name.parts]
    assert written_for_allure
    assert not any(
        name.endswith("-container.json") for name in written_for_allure
    )  # a dozen per test, for its fixtures
    assert b"Person " in files[tmp_path / "report" / "exchanges.ndjson"]
    assert leaks == []
