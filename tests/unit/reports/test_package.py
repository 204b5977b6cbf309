"""A package has every file of a run, and a changed one is noticed."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.unit.reports import client_journals
from tests.unit.samples import troubled

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.model import UsageError
from lead_provider_conformance.reports.package import MANIFEST, PackageError, verify_package, write_package
from lead_provider_conformance.reports.write import write_reports
from lead_provider_conformance.results import signing
from lead_provider_conformance.results.signing import SignatureError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the report folder of a session."""
    reports = tmp_path / "reports"
    write_reports(client_journals.not_ready().verdict(reports), reports)
    return reports


@pytest.fixture
def package(folder: Path, tmp_path: Path) -> Path:
    """Return a package without a signature."""
    write_package(folder, tmp_path / "session.zip", "client: Example\n")
    return tmp_path / "session.zip"


def contents(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(file: Path, files: dict[str, bytes]) -> Path:
    """Write a package with other content."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


def keys(folder: Path) -> tuple[Path, Path]:
    """Write a private and a public key and return their paths."""
    key = Ed25519PrivateKey.generate()
    private, public = folder / "key.pem", folder / "public.pem"
    encoding = serialization.Encoding.PEM
    private.write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo))
    return private, public


def test_package_has_reports_journals_profile_and_manifest(package: Path, folder: Path) -> None:
    files = contents(package)

    assert set(files) == {
        "report.html",
        "summary.md",
        "verdict.json",
        "results.ndjson",
        "exchanges.ndjson",
        "provider.yaml",
        MANIFEST,
    }
    assert files["report.html"] == (folder / "report.html").read_bytes()
    assert files["provider.yaml"] == b"client: Example\n"
    manifest = json.loads(files[MANIFEST])
    assert manifest["subject"] == "client"
    assert {each["name"]: each["sha256"] for each in manifest["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != MANIFEST
    }


def test_package_of_the_same_folder_is_the_same_file(folder: Path, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        write_package(folder, tmp_path / name)

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_package_of_server_has_no_profile(tmp_path: Path) -> None:
    troubled().write(tmp_path / "reports")
    write_package(tmp_path / "reports", tmp_path / "run.zip")

    assert "provider.yaml" not in contents(tmp_path / "run.zip")
    assert verify_package(tmp_path / "run.zip").startswith("The files in")


def test_profile_in_the_folder_is_packed(folder: Path, tmp_path: Path) -> None:
    (folder / "provider.yaml").write_text("client: Written\n", encoding="utf-8")
    write_package(folder, tmp_path / "session.zip")

    assert contents(tmp_path / "session.zip")["provider.yaml"] == b"client: Written\n"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"report.html": b"Ready"}, "report.html in .* was changed after the package was made"),
        ({"report.html": None}, "report.html is missing"),
        ({"more.html": b""}, "'more.html' in .* is not in its manifest"),
        ({MANIFEST: None}, "has no manifest.json"),
        ({MANIFEST: b"[]"}, "is not valid"),
        ({MANIFEST: b"{"}, "is not JSON"),
    ],
)
def test_changed_package_is_refused(package: Path, change: dict[str, bytes | None], message: str) -> None:
    files = {name: content for name, content in {**contents(package), **change}.items() if content is not None}

    with pytest.raises(PackageError, match=message):
        verify_package(rewritten(package, files))


@pytest.mark.parametrize("content", [b"", b"not a ZIP file"])
def test_file_that_is_no_package_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)

    with pytest.raises(PackageError, match="is not a complete ZIP file"):
        verify_package(tmp_path / "x.zip")


def test_damaged_package_is_refused(package: Path) -> None:
    content = bytearray(package.read_bytes())
    content[200] ^= 0xFF
    package.write_bytes(content)

    with pytest.raises(PackageError, match=r"is not a complete ZIP file|was changed"):
        verify_package(package)


def test_missing_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        verify_package(tmp_path / "none.zip")


def test_signature_covers_every_file(folder: Path, tmp_path: Path) -> None:
    private, public = keys(tmp_path)
    file = tmp_path / "session.zip"
    write_package(folder, file, key=signing.private_key(private))
    assert verify_package(file, signing.public_key(public)).startswith("Every file in")

    files = contents(file)
    manifest = json.loads(files[MANIFEST])
    files["report.html"] = b"Ready"
    for entry in manifest["files"]:
        if entry["name"] == "report.html":
            entry.update(bytes=5, sha256=hashlib.sha256(b"Ready").hexdigest())
    files[MANIFEST] = json.dumps(manifest).encode()

    with pytest.raises(SignatureError, match="was changed after it was signed"):
        verify_package(rewritten(file, files), signing.public_key(public))


def test_signature_of_the_verdict_covers_only_the_verdict(folder: Path, tmp_path: Path) -> None:
    private, public = keys(tmp_path)
    signing.sign(folder / "verdict.json", signing.private_key(private))
    write_package(folder, tmp_path / "session.zip")

    sentence = verify_package(tmp_path / "session.zip", signing.public_key(public))

    assert "No other file is signed." in sentence


def test_package_without_signature_does_not_match_a_key(package: Path, tmp_path: Path) -> None:
    _, public = keys(tmp_path)

    with pytest.raises(SignatureError, match="has no signature"):
        verify_package(package, signing.public_key(public))


def test_commands_write_and_verify_a_package(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private, public = keys(tmp_path)
    file = str(tmp_path / "session.zip")

    assert main(["report", str(folder), "--package", file, "--sign-key", str(private)]) == 1
    assert main(["verify", file]) == 0
    assert main(["verify", file, "--key", str(public)]) == 0
    assert main(["verify", str(folder / "verdict.json"), "--key", str(public)]) == 0
    assert main(["verify", str(folder / "verdict.json")]) == 4
    assert "Only a package can be checked without a key" in capsys.readouterr().err
    rewritten(Path(file), {**contents(Path(file)), "report.html": b""})
    assert main(["verify", file]) == 1
