"""Faults of the NPQ service change responses, and only when they are on."""

from __future__ import annotations

from typing import Any

OWN_NAME = "Ambition Sandbox"


def test_declaration_by_another_provider_is_only_listed(npq: Any) -> None:
    listed = npq.listed("participant-declarations")
    theirs = next(each["id"] for each in listed if each["attributes"]["lead_provider_name"] != OWN_NAME)
    own = next(each["id"] for each in listed if each["attributes"]["lead_provider_name"] == OWN_NAME)
    assert npq.get(f"participant-declarations/{theirs}").status == 200

    npq.broken_by("npq-service-transferred-declarations-only-listed")

    assert npq.listed("participant-declarations") == listed
    assert npq.get(f"participant-declarations/{theirs}").status == 404
    assert npq.get(f"participant-declarations/{own}").status == 200
