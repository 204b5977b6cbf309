"""The tables of hosted sessions. Times are seconds since the epoch.

`migrations/` makes them; a change here needs a migration, and a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()
_POSTS = text("method = 'POST'")


def _session_key() -> Column[str]:
    return Column("session_id", Text, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)


sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("page_hash", Text, nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("largest_bytes", BigInteger, nullable=False),
    Column("most_requests", BigInteger, nullable=False),
    Column("requests_per_second", Float, nullable=False),
    Column("requests", BigInteger, nullable=False, default=0),
    Column("bytes", BigInteger, nullable=False, default=0),
    Column("refused", BigInteger, nullable=False, default=0),
    Column("paused", Boolean, nullable=False, default=False),
    Column("clock_offset", Float, nullable=False, default=0.0),
    Column("act", Text, nullable=False, default=""),
    Column("notice", Text),
    Column("ending", Text),
    Column("problem", Text),
    Column("ended_at", Float),
    Column("last_request_at", Float),
    Column("owner", Text),
    Column("owned_until", Float),
)
"""One row for each session. `ending` is null while the session goes on. `owner` is the process that has it open."""

lines = Table(
    "lines",
    metadata,
    _session_key(),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("attempt", Integer, nullable=False),
    Column("content", Text, nullable=False),
)
"""The lines of `results.ndjson`."""

exchanges = Table(
    "exchanges",
    metadata,
    _session_key(),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("attempt", Integer, nullable=False),
    Column("cue", Integer, nullable=False),
    Column("method", Text, nullable=False),
    Column("content", Text, nullable=False),
    Index("exchanges_cue", "session_id", "attempt", "cue", "number"),
    Index("exchanges_post", "session_id", "number", sqlite_where=_POSTS, postgresql_where=_POSTS),
)
"""The lines of `exchanges.ndjson`: written when the request has come, and again when its response has been sent."""

attempts = Table(
    "attempts",
    metadata,
    _session_key(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("act", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("counters", Text, nullable=False),
)
"""The attempts at acts. `state` is `running`, `ended` or `superseded`.

`counters` are those of the session, as JSON: at the start while the attempt runs, else at its end.
"""

steps = Table(
    "steps",
    metadata,
    _session_key(),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
)
"""The results of the steps of a running act, as JSON: an act is resumed by repeating its script with them."""

reports = Table(
    "reports",
    metadata,
    _session_key(),
    Column("made_at", Float, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("page", LargeBinary, nullable=False),
    Column("package", LargeBinary, nullable=False),
)
"""The latest verdict of each session, `report.html` and the package."""

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("session_id", Text),
    Column("detail", Text, nullable=False, default=""),
    Index("audit_session", "session_id"),
)
"""The audit log. It outlives the sessions that it names."""

processes = Table(
    "processes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("seen_at", Float, nullable=False),
)
"""The processes that serve sessions, and the addresses at which they accept forwarded requests."""
