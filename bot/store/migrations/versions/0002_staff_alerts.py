"""Staff contacts, rota, and what happens to a case until it is closed."""

import sqlalchemy as sa
from alembic import op

import bot.store.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATES = ("checking", "open", "acknowledged", "contacted", "closed")
_MORE_STATES = (
    "checking",
    "open",
    "delivered",
    "acknowledged",
    "contacted",
    "handed-on",
    "closed",
)


def upgrade() -> None:
    """Apply."""
    _set_states(_MORE_STATES)
    with op.batch_alter_table("escalation", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("is_confidential", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("owner_id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("next_step_at", bot.store.types.UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("outcome", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("is_reportable", sa.Boolean(), nullable=True))
    with op.batch_alter_table("escalation", schema=None) as batch_op:
        batch_op.alter_column("is_confidential", server_default=None)
        batch_op.create_index(
            "ix_escalation_state_next_step_at", ["state", "next_step_at"], unique=False
        )
    op.create_table(
        "staff_contact",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("clinic_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address_index", sa.String(), nullable=False),
        sa.Column("sealed_value", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", bot.store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_staff_contact_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_contact_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_contact")),
        sa.UniqueConstraint(
            "clinic_id", "address_index", name=op.f("uq_staff_contact_clinic_id_address_index")
        ),
    )
    with op.batch_alter_table("staff_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_contact_staff_id"), ["staff_id"], unique=False)
    op.create_table(
        "rota",
        sa.Column("clinic_id", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("changed_at", bot.store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_rota_clinic_id_clinic")
        ),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_rota")),
    )
    op.create_table(
        "escalation_entry",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("clinic_id", sa.String(), nullable=False),
        sa.Column("escalation_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=True),
        sa.Column("at", bot.store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_escalation_entry_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_escalation_entry_escalation_id_escalation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_entry")),
        sa.UniqueConstraint(
            "clinic_id",
            "escalation_id",
            "kind",
            "actor",
            "number",
            name=op.f("uq_escalation_entry_clinic_id_escalation_id_kind_actor_number"),
        ),
    )
    with op.batch_alter_table("escalation_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_escalation_entry_escalation_id"), ["escalation_id"], unique=False
        )


def downgrade() -> None:
    """Undo; a case that was handed on is open again, and what happened to it is forgotten."""
    with op.batch_alter_table("escalation_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_escalation_entry_escalation_id"))
    op.drop_table("escalation_entry")
    op.drop_table("rota")
    with op.batch_alter_table("staff_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_contact_staff_id"))
    op.drop_table("staff_contact")
    op.execute("UPDATE escalation SET state = 'open' WHERE state IN ('delivered', 'handed-on')")
    with op.batch_alter_table("escalation", schema=None) as batch_op:
        batch_op.drop_index("ix_escalation_state_next_step_at")
        batch_op.drop_column("is_reportable")
        batch_op.drop_column("outcome")
        batch_op.drop_column("next_step_at")
        batch_op.drop_column("owner_id")
        batch_op.drop_column("is_confidential")
    _set_states(_STATES)


def _set_states(states: tuple[str, ...]) -> None:
    """Which states a case may have."""
    listed = ", ".join(f"'{state}'" for state in states)
    with op.batch_alter_table("escalation", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_escalation_state"), type_="check")
        batch_op.create_check_constraint(op.f("ck_escalation_state"), f"state IN ({listed})")
