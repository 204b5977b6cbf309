"""The `client` command: its exports, and the profile in the report folder."""

import sys
import zipfile
from pathlib import Path

import pytest

from lead_provider_conformance.cli.main import main

PROFILE = "name: Example\nprogramme: ecf\n"
ONE_REQUEST = (
    "import os, urllib.request as u; "
    "u.urlopen(u.Request(os.environ['LEAD_PROVIDER_BASE_URL'] + '/api/v3/statements', "
    "headers={'Authorization': 'Bearer ' + os.environ['LEAD_PROVIDER_TOKEN']}))"
)


@pytest.fixture
def system(tmp_path: Path) -> str:
    """Return a command that sends one request."""
    (tmp_path / "system.py").write_text(ONE_REQUEST, encoding="utf-8")
    return f"{sys.executable} {tmp_path / 'system.py'}"


def test_package_of_a_session_has_its_profile(tmp_path: Path, system: str) -> None:
    profile = tmp_path / "mine.yaml"
    profile.write_text(PROFILE, encoding="utf-8")
    folder, package, archive = (str(tmp_path / name) for name in ("reports", "session.zip", "session.har"))
    session = ["client", "--command", system, "--only", "first-sync", "--report-dir", folder]

    status = main([*session, "--profile", str(profile), "--package", package, "--har", archive])

    assert status in (1, 6)
    with zipfile.ZipFile(package) as content:
        assert content.read("provider.yaml").decode() == PROFILE
    assert Path(archive).is_file()
    assert main(["verify", package]) == 0


def test_profile_of_an_earlier_session_is_removed(tmp_path: Path, system: str) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "provider.yaml").write_text(PROFILE, encoding="utf-8")

    main(["client", "--command", system, "--only", "connect", "--report-dir", str(folder)])

    assert not (folder / "provider.yaml").exists()


def test_attestation_of_an_example_is_named_in_the_terminal_and_the_report(
    tmp_path: Path, system: str, capsys: pytest.CaptureFixture[str]
) -> None:
    profile, folder = tmp_path / "mine.yaml", tmp_path / "reports"
    attestation = "{requirement: errors/logged, by: Jo Doe (example), on: 2026-11-20}"
    profile.write_text(f"{PROFILE}attestations: [{attestation}]\n", encoding="utf-8")

    main(["client", "--command", system, "--only", "connect", "--report-dir", str(folder), "--profile", str(profile)])

    assert f"{profile} has attestations of an example" in capsys.readouterr().err
    assert "Jo Doe (example)" in (folder / "report.html").read_text(encoding="utf-8")
