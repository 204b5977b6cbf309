"""A PostgreSQL server for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tools.benchmarks.postgresql_server import MissingServerError, PostgresqlServer, postgresql_server

NewDatabase = Callable[[], str]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    """Start a server with a socket in a temporary folder."""
    try:
        with postgresql_server() as started:
            yield started
    except MissingServerError as error:
        pytest.fail(str(error))


@pytest.fixture(scope="module")
def postgresql(server: PostgresqlServer) -> NewDatabase:
    """Return a function that creates databases."""
    return server.new_database
