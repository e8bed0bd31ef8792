"""What follows when a patient keeps photos of their skin: agreed to apart, asked for, removable.

Source: product rule 22. What nobody asked for is neither downloaded nor kept.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.domain.checkin import ANNOUNCED, OpenCheckin
from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, ForgetPhotos, KeepPhoto, Note, Option, RecordFact, Say
from bot.domain.inbound import InboundKind
from bot.domain.patient import FactKind, PatientState
from bot.domain.photo import (
    ALBUM_ARRIVES_WITHIN,
    KEPT_FOR,
    OPEN_FOR,
    Unavailable,
    consent_fact,
    is_minor,
    may_keep,
    needs_guardian,
    shown_together,
    why_unavailable,
)
from bot.domain.picture import PictureName, ShownWith
from bot.domain.questionnaire import QuestionKind
from bot.domain.said_day import days_named
from bot.domain.turn import Turn
from handlers import media
from handlers.checkin_record import record

_WAITING, _OFFERED, _CONSENT, _TAKEN = "waiting", "offered", "consent", "taken"
_KEEP, _LEAVE = "photos:keep:", "photos:leave:"
_CONSENT_OPEN_FOR = timedelta(hours=1)
_MOST_DATES = 24
_DATES_IN_A_ROW = 3
_ANSWERED = "photo"
"""What is written down for the photo of a check-in; the picture itself lies in the album."""


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for a photo, for a word about photos and for their buttons, or None."""
    patient = turn.patient
    if patient is None:
        return None
    if turn.says("photos-end") or turn.action == "photos:end-yes":
        return _ended(turn)
    if turn.action == "photos:end":
        return [_really()]  # one tap beside others must not cost months of photos
    if turn.is_sms:
        is_asked = turn.says("photos") or turn.says("photo-add")
        return [Say(template=Unavailable.BY_SMS.value)] if is_asked else None
    if turn.inbound.kind is InboundKind.PHOTO:
        return _received(turn, patient)
    if turn.inbound.kind.is_media:
        return _no_photo(turn)
    return _answered(turn, patient) or _asked_for(turn, patient)


def forgotten(turn: Turn) -> list[Effect]:
    """With the last message goes the album too: who wants to hear nothing leaves nothing behind."""
    if turn.patient is None or not turn.patient.accepts_photos:
        return []
    return [_fact(agreed=False), ForgetPhotos()]


# --- a photo


def _no_photo(turn: Turn) -> Sequence[Effect] | None:
    """A file or a voice note where a photo is waited for."""
    waiting = turn.asked(Asking.PHOTO)
    is_waiting = waiting is not None and waiting.step == _WAITING
    return [*media.joined(turn), Say(template="photo-as-file")] if is_waiting else None


def _received(turn: Turn, patient: PatientState) -> Sequence[Effect] | None:
    """Kept where it was asked for, offered where the patient agreed to photos, else not opened."""
    waiting = turn.asked(Asking.PHOTO)
    if waiting is not None and _is_of_same_album(turn, waiting):
        return [Note(verb="photo-of-album")]
    if not may_keep(patient, turn.clinic, turn.now) or not turn.inbound.attachments:
        return _not_opened(turn, patient)
    checkin = _asked_in_checkin(turn)
    if checkin is not None:
        asked = checkin.next_question()
        assert asked is not None
        return [_keep(turn), *record(turn, checkin, {asked.id: _ANSWERED}), *_rest_of_album(turn)]
    if waiting is not None and waiting.step == _WAITING:
        return [_keep(turn), *turn.closing(Asking.PHOTO), *_rest_of_album(turn)]
    return [*media.joined(turn), *_offer(turn)]


def _not_opened(turn: Turn, patient: PatientState) -> Sequence[Effect] | None:
    """What is said of every picture; and once in a lifetime, whether photos may be kept."""
    said = media.handle(turn)
    is_closed = why_unavailable(patient, turn.clinic) is not None
    is_busy = turn.open_question is not None or turn.has_recent_flag
    if said is None or is_closed or is_busy or patient.was_asked_for_photos:
        return said
    if needs_guardian(patient, turn.now):
        return said
    return [*said, *_consent(turn, patient)]


def _is_of_same_album(turn: Turn, question: Question) -> bool:
    """Of an album only the first photo counts; the others come a moment later."""
    album = turn.inbound.album
    return album is not None and question.data.get("album") == album


def _asked_in_checkin(turn: Turn) -> OpenCheckin | None:
    """The check-in whose open question is for a photo."""
    checkin, asked = turn.checkin, turn.answering
    if checkin is None or asked is None or asked.step == ANNOUNCED:
        return None
    question = checkin.next_question()
    is_photo = question is not None and question.kind is QuestionKind.PHOTO
    return checkin if is_photo else None


def _keep(turn: Turn) -> KeepPhoto:
    return KeepPhoto(
        reference=turn.inbound.attachments[0],
        message=turn.inbound.message,
        day=turn.today,
        is_of_album=turn.inbound.album is not None,
    )


