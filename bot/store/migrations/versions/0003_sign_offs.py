"""Signatures, used one-time codes, questions kept for the authors, and how answers fit."""

import sqlalchemy as sa
from alembic import op

import bot.store.types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sign_off",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("clinic_id", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("signed_at", bot.store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_sign_off_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_sign_off_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
        sa.UniqueConstraint(
            "clinic_id",
            "topic",
            "language",
            "region",
            "sha256",
            name=op.f("uq_sign_off_clinic_id_topic_language_region_sha256"),
        ),
    )
    op.create_table(
        "code_use",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("clinic_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("used_at", bot.store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_code_use_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_code_use_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_use")),
        sa.UniqueConstraint(
            "clinic_id", "staff_id", "step", name=op.f("uq_code_use_clinic_id_staff_id_step")
        ),
    )
    op.create_table(
        "kept_question",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("clinic_id", sa.String(), nullable=False),
        sa.Column("asker_index", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", bot.store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_kept_question_clinic_id_clinic")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_question")),
    )
    with op.batch_alter_table("kept_question", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_kept_question_asker_index"), ["asker_index"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_kept_question_kept_at"), ["kept_at"], unique=False)
    op.create_table(
        "answer_fit",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("clinic_id", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("yes_count", sa.Integer(), nullable=False),
        sa.Column("no_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_answer_fit_clinic_id_clinic")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_fit")),
        sa.UniqueConstraint(
            "clinic_id",
            "topic",
            "language",
            name=op.f("uq_answer_fit_clinic_id_topic_language"),
        ),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("answer_fit")
    with op.batch_alter_table("kept_question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kept_question_kept_at"))
        batch_op.drop_index(batch_op.f("ix_kept_question_asker_index"))

    op.drop_table("kept_question")
    op.drop_table("code_use")
    op.drop_table("sign_off")
