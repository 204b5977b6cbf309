"""The store: one connection to a database, one writer at a time.

A write takes the database's write lock before it reads (`BEGIN IMMEDIATE` in SQLite, an advisory lock in PostgreSQL).
Two writers, even two servers on one database, can therefore never both find a declaration missing and both add it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from lead_provider_sandbox.store.applications import Applications
from lead_provider_sandbox.store.declarations import Declarations
from lead_provider_sandbox.store.ect import EctRecords
from lead_provider_sandbox.store.npq_service import NpqService
from lead_provider_sandbox.store.partnerships import Partnerships
from lead_provider_sandbox.store.people import People
from lead_provider_sandbox.store.statements import Statements
from lead_provider_sandbox.store.tables import SCHEMA_VERSION, metadata, store_version
from lead_provider_sandbox.store.trainings import Trainings

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows to insert, by table name."""

_POSTGRESQL_LOCK = 7_401_952_118
_BATCH = 2_000
_SEED_COPY = "seed_of_"
_DATA = [table for table in metadata.sorted_tables if table is not store_version]


class StoreError(Exception):
    """The database is unusable; the message says why and what to do."""


class Store:
    """Tables in a database. Use as a context manager: a temporary database is removed on exit."""

    def __init__(self, url: str | None = None) -> None:
        """Open the database at a SQLAlchemy URL, or a temporary SQLite file."""
        self._folder = None if url else tempfile.TemporaryDirectory(prefix="lead-provider-sandbox-")
        self.url = url or f"sqlite:///{Path(self._folder.name) / 'sandbox.sqlite'}"  # type: ignore[union-attr]
        self._engine = _engine(self.url, temporary=url is None)
        self._begin = "BEGIN IMMEDIATE" if self._engine.dialect.name == "sqlite" else "BEGIN"
        try:
            self.connection: Connection = self._engine.connect()
        except SQLAlchemyError as error:
            self._remove()
            raise StoreError(f"cannot open the database {self.url}: {_reason(error)}") from error
        self.people = People(self.connection)
        self.applications = Applications(self.connection)
        self.trainings = Trainings(self.people, self.applications)
        self.declarations = Declarations(self.connection)
        self.partnerships = Partnerships(self.connection)
        self.statements = Statements(self.connection)
        self.npq_service = NpqService(self.connection)
        self.ect = EctRecords(self.connection)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database, and remove it if it is temporary."""
        self.connection.close()
        self._engine.dispose()
        self._remove()

    def prepare(self, seed: Callable[[], Rows]) -> None:
        """Create and seed the tables, or check the version of existing ones. Raise `StoreError` if they do not fit.

        The write lock ensures that only one of two servers creates the tables of a new database.
        """
        with self.writing() as connection:
            present = set(inspect(connection).get_table_names())
            if store_version.name in present:
                self._check_version()
                return
            if clash := sorted(present & set(metadata.tables)):
                raise StoreError(
                    f"the database {self.url} has a table {clash[0]!r} that the sandbox did not make; "
                    "give the sandbox a database of its own"
                )
            metadata.create_all(connection)
            connection.execute(insert(store_version), {"version": SCHEMA_VERSION})
            self.add(seed())
            for table in _DATA:
                connection.exec_driver_sql(f"CREATE TABLE {_SEED_COPY}{table.name} AS SELECT * FROM {table.name}")  # noqa: S608
        self.connection.exec_driver_sql("ANALYZE")

    def _check_version(self) -> None:
        version = self.connection.execute(select(store_version.c.version)).scalar()
        if version != SCHEMA_VERSION:
            raise StoreError(
                f"the database {self.url} was made by another version of the sandbox "
                f"(tables {version}, this one has {SCHEMA_VERSION}); delete it and start again"
            )

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Hold the write lock in a transaction; roll back on an exception."""
        self.connection.exec_driver_sql(self._begin)
        try:
            if self._engine.dialect.name == "postgresql":
                self.connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_POSTGRESQL_LOCK})")
            yield self.connection
        except BaseException:
            self.connection.exec_driver_sql("ROLLBACK")
            raise
        self.connection.exec_driver_sql("COMMIT")

    def commit_early(self) -> None:
        """Commit the current write and begin a new transaction; used by faults that keep refused writes."""
        self.connection.exec_driver_sql("COMMIT")
        self.connection.exec_driver_sql(self._begin)

    def reset(self) -> None:
        """Restore every table to its content after seeding."""
        with self.writing() as connection:
            for table in reversed(_DATA):
                connection.execute(table.delete())
            for table in _DATA:
                connection.exec_driver_sql(f"INSERT INTO {table.name} SELECT * FROM {_SEED_COPY}{table.name}")  # noqa: S608

    def add(self, rows: Rows) -> None:
        """Insert rows; call inside `writing`."""
        for table in metadata.sorted_tables:
            values = rows.get(table.name, ())
            for start in range(0, len(values), _BATCH):
                self.connection.execute(insert(table), list(values[start : start + _BATCH]))

    def _remove(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()


def _engine(url: str, *, temporary: bool) -> Engine:
    try:
        parsed = make_url(url)
        engine = create_engine(parsed, isolation_level="AUTOCOMMIT")
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(
            f"{url!r} is not a database URL; write sqlite:///file.sqlite or postgresql+psycopg://user@host/name"
        ) from error
    except ModuleNotFoundError as error:
        raise StoreError(f"the database {url} needs the Python package {error.name}; install it") from error
    if engine.dialect.name not in ("sqlite", "postgresql"):
        raise StoreError(f"the sandbox runs on SQLite and PostgreSQL, not on {engine.dialect.name}")
    if engine.dialect.name == "sqlite":
        _tune_sqlite(engine, temporary=temporary)
    return engine


def _tune_sqlite(engine: Engine, *, temporary: bool) -> None:
    @event.listens_for(engine, "connect")
    def tune(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        if temporary:
            cursor.execute("PRAGMA locking_mode=EXCLUSIVE")  # without system calls to lock the file for each query
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'OFF' if temporary else 'NORMAL'}")
        cursor.execute("PRAGMA busy_timeout=10000")
        cursor.close()


def _reason(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