def _rest_of_album(turn: Turn) -> list[Effect]:
    """Remembers the album for a moment, so that its other photos are passed over in silence."""
    album = turn.inbound.album
    if album is None:
        return []
    expires_at = turn.now + ALBUM_ARRIVES_WITHIN
    return [Ask(question=_question(turn, _TAKEN, expires_at - turn.now, {"album": album}))]


def _offer(turn: Turn) -> Sequence[Effect]:
    """Not opened yet: one tap keeps it, and none leaves it where it is."""
    which = turn.inbound.message or ""
    keep = Option(label="photo-keep", action=f"{_KEEP}{which}")
    leave = Option(label="photo-leave", action=f"{_LEAVE}{which}")
    data = {
        "reference": turn.inbound.attachments[0],
        "message": which,
        "album": turn.inbound.album or "",
    }
    asked = _question(turn, _OFFERED, OPEN_FOR, data, options=(keep.action, leave.action))
    is_album = "yes" if turn.inbound.album else ""
    said = Say(
        template="photo-offer", variables={"is_of_album": is_album}, options=((keep, leave),)
    )
    return [said, Ask(question=asked)]


# --- an answer


def _answered(turn: Turn, patient: PatientState) -> Sequence[Effect] | None:
    """The answer to the consent or to the offer; None for anything else."""
    question = turn.open_question
    step = question.step if question is not None and question.asking is Asking.PHOTO else ""
    action = turn.action or ""
    is_consent, is_offer = step == _CONSENT, step == _OFFERED
    if action == "photos:yes":
        return _agreed(turn, patient)
    if is_consent and turn.says("yes"):
        return _consent(turn, patient)  # an "ok" may be about something else: the button says yes
    if action == "photos:no" or (is_consent and turn.says("no")):
        return [
            Say(template="photos-declined", edits_pressed=True),
            _fact(agreed=False),
            ForgetPhotos(),
            *turn.closing(Asking.PHOTO),
        ]
    if action.startswith(_KEEP) or (is_offer and turn.says("yes")):
        return _keep_offered(turn, patient)
    if action.startswith(_LEAVE) and not _is_of_offer(turn):
        return [Say(template="photo-left", edits_pressed=True)]
    if action.startswith(_LEAVE) or (is_offer and turn.says("no")):
        return [Say(template="photo-left", edits_pressed=True), *turn.closing(Asking.PHOTO)]
    if action.startswith("photo-forget:"):
        return _forget_day(turn, action)
    return None


def _agreed(turn: Turn, patient: PatientState) -> Sequence[Effect]:
    """From now on; still nothing is kept that was not asked for."""
    closed = _unavailable(turn, patient)
    if closed is not None:
        return closed
    waiting = _question(turn, _WAITING, OPEN_FOR)
    said = Say(template="photos-agreed", edits_pressed=True)
    return [said, _fact(agreed=True), *turn.closing(Asking.PHOTO), Ask(question=waiting)]


def _is_of_offer(turn: Turn) -> bool:
    """Whether the button belongs to the photo that is offered now, not to an earlier one."""
    offered, which = turn.asked(Asking.PHOTO), (turn.action or "").split(":")[2:]
    is_offer = offered is not None and offered.step == _OFFERED
    return offered is not None and is_offer and which in ([], [offered.data["message"]])


def _keep_offered(turn: Turn, patient: PatientState) -> Sequence[Effect]:
    offered = turn.asked(Asking.PHOTO)
    is_meant = _is_of_offer(turn) and may_keep(patient, turn.clinic, turn.now)
    if offered is None or not is_meant:
        return [Say(template="old-button")]
    keep = KeepPhoto(
        reference=offered.data["reference"],
        message=offered.data["message"] or None,
        day=offered.asked_at.astimezone(patient.zone).date(),
        is_of_album=bool(offered.data["album"]),
    )
    return [Say(template="photo-fetching", edits_pressed=True), keep, *turn.closing(Asking.PHOTO)]


def _forget_day(turn: Turn, action: str) -> Sequence[Effect]:
    day = _day_of(action.partition(":")[2])
    if day is None or day not in turn.photo_days:
        return [Say(template="old-button")]
    said = Say(template="photo-forgotten", variables={"day": day.isoformat()}, edits_pressed=True)
    return [said, ForgetPhotos(day=day)]


def _really() -> Say:
    yes = Option(label="photos-end-yes", action="photos:end-yes")
    no = Option(label="photos-end-no", action="photos")
    return Say(template="photos-end-sure", options=((yes, no),))


def _ended(turn: Turn) -> Sequence[Effect]:
    """Withdrawn by a word: everything is removed at once, and no photo is asked for any more."""
    count = len(turn.photo_days)
    said = Say(template="photos-ended", variables={"count": count})
    return [said, _fact(agreed=False), ForgetPhotos(), *turn.closing(Asking.PHOTO)]


# --- the album


