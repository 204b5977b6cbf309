"""Compare the `updated_at` of a record before and after a change. No clock is compared with the times of a record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Self

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Application, Declaration, Participant
from lead_provider_conformance.http import Resource
from lead_provider_conformance.http.resource import exchange_of
from lead_provider_conformance.model import CouldNotRun, NotApplicable, ShownFailure
from lead_provider_conformance.testdata.dates import WINTER
from lead_provider_conformance.testdata.inventory import Inventory

SECOND = timedelta(seconds=1)
CLOSE = timedelta(minutes=2)
SUMMER_TIME = timedelta(hours=1)
CHANGED_BY_ACTIONS = ("training_status", "withdrawal", "deferral", "schedule_identifier", "cohort")
WHICH_ENROLMENT = ("training_record_id", "npq_application_id")


@dataclass(frozen=True, slots=True)
class LastChange:
    """When a record last changed, before a test changes it.

    It is `settled` if the record was listed with that time when the run began. The time of one that the run itself has
    made or changed may be the same after the next change: times are whole seconds.
    """

    at: datetime
    settled: bool

    @classmethod
    def of(cls, record: Participant | Application | Declaration, inventory: Inventory) -> Self:
        """Return when a record, as the server shows it now, last changed."""
        try:
            listed = _listed_like(record, inventory)
        except (CouldNotRun, NotApplicable):
            listed = ()
        times = {each.attributes.get("updated_at") for each in listed if each.id == record.id}
        return cls(record.updated_at, settled=record.attributes.get("updated_at") in times)

    def assert_moved_to(self, updated_at: datetime) -> None:
        """Check that a change has moved the time."""
        moved = updated_at > self.at if self.settled else updated_at >= self.at
        assert moved, f"updated_at is {format_time(updated_at)} after the change; it was {format_time(self.at)} before."


def _listed_like(
    record: Participant | Application | Declaration, inventory: Inventory
) -> Iterable[Participant | Application | Declaration]:
    """Return the listed records of the same kind."""
    match record:
        case Participant():
            return chain(inventory.participants, inventory.with_several_enrolments)
        case Application():
            return inventory.applications
        case Declaration():
            return inventory.declarations


def just_before(updated_at: datetime) -> tuple[str, str]:
    """Return the filter for records that have changed since the second before this one."""
    return "filter[updated_since]", format_time(updated_at - SECOND)


def assert_listed_as_shown(listed: Iterable[Resource], shown: Participant) -> None:
    """Check that a list shows the same training of a participant as their own record. Ignore one that is not listed."""
    for resource in listed:
        for each in Participant.in_resource(resource) if resource["id"] == shown.id else ():
            if each.course != shown.course or any(_differs(each, shown, name) for name in WHICH_ENROLMENT):
                continue
            for name in CHANGED_BY_ACTIONS:
                if _differs(each, shown, name):
                    raise ShownFailure(
                        f"The list shows the `{name}` {each.enrolment.get(name)!r} of {shown.id} after the change; by "
                        f"their id it is {shown.enrolment.get(name)!r}.",
                        exchange_of(resource),
                    )


def _differs(one: Participant, other: Participant, name: str) -> bool:
    return bool(one.enrolment.get(name) != other.enrolment.get(name))


def assert_dated(written: object, *moments: datetime) -> None:
    """Check that the date of an event is the day of one of several moments, in UTC or in London.

    The moments are the `updated_at` of the record that the event changed, and the time of the response.
    """
    near = [moment.astimezone(UTC) + shift for moment in moments for shift in (-CLOSE, CLOSE)]
    in_london = [each + SUMMER_TIME for each in near if each.month not in WINTER]
    days = {str(each.date()) for each in (*near, *in_london)}
    assert str(written)[:10] in days, f"Its date is {written}; expected the day of the change, {min(days)}."
