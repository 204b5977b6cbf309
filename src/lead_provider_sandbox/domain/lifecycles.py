"""The lifecycles, one table each; `docs/lifecycles.md` is drawn from them.

Facts. A declaration is `submitted`, or `eligible` when its participant is known to be eligible for funding, or
`ineligible` when it doubles another. It becomes `payable` at its statement's deadline and `paid` when the statement is
paid. Voiding takes an unpaid declaration to `voided` and a paid one to `awaiting-clawback`; it is
`clawed-back` once the clawback statement is paid (behaviours DECL-STATE-MACHINE, VOID-PAID-CLAWBACK).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """States, where a life begins, and for each state the events that end it with the state that follows."""

    name: str
    begins: tuple[str, ...]
    transitions: Mapping[str, Mapping[str, str]]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order of the table."""
        return tuple(self.transitions)

    def after(self, state: str, event: str) -> str | None:
        """The state that follows `state` on `event`; None when the event cannot happen there."""
        return self.transitions[state].get(event)


DECLARATION = Lifecycle(
    name="declaration",
    begins=("submitted", "eligible", "ineligible"),
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
"""States in which a declaration takes the one place there is for its event (behaviour DECL-DUPLICATE-STATES)."""

TRAINING = Lifecycle(
    name="training",
    begins=("active",),
    transitions={
        "active": {"defer": "deferred", "withdraw": "withdrawn"},
        "deferred": {"resume": "active", "withdraw": "withdrawn"},
        "withdrawn": {"resume": "active"},
    },
)

APPLICATION = Lifecycle(
    name="application",
    begins=("pending",),
    transitions={
        "pending": {"accept": "accepted", "reject": "rejected"},
        "accepted": {},
        "rejected": {},
    },
)

LIFECYCLES = (DECLARATION, TRAINING, APPLICATION)


def diagram(lifecycle: Lifecycle) -> str:
    """A lifecycle as a Mermaid state diagram."""

    def label(state: str) -> str:
        return state.replace("-", "_")

    lines = ["stateDiagram-v2"]
    lines += [f"    {label(state)}: {state}" for state in lifecycle.states]
    lines += [f"    [*] --> {label(state)}" for state in lifecycle.begins]
    for state, events in lifecycle.transitions.items():
        lines += [f"    {label(state)} --> {label(following)}: {event}" for event, following in events.items()]
        if not events:
            lines.append(f"    {label(state)} --> [*]")
    return "\n".join(lines)
