"""The databases of the worlds: a file beside the store for each session, or a schema in PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from lead_provider_conformance.readiness.hosting.database import Database


class Worlds:
    """Make and delete the databases of worlds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def url(self, session_id: str) -> str:
        """Return the database URL of a session's world. Make the folder or the schema for it."""
        url = self._database.url
        if self._database.is_sqlite:
            file = self._file(session_id)
            file.parent.mkdir(parents=True, exist_ok=True)
            return f"sqlite:///{file}"
        schema = _schema(session_id)
        with self._database.statement() as connection:
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
        options = {"options": f"-csearch_path={schema}", "client_encoding": "utf8"}
        return url.update_query_dict(options).render_as_string(hide_password=False)

    def delete(self, session_id: str) -> None:
        """Delete the world of a session, if there is one."""
        if self._database.is_sqlite:
            for suffix in ("", "-wal", "-shm"):
                file = self._file(session_id)
                file.with_name(file.name + suffix).unlink(missing_ok=True)
            return
        with self._database.statement() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {_schema(session_id)} CASCADE"))

    def _file(self, session_id: str) -> Path:
        store = Path(str(self._database.url.database)).absolute()
        return store.with_name(f"{store.name}.worlds") / f"{session_id}.sqlite"


def _schema(session_id: str) -> str:
    if not session_id.isalnum():
        raise ValueError(f"{session_id!r} is no id of a session")
    return f"world_{session_id}"
