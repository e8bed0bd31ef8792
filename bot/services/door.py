"""Who may look into the console, and who did?"""

import secrets
from datetime import timedelta

from bot.domain.identity import ClinicId, StaffId
from bot.ports.clock import Clock, Ids
from bot.ports.house import Staff
from bot.ports.store import Store

LINK_VALID = timedelta(hours=1)
SESSION_VALID = timedelta(hours=12)
_TOKEN_BYTES = 32


class Door:
    """One-time links and sessions; `clock` shows real time, which no demonstration moves."""

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        """Only hashes of tokens are stored."""
        self._store = store
        self._clock = clock
        self._ids = ids

    async def issue_link(self, clinic_id: ClinicId, *, name: str, role: str) -> str:
        """A one-time token for a member of staff, who is added when missing."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            known = [one for one in await tx.house.staff(clinic_id) if one.name == name]
            staff = known[0] if known else self._new(clinic_id, name, role)
            if not known:
                await tx.house.add_staff(staff, at=now)
            await tx.house.add_staff_link(
                staff, token=token, purpose="link", expires_at=now + LINK_VALID
            )
        return token

    async def use_link(self, token: str) -> Staff | None:
        """Whose one-time link this is; it works once."""
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            return await tx.house.use_staff_link(token, purpose="link", now=now, once=True)

    async def open_session(self, staff: Staff) -> str:
        """A fresh session's secret for the cookie."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            await tx.house.add_staff_link(
                staff, token=token, purpose="session", expires_at=now + SESSION_VALID
            )
            await tx.house.audit(
                staff.clinic_id, at=now, actor=staff.id, verb="session-opened", subject=None
            )
        return token

    async def session(self, token: str) -> Staff | None:
        """Whose session this is, or None when it is unknown or over."""
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            return await tx.house.use_staff_link(token, purpose="session", now=now, once=False)

    async def record_view(self, staff: Staff, *, verb: str) -> None:
        """Write to the audit trail that `staff` saw a page."""
        async with self._store.unit_of_work() as tx:
            await tx.house.audit(
                staff.clinic_id, at=self._clock.now(), actor=staff.id, verb=verb, subject=None
            )

    def _new(self, clinic_id: ClinicId, name: str, role: str) -> Staff:
        return Staff(
            id=StaffId(self._ids.new()),
            clinic_id=clinic_id,
            name=name,
            role=role,
            state="active",
        )
