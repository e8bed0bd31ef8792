"""What is kept of the work of the clinic's desk and of the authors during a simulation?"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bot.domain.authors_queue import AnswerFit, KeptQuestion
from bot.domain.identity import ClinicId, PatientId, StaffId
from bot.domain.review import SignOff
from bot.ports.house import Staff
from bot.store.memory.house import MemoryHouse


class MemoryReviews:
    """Signatures and one-time codes."""

    def __init__(self, house: MemoryHouse) -> None:
        """What is audited is that of `house`."""
        self._house = house
        self._signed: dict[ClinicId, list[SignOff]] = {}
        self._secrets: dict[StaffId, str] = {}
        self._used: set[tuple[StaffId, int]] = set()

    async def sign_offs(self, clinic_id: ClinicId) -> Sequence[SignOff]:
        """Every signature of a clinic, oldest first."""
        return tuple(self._signed.get(clinic_id, ()))

    async def add_sign_off(self, clinic_id: ClinicId, sign_off: SignOff) -> bool:
        """One more signature; False when exactly these words were signed already."""
        known = self._signed.setdefault(clinic_id, [])
        if any(_words(one) == _words(sign_off) for one in known):
            return False
        known.append(sign_off)
        return True

    async def code_secret(self, staff: Staff) -> str | None:
        """The secret of a person's one-time codes; None before they were enrolled for them."""
        return self._secrets.get(staff.id)

    async def set_code_secret(self, staff: Staff, secret: str) -> None:
        """A new secret; codes of the old one open nothing any more."""
        self._secrets[staff.id] = secret

    async def use_code_step(self, staff: Staff, step: int, *, at: datetime) -> bool:
        """Use up the code of a time step; False when it was used before."""
        del at
        is_new = (staff.id, step) not in self._used
        self._used.add((staff.id, step))
        return is_new

    async def count_audits(
        self, clinic_id: ClinicId, *, verb: str, subject: str, since: datetime
    ) -> int:
        """How often `verb` was done to `subject` since then."""
        return sum(
            (one.clinic_id, one.verb, one.subject) == (clinic_id, verb, subject) and one.at > since
            for one in self._house.audited
        )


class MemoryQuestions:
    """Questions kept for the authors, for as long as the simulation lasts."""

    def __init__(self) -> None:
        """Nothing was asked."""
        self._kept: list[tuple[ClinicId, PatientId, KeptQuestion]] = []
        self._fits: dict[ClinicId, Counter[tuple[str, str, bool]]] = {}

    async def keep(
        self, clinic_id: ClinicId, question: KeptQuestion, *, asker: PatientId, at: datetime
    ) -> None:
        """One more question."""
        del at
        self._kept.append((clinic_id, asker, question))

    async def kept(self, clinic_id: ClinicId) -> Sequence[KeptQuestion]:
        """All that is kept, oldest first."""
        return [question for clinic, _, question in self._kept if clinic == clinic_id]

    async def forget_asker(self, clinic_id: ClinicId, asker: PatientId) -> int:
        """Remove what a patient's questions left; how many."""
        count = len(self._kept)
        self._kept = [one for one in self._kept if one[:2] != (clinic_id, asker)]
        return count - len(self._kept)

    async def forget(self, *, before: datetime) -> int:
        """Remove what was kept before then; how many."""
        count = len(self._kept)
        self._kept = [one for one in self._kept if one[2].kept_at >= before]
        return count - len(self._kept)

    async def count_fit(
        self, clinic_id: ClinicId, topic: str, *, language: str, fits: bool
    ) -> None:
        """One more yes or no."""
        self._fits.setdefault(clinic_id, Counter())[topic, language, fits] += 1

    async def fits(self, clinic_id: ClinicId) -> Sequence[AnswerFit]:
        """The counts of every topic."""
        counted = self._fits.get(clinic_id, Counter())
        return [
            AnswerFit(
                topic=topic,
                language=language,
                yes_count=counted[topic, language, True],
                no_count=counted[topic, language, False],
            )
            for topic, language in sorted({key[:2] for key in counted})
        ]


def _words(one: SignOff) -> tuple[object, ...]:
    return (one.topic, one.language, one.region, one.sha256)
