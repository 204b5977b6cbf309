"""YAML of the sandbox's own files and of its users'."""

from __future__ import annotations

from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader of libyaml, where it is installed, takes an eighth of the time."""


def parse_yaml(text: str | bytes) -> Any:
    """Return the values of a YAML document. Raise `yaml.YAMLError` if it is invalid."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader either way
