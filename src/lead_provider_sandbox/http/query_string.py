"""The query string, parsed as the service does: plain parameters and groups such as `filter[…]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from lead_provider_sandbox.http.responses import bad_request

_NAME = re.compile(r"(?P<outer>[^\[\]]+)(?:\[(?P<inner>[^\[\]]*)\])?(?P<rest>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Query:
    """Query parameters; of several with the same name, the last one counts."""

    plain: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)

    @classmethod
    def parse(cls, query_string: bytes) -> Query:
        """Parse any bytes; replace invalid UTF-8 and NULs."""
        plain: dict[str, str] = {}
        groups: dict[str, dict[str, str | None]] = {}
        text = query_string.decode("utf-8", "replace")
        for name, value in parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="replace"):
            match = _NAME.fullmatch(name.replace("\0", "\ufffd"))
            if match is None:
                continue
            cleaned = value.replace("\0", "\ufffd")
            if match["inner"] is None:
                plain[match["outer"]] = cleaned
            else:
                # No parameter takes a list or a deeper name.
                scalar = bool(match["inner"]) and not match["rest"]
                groups.setdefault(match["outer"], {})[match["inner"]] = cleaned if scalar else None
        return cls(plain, groups)

    def filter(self, name: str) -> str | None:
        """Return the value of `filter[name]`; None if it is missing or blank. Raise a 400 if it is not a scalar."""
        if "filter" in self.plain:
            raise bad_request("Filter must be a hash", title="Bad parameter")
        group = self.groups.get("filter", {})
        if name in group and group[name] is None:
            raise bad_request(f"The filter '#/{name}' must be a single value", title="Bad parameter")
        return (group.get(name) or "").strip() or None
