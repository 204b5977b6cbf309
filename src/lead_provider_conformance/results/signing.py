"""A detached Ed25519 signature (RFC 8032) of `verdict.json`: a recipient can check that the verdict is unchanged.

`verdict.json` names the run, the target and the contract, so a signature cannot be moved to another verdict. It is
written in base64, on one line. Signing needs the `cryptography` package, which the extra `signing` installs.
"""

from __future__ import annotations

import base64
import binascii
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lead_provider_conformance.model import UsageError
from lead_provider_conformance.results.files import SIGNATURE_SUFFIX

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class SigningError(UsageError):
    """A key cannot be used, or the package for signatures is not installed."""


class SignatureError(UsageError):
    """A signature is missing or malformed, or does not belong to the file and the key."""


def private_key(path: Path) -> Ed25519PrivateKey:
    """Return the private key in an unencrypted PEM file. Raise SigningError for any other file."""
    serialization, ed25519 = _cryptography()
    content = _read(path, "--sign-key needs the path of the private key")
    try:
        key: Ed25519PrivateKey = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError) as error:
        raise SigningError(
            f"{path} is not an unencrypted private key in PEM ({type(error).__name__}); "
            "create one with: openssl genpkey -algorithm ed25519 -out key.pem"
        ) from None
    _check_kind(key, ed25519.Ed25519PrivateKey, path)
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """Return the public key in a PEM file. Raise SigningError for any other file."""
    serialization, ed25519 = _cryptography()
    try:
        key: Ed25519PublicKey = serialization.load_pem_public_key(_read(path, "--key needs the path of the public key"))
    except ValueError:
        raise SigningError(
            f"{path} is not a public key in PEM; create one with: openssl pkey -in key.pem -pubout -out public.pem"
        ) from None
    _check_kind(key, ed25519.Ed25519PublicKey, path)
    return key


def _check_kind(key: object, kind: type, path: Path) -> None:
    if not isinstance(key, kind):
        raise SigningError(f"{path} is a key of another kind; give an Ed25519 key.")


def sign(path: Path, key: Ed25519PrivateKey) -> Path:
    """Write the signature of a file beside it and return its path."""
    beside = path.with_name(path.name + SIGNATURE_SUFFIX)
    beside.write_bytes(signature(path.read_bytes(), key))
    return beside


def signature(content: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return the signature of some content: base64, on one line."""
    return base64.b64encode(key.sign(content)) + b"\n"


def verify(path: Path, key: Ed25519PublicKey) -> None:
    """Raise SignatureError unless the signature beside a file belongs to this file and this key."""
    beside = path.with_name(path.name + SIGNATURE_SUFFIX)
    content = _read(path, "name the verdict.json of a run")
    check(
        content, _read(beside, "sign the verdict with --sign-key, or put its signature beside it"), key, name=str(path)
    )


def check(content: bytes, encoded: bytes, key: Ed25519PublicKey, *, name: str) -> None:
    """Raise SignatureError unless an encoded signature belongs to some content, called `name`, and to the key."""
    try:
        key.verify(base64.b64decode(encoded.strip(), validate=True), content)
    except binascii.Error:
        raise SignatureError(
            f"{name}{SIGNATURE_SUFFIX} is not a signature in base64; download the file again."
        ) from None
    except import_module("cryptography.exceptions").InvalidSignature:
        raise SignatureError(
            f"{name} was changed after it was signed, or signed with another key; do not rely on it."
        ) from None


def _read(path: Path, advice: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise SigningError(f"There is no file {path}; {advice}.") from None
    except OSError as error:
        raise SigningError(f"{path} cannot be read: {error.strerror}; give another file.") from None


def _cryptography() -> tuple[Any, Any]:
    """Import the optional cryptography package when a key is used."""
    try:
        return (
            import_module("cryptography.hazmat.primitives.serialization"),
            import_module("cryptography.hazmat.primitives.asymmetric.ed25519"),
        )
    except ModuleNotFoundError:
        raise SigningError(
            "Signatures need the cryptography package; install it with: pip install "
            "'lead-provider-conformance[signing]'."
        ) from None
