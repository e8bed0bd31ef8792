"""What follows when a patient wants a rest from reminders."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, Note, Option, RecordFact, Replan, Say
from bot.domain.patient import FactKind
from bot.domain.reading import StopAction
from bot.domain.turn import Turn

_DAYS = (1, 3, 7)
_LONGEST_DAYS = 90
_DEFAULT_KIND = "all"
_KINDS = ("all", "dose", "checkin", "learning")
_OPEN_FOR = timedelta(days=1)


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for pausing some or all ordinary messages, or None; safety is never paused."""
    if turn.patient is None:
        return None
    action = turn.action or ""
    stop = turn.wish_to_stop
    if action.startswith("pause:"):
        return _pressed(turn, *action.split(":")[1:])
    if action == "resume" or turn.says("resume"):
        return _resume(turn)
    if stop is not None and stop.action is StopAction.PAUSE_TOPIC:
        kind = stop.pause_kind or _DEFAULT_KIND
        if stop.pause_days is not None:
            return _pause(turn, kind, stop.pause_days)
        return _offer(turn, kind)
    if action == "pause" or turn.says("pause"):
        return _offer(turn, _DEFAULT_KIND)
    return None


def _pressed(turn: Turn, kind: str = "", days: str = "", *_: str) -> Sequence[Effect] | None:
    """None for a button that no longer means anything."""
    is_known = kind in _KINDS and days in map(str, _DAYS)
    return _pause(turn, kind, int(days)) if is_known else None


def _offer(turn: Turn, kind: str) -> Sequence[Effect]:
    options = tuple(Option(label=f"pause-{days}", action=f"pause:{kind}:{days}") for days in _DAYS)
    question = Question(
        id=turn.fresh_id,
        asking=Asking.PAUSE,
        asked_at=turn.now,
        expires_at=turn.now + _OPEN_FOR,
        options=tuple(option.action for option in options),
    )
    return [Say(template="pause-offer", options=(options,)), Ask(question=question)]


def _pause(turn: Turn, kind: str, days: int) -> Sequence[Effect]:
    assert turn.patient is not None
    until = turn.now + timedelta(days=min(max(days, 1), _LONGEST_DAYS))
    local = until.astimezone(turn.patient.zone)
    return [
        RecordFact(kind=FactKind.PAUSE, value={"kind": kind, "until": until.isoformat()}),
        Say(template="paused", variables=_until(local), edits_pressed=True),
        *turn.closing(Asking.PAUSE),
        Note(verb="paused"),
    ]


def _resume(turn: Turn) -> Sequence[Effect]:
    return [
        RecordFact(kind=FactKind.PAUSE, value={"kind": "all", "until": None}),
        Say(template="resumed"),
        Replan(),
    ]


def _until(local: datetime) -> dict[str, str]:
    return {"day": local.date().isoformat(), "time": f"{local:%H:%M}"}
