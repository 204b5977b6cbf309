"""Sends the cases of one operation to a target, with its own records in the place of placeholders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from lead_provider_conformance.api.operations import Api, format_time
from lead_provider_conformance.api.records import Application, Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.fuzzing.case import Case, Expected, Sender
from lead_provider_conformance.http import Credential, IncompleteResponse, NoResponse, Response
from lead_provider_conformance.http.client import NO_CREDENTIAL, Exchange
from lead_provider_conformance.testdata.dates import window_date
from lead_provider_conformance.testdata.subjects import OperationSubject

_STRANGERS = {
    Sender.NONE: NO_CREDENTIAL,
    Sender.UNKNOWN: Credential.bearer("nobody", "a-token-that-nobody-has"),
    Sender.WRONG_SCHEME: Credential("basic", "Basic bm9ib2R5OnNlY3JldA=="),
}
# What a server is bound to refuse comes last: it must leave everything as it was.
_VALID = (Expected.ACCEPTED, Expected.RULED)
_TO_BE_REFUSED = frozenset(Expected) - {*_VALID, Expected.LENIENT}


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case as it was sent, and what came of it: an answer, or the reason why there was none.

    `made` is the case with its placeholders.
    """

    case: Case
    made: Case
    response: Response | None
    exchange: Exchange
    error: str = ""


@dataclass(frozen=True, slots=True)
class CaseRecords:
    """The records that an operation's cases are about: a participant or an application, and what the path names.

    `other` is the id of another provider's, if one is known, and `more` what further placeholders stand for.
    """

    record: Participant | Application
    subject: str
    other: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)


class Replay:
    """Sends the cases of one operation, one after the other.

    `unready` says why the record could not be brought to where valid requests are accepted, if it could not.
    """

    def __init__(self, api: Api, calendar: Calendar, row: OperationSubject, about: CaseRecords) -> None:
        self.unready: str | None = None
        self._api = api
        self._calendar = calendar
        self._row = row
        self._about = about
        self._subject = about.subject
        self._ready = row.prepare is None
        self._snapshots: list[object] = []
        self._all_refused = True
        self._done = False

    def results(self, cases: Iterable[Case]) -> Iterator[CaseResult]:
        """What came of each case: first of the valid ones, last of those that a server is bound to refuse; but these
        first where something can be done once, and what is done stands in the way of all that follows.

        A case that the target has no record or no window for is left out.
        """
        turns = sorted(cases, key=_turn_of_once if self._row.once else _turn)
        for case in turns:
            if case.expected in _TO_BE_REFUSED and not self._snapshots:
                self._made_ready()
                self._snapshots.append(self._snapshot())
                self._all_refused = True
            if (sent := self.send(case)) is not None:
                yield sent
        if self._snapshots:
            self._snapshots.append(self._snapshot())

    @property
    def refusals_changed(self) -> bool | None:
        """Whether the requests that were to be refused, and were, have changed the record all the same.

        None if that cannot be told: the operation only reads, or one of them was accepted.
        """
        if len(self._snapshots) < 2 or None in self._snapshots or not self._all_refused:
            return None
        return self._snapshots[0] != self._snapshots[1]

    def send(self, made: Case) -> CaseResult | None:
        """Send one case, about a record that is brought to where it is accepted if it is to be.

        None if that cannot be, or the target lacks what a placeholder of it stands for.
        """
        if made.expected is Expected.ACCEPTED and not self._made_ready():
            return None
        case = self._filled(made)
        if case is None:
            return None
        if not (self._row.settled or (self._row.once and not self._done)):
            # A rule of the programme may refuse it as well, and its refusal tell of that instead.
            case = replace(case, member="")
        credential = _STRANGERS.get(case.sender, self._api.credential)
        client = self._api.client
        try:
            response = client.send(
                case.method,
                case.path,
                credential=credential,
                query=case.query,
                raw=case.raw,
                content_type=case.content_type,
                deliberate=case.wrong or None,
            )
        except NoResponse as error:
            return CaseResult(case, made, None, client.exchanges[-1], str(error))
        if case.writes and 200 <= response.status < 300:
            self._done = True
            if self._row.prepare:
                self._ready = self._all_refused = False
        return CaseResult(case, made, response, client.exchanges[-1])

    def _made_ready(self) -> bool:
        participant = self._about.record
        if not self._ready and self._row.prepare and isinstance(participant, Participant):
            try:
                self._subject = self._row.prepare(self._api, participant, self._calendar) or self._subject
            except (IncompleteResponse, NoResponse) as error:
                self.unready = str(error)
                return False
        self._ready = True
        return True

    def _snapshot(self) -> object:
        """The record with the declarations about it; None if the operation only reads, or the server shows it not."""
        participant = self._about.record
        if self._row.prepare is None or not isinstance(participant, Participant):
            return None
        try:
            now = self._api.participant(participant)
            declarations = [(each.id, each.attributes) for each in self._api.declarations_about(participant)]
        except (IncompleteResponse, NoResponse):
            return None
        return now.attributes, now.enrolment, sorted(declarations, key=lambda each: each[0])

    def _filled(self, case: Case) -> Case | None:
        record = self._about.record
        values = {
            "subject": self._subject,
            "participant": record.id,
            "course": str(record.course),
            "nobody": UNKNOWN_ID,
            **self._about.more,
        }
        if self._about.other:
            values["other"] = self._about.other
        for name in case.placeholders():
            kind, _, declaration_type = name.partition(":")
            if kind == "date" and isinstance(record, Participant):
                try:
                    values[name] = format_time(window_date(record, declaration_type, self._calendar))
                except LookupError:
                    return None
        return case.filled(values) if values.keys() >= case.placeholders() else None


def _turn(case: Case) -> int:
    """Those first that have to be accepted: what others do may stand in their way."""
    if case.expected in _VALID:
        return _VALID.index(case.expected)
    return 3 if case.expected in _TO_BE_REFUSED else 2


def _turn_of_once(case: Case) -> int:
    return -1 if case.expected in _TO_BE_REFUSED else _turn(case)
