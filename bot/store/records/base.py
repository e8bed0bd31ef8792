"""What every kind of record needs: the session, the sealer, fresh ids."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.ports.clock import Ids
from bot.store.sealing import Sealer


class RecordsBase:
    """Base of the records; holds no state of its own."""

    def __init__(self, session: AsyncSession, sealer: Sealer, ids: Ids) -> None:
        """Statements run in the transaction of `session`."""
        self._session = session
        self._sealer = sealer
        self._ids = ids

    @property
    def _is_postgres(self) -> bool:
        return bool(self._session.get_bind().dialect.name == "postgresql")
