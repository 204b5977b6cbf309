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

_INTRODUCTION = """# Lifecycles

How declarations, training and NPQ applications change state. These pictures are drawn from the tables in
`src/lead_provider_sandbox/domain/lifecycles.py`, which the sandbox obeys; change the tables, then run `make docs`.
"""


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


def page() -> str:
    """`docs/lifecycles.md`: every lifecycle as a diagram and as a table."""
    parts = [_INTRODUCTION]
    for lifecycle in LIFECYCLES:
        rows = [
            f"| {state} | {event} | {following} |"
            for state, events in lifecycle.transitions.items()
            for event, following in events.items()
        ]
        table = "\n".join(["| in state | on | becomes |", "|---|---|---|", *rows])
        parts.append(f"## {lifecycle.name.capitalize()}\n\n```mermaid\n{diagram(lifecycle)}\n```\n\n{table}\n")
    return "\n".join(parts)
