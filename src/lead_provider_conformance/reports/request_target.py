"""The path and query of a request as reports show them."""

from __future__ import annotations

import re

BRACKETS_AND_COLONS = {"%5B": "[", "%5D": "]", "%3A": ":"}
"""The characters of filters that many clients encode. Requests are easier to read with them; a curl is exact."""
ENCODED = re.compile("|".join(BRACKETS_AND_COLONS), re.IGNORECASE)


def readable_target(url: str) -> str:
    """Return the path and query of an address as sent, except for encoded brackets and colons.

    A URL parser would normalise or reject some of them.
    """
    target = "/" + url.partition("://")[2].partition("/")[2]
    return ENCODED.sub(lambda match: BRACKETS_AND_COLONS[match[0].upper()], target)
