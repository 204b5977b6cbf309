"""The lifecycles, one table each; `docs/lifecycles.md` is generated from them.

Facts. A declaration begins as `submitted`, as `eligible` if its participant is known to be eligible for funding, or as
`ineligible` if it duplicates another. It becomes `payable` at its statement's deadline and `paid` when the statement is
paid. Voiding takes an unpaid declaration to `voided` and a paid one to `awaiting-clawback`; it is
`clawed-back` once the clawback statement is paid (behaviours DECL-STATE-MACHINE, VOID-PAID-CLAWBACK).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Initial states, and for each state its events with the next state."""

    name: str
    initial: tuple[str, ...]
    transitions: Mapping[str, Mapping[str, str]]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order of the table."""
        return tuple(self.transitions)

    def after(self, state: str, event: str) -> str | None:
        """Return the state after `event` in `state`; None if the event is not possible there."""
        return self.transitions[state].get(event)


DECLARATION = Lifecycle(
    name="declaration",
    initial=("submitted", "eligible", "ineligible"),
    transitions={
        "submitted": {"found eligible": "eligible", "found a duplicate": "ineligible", "void": "voided"},
        "eligible": {"statement deadline": "payable", "void": "voided"},
        "payable": {"statement paid": "paid", "void": "voided"},
        "paid": {"void": "awaiting-clawback"},
        "awaiting-clawback": {"clawback statement paid": "clawed-back"},
        "clawed-back": {},
        "ineligible": {"void": "voided"},
        "voided": {},
    },
)

LIVE = ("submitted", "eligible", "payable", "paid")
"""States in which a declaration blocks another one of the same event (behaviour DECL-DUPLICATE-STATES)."""

TRAINING = Lifecycle(
    name="training",
    initial=("active",),
    transitions={
        "active": {"defer": "deferred", "withdraw": "withdrawn"},
        "deferred": {"resume": "active", "withdraw": "withdrawn"},
        "withdrawn": {"resume": "active"},
    },
)

APPLICATION = Lifecycle(
    name="application",
    initial=("pending",),
    transitions={
        "pending": {"accept": "accepted", "reject": "rejected"},
        "accepted": {},
        "rejected": {},
    },
)

APPLICATION_OF_NPQ_SERVICE = Lifecycle(
    name="application of the NPQ service",
    initial=("pending",),
    transitions={
        "pending": {"accept": "accepted", "reject": "rejected"},
        "accepted": {"reject": "rejected"},
        "rejected": {},
    },
)

LIFECYCLES = (DECLARATION, TRAINING, APPLICATION, APPLICATION_OF_NPQ_SERVICE)
