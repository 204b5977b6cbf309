"""One ZIP file with everything about a run: reports, journals and profile, with a manifest of their SHA-256.

The manifest may be signed. `manifest.json.sig` then covers every file of the package.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from lead_provider_conformance.model import UsageError
from lead_provider_conformance.results import signing
from lead_provider_conformance.results.files import PROFILE, SIGNATURE_SUFFIX, VERDICT, indented_json
from lead_provider_conformance.results.journal import EXCHANGES, RESULTS, read_journals
from lead_provider_conformance.schemas import problems

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FORMAT = 1
MANIFEST = "manifest.json"
CONTENTS = ("report.html", "summary.md", VERDICT, VERDICT + SIGNATURE_SUFFIX, RESULTS, EXCHANGES, PROFILE)
"""The files of a report folder that belong into its package, if they exist."""
SIGNED = {
    MANIFEST: "Every file in {file} is unchanged since the owner of the key signed the package.",
    VERDICT: "verdict.json in {file} is unchanged since the owner of the key signed it. No other file is signed.",
}
"""The files that a package may have signatures of, the most comprehensive first."""
CHUNK = 1 << 20
LARGEST_MANIFEST = 1 << 20


class PackageError(UsageError):
    """Raised if a file is no package, or its content is not that of its manifest."""


def write_package(
    folder: Path, file: Path, profile_text: str | None = None, *, key: Ed25519PrivateKey | None = None
) -> None:
    """Write the package of a report folder atomically into `file`: the same bytes for the same content.

    `profile_text` is the profile of a client; by default that in the folder, if any. With a `key`, sign the manifest.
    """
    run = read_journals(folder).run
    written = datetime.fromisoformat(run["started_at"]).timetuple()[:6]
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        entries = []
        for name in CONTENTS:
            source = folder / name
            if name == PROFILE and profile_text is not None:
                entries.append(_add(archive, name, written, iter([profile_text.encode()])))
            elif source.is_file():
                with source.open("rb") as content:
                    entries.append(_add(archive, name, written, _chunks(content)))
        described = {"subject": run.get("subject", "server"), "target": run["target"]["name"]}
        manifest = indented_json({"format": FORMAT, "run": run["id"], **described, "files": entries}).encode()
        _add(archive, MANIFEST, written, iter([manifest]))
        if key:
            _add(archive, MANIFEST + SIGNATURE_SUFFIX, written, iter([signing.signature(manifest, key)]))
    temporary.replace(file)


def _add(archive: zipfile.ZipFile, name: str, written: tuple[int, ...], chunks: Iterator[bytes]) -> dict[str, Any]:
    """Add a file and return its entry in the manifest."""
    info = zipfile.ZipInfo(name, (written[0], written[1], written[2], written[3], written[4], written[5]))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    digest, size = hashlib.sha256(), 0
    with archive.open(info, "w", force_zip64=True) as member:
        for chunk in chunks:
            member.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return {"name": name, "bytes": size, "sha256": digest.hexdigest()}


def verify_package(file: Path, key: Ed25519PublicKey | None = None) -> str:
    """Check a package and return a sentence about it. With a `key`, check the signature as well.

    Raise PackageError, or SignatureError for a signature of another key.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            manifest = _manifest(archive, file)
            _check_names(names, manifest, file)
            for entry in manifest["files"]:
                _check_file(archive, entry, file)
            if key is None:
                return f"The files in {file} are those of its manifest. To check who made it, give --key."
            return _check_signature(archive, names, file, key)
    except FileNotFoundError:
        raise UsageError(f"There is no file {file}; name a package.") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise PackageError(f"{file} is not a complete ZIP file ({error}); download it again.") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}; give another file.") from None


def _manifest(archive: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    if MANIFEST not in archive.namelist():
        raise PackageError(f"{file} has no {MANIFEST}, so it is no package of this suite.")
    with archive.open(MANIFEST) as member:
        content = member.read(LARGEST_MANIFEST)
    try:
        manifest = json.loads(content)
    except ValueError:
        raise PackageError(f"The {MANIFEST} in {file} is not JSON; do not rely on the package.") from None
    for problem in problems("package", manifest):
        raise PackageError(f"The {MANIFEST} in {file} is not valid: {problem}")
    known: dict[str, Any] = manifest
    return known


def _check_names(names: list[str], manifest: dict[str, Any], file: Path) -> None:
    listed = {entry["name"] for entry in manifest["files"]}
    present = set(names) - {MANIFEST, MANIFEST + SIGNATURE_SUFFIX}
    if len(names) != len(set(names)):
        raise PackageError(f"{file} has two files of one name; do not rely on it.")
    if missing := sorted(listed - present):
        raise PackageError(f"{missing[0]} is missing in {file}; do not rely on it.")
    if more := sorted(present - listed):
        raise PackageError(f"{more[0]!r} in {file} is not in its manifest; do not rely on it.")


def _check_file(archive: zipfile.ZipFile, entry: dict[str, Any], file: Path) -> None:
    digest, size = hashlib.sha256(), 0
    with archive.open(entry["name"]) as member:
        for chunk in _chunks(member):
            digest.update(chunk)
            size += len(chunk)
            if size > entry["bytes"]:
                break
    if (size, digest.hexdigest()) != (entry["bytes"], entry["sha256"]):
        raise PackageError(f"{entry['name']} in {file} was changed after the package was made; do not rely on it.")


def _chunks(member: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: member.read(CHUNK), b"")


def _check_signature(archive: zipfile.ZipFile, names: list[str], file: Path, key: Ed25519PublicKey) -> str:
    """Check the signature of the manifest, or else that of the verdict."""
    for signed, sentence in SIGNED.items():
        if signed + SIGNATURE_SUFFIX in names:
            encoded = archive.read(signed + SIGNATURE_SUFFIX)
            signing.check(archive.read(signed), encoded, key, name=f"{signed} in {file}")
            return sentence.format(file=file)
    raise signing.SignatureError(f"{file} has no signature; ask for a package that was written with --sign-key.")
