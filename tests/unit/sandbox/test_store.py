"""The store: refused databases, failed writes and locks."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from lead_provider_sandbox.sandbox import Options, Sandbox
from lead_provider_sandbox.store.store import Store, StoreError


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'sandbox.sqlite'}"


def test_temporary_database_is_removed_on_close() -> None:
    with Store() as store:
        file = Path(store.url.removeprefix("sqlite:///"))
        store.connection.exec_driver_sql("CREATE TABLE t (x)")
        assert file.exists()

    assert not file.parent.exists()


def test_named_database_is_reused(tmp_path: Path) -> None:
    with Sandbox(Options(database=url(tmp_path))) as first:
        provider = first.providers[0].id

    with Sandbox(Options(database=url(tmp_path), seed=99)) as second:
        assert second.providers[0].id == provider


def test_database_of_other_version_is_refused(tmp_path: Path) -> None:
    with Sandbox(Options(database=url(tmp_path))) as sandbox:
        sandbox.store.connection.exec_driver_sql("UPDATE store_version SET version = 0")

    with pytest.raises(StoreError, match=r"made by another version of the sandbox .* delete it and start again"):
        Sandbox(Options(database=url(tmp_path)))


def test_database_with_foreign_tables_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "sandbox.sqlite") as connection:
        connection.execute("CREATE TABLE people (id)")

    with pytest.raises(StoreError, match="has a table 'people' that the sandbox did not make"):
        Sandbox(Options(database=url(tmp_path)))


@pytest.mark.parametrize(
    ("database", "sentence"),
    [
        ("nonsense", "is not a database URL"),
        ("oracle://x", "needs the Python package|runs on SQLite and PostgreSQL"),
        ("sqlite:////no/such/folder/x.sqlite", "cannot open the database"),
    ],
)
def test_invalid_database_url_is_refused(database: str, sentence: str) -> None:
    with pytest.raises(StoreError, match=sentence):
        Sandbox(Options(database=database))


def test_failed_write_is_rolled_back(api: Any) -> None:
    def fail() -> None:
        with api.sandbox.store.writing() as connection:
            connection.exec_driver_sql("DELETE FROM declarations")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert api.declarations()


def test_write_locks_out_other_writers(tmp_path: Path) -> None:
    with Store(url(tmp_path)) as store, store.writing():
        other = sqlite3.connect(tmp_path / "sandbox.sqlite", timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
