"""Which statement pays for a declaration of the seed, and when the declaration last changed."""

from __future__ import annotations

from datetime import timedelta

from lead_provider_sandbox.domain.clock import to_datetime
from lead_provider_sandbox.seed.builder import Builder, Row
from lead_provider_sandbox.seed.world import ProviderWorld

_UNPAID_FOR = ("submitted", "voided", "ineligible")
_PAID = ("paid", "awaiting-clawback", "clawed-back")
_CLAWBACK = ("awaiting-clawback", "clawed-back")


def paid_by(world: ProviderWorld, programme: str, cohort: int, state: str, created: str) -> str | None:
    """The statement of a declaration, in the states that have one (behaviour DECL-STATEMENT-IDS)."""
    if state in _UNPAID_FOR:
        return None
    fitting = _statements(world, programme, cohort, paid=state in _PAID)
    return str(next(each for each in fitting if each["cut_off_date"] >= created[:10])["id"])


def clawed_back_by(world: ProviderWorld, programme: str, cohort: int, state: str) -> str | None:
    """The statement that claws a declaration back, or has."""
    if state not in _CLAWBACK:
        return None
    settled = state == "clawed-back"
    fitting = _statements(world, programme, cohort, paid=settled)
    return str(fitting[-1 if settled else 0]["id"])


def later(build: Builder, moment: str) -> str:
    """A moment some weeks after another."""
    return build.moment(to_datetime(moment).date() + timedelta(days=20), 40)


def _statements(world: ProviderWorld, programme: str, cohort: int, *, paid: bool) -> list[Row]:
    return [
        each
        for each in world.statements
        if (each["programme"], each["cohort"], each["paid"]) == (programme, cohort, paid) and each["output_fee"]
    ]