def _asked_for(turn: Turn, patient: PatientState) -> Sequence[Effect] | None:
    """The album, one more photo, or other dates; None for anything else."""
    action = turn.action or ""
    chosen = _chosen(turn)
    wants_album = action == "photos" or turn.says("photos") or bool(chosen)
    wants_more = action == "photos:add" or turn.says("photo-add")
    wants_dates = action == "photos:dates" or action.startswith("photos:left:")
    if not (wants_album or wants_more or wants_dates):
        return None
    closed = _unavailable(turn, patient)
    if closed is not None:
        return closed
    if not patient.accepts_photos:
        return _consent(turn, patient)
    if wants_more:
        waiting = Ask(question=_question(turn, _WAITING, OPEN_FOR))
        return [Say(template="photos-add", variables=_limits(turn, patient)), waiting]
    if wants_dates:
        return _dates(turn, action)
    return _album(turn, patient, chosen)


def _unavailable(turn: Turn, patient: PatientState) -> Sequence[Effect] | None:
    why = why_unavailable(patient, turn.clinic)
    if why is not None:
        return [Say(template=why.value)]
    return [Say(template="photos-guardian")] if needs_guardian(patient, turn.now) else None


def _album(turn: Turn, patient: PatientState, chosen: Sequence[date]) -> Sequence[Effect]:
    days = turn.photo_days
    if not days:
        waiting = Ask(question=_question(turn, _WAITING, OPEN_FOR))
        return [Say(template="photos-add", variables=_limits(turn, patient)), waiting]
    together = shown_together(days, chosen)
    shows = {"patient": patient.patient.id, "days": [day.isoformat() for day in together]}
    more = [Option(label="photo-add", action="photos:add")]
    if len(days) > len(together):
        more.append(Option(label="photo-dates", action="photos:dates"))
    said = Say(
        template="photos-shown",
        variables={
            "count": len(days),
            "left": together[0].isoformat(),
            "left_week": _week(turn, together[0]),
            "right": together[-1].isoformat() if len(together) > 1 else "",
            "right_week": _week(turn, together[-1]),
        },
        options=(tuple(more), (Option(label="photos-end", action="photos:end"),)),
        picture=ShownWith(name=PictureName.PHOTOS, shows=shows),
    )
    return [said]


def _dates(turn: Turn, action: str) -> Sequence[Effect]:
    """First the one for the left side, then the one for the right; the newest dates that fit."""
    left = _day_of(action.removeprefix("photos:left:"))
    days = [day for day in turn.photo_days if day != left][-_MOST_DATES:]
    side = "photos:left:{0:%Y%m%d}" if left is None else f"photos:pair:{left:%Y%m%d}:{{0:%Y%m%d}}"
    options = [Option(label=f"day:{day.isoformat()}", action=side.format(day)) for day in days]
    rows = tuple(
        tuple(options[at : at + _DATES_IN_A_ROW]) for at in range(0, len(options), _DATES_IN_A_ROW)
    )
    template = "photos-choose-first" if left is None else "photos-choose-second"
    return [Say(template=template, options=rows, edits_pressed=left is not None)]


def _chosen(turn: Turn) -> Sequence[date]:
    """Two dates, by buttons or in words: "photos 1 dec 12 jan"."""
    action = turn.action or ""
    if action.startswith("photos:pair:"):
        named = [_day_of(one) for one in action.removeprefix("photos:pair:").split(":")]
        return [day for day in named if day is not None]
    first, _, rest = turn.said.partition(" ")
    if not rest or first not in turn.words.words("photos"):
        return []
    return days_named(rest, turn.words, among=turn.photo_days)


# --- what all of them share


def _consent(turn: Turn, patient: PatientState) -> Sequence[Effect]:
    yes = Option(label="photos-yes", action="photos:yes")
    no = Option(label="photos-no", action="photos:no")
    asked = _question(turn, _CONSENT, _CONSENT_OPEN_FOR, options=(yes.action, no.action))
    noted = [] if patient.was_asked_for_photos else [_fact(agreed=False)]
    said = Say(template="photos-consent", variables=_limits(turn, patient), options=((yes, no),))
    return [said, *noted, Ask(question=asked)]


def _limits(turn: Turn, patient: PatientState) -> dict[str, str | int]:
    is_young = "yes" if is_minor(patient, turn.now) else ""
    return {"is_minor": is_young, "kept_days": KEPT_FOR.days}


def _question(
    turn: Turn,
    step: str,
    open_for: timedelta,
    data: dict[str, str] | None = None,
    *,
    options: tuple[str, ...] = (),
) -> Question:
    return Question(
        id=turn.fresh_id,
        asking=Asking.PHOTO,
        asked_at=turn.now,
        expires_at=turn.now + open_for,
        step=step,
        data=data or {},
        options=options,
    )


def _week(turn: Turn, day: date) -> int:
    """Of the course; 0 before it, and where the clinic has set no first day."""
    if turn.first_day is None or day < turn.first_day:
        return 0
    return (day - turn.first_day).days // 7 + 1


def _day_of(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if len(text) == 8 else None
    except ValueError:
        return None


def _fact(*, agreed: bool) -> RecordFact:
    return RecordFact(kind=FactKind.PHOTOS, value=consent_fact(agreed=agreed))
