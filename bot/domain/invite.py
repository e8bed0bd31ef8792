"""Who may join with which code, and until when? Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.identity import InviteId, PatientId

VALID_FOR = timedelta(days=14)
IDENTITY_TRIES = 3
CODE_TRIES_PER_HOUR = 5

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capitals that cannot be mistaken for one another when read aloud or copied."""
CODE_LENGTH = 8

_JOIN = re.compile(
    r"^\s*(?:/start|join)[\s:]+([A-Za-z0-9-]{4,64}|[A-Za-z0-9]{4} [A-Za-z0-9]{4})\s*[.!]?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """A one-time permission to connect a phone to a patient."""

    id: InviteId
    patient_id: PatientId
    birth_year: int
    expires_at: datetime
    used_at: datetime | None = None
    closed_reason: str | None = None

    def is_usable(self, now: datetime) -> bool:
        """Whether it still opens a door at `now`."""
        return self.used_at is None and self.closed_reason is None and now < self.expires_at


def code_in(text: str) -> str | None:
    """The code of "JOIN CODE" or "/start TOKEN", as it is compared; None when there is none."""
    found = _JOIN.match(text)
    return normalise_code(found[1]) if found else None


def normalise_code(code: str) -> str:
    """`code` without spaces and hyphens, in capitals."""
    return re.sub(r"[\s-]", "", code).upper()
