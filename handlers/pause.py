"""What follows when a patient wants a rest from reminders."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, Note, Option, RecordFact, Replan, Say
from bot.domain.patient import FactKind
from bot.domain.reading import StopAction
from bot.domain.turn import Turn

_DAYS = (1, 3, 7)
_DEFAULT_KIND = "all"


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for pausing some or all ordinary messages, or None; safety is never paused."""
    if turn.patient is None:
        return None
    action = turn.action or ""
    stop = turn.reading.stop
    if action.startswith("pause:"):
        _, kind, days = action.split(":")
        return _pause(turn, kind, int(days))
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


def _offer(turn: Turn, kind: str) -> Sequence[Effect]:
    options = tuple(Option(label=f"pause-{days}", action=f"pause:{kind}:{days}") for days in _DAYS)
    question = Question(
        id=turn.fresh_id,
        asking=Asking.PAUSE,
        asked_at=turn.now,
        options=tuple(option.action for option in options),
    )
    return [Say(template="pause-offer", options=(options,)), Ask(question=question)]


def _pause(turn: Turn, kind: str, days: int) -> Sequence[Effect]:
    assert turn.patient is not None
    until = turn.now + timedelta(days=days)
    local = until.astimezone(turn.patient.zone)
    return [
        RecordFact(kind=FactKind.PAUSE, value={"kind": kind, "until": until.isoformat()}),
        Say(template="paused", variables=_until(local), edits_pressed=True),
        Ask(question=None),
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
