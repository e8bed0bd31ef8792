"""What happens when a planned message falls due, given all that is true now? Pure."""

from dataclasses import replace
from datetime import datetime, time, timedelta

from bot.domain.burden import folds, kinds_of, talk_ends_at, waits_until
from bot.domain.campaign.definition import Mode
from bot.domain.campaign.notice import FOLLOW_UP, Notice, options
from bot.domain.checkin import ANNOUNCED, OpenCheckin
from bot.domain.conversation import Asking, Question
from bot.domain.due_event import DueEvent
from bot.domain.effect import Ask, Effect, MoveOccurrence, Option, Say
from bot.domain.message_kind import KIND_RULES, TIME_CRITICAL, MessageKind
from bot.domain.notice_options import options_of
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import ADULT_AGE_YEARS, PatientState, age_in_years
from bot.domain.progress_said import week_summary
from bot.domain.prompt import checkin_announced, checkin_prompt
from bot.domain.schedule import instant
from bot.domain.week_summary import WEEK_SUMMARY

NUDGE_AFTER = timedelta(hours=1)
SNOOZE_FOR = timedelta(minutes=30)
MISSED_AFTER = timedelta(hours=4)
CHECKIN_WAITS_FOR_DOSE = timedelta(minutes=15)
CHECKIN_OPEN_AT_LEAST = timedelta(hours=4)
WAITS_FOR_COVER = timedelta(days=4)
"""How long a mood check-in waits for staffed hours: over a weekend with a holiday."""
HELD_AT_MOST = timedelta(hours=4)
"""How long quiet hours may hold what is time-critical. Source: product rule 13."""
STILL_ON_TIME = timedelta(hours=1)
"""So much later it is still the hour that the patient chose, which is never quiet."""

_HELD = frozenset({MessageKind.DOSE, MessageKind.NUDGE, MessageKind.REFILL, MessageKind.WINDOW})
"""Doses and pick-ups, which a hold silences; contraception and tests go on (product rule 1)."""
_DOSE_VALIDITY = KIND_RULES[MessageKind.DOSE].validity or timedelta(0)
_CHECKIN_VALIDITY = KIND_RULES[MessageKind.CHECKIN].validity or timedelta(0)


def decide(state: PatientState, event: DueEvent) -> list[Effect]:
    """Effects of the step that is due; always moves the occurrence, so no step repeats."""
    settles_at = state.settles_at
    if settles_at is not None and event.now < settles_at:
        return [_move(event.occurrence, event.occurrence.state, settles_at)]
    match event.occurrence.kind:
        case MessageKind.DOSE:
            return _dose(state, event)
        case MessageKind.CHECKIN:
            return _checkin(state, event)
        case _:
            return _notice(state, event)


def dose_options(occurrence: Occurrence) -> tuple[tuple[Option, ...], ...]:
    """The answers to a dose reminder."""
    return (
        (
            Option(label="taken", action=f"taken:{occurrence.id}"),
            Option(label="later", action=f"later:{occurrence.id}"),
        ),
        (
            Option(label="not-today", action=f"not-today:{occurrence.id}"),
            Option(label="took-extra", action=f"extra:{occurrence.id}"),
        ),
    )


def why_silent(state: PatientState, kind: MessageKind, *, may_write: bool) -> str | None:
    """The reason for which nothing of `kind` may be said to the patient now, or None."""
    if not may_write:
        return "opted-out"
    if not state.has_consent:
        return "no-consent"
    if kind in state.silent_kinds:
        return "silenced"
    if state.hold is not None and kind in _HELD:
        return "hold"
    is_dose = kind in (MessageKind.DOSE, MessageKind.NUDGE)
    if is_dose and state.dosing_stopped:
        return "stopped-taking"
    if kind in TIME_CRITICAL:
        return None
    return "paused" if state.pauses(MessageKind.DOSE if is_dose else kind) else None


