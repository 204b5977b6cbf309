"""Recognise records in named states by the fields that a target's own lists show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from lead_provider_conformance.api.records import (
    Application,
    Declaration,
    Participant,
    parse_year,
    skip_malformed,
)
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.model import CouldNotRun, NotApplicable
from lead_provider_conformance.testdata.application_facts import ApplicationFacts, Applications
from lead_provider_conformance.testdata.catalogue import ApplicationState, ParticipantState, State
from lead_provider_conformance.testdata.dates import last_opening_schedule, participant_from
from lead_provider_conformance.testdata.delivery_partners import DeliveryPartners
from lead_provider_conformance.testdata.inventory import Inventory
from lead_provider_conformance.testdata.predicates import SETTLED_AFTER, ParticipantFacts

MOST_EXAMINED = 200
"""The most records in which a missing field is looked for."""


@dataclass(eq=False, repr=False)
class Recognition:
    """Recognises the records of one provider in the lists of its `inventory`.

    `second_provider` has the lists of another provider, if the suite has its token.
    """

    inventory: Inventory
    calendar: Calendar
    programme: str
    second_provider: Inventory | None = None
    day: date | None = None
    """The day on which a record has to be in a state; None means today."""

    def recognised(self, state: State) -> Iterator[Participant | Application]:
        """Yield the listed records in a state."""
        if isinstance(state, ApplicationState):
            for application in self.inventory.applications:
                if state.is_recognised(self._application_facts(application)):
                    yield application
        else:
            for participant in self._in_order(self._participants(state)):
                if state.is_recognised(self.participant_facts(participant)):
                    yield participant

    def recognised_by_application(self, state: State) -> Iterator[Participant]:
        """Yield the NPQ participants in a state, recognised by their accepted applications.

        Version 1 shows neither the cohort nor the schedule of a participant. It does not show withdrawals either, so
        these participants can only be read.
        """
        if isinstance(state, ApplicationState) or self.programme != "npq":
            return

        def read(application: Application) -> Participant | None:
            if application.status != "accepted" or last_opening_schedule(application, self.calendar) is None:
                return None
            participant = participant_from(application, self.calendar)
            return participant if state.recognises(self.participant_facts(participant)) else None

        for _, participant in skip_malformed(self.inventory.applications, read):
            if participant:
                yield participant

    def participant_facts(
        self, participant: Participant, declarations: Sequence[Declaration] | None = None
    ) -> ParticipantFacts:
        """Return the facts about a participant with these declarations; without any given, with the listed ones."""
        if declarations is None:
            declarations = self.inventory.declarations_about(participant)
        others = [
            ParticipantFacts(
                each, self.inventory.declarations_about(each), self.calendar, self.today, self.paid_cohorts
            )
            for each in self.inventory.other_enrolments(participant)
        ]
        return ParticipantFacts(
            participant,
            declarations,
            self.calendar,
            self.today,
            self.paid_cohorts,
            others,
            delivery_partners=self.delivery_partners if self.calendar.has_npq_funding else None,
            provider=self._provider if self.calendar.has_npq_funding or self.programme == "ecf" else None,
        )

    def may_be_seen_by_second_provider(self, participant: Participant) -> bool:
        """Return whether an ECF participant may have moved between the providers: versions 1 and 2 show them to both.

        Without a list of transfers, return whether the second provider lists the participant.
        """
        second = self.second_provider
        if second is None or self.programme != "ecf":
            return False
        if (moved := self.inventory.moved) is not None:
            return participant.id in moved
        return participant.id in {each.id for each in (*second.participants, *second.with_several_enrolments)}

    def with_delivery_partners(self, participant: Participant) -> Participant:
        """Return the participant with the delivery partners that a declaration may name."""
        return replace(participant, delivery_partners=tuple(self.delivery_partners.of(participant)))

    @cached_property
    def _provider(self) -> str | None:
        """The name of the lead provider that has made the most of the declarations."""
        read = skip_malformed(self.inventory.declarations, lambda each: each.attributes.get("lead_provider_name"))
        names = Counter(name for _, name in read)
        return max(names, key=lambda each: names[each], default=None)

    @cached_property
    def delivery_partners(self) -> DeliveryPartners:
        """The delivery partners of the provider."""
        return DeliveryPartners(self.inventory, self.calendar)

    def missing_fields(self, state: State) -> str:
        """Return a sentence about fields that recognising a state needs and no record shows; empty without any."""
        participants, declarations, applications = _Examined(), _Examined(), _Examined()
        if isinstance(state, ApplicationState):
            for application in self.inventory.applications[:MOST_EXAMINED]:
                examined = replace(application, attributes=applications.of(application.attributes))
                state.is_recognised(self._application_facts(examined))
        else:
            for participant in self._participants(state)[:MOST_EXAMINED]:
                about = [
                    replace(each, attributes=declarations.of(each.attributes))
                    for each in self.inventory.declarations_about(participant)
                ]
                enrolment = participants.of(participant.enrolment)
                state.is_recognised(self.participant_facts(replace(participant, enrolment=enrolment), about))
        lists = {
            f"{self.programme}_participants": participants,
            "participant_declarations": declarations,
            "npq_applications": applications,
        }
        return " ".join(
            f"No record of the list {name} shows `{'` or `'.join(missing)}`."
            for name, examined in lists.items()
            if (missing := self.inventory.documented(name, examined.absent))
        )

    @cached_property
    def today(self) -> date:
        """The server's date, or the day to recognise states on."""
        return self.day or self.inventory.today

    def recognised_later(self, state: State) -> Iterator[tuple[date, Participant | Application]]:
        """Yield records that will be in a state, with the first day: when a window has opened, or payments are frozen.

        Nothing else about the records changes until then.
        """
        days = {self.today}
        for cohort in self.calendar.cohorts.values():
            days.add(cohort.payments_frozen or self.today)
            for schedule in self.calendar.schedules:
                days.update(each.start for each in self.calendar.windows(schedule, cohort.year))
        seen = {record.id for record in self.recognised(state)}
        for day in sorted(each + SETTLED_AFTER for each in days if each >= self.today):
            for record in replace(self, day=day).recognised(state):
                if record.id not in seen:
                    seen.add(record.id)
                    yield day, record

    @cached_property
    def paid_cohorts(self) -> Collection[int] | None:
        """The cohorts with a statement to come, in which the server pays for declarations; None if no list says so."""
        try:
            listed = [each["attributes"] for each in self.inventory.statements]
        except (CouldNotRun, NotApplicable):
            return None
        if listed and not any("cut_off_date" in each for each in listed):
            return None
        to_come = []
        for attributes, cut_off in skip_malformed(listed, lambda each: each.get("cut_off_date")):
            if attributes.get("type", self.programme) == self.programme and str(cut_off) >= self.today.isoformat():
                to_come.append(parse_year(attributes.get("cohort")))
        return frozenset(year for year in to_come if year)

    @property
    def unpaid(self) -> str:
        """Return a sentence about the statements if none is to come; empty otherwise."""
        if self.paid_cohorts is None or self.paid_cohorts:
            return ""
        return f"The list statements shows no statement with a cut-off date on or after {self.today}."

    def _participants(self, state: ParticipantState) -> Sequence[Participant]:
        return self.inventory.with_several_enrolments if state.several_enrolments else self.inventory.participants

    def _in_order(self, participants: Sequence[Participant]) -> Sequence[Participant]:
        """Without statements, return the participants of the newest cohorts first: contracts of old ones have ended."""
        if self.paid_cohorts is not None:
            return participants
        years = {id(each): year for each, year in skip_malformed(participants, lambda each: each.cohort_year)}
        return sorted(participants, key=lambda each: -(years.get(id(each)) or 0))

    def _application_facts(self, application: Application) -> ApplicationFacts:
        return ApplicationFacts(
            application,
            self._applications,
            self.calendar,
            self.today,
            self.paid_cohorts,
            delivery_partners=self.delivery_partners if self.calendar.has_npq_funding else None,
        )

    @cached_property
    def _applications(self) -> Applications:
        other = self.second_provider.applications if self.second_provider else ()
        return Applications(self.inventory.applications, other)


class _Examined:
    """The fields of some records: those that were read and are in none of them."""

    def __init__(self) -> None:
        self._read: set[str] = set()
        self._present: set[str] = set()

    @property
    def absent(self) -> Collection[str]:
        """The fields that were read and are in no record."""
        return self._read - self._present

    def of(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the fields of a record, of which reads are noted."""
        self._present.update(content)
        return _Fields(content, self._read)


class _Fields(Mapping[str, Any]):
    def __init__(self, content: Mapping[str, Any], read: set[str]) -> None:
        self._content = content
        self._read = read

    def __getitem__(self, name: str) -> Any:
        self._read.add(name)
        return self._content[name]

    def __contains__(self, name: object) -> bool:
        self._read.add(str(name))
        return name in self._content

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)
