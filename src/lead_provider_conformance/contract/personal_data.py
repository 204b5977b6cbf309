"""Recognise personal data in fields that the contract does not document.

No published text forbids further fields, so a conforming server may have some. A field such as a date of birth is
reported by its own rule all the same: the lead provider has no need to know it.
"""

from __future__ import annotations

import re
from typing import Any

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PERSONAL = re.compile(
    r"birth|national_insurance|ethnic|gender|disab|religio|nationality|passport|marital|sexual|home_address|bank_"
    r"|(^|_)(dob|nino|ni_number|sort_code)($|_)"
)
_NOTHING: tuple[Any, ...] = (None, "", [], {})


def is_personal(name: str) -> bool:
    """Return whether the name of a field says that it holds personal data, in any spelling."""
    return _PERSONAL.search(_WORD_START.sub("_", name).lower().replace("-", "_").replace(" ", "_")) is not None


def shows_personal_data(name: str, value: Any) -> bool:
    """Return whether a field, or one inside it at any depth, has a value and a name of personal data."""
    fields = [(name, value)]
    while fields:
        inner, content = fields.pop()
        if content not in _NOTHING and is_personal(inner):
            return True
        if isinstance(content, dict):
            fields += ((str(each), content[each]) for each in content)
        elif isinstance(content, list):
            fields += (("", each) for each in content)
    return False
