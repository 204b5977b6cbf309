"""A signature shows whether a verdict was changed."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from tests.unit.samples import conformant

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.model import ExitStatus
from lead_provider_conformance.results import signing

PEM, NO_PASSWORD = serialization.Encoding.PEM, serialization.NoEncryption()
PKCS8, PUBLIC = serialization.PrivateFormat.PKCS8, serialization.PublicFormat.SubjectPublicKeyInfo


def write_keys(folder: Path, name: str = "key") -> tuple[Path, Path]:
    key = ed25519.Ed25519PrivateKey.generate()
    private, public = folder / f"{name}.pem", folder / f"{name}-public.pem"
    private.write_bytes(key.private_bytes(PEM, PKCS8, NO_PASSWORD))
    public.write_bytes(key.public_key().public_bytes(PEM, PUBLIC))
    return private, public


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    return write_keys(tmp_path)


@pytest.fixture
def verdict(tmp_path: Path, keys: tuple[Path, Path]) -> Path:
    """A verdict.json with its signature."""
    conformant().write(tmp_path / "report")
    assert main(["report", str(tmp_path / "report"), "--sign-key", str(keys[0])]) == ExitStatus.CONFORMANT
    return tmp_path / "report" / "verdict.json"


def check(verdict: Path, key: Path) -> int:
    return main(["verify", str(verdict), "--key", str(key)])


def test_signed_verdict_is_verified(verdict: Path, keys: tuple[Path, Path]) -> None:
    assert check(verdict, keys[1]) == 0
    assert len(base64.b64decode(verdict.with_name("verdict.json.sig").read_bytes())) == 64


def test_changed_verdict_is_refused(verdict: Path, keys: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    verdict.write_bytes(verdict.read_bytes().replace(b"conformant", b"Conformant", 1))

    assert check(verdict, keys[1]) == 1
    assert "was changed after it was signed" in capsys.readouterr().out


def test_another_key_does_not_verify(verdict: Path, tmp_path: Path) -> None:
    assert check(verdict, write_keys(tmp_path, "other")[1]) == 1


def test_malformed_or_missing_signature_is_an_error(verdict: Path, keys: tuple[Path, Path]) -> None:
    signature = verdict.with_name("verdict.json.sig")
    signature.write_bytes(b"not base64!")
    assert check(verdict, keys[1]) == 1
    signature.write_bytes(base64.b64encode(b"too short"))
    assert check(verdict, keys[1]) == 1
    signature.unlink()
    assert check(verdict, keys[1]) == ExitStatus.USAGE


def test_unusable_key_has_a_sentence(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    curve = tmp_path / "curve.pem"
    curve.write_bytes(other.private_bytes(PEM, PKCS8, NO_PASSWORD))
    locked = tmp_path / "locked.pem"
    password = serialization.BestAvailableEncryption(b"x")
    locked.write_bytes(ed25519.Ed25519PrivateKey.generate().private_bytes(PEM, PKCS8, password))

    for file, sentence in (
        (curve, "another kind"),
        (locked, "not an unencrypted private key"),
        (keys[1], "not an unencrypted private key"),
        (tmp_path / "nowhere", "There is no file .*nowhere; --sign-key needs the path of the private key"),
        (tmp_path, "cannot be read"),
    ):
        with pytest.raises(signing.SigningError, match=sentence):
            signing.private_key(file)
    with pytest.raises(signing.SigningError, match="not a public key"):
        signing.public_key(keys[0])
    with pytest.raises(signing.SigningError, match="--key needs the path of the public key"):
        signing.public_key(tmp_path / "nowhere")


def test_unusable_key_stops_report_before_anything_is_written(tmp_path: Path) -> None:
    conformant().write(tmp_path / "report")

    assert main(["report", str(tmp_path / "report"), "--sign-key", str(tmp_path / "nowhere")]) == ExitStatus.USAGE
    assert not (tmp_path / "report" / "verdict.json").exists()


def test_unusable_key_stops_merge_before_anything_is_written(tmp_path: Path) -> None:
    conformant().write(tmp_path / "one")
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / "results.ndjson").write_text("earlier", encoding="utf-8")
    arguments = ["merge", str(tmp_path / "one"), "--into", str(tmp_path / "whole")]

    assert main([*arguments, "--sign-key", str(tmp_path / "nowhere")]) == ExitStatus.USAGE
    assert (tmp_path / "whole" / "results.ndjson").read_text(encoding="utf-8") == "earlier"


def test_cryptography_is_imported_only_for_signatures() -> None:
    program = "import sys, lead_provider_conformance.cli.results; sys.exit('cryptography' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_missing_cryptography_names_the_extra_to_install(
    tmp_path: Path, keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.serialization", None)

    with pytest.raises(signing.SigningError, match=r"lead-provider-conformance\[signing\]"):
        signing.private_key(keys[0])
