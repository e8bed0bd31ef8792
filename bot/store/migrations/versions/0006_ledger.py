"""Pages of the ledger, and indexes over what has not left or is not sealed yet."""

import sqlalchemy as sa
from alembic import op

import bot.store.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_UNSETTLED = sa.text("state IN ('queued', 'leased', 'sending')")
_TO_SEAL = (("delivery", "settled_at"), ("receipt", "received_at"), ("audit", "at"))


def _index_where(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ledger_page",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("clinic_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed_at", bot.store.types.UtcDateTime(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_ledger_page_clinic_id_clinic")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_page")),
        sa.UniqueConstraint("clinic_id", "number", name=op.f("uq_ledger_page_clinic_id_number")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("clinic_id", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("noun", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("text_mac", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_ledger_entry_clinic_id_clinic")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint(
            "clinic_id",
            "noun",
            "subject_id",
            name=op.f("uq_ledger_entry_clinic_id_noun_subject_id"),
        ),
    )
    op.create_index(op.f("ix_ledger_entry_page"), "ledger_entry", ["page"])
    for table, column in _TO_SEAL:
        op.add_column(table, sa.Column("page", sa.Integer(), nullable=True))
        where = sa.text(f"page IS NULL AND {column} IS NOT NULL")
        _index_where(f"ix_{table}_unsealed", table, ["clinic_id", column], where)
    op.add_column("receipt", sa.Column("failure", sa.String(), nullable=True))
    turn = ["sender_id", "address_index", "priority", "id"]
    _index_where("ix_delivery_turn", "delivery", turn, _UNSETTLED)
    _index_where("ix_delivery_expiry", "delivery", ["expires_at"], _UNSETTLED)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_delivery_expiry", "delivery")
    op.drop_index("ix_delivery_turn", "delivery")
    for table, _ in _TO_SEAL:
        op.drop_index(f"ix_{table}_unsealed", table)
        with op.batch_alter_table(table) as changed:
            changed.drop_column("page")
    with op.batch_alter_table("receipt") as changed:
        changed.drop_column("failure")
    op.drop_table("ledger_entry")
    op.drop_table("ledger_page")
