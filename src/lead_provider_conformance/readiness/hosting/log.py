"""The journals of one session in the database, and the steps of its acts."""

from __future__ import annotations

from collections.abc import Iterator, MutableSequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from lead_provider_conformance.readiness.hosting.database import Database
from lead_provider_conformance.readiness.hosting.tables import attempts, exchanges, lines, sessions, steps
from lead_provider_conformance.results.journal import encode_line, parse_line

# Built once: every request executes them, and building a statement takes longer than SQLite needs for it.
_ADD_LINE, _ADD_EXCHANGE = insert(lines), insert(exchanges)
_COMPLETE = (
    update(exchanges)
    .where(exchanges.c.session_id == bindparam("of"), exchanges.c.number == bindparam("numbered"))
    .values(content=bindparam("completed"))
)
Unwritten = MutableSequence[tuple[Any, Any]]
"""Statements about things that have happened, with their values, for a database that was not available."""
RUNNING, ENDED, SUPERSEDED = "running", "ended", "superseded"
PAGE_OF_LINES, PAGE_OF_EXCHANGES = 500, 20
"""The rows that are read at a time. An exchange can have a response of several megabytes."""


class LostSessionError(Exception):
    """The session cannot go on in this process now: another one has it, or its database cannot be used."""


@dataclass(frozen=True, slots=True)
class Counters:
    """The numbers of the session's tasks, armed situations and cues so far."""

    tasks: int = 0
    situations: int = 0
    cues: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt at an act. `counters` are those at its start while it runs, else those at its end."""

    number: int
    act: str
    state: str
    counters: Counters


@dataclass(frozen=True, slots=True)
class Step:
    """A recorded step of an act."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class StoredExchange:
    """An exchange with the attempt and the cue in which its request came."""

    number: int
    attempt: int
    cue: int
    line: dict[str, Any]


