"""The catalogue of the ECT service's events."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lead_provider_sandbox.control.events import ect_merging, ect_moves, ect_payments, ect_people, ect_touching
from lead_provider_sandbox.control.events.context import Facts

EVENTS: Mapping[str, Callable[..., Facts]] = {
    "appeared": ect_people.appeared,
    "late-commit": ect_people.late_commit,
    "touched": ect_touching.touched,
    "changed": ect_people.changed,
    "renamed": ect_people.renamed,
    "merged": ect_merging.merged,
    "mentor-as-well": ect_people.mentor_as_well,
    "mentor-replaced": ect_people.mentor_replaced,
    "eligible": ect_people.eligible,
    "induction-ended": ect_people.induction_ended,
    "cohort-moved": ect_people.cohort_moved,
    "leaving": ect_moves.leaving,
    "left": ect_moves.left,
    "transferred-in": ect_moves.transferred_in,
    "transfer-announced": ect_moves.transfer_announced,
    "transfer-completed": ect_moves.transfer_completed,
    "declaration-state": ect_payments.declaration_state,
}
"""The events by name. This service has no challenged partnerships, so none challenges a partnership."""
