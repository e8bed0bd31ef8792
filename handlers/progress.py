"""What follows when a patient asks how the course is going."""

from collections.abc import Sequence

from bot.domain.effect import Effect, Say
from bot.domain.picture import PictureName, ShownWith
from bot.domain.progress import SHOWN_STREAK, Progress
from bot.domain.progress_record import progress_record
from bot.domain.turn import Turn


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for /progress, or None; the words are those that a picture shows too."""
    if turn.patient is None or not (turn.action == "progress" or turn.says("progress")):
        return None
    if turn.progress is None:
        return [Say(template="progress-no-course")]
    picture = ShownWith(name=PictureName.PROGRESS, shows=progress_record(turn.progress))
    return [Say(template="progress", variables=progress_words(turn.progress), picture=picture)]


def progress_words(progress: Progress) -> dict[str, str | int | list[dict[str, str]]]:
    """What the words of a course so far are made from."""
    taken = progress.adherence
    return {
        "first_day": progress.first_day.isoformat(),
        "week": progress.week,
        "weeks": progress.weeks or 0,
        "is_over": "yes" if progress.is_over else "",
        "days": taken.days,
        "answered": taken.answered,
        "taken_days": taken.taken,
        "streak": taken.streak if taken.streak >= SHOWN_STREAK else 0,
        "breakouts": progress.breakouts.direction,
        "breakouts_first": _shown(progress.breakouts.first),
        "breakouts_lately": _shown(progress.breakouts.lately),
        "dryness": progress.dryness.direction,
        "dryness_first": _shown(progress.dryness.first),
        "dryness_lately": _shown(progress.dryness.lately),
    }


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"
