"""Find the exchanges of a cue, and those that create records, without a scan of the session's journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    posts = sa.text("method = 'POST'")
    op.create_index("exchanges_cue", "exchanges", ["session_id", "attempt", "cue", "number"])
    op.create_index("exchanges_post", "exchanges", ["session_id", "number"], sqlite_where=posts, postgresql_where=posts)
