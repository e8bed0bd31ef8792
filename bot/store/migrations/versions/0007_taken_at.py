"""When a dose was taken, where the patient said so."""

import sqlalchemy as sa
from alembic import op

import bot.store.types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("dose_log") as table:
        table.add_column(sa.Column("taken_at", bot.store.types.UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("dose_log") as table:
        table.drop_column("taken_at")
