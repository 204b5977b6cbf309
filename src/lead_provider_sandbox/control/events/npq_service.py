"""The events of the NPQ service by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lead_provider_sandbox.control.events import npq_changes as changes
from lead_provider_sandbox.control.events import npq_decisions as decisions
from lead_provider_sandbox.control.events.context import Facts

EVENTS: Mapping[str, Callable[..., Facts]] = {
    "appeared": changes.appeared,
    "application-appeared": decisions.application_appeared,
    "late-commit": changes.late_commit,
    "touched": changes.touched,
    "changed": changes.changed,
    "renamed": changes.renamed,
    "merged": changes.merged,
    "rival-accepted": decisions.rival_accepted,
    "eligible": decisions.eligible,
    "declaration-state": decisions.declaration_state,
    "outcome": decisions.outcome,
    "transferred-in": decisions.transferred_in,
}
"""Each function takes the event's context and its facts by name. It raises `EventError` if the event cannot happen."""
