"""Fields that no step of a journey changes: a change of one record leaves the rest as it was.

Names, e-mail addresses, mentors and delivery partners are left out: others may change them at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lead_provider_conformance.api.records import Declaration, Participant
from lead_provider_conformance.fuzzing.stateful.steps import Action, Step

OF_ENROLMENT = (
    "training_record_id",
    "npq_application_id",
    "participant_type",
    "course_identifier",
    "school_urn",
)
OF_SCHEDULE = ("schedule_identifier", "cohort", "cohort_suffix", "pupil_premium_uplift", "sparsity_uplift")
"""The fields of an enrolment that a change of schedule or a resumption may change."""
OF_DECLARATION = ("participant_id", "declaration_type", "declaration_date", "course_identifier", "created_at")
OF_APPLICATION = ("course_identifier", "created_at")

_NEW_TRAINING = frozenset({Action.CHANGE_SCHEDULE, Action.RESUME})


def changes_of_participant(step: Step, before: Participant, now: Participant) -> Iterator[str]:
    """Yield a sentence for each field of a participant that a step has changed and must not."""
    fields = OF_ENROLMENT if step.action in _NEW_TRAINING else (*OF_ENROLMENT, *OF_SCHEDULE)
    yield from _changes(step, "the participant", fields, before.enrolment, now.enrolment)


def changes_of_declarations(step: Step, before: tuple[Declaration, ...], now: tuple[Declaration, ...]) -> Iterator[str]:
    """Yield a sentence for each field of an earlier declaration that a step has changed and must not."""
    present = {each.id: each.attributes for each in now}
    for each in before:
        shown = present.get(each.id, each.attributes)
        yield from _changes(step, f"the declaration {each.id}", OF_DECLARATION, each.attributes, shown)


def changes_of_application(step: Step, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each field of an application that a step has changed and must not."""
    yield from _changes(step, "the application", OF_APPLICATION, before, now)


def _changes(
    step: Step, record: str, fields: tuple[str, ...], before: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[str]:
    for name in fields:
        if name in before and name in now and before[name] != now[name]:
            yield f"{step} changed {name} of {record} from {before[name]!r} to {now[name]!r}"
