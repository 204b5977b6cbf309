"""Find the suite's own folders on this machine, and write files that processes share."""

import os
import tempfile
from functools import cache
from pathlib import Path

CACHE_VARIABLE = "LEAD_PROVIDER_CONFORMANCE_CACHE"
_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]


class ResourceError(Exception):
    """Raised if a folder of the suite is missing, so that the installation is incomplete."""


def contract_root() -> Path:
    """Return the folder of the contract. Raise ResourceError if it is missing."""
    return _folder("openapi")


def suites_root() -> Path:
    """Return the folder of requirements, rules, scenarios and generated tests. Raise ResourceError if it is missing."""
    return _folder("suites")


def targets_root() -> Path:
    """Return the folder of the target files of the suite itself. Raise ResourceError if it is missing."""
    return _folder("targets")


def cache_folder() -> Path:
    """Return the folder for results that are cached between runs: $LEAD_PROVIDER_CONFORMANCE_CACHE, or the default."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lead-provider-conformance"


def write_atomically(file: Path, content: bytes) -> None:
    """Replace `file` atomically: other processes may be reading it, or writing it too."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
        part.write(content)
    Path(part.name).replace(file)


@cache
def _folder(name: str) -> Path:
    """Return a folder that a wheel has inside the package, and a checkout at its root."""
    candidates = (_PACKAGE / "_data" / name, _CHECKOUT / name)
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise ResourceError(
        f"The folder '{name}' is missing: neither {candidates[0]} (a wheel) nor {candidates[1]} (a checkout) exists. "
        "Install the package again, or run from a complete checkout."
    )
