"""A detached Ed25519 signature (RFC 8032) of `verdict.json`: who passes a verdict on can show that it is unchanged.

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

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SUFFIX = ".sig"


class SigningError(UsageError):
    """A key that cannot be used, or no means to use one."""


class SignatureError(UsageError):
    """A signature that is missing, is none, or does not belong to the file and the key."""


def private_key(path: Path) -> Ed25519PrivateKey:
    """The key in an unencrypted PEM file. Raises SigningError for any other file."""
    serialization, ed25519 = _cryptography()
    try:
        key = serialization.load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError) as error:
        raise SigningError(
            f"{path} is no private key in PEM without a password ({type(error).__name__}); "
            "make one with: openssl genpkey -algorithm ed25519 -out key.pem"
        ) from None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise SigningError(f"{path} is a key of another kind; give an Ed25519 key.")
    found: Ed25519PrivateKey = key
    return found


def public_key(path: Path) -> Ed25519PublicKey:
    """The public key in a PEM file. Raises SigningError for any other file."""
    serialization, ed25519 = _cryptography()
    try:
        key = serialization.load_pem_public_key(_read(path))
    except ValueError:
        raise SigningError(
            f"{path} is no public key in PEM; make it with: openssl pkey -in key.pem -pubout -out public.pem"
        ) from None
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise SigningError(f"{path} is a key of another kind; give an Ed25519 key.")
    found: Ed25519PublicKey = key
    return found


def sign(path: Path, key: Ed25519PrivateKey) -> Path:
    """Write the signature of a file beside it, and return where."""
    signature = path.with_name(path.name + SUFFIX)
    signature.write_bytes(base64.b64encode(key.sign(path.read_bytes())) + b"\n")
    return signature


def verify(path: Path, key: Ed25519PublicKey) -> None:
    """Return if the signature beside a file is of this file and of this key. Raises SignatureError if it is not."""
    signature = path.with_name(path.name + SUFFIX)
    try:
        key.verify(base64.b64decode(_read(signature).strip(), validate=True), _read(path))
    except binascii.Error:
        raise SignatureError(f"{signature} holds no signature in base64; get the file again.") from None
    except import_module("cryptography.exceptions").InvalidSignature:
        raise SignatureError(
            f"{path} is not what was signed, or was signed with another key; do not rely on it."
        ) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SigningError(f"{path} cannot be read: {error.strerror}; give another file.") from None


def _cryptography() -> tuple[Any, Any]:
    """The parts of the package that are needed, loaded only once somebody signs or verifies."""
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
