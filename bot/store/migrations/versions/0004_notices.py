"""What a planned message says, under which rule, and until when it is true."""

import sqlalchemy as sa
from alembic import op

import bot.store.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("occurrence") as table:
        table.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="dose"))
        table.add_column(sa.Column("message", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("variables", sa.String(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("rule", sa.String(), nullable=True))
        table.add_column(sa.Column("valid_until", bot.store.types.UtcDateTime(), nullable=True))
    op.execute("UPDATE occurrence SET kind = 'checkin' WHERE reminder = 'checkin-daily'")
    with op.batch_alter_table("occurrence") as table:
        table.alter_column("kind", server_default=None)
        table.alter_column("message", server_default=None)
        table.alter_column("variables", server_default=None)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("occurrence") as table:
        for column in ("kind", "message", "variables", "rule", "valid_until"):
            table.drop_column(column)
