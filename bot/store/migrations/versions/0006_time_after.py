"""A course stays in the time after its last capsule until a clinician says that it is over."""

from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None

_CHECK = "ck_course_status"


def upgrade() -> None:
    """Apply."""
    _allow("'running', 'after', 'ended'")


def downgrade() -> None:
    """Take back; a course in the time after runs again, so that nothing of it is lost."""
    op.execute("UPDATE course SET status = 'running' WHERE status = 'after'")
    _allow("'running', 'ended'")


def _allow(statuses: str) -> None:
    with op.batch_alter_table("course") as table:
        table.drop_constraint(op.f(_CHECK), type_="check")
        table.create_check_constraint(op.f(_CHECK), f"status IN ({statuses})")
