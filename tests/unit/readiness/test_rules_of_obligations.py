"""Rules and obligations belong together."""

from __future__ import annotations

from lead_provider_conformance.readiness import rules  # noqa: F401 - registers the rules
from lead_provider_conformance.readiness.obligations import Obligations
from lead_provider_conformance.readiness.rule import RULES

OBLIGATIONS = Obligations.load()


def test_obligations_that_traffic_shows_have_rules_and_no_others() -> None:
    assert RULES.keys() == {each.id for each in OBLIGATIONS if not each.is_attestable}
