"""Send the cases of one operation to a target, with the target's records in place of placeholders."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lead_provider_conformance.api.operations import Api, format_time
from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.fuzzing.case import VALID, Case, Expected, Sender
from lead_provider_conformance.fuzzing.case_records import CaseRecords
from lead_provider_conformance.fuzzing.probes import PARTNER
from lead_provider_conformance.http import Credential, IncompleteResponse, NoResponse, Response
from lead_provider_conformance.http.client import Exchange
from lead_provider_conformance.http.credential import NO_CREDENTIAL
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata.dates import date_in_sequence
from lead_provider_conformance.testdata.refusals import PreparationRefusedError
from lead_provider_conformance.testdata.subjects import OperationSubject

_CREDENTIALS = {
    Sender.NONE: NO_CREDENTIAL,
    Sender.UNKNOWN: Credential.bearer("unknown", "an-unknown-token"),
    Sender.WRONG_SCHEME: Credential("basic", "Basic bm9ib2R5OnNlY3JldA=="),
}
_MUST_BE_REFUSED = frozenset(Expected) - {*VALID, Expected.LENIENT}


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case with its response, or the `error` if there was none. `template` is the case with its placeholders."""

    case: Case
    template: Case
    response: Response | None
    exchange: Exchange
    error: str = ""


class Replay:
    """Send the cases of one operation, one after the other.

    `unready` is the reason why the record could not be prepared for valid requests, if so.
    """

    def __init__(self, api: Api, calendar: Calendar, row: OperationSubject, records: CaseRecords) -> None:
        self.unready: str | None = None
        self._api = api
        self._calendar = calendar
        self._row = row
        self._records = records
        self._subject_id = records.subject_id
        self._is_ready = row.prepare is None or records.is_ready
        self._snapshots: list[object] = []
        self._all_refused = True
        self._done_once = False

    def send_all(self, cases: Iterable[Case]) -> Iterator[CaseResult]:
        """Send the cases and yield the results, skipping cases for which the target has no record or window.

        Valid cases come first, as others may prevent them; cases to be refused come last, and must change nothing. If
        the operation succeeds only once, its refusals come first: afterwards it refuses everything.
        """
        ordered = sorted(cases, key=self._turn)
        to_be_refused = [case for case in ordered if case.expected in _MUST_BE_REFUSED]
        for case in ordered:
            if to_be_refused and case is to_be_refused[0]:
                self._begin_refusals()
            if (result := self.send(case)) is not None:
                yield result
            if to_be_refused and case is to_be_refused[-1]:
                self._snapshots.append(self._snapshot())
        if self.refusals_changed:
            # A server may change a record on its own while the requests are sent, but not each time.
            self._is_ready = False
            self._begin_refusals()
            for case in to_be_refused:
                self.send(case)
            self._snapshots.append(self._snapshot())

    def _begin_refusals(self) -> None:
        self._make_ready()
        self._snapshots = [self._snapshot()]
        self._all_refused = True

    @property
    def refusals_changed(self) -> bool | None:
        """Whether refused requests have changed the record; None if the operation only reads or one was accepted."""
        if len(self._snapshots) < 2 or None in self._snapshots or not self._all_refused:
            return None
        return self._snapshots[0] != self._snapshots[1]

    def send(self, template: Case) -> CaseResult | None:
        """Send one case, after preparing the record if it must be accepted.

        Return None if that fails, or if the target has no value for one of the placeholders.
        """
        if template.expected is Expected.ACCEPTED and not self._make_ready():
            return None
        case = self._fill(template)
        if case is None:
            return None
        if template.expected is Expected.ACCEPTED and not self._is_allowed(case):
            case = replace(case, expected=Expected.RULED)
        if not (self._row.accepts or (self._row.accepts_once and not self._done_once)):
            # A rule of the programme may refuse it first, and then the refusal names another field.
            case = replace(case, field="")
        client = self._api.client
        try:
            response = client.send(
                case.method,
                case.path,
                credential=_CREDENTIALS.get(case.sender, self._api.credential),
                query=case.query,
                raw=case.raw,
                content_type=case.content_type,
                deliberate=case.defect or None,
            )
        except NoResponse as error:
            return CaseResult(case, template, None, client.exchanges[-1], str(error))
        if case.writes and 200 <= response.status < 300:
            self._done_once = True
            if self._row.prepare:
                self._is_ready = self._all_refused = False
        return CaseResult(case, template, response, client.exchanges[-1])

    def _is_allowed(self, case: Case) -> bool:
        """Return whether the cohort and course of the record allow the attributes of a valid request."""
        record = self._records.record
        if self._row.allows is None or case.content is None or not isinstance(record, Participant):
            return True
        return self._row.allows(json.loads(case.content)["data"]["attributes"], record, self._calendar)

    def _turn(self, case: Case) -> int:
        if case.expected in VALID:
            return VALID.index(case.expected)
        if case.expected in _MUST_BE_REFUSED:
            return -1 if self._row.accepts_once else 3
        return 2

    def _make_ready(self) -> bool:
        participant = self._records.record
        if not self._is_ready and self._row.prepare and isinstance(participant, Participant):
            try:
                self._subject_id = self._row.prepare(self._api, participant, self._calendar) or self._subject_id
            except (PreparationRefusedError, IncompleteResponse, NoResponse) as error:
                self.unready = str(error)
                return False
        self._is_ready = True
        return True

    def _snapshot(self) -> object:
        """Return the record with its declarations; None if the operation only reads, or they cannot be read."""
        participant = self._records.record
        if self._row.prepare is None or not isinstance(participant, Participant):
            return None
        try:
            current = self._api.participant(participant)
            declarations = [(each.id, each.attributes) for each in self._api.declarations_about(participant)]
        except (IncompleteResponse, NoResponse):
            return None
        return current.attributes, current.enrolment, sorted(declarations, key=lambda each: each[0])

    def _fill(self, template: Case) -> Case | None:
        record = self._records.record
        values = {
            "subject": self._subject_id,
            "participant": record.id,
            "course": str(record.course),
            "unknown": UNKNOWN_ID,
            **self._records.values,
        }
        if self._records.foreign_id:
            values["other"] = self._records.foreign_id
        for name in template.placeholders():
            kind, _, declaration_type = name.partition(":")
            if kind == "date" and isinstance(record, Participant):
                try:
                    values[name] = format_time(date_in_sequence(record, declaration_type, self._calendar))
                except CouldNotRun:
                    return None
        if self._row.names_partner and "partner" not in values:
            template = _without_partner(template)
        return template.fill(values) if values.keys() >= template.placeholders() else None


def _without_partner(template: Case) -> Case:
    """Return a case without the delivery partner, which the record's cohort or applicant does not need."""
    if template.content is None or PARTNER not in template.content:
        return template
    return replace(template, content=json.dumps(_without(json.loads(template.content), PARTNER)))


def _without(value: Any, unwanted: str) -> Any:
    """Return a JSON value, of any form, without the members that have an unwanted value."""
    if isinstance(value, dict):
        return {name: _without(each, unwanted) for name, each in value.items() if each != unwanted}
    return [_without(each, unwanted) for each in value] if isinstance(value, list) else value
