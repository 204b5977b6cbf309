"""The database of hosted sessions: a SQLite file, or PostgreSQL, with migrations between versions."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from lead_provider_conformance.model import UsageError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MILLISECONDS = 10_000
POSTGRESQL = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "client_encoding": "utf8"}
"""Seconds for a connection, and milliseconds for sent data: the process serves nothing while it waits.

Without an encoding, psycopg returns bytes for the texts of a database with SQL_ASCII.
"""
_MIGRATION_LOCK = 7_401_952_119
_DISK_FULL = "53100"
"""The SQLSTATE of PostgreSQL for a full disk."""
_SESSION_LOCK = "SELECT pg_advisory_xact_lock(%s)"


class DatabaseError(UsageError):
    """The database cannot be used; the message says why and what to do."""


class Database:
    """One connection to the database. It reconnects after an error of the connection."""

    def __init__(self, url: str) -> None:
        """Open the database at a SQLAlchemy URL. Raise DatabaseError if it cannot be used."""
        self.url = _parsed(url)
        self._engine = _engine(self.url)
        self._open: Connection | None = None
        self._depth = 0
        try:
            self._connection()
        except SQLAlchemyError as error:
            raise DatabaseError(f"--store {self.shown}: {_reason(error)}") from None

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a SQLite file."""
        return self._engine.dialect.name == "sqlite"

    @property
    def shown(self) -> str:
        """The URL without its password."""
        return self.url.render_as_string(hide_password=True)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._depth > 0

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to a revision, by default the newest. Raise DatabaseError if a later one has made them."""
        from alembic import command
        from alembic.config import Config
        from alembic.util.exc import CommandError

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.transaction() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql(_SESSION_LOCK, (_MIGRATION_LOCK,))
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, revision)
            except CommandError as error:
                raise DatabaseError(
                    f"--store {self.shown} was made by a later version ({error}); use that version."
                ) from None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield the connection within a transaction, which inner blocks join; roll back on an exception."""
        connection = self._connection()
        if self._depth:
            self._depth += 1
            try:
                yield connection
            finally:
                self._depth -= 1
            return
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
            self._depth = 1
            try:
                yield connection
            finally:
                self._depth = 0
            connection.exec_driver_sql("COMMIT")
        except BaseException as error:
            self._roll_back(error)
            raise

    @contextmanager
    def statement(self) -> Iterator[Connection]:
        """Yield the connection for one statement, which is its own transaction unless there is one already."""
        try:
            yield self._connection()
        except DBAPIError as error:
            if not self._depth and error.connection_invalidated:
                self._drop()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._drop()
        self._engine.dispose()

    def _connection(self) -> Connection:
        if self._open is None:
            self._open = self._engine.connect()
        return self._open

    def _roll_back(self, error: BaseException) -> None:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            self._drop()
            return
        try:
            self._connection().exec_driver_sql("ROLLBACK")
        except SQLAlchemyError:
            # Without a transaction, or without a server: a new connection begins without one.
            self._drop()

    def _drop(self) -> None:
        if self._open is not None:
            opened, self._open = self._open, None
            opened.invalidate()
            opened.close()


def is_full(error: BaseException) -> bool:
    """Return whether an error says that a disk is full: of SQLite, of PostgreSQL, or of the system."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOSPC
    original = getattr(error, "orig", None)
    return "disk is full" in str(original) or getattr(original, "sqlstate", None) == _DISK_FULL


def _parsed(url: str) -> URL:
    try:
        return make_url(url if "://" in url else f"sqlite:///{url}")
    except ArgumentError:
        raise _not_a_url(url) from None


def _not_a_url(url: str) -> DatabaseError:
    return DatabaseError(
        f"--store {url} is not a database; give a file, or postgresql+psycopg://user:password@host/database."
    )


def _engine(url: URL) -> Engine:
    try:
        arguments: dict[str, Any] = POSTGRESQL if url.get_backend_name() == "postgresql" else {}
        engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args=arguments)
    except (ArgumentError, NoSuchModuleError):
        raise _not_a_url(url.render_as_string(hide_password=True)) from None
    except ModuleNotFoundError as error:
        raise DatabaseError(f"--store needs the Python package {error.name}; install it.") from None
    if engine.dialect.name not in ("sqlite", "postgresql"):
        raise DatabaseError(f"--store is a SQLite file or PostgreSQL, not {engine.dialect.name}.")
    if engine.dialect.name == "sqlite":
        _tune_sqlite(engine)
    return engine


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def tune(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            f"busy_timeout={BUSY_MILLISECONDS}",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _reason(error: SQLAlchemyError) -> str:
    text = str(getattr(error, "orig", None) or error).strip().splitlines()
    return f"{text[0] if text else type(error).__name__}; check the address, and that the database runs."
