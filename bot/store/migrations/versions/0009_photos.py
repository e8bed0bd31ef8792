"""Photos that patients asked to keep, and whether a clinic offers that."""

import sqlalchemy as sa
from alembic import op

import bot.store.types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KEPT = sa.text("state = 'kept'")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "photo",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("clinic_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_of_album", sa.Boolean(), nullable=False),
        sa.Column("sealed_source", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_jpeg", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", bot.store.types.UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", bot.store.types.UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'kept')", name=op.f("ck_photo_state")),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_photo_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_photo_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
    )
    with op.batch_alter_table("photo", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photo_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_next_try_at"), ["next_try_at"], unique=False)
        batch_op.create_index(
            "uq_photo_clinic_id_patient_id_day_kept",
            ["clinic_id", "patient_id", "day"],
            unique=True,
            sqlite_where=_KEPT,
            postgresql_where=_KEPT,
        )
    op.add_column(
        "clinic",
        sa.Column("offers_photos", sa.Boolean(), nullable=False, server_default=sa.true()),
    )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("clinic") as table:
        table.drop_column("offers_photos")
    op.drop_table("photo")