def _dose(state: PatientState, event: DueEvent) -> list[Effect]:
    dose, now = event.occurrence, event.now
    silent = why_silent(state, MessageKind.DOSE, may_write=event.may_write)
    if dose.state in (OccurrenceState.PLANNED, OccurrenceState.SNOOZED):
        return _dose_asked(event, silent)
    if dose.state is OccurrenceState.ASKED:
        missed_at = max(dose.due_at + MISSED_AFTER, now + NUDGE_AFTER)
        moved = _move(dose, OccurrenceState.NUDGED, missed_at)
        is_late = now > dose.due_at + _DOSE_VALIDITY
        is_too_much = event.burden.is_used_up or event.burden.is_handed_off
        is_quiet = event.quiet_hours.covers(now, state.zone)
        if silent or is_late or is_quiet or is_too_much:
            return [moved]
        nudge = Say(
            template="dose-nudge",
            variables={"time": f"{dose.local_time:%H:%M}"},
            options=dose_options(dose),
            kind=MessageKind.NUDGE,
        )
        return [nudge, moved]
    if silent:
        return [_end(dose, OccurrenceState.SKIPPED, silent)]
    return [_end(dose, OccurrenceState.MISSED, "no-answer")]


def _dose_asked(event: DueEvent, silent: str | None) -> list[Effect]:
    """The reminder itself, unless it is too late for it or somebody talks."""
    dose, now = event.occurrence, event.now
    if silent:
        return [_end(dose, OccurrenceState.SKIPPED, silent)]
    if now > _promised_at(dose) + _DOSE_VALIDITY:
        return [_end(dose, OccurrenceState.EXPIRED, "late")]
    if _too_close(event):
        return [_end(dose, OccurrenceState.SKIPPED, "too-close")]
    talk_ends = talk_ends_at(dose, event.burden, now=now)
    if talk_ends is not None:
        return [_move(dose, dose.state, talk_ends)]
    return [
        Say(
            template="dose-reminder",
            variables={"time": f"{dose.local_time:%H:%M}"},
            options=dose_options(dose),
            kind=MessageKind.DOSE,
        ),
        _move(dose, OccurrenceState.ASKED, now + NUDGE_AFTER),
    ]


def _checkin(state: PatientState, event: DueEvent) -> list[Effect]:
    occurrence, now = event.occurrence, event.now
    if occurrence.state is not OccurrenceState.PLANNED:
        return [_end(occurrence, OccurrenceState.EXPIRED, "no-answer")]
    silent = why_silent(state, MessageKind.CHECKIN, may_write=event.may_write)
    if silent:
        return [_end(occurrence, OccurrenceState.SKIPPED, silent)]
    if event.burden.is_used_up or event.burden.is_handed_off:
        why = "handed-off" if event.burden.is_handed_off else "budget"
        return [_end(occurrence, OccurrenceState.SKIPPED, why)]
    is_quiet = event.quiet_hours.covers(now, state.zone)
    if now > _checkin_until(event, is_quiet=is_quiet):
        return [_end(occurrence, OccurrenceState.EXPIRED, "late")]
    if _dose_still_open(event):
        waits_until = occurrence.due_at + CHECKIN_WAITS_FOR_DOSE
        return [_move(occurrence, OccurrenceState.PLANNED, waits_until)]
    assert event.checkin is not None
    return _private(state, event, event.checkin) or _asked(state, event, event.checkin)


def _asked(state: PatientState, event: DueEvent, checkin: OpenCheckin) -> list[Effect]:
    occurrence, now = event.occurrence, event.now
    questionnaire = checkin.questionnaire
    open_for = questionnaire.open_for
    closes_at = now + open_for if open_for else closes_at_night(state, now)
    first = checkin.next_question()
    if first is None:
        return [_end(occurrence, OccurrenceState.SKIPPED, "nothing-to-ask")]
    said = checkin_prompt(checkin, first, kind=MessageKind.CHECKIN)
    return [
        checkin_announced(checkin) if questionnaire.is_private else said,
        Ask(
            question=Question(
                id=event.fresh_id,
                asking=Asking.CHECKIN,
                asked_at=now,
                expires_at=closes_at,
                step=ANNOUNCED if questionnaire.is_private else "",
                data={"occurrence": occurrence.id},
            )
        ),
        _move(occurrence, OccurrenceState.ASKED, closes_at),
    ]


