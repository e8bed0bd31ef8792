"""Is this really the person? One-time codes of an authenticator app, each good for one use."""

import hmac
from dataclasses import dataclass, field
from datetime import timedelta

import pyotp

from bot.domain.identity import ClinicId, StaffId
from bot.domain.rota import StaffRole
from bot.ports.clock import Clock, Ids
from bot.ports.house import Staff
from bot.ports.store import Store, Transaction
from bot.services.patients import NotPossible

STEP_S = 30
"""Life of one code. Source: RFC 6238, section 4.1."""
_DRIFT_STEPS = 1
"""A phone's clock may be this many steps off. Source: RFC 6238, section 5.2."""
_WRONG_TRIES = 5
_WRONG_WITHIN = timedelta(minutes=15)
_WRONG = "code-refused"
_ISSUER = "Balm"
_ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What an authenticator app needs; shown once."""

    staff: Staff
    uri: str = field(repr=False)
    secret: str = field(repr=False)


class Codes:
    """One-time codes of the staff; `clock` shows real time, which no demonstration moves."""

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        """Secrets are kept sealed."""
        self._store = store
        self._clock = clock
        self._ids = ids

    async def enrol(
        self, clinic_id: ClinicId, *, name: str, role: StaffRole, replaces: bool, by: str
    ) -> Enrolment:
        """A new secret for a member of staff, who is added when missing. Raises NotPossible."""
        name = name.strip()
        if not name:
            raise NotPossible("a member of staff needs a name")
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            staff = await self._known(tx, clinic_id, name)
            if staff is None:
                staff = Staff(
                    id=StaffId(self._ids.new()),
                    clinic_id=clinic_id,
                    name=name,
                    role=role.value,
                    state=_ACTIVE,
                )
                await tx.house.add_staff(staff, at=now)
            if staff.state != _ACTIVE:
                raise NotPossible(f"{name} does not work here any more")
            if await tx.reviews.code_secret(staff) is not None and not replaces:
                raise NotPossible(
                    f"{name} has one-time codes already; after a lost phone: "
                    f'balm staff enrol "{name}" --replace'
                )
            secret = pyotp.random_base32()
            await tx.reviews.set_code_secret(staff, secret)
            await tx.house.audit(
                clinic_id, at=now, actor=by, verb="codes-enrolled", subject=staff.id
            )
        uri = pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=name, issuer_name=_ISSUER)
        return Enrolment(staff=staff, uri=uri, secret=secret)

    async def check(self, clinic_id: ClinicId, *, name: str, code: str) -> Staff:
        """Who gives the code, which is used up by it. Raises NotPossible.

        A wrong try is committed and counted, also when what it was for is refused.
        """
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            staff = await self._known(tx, clinic_id, name.strip())
            if staff is None or staff.state != _ACTIVE:
                raise NotPossible(f"there is no member of staff called {name}")
            secret = await tx.reviews.code_secret(staff)
            if secret is None:
                raise NotPossible(f'{name} has no one-time codes yet: balm staff enrol "{name}"')
            wrong = await tx.reviews.count_audits(
                clinic_id, verb=_WRONG, subject=staff.id, since=now - _WRONG_WITHIN
            )
            if wrong >= _WRONG_TRIES:
                raise NotPossible("too many wrong codes: wait a quarter of an hour")
            step = self._step_of(secret, code)
            if step is not None and await tx.reviews.use_code_step(staff, step, at=now):
                return staff
            await tx.house.audit(clinic_id, at=now, actor=staff.id, verb=_WRONG, subject=staff.id)
        if step is not None:
            raise NotPossible("this code was used already: wait for the next one")
        raise NotPossible("this code is not right (any more): wait for the next one")

    def _step_of(self, secret: str, code: str) -> int | None:
        """The time step whose code this is, around now."""
        now = int(self._clock.now().timestamp()) // STEP_S
        given = "".join(code.split())
        totp = pyotp.TOTP(secret, interval=STEP_S)
        steps = range(now - _DRIFT_STEPS, now + _DRIFT_STEPS + 1)
        return next(
            (step for step in steps if hmac.compare_digest(totp.generate_otp(step), given)), None
        )

    async def _known(self, tx: Transaction, clinic_id: ClinicId, name: str) -> Staff | None:
        staff = await tx.house.staff(clinic_id)
        return next((one for one in staff if one.name.casefold() == name.casefold()), None)
