"""Writes the waivers of what fails, for somebody to put them into a target file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import yaml


def stanza(failures: Iterable[tuple[str, str]], *, owner: str, reason: str, until: date) -> str:
    """The YAML that waives `failures`, each a requirement's id and a version, for a target file."""
    versions: dict[str, set[str]] = {}
    for requirement, version in failures:
        versions.setdefault(requirement, set()).add(version)
    entries = [
        {"requirement": requirement, "versions": sorted(failing), "owner": owner, "reason": reason, "expires": until}
        for requirement, failing in versions.items()
    ]
    text: str = yaml.dump({"waivers": entries}, Dumper=_EachInFull, sort_keys=False, allow_unicode=True, width=120)
    return text


class _EachInFull(yaml.SafeDumper):
    """Writes a value again where it comes again; people edit these entries one by one."""

    def ignore_aliases(self, _: Any) -> bool:
        """Whether a value is to be written in full: every one is."""
        return True