def _private(state: PatientState, event: DueEvent, checkin: OpenCheckin) -> list[Effect]:
    """What a questionnaire that needs cover does instead of being announced now (rule 23)."""
    questionnaire, occurrence = checkin.questionnaire, event.occurrence
    if questionnaire.cover is None:
        return []
    age = age_in_years(state.patient.born_on, event.now.astimezone(state.zone).date())
    opens_at = checkin.opens_at(event.clinic, event.now) if event.clinic is not None else None
    if opens_at is None or (questionnaire.adults_only and age < ADULT_AGE_YEARS):
        return [
            Say(template="checkin-private-call", kind=MessageKind.CHECKIN),
            _end(occurrence, OccurrenceState.SENT, None),
        ]
    if opens_at > occurrence.due_at + WAITS_FOR_COVER:
        return [_end(occurrence, OccurrenceState.EXPIRED, "no-cover")]
    opens_at = event.quiet_hours.ends_after(opens_at, state.zone) or opens_at
    return [_move(occurrence, OccurrenceState.PLANNED, opens_at)] if opens_at > event.now else []


def _notice_options(notice: Occurrence) -> tuple[tuple[Option, ...], ...]:
    """A tip is read on request, and ends with one tap; other notices need no button."""
    if notice.kind is not MessageKind.LEARNING:
        return ()
    read = Option(label="tip-read", action=f"topic:{notice.variables.get('topic', '')}")
    return ((read, Option(label="no-tips", action="no-tips")),)


def _checkin_until(event: DueEvent, *, is_quiet: bool) -> datetime:
    """Until when it may be asked; one that needs cover waits for staffed hours, not for quiet."""
    needs_cover = event.checkin is not None and event.checkin.questionnaire.cover is not None
    wait = WAITS_FOR_COVER if needs_cover else _CHECKIN_VALIDITY
    return event.occurrence.due_at + (STILL_ON_TIME if is_quiet and not needs_cover else wait)


def _notice(state: PatientState, event: DueEvent) -> list[Effect]:
    """A planned text: said once, in its time, or ended with a reason.

    What others schedule does not wake anybody; what is time-critical waits four hours at most
    (product rule 13).
    """
    notice, now = event.occurrence, event.now
    is_follow_up = notice.state is OccurrenceState.ASKED
    silent = why_silent(state, notice.kind, may_write=event.may_write)
    if silent is None and event.campaign is not None:
        silent = event.campaign.why_not_meant()
    if silent:
        return [_end(notice, OccurrenceState.SKIPPED, silent)]
    if _is_no_longer_true(notice, now):
        reason = "no-answer" if is_follow_up else "late"
        return [_end(notice, OccurrenceState.EXPIRED, reason)]
    held_until = _held_until(state, event)
    if held_until is not None:
        return [_move(notice, notice.state, held_until)]
    burdened = _burdened(state, event)
    if burdened is not None:
        return burdened
    if event.campaign is not None:
        return _campaign_step(event, event.campaign, is_follow_up=is_follow_up)
    if notice.reminder == WEEK_SUMMARY:
        summed = week_summary(state, event.progress)
        end = (OccurrenceState.SENT, None) if summed else (OccurrenceState.SKIPPED, "nothing-told")
        return [*summed, _end(notice, *end)]
    return [
        Say(
            template=notice.message,
            variables=notice.variables,
            options=_notice_options(notice) or options_of(notice.message),
            kind=notice.kind,
        ),
        _end(notice, OccurrenceState.SENT, None),
    ]


def _is_no_longer_true(notice: Occurrence, now: datetime) -> bool:
    last = _true_until(notice)
    return last is not None and now > last


def _true_until(notice: Occurrence) -> datetime | None:
    validity = KIND_RULES[notice.kind].validity
    return notice.valid_until or (notice.due_at + validity if validity else None)


def _burdened(state: PatientState, event: DueEvent) -> list[Effect] | None:
    """What happens instead where one more message now would be too much; None: it is said.

    A campaign may say that its message would rather be left out than wait, or may not wait.
    """
    campaign = event.campaign.campaign if event.campaign is not None else None
    if campaign is not None and campaign.mode is Mode.INTERRUPT:
        return None
    if campaign is not None and not campaign.counts_in_budget:
        event = replace(event, burden=replace(event.burden, said_today=0))
    instead = _burdens(state, event, _true_until(event.occurrence))
    is_talking = event.burden.is_handed_off or event.burden.asked_at is not None
    if instead and campaign is not None and campaign.mode is Mode.SKIP and is_talking:
        return [_end(event.occurrence, OccurrenceState.SKIPPED, "in-a-dialogue")]
    return instead


