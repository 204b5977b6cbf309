"""The stored sessions: make, find, own, change and delete them, and the audit log."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from lead_provider_conformance.readiness.hosting.database import Database
from lead_provider_conformance.readiness.hosting.quotas import Quotas
from lead_provider_conformance.readiness.hosting.secrets import hashed, new_page, new_token
from lead_provider_conformance.readiness.hosting.tables import audit, exchanges, reports, sessions

OPERATOR, PROVIDER, SERVICE = "operator", "provider", "service"
"""The actors of the audit log."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of a new session. They are shown once, and cannot be read later."""

    token: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSession:
    """A session as the database has it."""

    id: str
    name: str
    profile: str
    seed: int
    token_hash: str
    page_hash: str
    created_at: float
    expires_at: float
    largest_bytes: int
    most_requests: int
    requests_per_second: float
    requests: int
    bytes: int
    refused: int
    paused: bool
    clock_offset: float
    act: str
    notice: str | None
    ending: str | None
    problem: str | None
    ended_at: float | None
    last_request_at: float | None
    owner: str | None
    owned_until: float | None

    @property
    def is_over(self) -> bool:
        """Whether the session has ended."""
        return self.ending is not None

    @property
    def quotas(self) -> Quotas:
        """The quotas of the session."""
        return Quotas(
            largest_bytes=self.largest_bytes,
            most_requests=self.most_requests,
            requests_per_second=self.requests_per_second,
        )


@dataclass(frozen=True, slots=True)
class StoredReport:
    """The latest verdict of a session as JSON, its `report.html` and its package."""

    made_at: float
    verdict: str
    page: bytes
    package: bytes


def _session(row: Row[Any] | None) -> StoredSession | None:
    return StoredSession(**row._mapping) if row is not None else None


