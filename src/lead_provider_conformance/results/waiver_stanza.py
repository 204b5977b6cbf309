"""Write the waivers of current failures as YAML for a target file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import yaml


def stanza(failures: Iterable[tuple[str, str]], *, owner: str, reason: str, until: date) -> str:
    """Return the YAML that waives `failures`, pairs of a requirement's id and a version."""
    versions: dict[str, set[str]] = {}
    for requirement, version in failures:
        versions.setdefault(requirement, set()).add(version)
    entries = [
        {"requirement": requirement, "versions": sorted(failing), "owner": owner, "reason": reason, "expires": until}
        for requirement, failing in versions.items()
    ]
    text: str = yaml.dump({"waivers": entries}, Dumper=_WithoutAliases, sort_keys=False, allow_unicode=True, width=120)
    return text


class _WithoutAliases(yaml.SafeDumper):
    """Writes repeated values in full, because people edit the entries one by one."""

    def ignore_aliases(self, _: Any) -> bool:
        return True
