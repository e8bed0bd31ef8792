"""Which photos of a patient may be kept, for how long, and which of them are shown? Pure.

Source: product rule 22. A photo is never looked at by software beyond making it smaller.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.identity import ClinicId, PatientId, SenderId
from bot.domain.message_kind import MessageKind
from bot.domain.patient import ADULT_AGE_YEARS, Clinic, FactValue, PatientState, age_in_years

CONSENT_VERSION = "1"
"""Of the text `photos-consent`; what it says is what was agreed to."""
OPEN_FOR = timedelta(minutes=30)
"""How long the next photo is waited for after the patient asked to add one."""
ALBUM_ARRIVES_WITHIN = timedelta(minutes=2)
"""The photos of one album come as messages of their own, moments apart."""
KEPT_FOR = timedelta(days=400)
"""Longer than a long course, so that its first day can be set beside its last."""
MOST_BYTES = 10_000_000
"""Largest file that is fetched; what Telegram calls a photo is a tenth of that."""
TRIES = 5
FIRST_RETRY = timedelta(seconds=3)
COPY_CAN_BE_REMOVED_FOR = timedelta(hours=47)
"""Telegram lets a bot delete a message for 48 hours. Source: Telegram Bot API, deleteMessage."""


class PhotoRefusal(StrEnum):
    """Why a photo was not kept; each has a text of its own for the patient."""

    TOO_LARGE = "too-large"
    NOT_A_PICTURE = "not-a-picture"
    NOT_FETCHED = "not-fetched"
    NO_CONSENT = "no-consent"
    """Withdrawn before it was fetched; nothing is said."""


class Unavailable(StrEnum):
    """Why this patient cannot keep photos; each is the name of a text."""

    BY_SMS = "photos-sms"
    SWITCHED_OFF = "photos-off"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOfPhoto:
    """Where the provider holds a photo that the patient asked to keep."""

    sender_id: SenderId
    reference: str = field(repr=False)
    """What the provider hands the file out for."""
    address: str = field(repr=False)
    message: str | None = None
    """The provider's id of the message that it came in, to be deleted there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPhoto:
    """A photo on its way from the provider, or kept with its copy still lying there."""

    id: str
    clinic_id: ClinicId
    patient_id: PatientId
    day: date
    is_kept: bool
    is_of_album: bool
    asked_at: datetime
    tries: int
    source: SourceOfPhoto = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoCount:
    """How many days of one patient have a photo: all that anybody else may know."""

    patient_id: PatientId
    count: int
    first: date | None
    last: date | None
    waiting: int


def why_unavailable(state: PatientState, clinic: Clinic) -> Unavailable | None:
    """The reason for which this patient cannot keep photos at this clinic now, or None.

    After a reported pregnancy photos stay off like learning (rule 18).
    """
    is_silent = MessageKind.LEARNING in state.silent_kinds
    if not clinic.offers_photos or is_silent or not state.has_consent:
        return Unavailable.SWITCHED_OFF
    return None


def needs_guardian(state: PatientState, now: datetime) -> bool:
    """Whether a guardian has yet to agree to photos as well."""
    return is_minor(state, now) and not state.guardian_accepts_photos


def is_minor(state: PatientState, now: datetime) -> bool:
    """Whether only the face may be kept, and only with both consents."""
    today = now.astimezone(state.zone).date()
    return age_in_years(state.patient.born_on, today) < ADULT_AGE_YEARS


def may_keep(state: PatientState, clinic: Clinic, now: datetime) -> bool:
    """Whether a photo of this patient may be kept at `now`, wherever it came from."""
    is_open = why_unavailable(state, clinic) is None and not needs_guardian(state, now)
    return state.accepts_photos and is_open


def consent_fact(*, agreed: bool) -> FactValue:
    """The patient's own word on photos; it stands apart from the consent to messages."""
    return {"agreed": agreed, "version": CONSENT_VERSION}


def shown_together(days: Sequence[date], chosen: Iterable[date] = ()) -> tuple[date, ...]:
    """The days set side by side, the earlier one left: two chosen ones, else first and latest."""
    wanted = sorted(set(chosen) & set(days))
    if len(wanted) > 1:
        return (wanted[0], wanted[-1])
    return tuple(sorted({*days[:1], *days[-1:]}))


def retry_at(tries: int, now: datetime) -> datetime:
    """When a photo that could not be fetched is tried again: 3, 6, 12, 24 seconds later."""
    return now + FIRST_RETRY * (1 << min(tries, TRIES))
