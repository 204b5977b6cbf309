"""Ids in paths: what is no UUID finds nothing, and capital letters do not matter (behaviour ERR-404-MALFORMED-UUID)."""

from __future__ import annotations

import re

from lead_provider_sandbox.http.call import Call

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_NOTHING = "00000000-0000-0000-0000-000000000000"


def identified(call: Call) -> None:
    """Bring the ids in the call's path into the form of the store; a malformed one becomes the id of nothing."""
    call.ids = {
        name: written.lower() if _UUID.fullmatch(written.lower()) else _NOTHING for name, written in call.ids.items()
    }
