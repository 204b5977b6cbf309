"""Two hosting processes that share sessions through PostgreSQL."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
import requests
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, insert
from tests.unit.readiness.hosting import previous_store
from tests.unit.readiness.hosting.hosted import HostedService, run
from tests.unit.readiness.hosting.hosted import services as services
from tools.benchmarks.hosted_process import CONTROL, ROOT, HostProcess, host
from tools.benchmarks.postgresql_server import PostgresqlServer

from lead_provider_conformance.readiness.hosting.database import Database
from lead_provider_conformance.readiness.hosting.tables import metadata

from .postgresql import NewDatabase
from .postgresql import postgresql as postgresql
from .postgresql import server as server

PATHS = ("api/v3/statements", "api/v3/participants")
CONTROL_HEADERS = {"Authorization": f"Bearer {CONTROL}"}


@pytest.fixture
def pair(postgresql: NewDatabase, tmp_path: Path) -> Iterator[tuple[HostProcess, HostProcess]]:
    """Two processes on one database."""
    store = postgresql()
    with ExitStack() as stack:
        processes = [stack.enter_context(host(store, tmp_path / f"{number}.log")) for number in (1, 2)]
        yield processes[0], processes[1]


def test_session_is_one_at_both_processes_and_survives_its_owner(pair: tuple[HostProcess, HostProcess]) -> None:
    first, second = pair
    made = first.control("POST", "/sessions", {"name": "client", "programme": "ecf"}).json()
    page = f"{second.url}/{made['page'].split('/', 3)[3]}"

    def read(process: HostProcess, number: int) -> str:
        address = f"{process.url}/api/v3/participants?page[page]={number}&page[per_page]=3"
        answered = requests.get(address, headers={"Authorization": f"Bearer {made['token']}"}, timeout=60)
        assert answered.status_code == 200, answered.text
        return json.dumps(answered.json())

    shown = [read(process, 1) for process in (first, second)]
    created = requests.post(f"{page}/done?cue=1", timeout=60, allow_redirects=False)
    first.stop(signal.SIGKILL)
    later = read(second, 1)
    html = requests.get(page, timeout=60).text

    assert created.status_code == 303
    assert len({*shown, later}) == 1
    assert "Now: first-sync" in html
    assert "Requests so far: 3" in html
    journal = second.control("GET", f"/sessions/{made['id']}").json()
    assert journal["act"] == "first-sync"
    second.control("DELETE", f"/sessions/{made['id']}")
    assert requests.get(page, timeout=60).status_code == 404


def test_session_goes_on_when_the_database_has_broken_every_connection(postgresql: NewDatabase, tmp_path: Path) -> None:
    store = postgresql()
    with host(store, tmp_path / "log") as process:
        made = process.control("POST", "/sessions", {"name": "client", "programme": "npq"}).json()
        headers = {"Authorization": f"Bearer {made['token']}"}

        def read() -> int:
            return requests.get(f"{process.url}/api/v3/statements", headers=headers, timeout=60).status_code

        before = read()
        with psycopg.connect(store.replace("+psycopg", ""), autocommit=True) as operator:
            broken = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            operator.execute(f"{broken} AND datname = current_database()")
        statuses = [read() for _ in range(4)]
        page = requests.get(f"{process.url}/{made['page'].split('/', 3)[3]}", timeout=60).text

    assert before == 200
    assert statuses[-1] == 200
    assert set(statuses) <= {200, 503}
    assert "Now: connect" in page


def test_kills_of_the_database_cost_no_exchange() -> None:
    benchmark = [sys.executable, ROOT / "tools" / "benchmarks" / "hosted.py"]
    ended = subprocess.run([*benchmark, "--parts", "database", "--kills", "5"], capture_output=True, text=True)

    assert ended.returncode == 0, ended.stdout + ended.stderr[-2000:]
    assert re.search(r"^kills of the database +5\.00", ended.stdout, re.MULTILINE), ended.stdout


def test_request_without_a_database_gets_503_with_a_sentence(server: PostgresqlServer, tmp_path: Path) -> None:
    with host(server.new_database(), tmp_path / "log") as process:
        made = process.control("POST", "/sessions", {"name": "client", "programme": "npq"}).json()
        headers = {"Authorization": f"Bearer {made['token']}"}
        page = made["page"].split("/", 3)[3]
        requests.get(f"{process.url}/api/v3/statements", headers=headers, timeout=60)
        server.kill()
        try:
            refused = [requests.get(f"{process.url}/{path}", headers=headers, timeout=60) for path in PATHS]
            refused.append(requests.post(f"{process.url}/{page}/done?cue=1", timeout=60))
            control = requests.get(f"{process.url}/control/sessions", headers=CONTROL_HEADERS, timeout=60)
        finally:
            server.start()
        answered = requests.get(f"{process.url}/api/v3/statements", headers=headers, timeout=60)

    sentence = "The service cannot reach its database, so the request was not processed. Retry later."
    assert [(each.status_code, each.text.strip()) for each in refused] == [(503, sentence)] * 3
    assert all(each.headers["Retry-After"] == "5" for each in refused)
    assert (control.status_code, control.json()) == (503, {"error": sentence})
    assert answered.status_code == 200


def test_tables_of_the_previous_revision_are_migrated(postgresql: NewDatabase) -> None:
    with closing(Database(postgresql())) as database:
        database.migrate("0001")
        database.migrate()
        with database.statement() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_session_of_a_store_of_the_previous_version_goes_on(
    postgresql: NewDatabase, tmp_path: Path, services: dict[str, HostedService]
) -> None:
    store = postgresql()
    previous_store.write_store(tmp_path / "previous.sqlite")
    with closing(Database(store)) as database:
        database.migrate(previous_store.REVISION)
        with database.transaction() as connection:
            tables = MetaData()
            tables.reflect(connection)
            for table in tables.sorted_tables:
                rows = previous_store.rows_of(tmp_path / "previous.sqlite", table.name)
                for row in rows if table.name != "alembic_version" else ():
                    if table.name == "audit":
                        del row["number"]  # the database numbers its entries
                    connection.execute(insert(table), row)

    run(tmp_path, previous_store.go_on, store=store)

    with closing(Database(store)) as database, database.statement() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_store_without_an_encoding_has_texts(server: PostgresqlServer, tmp_path: Path) -> None:
    store = server.new_database("--encoding=SQL_ASCII", "--template=template0", "--locale=C")
    with host(store, tmp_path / "log") as process:
        made = process.control("POST", "/sessions", {"name": "Provider 1", "programme": "npq"}).json()
        headers = {"Authorization": f"Bearer {made['token']}"}
        answered = requests.get(f"{process.url}/api/v3/npq-applications", headers=headers, timeout=60)
        page = requests.get(f"{process.url}/{made['page'].split('/', 3)[3]}", timeout=60).text

    assert answered.status_code == 200, answered.text
    assert "Provider 1" in page