class SessionLog:
    """Write the journals of one session. Numbers are primary keys, so that of two processes only one can go on."""

    def __init__(self, database: Database, session_id: str, unwritten: Unwritten | None = None) -> None:
        """Continue the journals. `unwritten` outlives this object: it is written first, and filled when need be."""
        self.database = database
        self.session_id = session_id
        self.attempt = 0
        """The number of the current attempt."""
        self._unwritten: Unwritten = [] if unwritten is None else unwritten
        self.was_cut_off = False
        """Whether the database was not available for a time."""
        self.write_unwritten()
        with database.statement() as connection:
            self._lines = self._count(connection, lines.c.number, lines.c.session_id)
            self.exchanges = self._count(connection, exchanges.c.number, exchanges.c.session_id)
            self.size = self._stored_size(connection)

    @property
    def is_new(self) -> bool:
        """Whether the session has no line yet."""
        return self._lines == 0

    def transaction(self) -> AbstractContextManager[Connection]:
        """Return a block whose changes are written together."""
        return self.database.transaction()

    def write_result(self, line: Any) -> None:
        """Append a line to the results."""
        content = encode_line(line)
        self._lines += 1
        row = {"number": self._lines, "attempt": self.attempt, "content": content.decode()}
        self._write(_ADD_LINE, {"session_id": self.session_id, **row})
        self.size += len(content)

    def begin_exchange(self, number: int, cue: int, line: Any) -> None:
        """Add an exchange before its request is processed. Raise SQLAlchemyError if that is not possible now."""
        self._catch_up()
        row = {"number": number, "attempt": self.attempt, "cue": cue, "content": encode_line(line).decode()}
        row["method"] = line["request"]["method"]
        with self.database.statement() as connection:
            connection.execute(_ADD_EXCHANGE, {"session_id": self.session_id, **row})
        self.exchanges = max(self.exchanges, number)

    def write_exchange(self, line: Any) -> None:
        """Complete an exchange: its response has been sent."""
        content = encode_line(line)
        number = int(line["id"].rpartition("-")[2])
        self._write(_COMPLETE, {"of": self.session_id, "numbered": number, "completed": content.decode()})
        self.size += len(content)

    def _write(self, statement: Any, values: Any) -> None:
        """Execute a statement about something that has happened: later, if the database is not available now."""
        if not self.database.in_transaction:
            try:
                self._catch_up()
            except OperationalError:
                self._unwritten.append((statement, values))
                return
        try:
            with self.database.statement() as connection:
                connection.execute(statement, values)
        except OperationalError:
            if self.database.in_transaction:
                raise
            self.was_cut_off = True
            self._unwritten.append((statement, values))

    def _catch_up(self) -> None:
        while self._unwritten:
            with self.database.statement() as connection:
                connection.execute(*self._unwritten[0])
            self._unwritten.pop(0)

    def write_unwritten(self) -> None:
        """Write the statements of before, apart from lines that have been written, or whose numbers are taken."""
        while self._unwritten:
            try:
                self._catch_up()
            except IntegrityError:
                self._unwritten.pop(0)

    def begin_attempt(self, act: str, counters: Counters) -> int:
        """Add an attempt at an act, and return its number."""
        with self.database.transaction() as connection:
            number = 1 + self._count(connection, attempts.c.number, attempts.c.session_id)
            row = {"number": number, "act": act, "state": RUNNING, "counters": orjson.dumps(asdict(counters)).decode()}
            connection.execute(insert(attempts), {"session_id": self.session_id, **row})
            connection.execute(update(sessions).where(sessions.c.id == self.session_id).values(act=act))
        self.attempt = number
        return number

    def close_attempt(self, number: int, state: str, counters: Counters) -> None:
        """Set the state of an attempt at its end. Its steps are needed no longer."""
        mine = (attempts.c.session_id == self.session_id) & (attempts.c.number == number)
        values = {"state": state, "counters": orjson.dumps(asdict(counters)).decode()}
        with self.database.transaction() as connection:
            connection.execute(update(attempts).where(mine).values(values))
            connection.execute(
                delete(steps).where((steps.c.session_id == self.session_id) & (steps.c.attempt == number))
            )

    def attempts(self) -> list[Attempt]:
        """Return the attempts in their order."""
        chosen = select(attempts).where(attempts.c.session_id == self.session_id).order_by(attempts.c.number)
        with self.database.statement() as connection:
            rows = connection.execute(chosen).all()
        return [Attempt(row.number, row.act, row.state, Counters(**orjson.loads(row.counters))) for row in rows]

    def add_step(self, attempt: int, number: int, step: Step, offset: float) -> None:
        """Record a step, and the offset of the session's clock after it."""
        row = {"attempt": attempt, "number": number, "kind": step.kind, "value": encode_line(step.value).decode()}
        with self.database.transaction() as connection:
            connection.execute(insert(steps), {"session_id": self.session_id, **row})
            connection.execute(update(sessions).where(sessions.c.id == self.session_id).values(clock_offset=offset))

    def steps(self, attempt: int) -> list[Step]:
        """Return the recorded steps of an attempt in their order."""
        mine = (steps.c.session_id == self.session_id) & (steps.c.attempt == attempt)
        with self.database.statement() as connection:
            rows = connection.execute(select(steps.c.kind, steps.c.value).where(mine).order_by(steps.c.number)).all()
        return [Step(row.kind, orjson.loads(row.value)) for row in rows]

    def of_cue(self, attempt: int, cue: int) -> Iterator[StoredExchange]:
        """Yield the exchanges of a cue of an attempt in the order of their requests."""
        return self._exchanges((exchanges.c.attempt == attempt) & (exchanges.c.cue == cue))

    def latest(self, number: int) -> list[StoredExchange]:
        """Return the latest exchanges in the order of their requests."""
        return list(self._exchanges(exchanges.c.number > self.exchanges - number))

    def creations(self, *, without: int | None = None, after: int = 0) -> Iterator[StoredExchange]:
        """Yield the exchanges after a number that can have created records, apart from those of an attempt."""
        posts = exchanges.c.method == "POST"
        return self._exchanges(posts if without is None else posts & (exchanges.c.attempt != without), after)

    def _exchanges(self, condition: Any, after: int = 0) -> Iterator[StoredExchange]:
        for row in self._rows(exchanges, PAGE_OF_EXCHANGES, condition, after):
            line = parse_line(row.content.encode())
            if line is not None:
                yield StoredExchange(row.number, row.attempt, row.cue, line)

    def attested(self) -> set[str]:
        """Return the ids of the obligations that lines attest."""
        mine = (lines.c.session_id == self.session_id) & lines.c.content.like('%"kind":"attestation"%')
        with self.database.statement() as connection:
            rows = connection.execute(select(lines.c.content).where(mine)).all()
        return {str(orjson.loads(row.content).get("requirement")) for row in rows}

    def counters(self) -> Counters:
        """Return the numbers of tasks, armed situations and cues in the lines, for an act that is begun again."""
        tasks = situations = cues = 0
        for content in self.result_contents():
            line = parse_line(content.encode()) or {"kind": "damaged"}
            if line["kind"] == "situation" and line["phase"] == "armed":
                situations = max(situations, int(line["id"].rpartition("-")[2]))
            elif line["kind"] == "cue" and line["phase"] == "begin":
                cues += 1
                tasks = max([tasks, *(int(each["id"].rpartition("-")[2]) for each in line["tasks"])])
        return Counters(tasks, situations, cues)

    def result_contents(self) -> Iterator[str]:
        """Yield the lines of the results as text."""
        for row in self._rows(lines, PAGE_OF_LINES):
            yield row.content

    def exchange_contents(self) -> Iterator[str]:
        """Yield the lines of the exchanges as text."""
        for row in self._rows(exchanges, PAGE_OF_EXCHANGES):
            yield row.content

    def _rows(self, table: Any, page: int, condition: Any = None, number: int = 0) -> Iterator[Any]:
        """Yield the rows of the session after a number in order, and have a page of them in memory at a time."""
        while True:
            mine = (table.c.session_id == self.session_id) & (table.c.number > number)
            chosen = select(table).where(mine if condition is None else mine & condition)
            with self.database.statement() as connection:
                rows = connection.execute(chosen.order_by(table.c.number).limit(page)).all()
            yield from rows
            if len(rows) < page:
                return
            number = rows[-1].number

    def _stored_size(self, connection: Connection) -> int:
        """Return the size of the journals: the one that was noted last, and the exchanges since. It reads no others."""
        noted = select(sessions.c.requests, sessions.c.bytes).where(sessions.c.id == self.session_id)
        number, size = connection.execute(noted).one_or_none() or (0, 0)
        later = (exchanges.c.session_id == self.session_id) & (exchanges.c.number > number)
        more = connection.execute(select(func.sum(func.length(exchanges.c.content))).where(later)).scalar()
        return int(size) + int(more or 0)

    def _count(self, connection: Connection, number: Any, session: Any) -> int:
        return int(connection.execute(select(func.max(number)).where(session == self.session_id)).scalar() or 0)
