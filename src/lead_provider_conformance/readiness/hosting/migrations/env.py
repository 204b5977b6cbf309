"""Run the migrations on the connection of the caller; alembic imports this module."""

from __future__ import annotations

from alembic import context

from lead_provider_conformance.readiness.hosting.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True,
    transactional_ddl=False,
)  # fmt: skip
context.run_migrations()
