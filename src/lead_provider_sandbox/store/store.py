"""The store: one connection to a database, one writer at a time.

The server works on one connection. A write takes the database's write lock before it reads anything
(`BEGIN IMMEDIATE` in SQLite, an advisory lock in PostgreSQL), so that two writers, even two servers on one database,
can never both find that a declaration is missing and both add it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from lead_provider_sandbox.store.tables import SCHEMA_VERSION, metadata, store_version

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows to put into a store: a list of column values for each table's name."""

_POSTGRESQL_LOCK = 7_401_952_118
_BATCH = 2_000
_SEED = "seed_of_"
_DATA = [table for table in metadata.sorted_tables if table is not store_version]


class StoreError(Exception):
    """The database cannot be used; the message says which and what to do."""


class Store:
    """Tables in a database. Use as a context manager: a temporary database is removed at the end."""

    def __init__(self, url: str | None = None) -> None:
        """Open the database at a SQLAlchemy URL, or a SQLite file in a temporary folder."""
        self._folder = None if url else tempfile.TemporaryDirectory(prefix="lead-provider-sandbox-")
        self.url = url or f"sqlite:///{Path(self._folder.name) / 'sandbox.sqlite'}"  # type: ignore[union-attr]
        self._engine = _engine(self.url, temporary=url is None)
        self._begin = "BEGIN IMMEDIATE" if self._engine.dialect.name == "sqlite" else "BEGIN"
        try:
            self.connection: Connection = self._engine.connect()
        except SQLAlchemyError as error:
            self._remove()
            raise StoreError(f"cannot open the database {self.url}: {_reason(error)}") from error

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database, and remove it if it is a temporary one."""
        self.connection.close()
        self._engine.dispose()
        self._remove()

    def prepare(self, seed: Callable[[], Rows]) -> None:
        """Make and seed the tables if there are none; else see that they are this version's. Raises `StoreError`.

        Whoever prepares holds the write lock, so that of two servers on one new database one makes it and the other
        finds it made.
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
                connection.exec_driver_sql(f"CREATE TABLE {_SEED}{table.name} AS SELECT * FROM {table.name}")  # noqa: S608
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
        """Hold the database's write lock; what is done inside is kept, unless an exception leaves."""
        self.connection.exec_driver_sql(self._begin)
        try:
            if self._engine.dialect.name == "postgresql":
                self.connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_POSTGRESQL_LOCK})")
            yield self.connection
        except BaseException:
            self.connection.exec_driver_sql("ROLLBACK")
            raise
        self.connection.exec_driver_sql("COMMIT")

    def keep_so_far(self) -> None:
        """Make what the present write has done permanent, whatever becomes of the rest of it."""
        self.connection.exec_driver_sql("COMMIT")
        self.connection.exec_driver_sql(self._begin)

    def reset(self) -> None:
        """Bring every table back to what it was after seeding."""
        with self.writing() as connection:
            for table in reversed(_DATA):
                connection.execute(table.delete())
            for table in _DATA:
                connection.exec_driver_sql(f"INSERT INTO {table.name} SELECT * FROM {_SEED}{table.name}")  # noqa: S608

    def add(self, rows: Rows) -> None:
        """Put in rows; inside `writing`."""
        for table in metadata.sorted_tables:
            _fill(self.connection, table, rows.get(table.name, ()))

    def _remove(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()


def _fill(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), _BATCH):
        connection.execute(insert(table), list(rows[start : start + _BATCH]))


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
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'OFF' if temporary else 'NORMAL'}")
        cursor.execute("PRAGMA busy_timeout=10000")
        cursor.close()


def _reason(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