class SessionStore:
    """The sessions in a database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def create(
        self, *, name: str, profile: str, days: float, quotas: Quotas, now: float, seed: int | None = None
    ) -> tuple[str, Secrets]:
        """Add a session, and return its id and its secrets."""
        session_id, made = uuid.uuid4().hex[:12], Secrets(new_token(), new_page())
        values = {
            "id": session_id,
            "name": name,
            "profile": profile,
            "seed": secrets.randbelow(2**31) if seed is None else seed,
            "token_hash": hashed(made.token),
            "page_hash": hashed(made.page),
            "created_at": now,
            "expires_at": now + days * 86_400,
            "largest_bytes": quotas.largest_bytes,
            "most_requests": quotas.most_requests,
            "requests_per_second": quotas.requests_per_second,
        }
        with self.database.transaction() as connection:
            connection.execute(insert(sessions), values)
            self.note(now, OPERATOR, "create", session_id, f"{days:g} days")
        return session_id, made

    def get(self, session_id: str) -> StoredSession | None:
        """Return a session by its id."""
        return self._one(sessions.c.id == session_id)

    def by_token(self, token_hash: str) -> StoredSession | None:
        """Return the session whose token has a hash."""
        return self._one(sessions.c.token_hash == token_hash)

    def by_page(self, page_hash: str) -> StoredSession | None:
        """Return the session whose secret page has a hash."""
        return self._one(sessions.c.page_hash == page_hash)

    def all(self) -> list[StoredSession]:
        """Return every session, the newest first."""
        with self.database.statement() as connection:
            rows = connection.execute(select(sessions).order_by(sessions.c.created_at.desc(), sessions.c.id)).all()
        return [StoredSession(**row._mapping) for row in rows]

    def update(self, session_id: str, **values: Any) -> None:
        """Set columns of a session."""
        with self.database.statement() as connection:
            connection.execute(update(sessions).where(sessions.c.id == session_id).values(**values))

    def renew(self, session_id: str, owner: str, *, until: float, **values: Any) -> bool:
        """Extend the time of an owner and set columns; return whether it still owns the session."""
        owned = (sessions.c.id == session_id) & (sessions.c.owner == owner)
        with self.database.statement() as connection:
            return connection.execute(update(sessions).where(owned).values(owned_until=until, **values)).rowcount == 1

    def acquire(self, session_id: str, owner: str, *, now: float, until: float, dead: str | None = None) -> bool:
        """Make a process the owner of a session, and return whether it is.

        It is refused while another process owns the session, unless that one is `dead` or its time is over.
        """
        free = sessions.c.owner.is_(None) | (sessions.c.owner == owner) | (sessions.c.owned_until < now)
        if dead is not None:
            free |= sessions.c.owner == dead
        with self.database.statement() as connection:
            claim = update(sessions).where((sessions.c.id == session_id) & free)
            return connection.execute(claim.values(owner=owner, owned_until=until)).rowcount == 1

    def release(self, session_id: str, owner: str) -> None:
        """Give a session up, unless another process owns it by now."""
        owned = (sessions.c.id == session_id) & (sessions.c.owner == owner)
        with self.database.statement() as connection:
            connection.execute(update(sessions).where(owned).values(owner=None, owned_until=None))

    def delete(self, session_id: str) -> None:
        """Delete a session with its journals and reports. The audit log stays."""
        with self.database.statement() as connection:
            connection.execute(delete(sessions).where(sessions.c.id == session_id))

    def delete_journals(self, session_id: str) -> None:
        """Delete the exchanges of a session; its report stays."""
        with self.database.statement() as connection:
            connection.execute(delete(exchanges).where(exchanges.c.session_id == session_id))

    def save_report(self, session_id: str, report: StoredReport) -> None:
        """Replace the report of a session."""
        values = {"made_at": report.made_at, "verdict": report.verdict, "page": report.page, "package": report.package}
        with self.database.transaction() as connection:
            connection.execute(delete(reports).where(reports.c.session_id == session_id))
            connection.execute(insert(reports), {"session_id": session_id, **values})

    def report(self, session_id: str) -> StoredReport | None:
        """Return the report of a session."""
        chosen = select(reports.c.made_at, reports.c.verdict, reports.c.page, reports.c.package)
        with self.database.statement() as connection:
            row = connection.execute(chosen.where(reports.c.session_id == session_id)).one_or_none()
        return StoredReport(*row) if row is not None else None

    def without_report(self) -> list[str]:
        """Return the sessions that are over and have no report."""
        reported = select(reports.c.session_id)
        chosen = select(sessions.c.id).where(sessions.c.ending.is_not(None) & sessions.c.id.not_in(reported))
        with self.database.statement() as connection:
            return [str(row.id) for row in connection.execute(chosen).all()]

    def verdicts(self) -> Mapping[str, str]:
        """Return the verdicts, as JSON, by session."""
        with self.database.statement() as connection:
            rows = connection.execute(select(reports.c.session_id, reports.c.verdict)).all()
        return {row.session_id: row.verdict for row in rows}

    def note(self, now: float, actor: str, action: str, session_id: str | None, detail: str = "") -> None:
        """Append to the audit log."""
        entry = {"at": now, "actor": actor, "action": action, "session_id": session_id, "detail": detail}
        with self.database.statement() as connection:
            connection.execute(insert(audit), entry)

    def audited(self, session_id: str | None = None, *, limit: int = 1_000) -> Sequence[Mapping[str, Any]]:
        """Return the latest entries of the audit log, the newest first."""
        entries = select(audit).order_by(audit.c.number.desc()).limit(limit)
        if session_id is not None:
            entries = entries.where(audit.c.session_id == session_id)
        with self.database.statement() as connection:
            return [dict(row._mapping) for row in connection.execute(entries).all()]

    def _one(self, condition: Any) -> StoredSession | None:
        with self.database.statement() as connection:
            return _session(connection.execute(select(sessions).where(condition)).one_or_none())
