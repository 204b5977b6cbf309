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

LIFECYCLES = (DECLARATION, TRAINING, APPLICATION)

_INTRODUCTION = """# Lifecycles

How declarations, training and NPQ applications change state. The diagrams are generated from the tables in
`src/lead_provider_sandbox/domain/lifecycles.py`. To update this page, change the tables and run
`make docs`.
"""


def diagram(lifecycle: Lifecycle) -> str:
    """Return a lifecycle as a Mermaid state diagram."""

    def label(state: str) -> str:
        return state.replace("-", "_")

    lines = ["stateDiagram-v2"]
    lines += [f"    {label(state)}: {state}" for state in lifecycle.states]
    lines += [f"    [*] --> {label(state)}" for state in lifecycle.initial]
    for state, events in lifecycle.transitions.items():
        lines += [f"    {label(state)} --> {label(following)}: {event}" for event, following in events.items()]
        if not events:
            lines.append(f"    {label(state)} --> [*]")
    return "\n".join(lines)


def page() -> str:
    """Return the text of `docs/lifecycles.md`: every lifecycle as a diagram and a table."""
    parts = [_INTRODUCTION]
    for lifecycle in LIFECYCLES:
        rows = [
            f"| {state} | {event} | {following} |"
            for state, events in lifecycle.transitions.items()
            for event, following in events.items()
        ]
        table = "\n".join(["| state | event | next state |", "|---|---|---|", *rows])
        parts.append(f"## {lifecycle.name.capitalize()}\n\n```mermaid\n{diagram(lifecycle)}\n```\n\n{table}\n")
    return "\n".join(parts)