def _held_until(state: PatientState, event: DueEvent) -> datetime | None:
    """When the quiet hours let it go; None: now."""
    notice, now = event.occurrence, event.now
    wakes_at = event.quiet_hours.ends_after(now, state.zone)
    if wakes_at is None or not KIND_RULES[notice.kind].obeys_quiet_hours:
        return None
    if notice.kind in TIME_CRITICAL:
        wakes_at = min(wakes_at, max(notice.due_at + HELD_AT_MOST, now))
    return wakes_at if wakes_at > now else None


def _campaign_step(event: DueEvent, notice: Notice, *, is_follow_up: bool) -> list[Effect]:
    """A campaign's text with its answers; without an answer in time, its follow-up, once."""
    occurrence, wait = event.occurrence, notice.step.wait
    template = f"{occurrence.message}:{FOLLOW_UP}" if is_follow_up else occurrence.message
    said = Say(
        template=template,
        variables={**occurrence.variables, **notice.variables(occurrence)},
        options=options(occurrence, notice.step),
        kind=occurrence.kind,
    )
    effects: list[Effect] = [said]
    if notice.step.buttons:
        effects.append(
            Ask(
                question=Question(
                    id=event.fresh_id,
                    asking=Asking.CAMPAIGN,
                    asked_at=event.now,
                    expires_at=occurrence.valid_until,
                    options=tuple(row[0].action for row in said.options),
                )
            )
        )
    if wait is not None and not is_follow_up:
        return [*effects, _move(occurrence, OccurrenceState.ASKED, event.now + wait.after)]
    return [*effects, _end(occurrence, OccurrenceState.SENT, None)]


def _burdens(state: PatientState, event: DueEvent, last: datetime | None) -> list[Effect] | None:
    """What happens instead where one more message now would be too much; None: it is said."""
    notice, burden, now = event.occurrence, event.burden, event.now
    waits = waits_until(state, notice.kind, burden, now=now)
    if waits is not None and last is not None and waits > last:
        why = "handed-off" if burden.is_handed_off else "budget"
        return [_end(notice, OccurrenceState.SKIPPED, why)]
    if waits is not None:
        return [_move(notice, notice.state, waits)]
    folded = folds(notice, burden, now=now)
    if not folded:
        return None
    variables = {"waiting": [{"kind": kind} for kind in kinds_of((notice, *folded))]}
    return [
        Say(template="folded-reminders", variables=variables, kind=notice.kind),
        _end(notice, OccurrenceState.SENT, "folded"),
        *(_end(one, OccurrenceState.SKIPPED, "folded") for one in folded),
    ]


def _promised_at(dose: Occurrence) -> datetime:
    """When the patient expects the reminder: a "later" is kept, however late it was said."""
    if dose.state is OccurrenceState.SNOOZED and dose.next_at is not None:
        return dose.next_at
    return dose.due_at


def closes_at_night(state: PatientState, now: datetime) -> datetime:
    """When a check-in that is asked at `now` stops waiting: at midnight, or some hours later."""
    tomorrow = now.astimezone(state.zone).date() + timedelta(days=1)
    return max(instant(tomorrow, time(0), state.zone), now + CHECKIN_OPEN_AT_LEAST)


def _dose_still_open(event: DueEvent) -> bool:
    due = event.occurrence.due_at
    return event.now < due + CHECKIN_WAITS_FOR_DOSE and any(
        dose.state in (OccurrenceState.ASKED, OccurrenceState.PLANNED)
        and abs(dose.due_at - due) < CHECKIN_WAITS_FOR_DOSE
        for dose in event.doses
    )


def _too_close(event: DueEvent) -> bool:
    dose = event.occurrence
    return any(
        other.id != dose.id
        and other.due_at <= dose.due_at < other.due_at + event.minimum_gap
        and _has_spoken(other)
        for other in event.doses
    )


def _has_spoken(dose: Occurrence) -> bool:
    """Whether the patient was asked about this dose; one that ended in silence stops no other."""
    if dose.state in (OccurrenceState.SKIPPED, OccurrenceState.EXPIRED):
        return dose.reason == "patient"
    return dose.state not in (OccurrenceState.PLANNED, OccurrenceState.CANCELLED)


def _move(occurrence: Occurrence, state: OccurrenceState, next_at: datetime) -> MoveOccurrence:
    return MoveOccurrence(occurrence_id=occurrence.id, state=state, next_at=next_at)


def _end(occurrence: Occurrence, state: OccurrenceState, reason: str | None) -> MoveOccurrence:
    return MoveOccurrence(occurrence_id=occurrence.id, state=state, reason=reason)
