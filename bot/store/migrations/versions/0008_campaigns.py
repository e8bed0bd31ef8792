"""Versions of campaigns."""

import sqlalchemy as sa
from alembic import op

import bot.store.types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "campaign_version",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("clinic_id", sa.String(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=True),
        sa.Column("approver_id", sa.String(), nullable=True),
        sa.Column("created_at", bot.store.types.UtcDateTime(), nullable=False),
        sa.Column("changed_at", bot.store.types.UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('review', 'published', 'paused', 'stopped', 'superseded', 'withdrawn')",
            name=op.f("ck_campaign_version_state"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_campaign_version_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["staff.id"], name=op.f("fk_campaign_version_author_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["approver_id"], ["staff.id"], name=op.f("fk_campaign_version_approver_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_version")),
        sa.UniqueConstraint(
            "clinic_id",
            "campaign",
            "version",
            name=op.f("uq_campaign_version_clinic_id_campaign_version"),
        ),
    )
    with op.batch_alter_table("campaign_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_campaign_version_clinic_id"), ["clinic_id"], unique=False
        )


def downgrade() -> None:
    """Undo."""
    op.drop_table("campaign_version")
