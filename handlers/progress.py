"""What follows when a patient asks how the course or the week is going, or prepares a visit."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.effect import Effect, RecordFact, Replan, Say
from bot.domain.patient import FactKind
from bot.domain.picture import PictureName
from bot.domain.progress_said import NO_WEEK, progress_said
from bot.domain.turn import Turn
from bot.domain.week_summary import WEEK_SUMMARY

_ASKED = {
    "progress": PictureName.PROGRESS,
    "week": PictureName.WEEK,
    "visit-paper": PictureName.VISIT,
}
_FOR_GOOD = timedelta(days=3650)


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for /progress, /week and /visit and for the end of weekly summaries, or None."""
    if turn.patient is None:
        return None
    if turn.action == NO_WEEK or turn.says(NO_WEEK):
        until = (turn.now + _FOR_GOOD).isoformat()
        value = {"kind": WEEK_SUMMARY, "until": until}
        return [RecordFact(kind=FactKind.PAUSE, value=value), Say(template="week-ended"), Replan()]
    asked = next((one for one in _ASKED if turn.action == one or turn.says(one)), None)
    if asked is None:
        return None
    if turn.progress is None:
        return [Say(template="progress-no-course")]
    return [progress_said(turn.progress, _ASKED[asked])]
