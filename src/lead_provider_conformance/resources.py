"""Where the contract, the suites and the targets lie on this machine."""

import os
from pathlib import Path

CACHE_VARIABLE = "LEAD_PROVIDER_CONFORMANCE_CACHE"
_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]


class ResourceError(Exception):
    """A folder that the suite is made of is not there: the installation is incomplete."""


def contract_root() -> Path:
    """The folder of the contract (`v1.yaml`, `v2.yaml`, `v3.yaml`, `components/`, `calendar.yaml`, `errata.yaml`).

    Raises `ResourceError` if this installation has none.
    """
    return _folder("openapi")


def suites_root() -> Path:
    """The folder of the suites: requirements, rules, scenarios and generated tests.

    Raises `ResourceError` if this installation has none.
    """
    return _folder("suites")


def targets_root() -> Path:
    """The folder of the target files that come with the suite.

    Raises `ResourceError` if this installation has none.
    """
    return _folder("targets")


def cache_folder() -> Path:
    """Where what takes long to make is kept between runs: $LEAD_PROVIDER_CONFORMANCE_CACHE, else the user's cache."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lead-provider-conformance"


def _folder(name: str) -> Path:
    """A wheel carries its folders inside the package; a checkout has them at its root."""
    places = (_PACKAGE / "_data" / name, _CHECKOUT / name)
    for place in places:
        if place.is_dir():
            return place
    raise ResourceError(
        f"The folder '{name}' is neither at {places[0]} (a wheel) nor at {places[1]} (a checkout). "
        "Install the package again, or run from a complete checkout."
    )
