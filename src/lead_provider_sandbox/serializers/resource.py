"""The form of every resource."""

from __future__ import annotations

from typing import Any


def resource(record_id: str, record_type: str, /, **attributes: Any) -> dict[str, Any]:
    """Return a resource with its attributes in the order given."""
    return {"id": record_id, "type": record_type, "attributes": attributes}
