"""Rules and obligations belong together."""

from __future__ import annotations

from lead_provider_conformance.readiness import rules  # noqa: F401 - registers the rules
from lead_provider_conformance.readiness.obligations import Obligations
from lead_provider_conformance.readiness.rule import RULES

OBLIGATIONS = Obligations.load()


def test_every_rule_is_about_an_obligation() -> None:
    assert {each for each in RULES if each not in OBLIGATIONS} == set()


def test_every_obligation_that_traffic_shows_has_a_rule() -> None:
    assert {each.id for each in OBLIGATIONS if not each.is_attestable} - RULES.keys() == set()
