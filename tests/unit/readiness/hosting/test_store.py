"""The database: migrations, unusable stores, ownership of sessions, and numbers that only one process can write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from lead_provider_conformance.readiness.hosting.database import Database, DatabaseError
from lead_provider_conformance.readiness.hosting.log import RUNNING, Counters, SessionLog, Step
from lead_provider_conformance.readiness.hosting.quotas import Quotas, Rates
from lead_provider_conformance.readiness.hosting.secrets import hashed, looks_live, new_token, token_in
from lead_provider_conformance.readiness.hosting.sessions import SessionStore
from lead_provider_conformance.readiness.hosting.tables import metadata

LINE = {"kind": "event", "event": "x"}
EXCHANGE = {"kind": "exchange", "id": "client-000001", "request": {"method": "POST"}, "response": None}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(str(tmp_path / "store.sqlite"))
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> SessionStore:
    return SessionStore(database)


def make(store: SessionStore) -> str:
    session_id, _ = store.create(name="client", profile="{}", days=1, quotas=Quotas(), now=1000.0)
    return session_id


def test_migrations_make_the_tables(database: Database) -> None:
    with database.statement() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), metadata)

    assert difference == []


def test_tables_of_each_earlier_revision_are_migrated(tmp_path: Path) -> None:
    for number, revision in enumerate(("0001",)):
        database = Database(str(tmp_path / f"{number}.sqlite"))
        database.migrate(revision)
        with database.statement() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) != []
        database.migrate()
        with database.statement() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        database.close()


def test_migrating_twice_changes_nothing(database: Database, store: SessionStore) -> None:
    session_id = make(store)
    database.migrate()

    assert store.get(session_id) is not None


def test_store_of_a_later_version_is_refused(database: Database) -> None:
    with database.statement() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(DatabaseError, match=r"later version.*9999"):
        database.migrate()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mysql://user:secret@host/name", "needs the Python package|is a SQLite file or PostgreSQL"),
        ("nonsense://x", "is not a database"),
        ("postgresql+psycopg://user:secret@127.0.0.1:1/name", "check the address"),
        ("/nowhere/at/all.sqlite", "check the address"),
    ],
)
def test_unusable_store_is_one_sentence_without_the_password(url: str, problem: str) -> None:
    with pytest.raises(DatabaseError, match=problem) as raised:
        Database(url)

    assert "secret" not in str(raised.value)


def test_transaction_writes_all_or_nothing(database: Database, store: SessionStore) -> None:
    session_id = make(store)

    def change() -> None:
        with database.transaction():
            store.update(session_id, act="declare")
            with database.transaction():
                store.note(1.0, "service", "lost", session_id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()

    session = store.get(session_id)
    assert session is not None
    assert session.act == ""
    assert [each["action"] for each in store.audited()] == ["create"]


def test_only_one_process_owns_a_session(store: SessionStore) -> None:
    session_id = make(store)

    assert store.acquire(session_id, "one", now=10, until=20)
    assert store.acquire(session_id, "one", now=11, until=21)
    assert not store.acquire(session_id, "two", now=15, until=25)
    assert store.renew(session_id, "one", until=30, requests=5)
    assert not store.renew(session_id, "two", until=30)


@pytest.mark.parametrize(("now", "dead"), [(21, None), (15, "one")], ids=["time is over", "owner is dead"])
def test_session_is_taken_over(store: SessionStore, now: float, dead: str | None) -> None:
    session_id = make(store)
    store.acquire(session_id, "one", now=10, until=20)

    assert store.acquire(session_id, "two", now=now, until=now + 10, dead=dead)
    assert not store.renew(session_id, "one", until=99)
    store.release(session_id, "one")
    session = store.get(session_id)
    assert session is not None
    assert session.owner == "two"


def test_of_two_processes_only_one_writes_a_number(database: Database, store: SessionStore) -> None:
    session_id = make(store)
    first, second = SessionLog(database, session_id), SessionLog(database, session_id)
    first.write_result(LINE)
    first.begin_exchange(1, 1, EXCHANGE)
    first.begin_attempt("connect", Counters())
    first.add_step(1, 1, Step("note", None), 0.0)

    for write in (
        lambda: second.write_result(LINE),
        lambda: second.begin_exchange(1, 1, EXCHANGE),
        lambda: second.add_step(1, 1, Step("note", None), 0.0),
    ):
        with pytest.raises(IntegrityError):
            write()


def test_log_is_continued_with_its_numbers(database: Database, store: SessionStore) -> None:
    session_id = make(store)
    log = SessionLog(database, session_id)
    assert log.is_new
    log.write_result(LINE)
    log.begin_attempt("connect", Counters(tasks=3))
    log.begin_exchange(1, 2, EXCHANGE)
    log.write_exchange({**EXCHANGE, "response": {"status": 200}})
    log.add_step(1, 1, Step("event", {"a": 1}), 60.0)

    again = SessionLog(database, session_id)

    assert (again.is_new, again.exchanges) == (False, 1)
    assert [(each.act, each.state, each.counters.tasks) for each in again.attempts()] == [("connect", RUNNING, 3)]
    assert again.steps(1) == [Step("event", {"a": 1})]
    [stored] = again.of_cue(1, 2)
    assert (stored.cue, stored.line["response"]) == (2, {"status": 200})
    session = store.get(session_id)
    assert session is not None
    assert session.clock_offset == 60.0


def test_deleted_session_leaves_only_its_audit(database: Database, store: SessionStore) -> None:
    session_id = make(store)
    log = SessionLog(database, session_id)
    log.write_result(LINE)
    log.begin_exchange(1, 1, EXCHANGE)
    store.delete(session_id)

    with database.statement() as connection:
        for table in set(inspect(connection).get_table_names()) - {"audit", "alembic_version"}:
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0, table
    assert [each["session_id"] for each in store.audited()] == [session_id]


def test_tokens_are_long_and_stored_as_hashes(store: SessionStore) -> None:
    session_id, made = store.create(name="client", profile="{}", days=1, quotas=Quotas(), now=0.0)
    session = store.get(session_id)

    assert session is not None
    assert (session.token_hash, session.page_hash) == (hashed(made.token), hashed(made.page))
    assert min(len(made.token), len(made.page)) >= 43
    assert len({new_token() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ('Token token="abc"', "abc"),
        ("Token abc ", "abc"),
        ("abc", None),
        ("", None),
        ("Bearer a b", None),
    ],
)
def test_token_is_found_in_any_scheme(header: str, token: str | None) -> None:
    assert token_in(header) == token


def test_own_tokens_do_not_look_live() -> None:
    assert not looks_live(new_token())
    assert looks_live("0123456789abcdef")
    assert not looks_live("short")


def test_rate_admits_a_burst_and_then_its_rate() -> None:
    now = 0.0
    rates = Rates(lambda: now)

    assert [rates.wait("a", 2.0) for _ in range(9)] == [0] * 8 + [1]
    assert rates.wait("b", 2.0) == 0
    now = 0.5
    assert [rates.wait("a", 2.0) for _ in range(2)] == [0, 1]


def test_rates_forget_the_least_recent_key() -> None:
    rates = Rates(lambda: 0.0, most=2)
    for key in ("a", "b", "b", "b", "b", "c"):
        rates.wait(key, 1.0)

    assert rates.wait("b", 1.0) == 1
    assert rates.wait("a", 1.0) == 0
