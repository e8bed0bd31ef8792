"""What follows when a patient asks how the course or the week is going, or prepares a visit."""

from collections.abc import Sequence

from bot.domain.effect import Effect, Say
from bot.domain.picture import PictureName, ShownWith
from bot.domain.progress import SHOWN_STREAK, Progress
from bot.domain.progress_record import progress_record
from bot.domain.turn import Turn

_ASKED = {
    "progress": PictureName.PROGRESS,
    "week": PictureName.WEEK,
    "visit-paper": PictureName.VISIT,
}


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for /progress, /week and /visit, or None; a picture says what the words say too."""
    asked = next((one for one in _ASKED if turn.action == one or turn.says(one)), None)
    if turn.patient is None or asked is None:
        return None
    if turn.progress is None:
        return [Say(template="progress-no-course")]
    picture = ShownWith(name=_ASKED[asked], shows=progress_record(turn.progress))
    return [Say(template="progress", variables=_variables(turn.progress), picture=picture)]


def _variables(progress: Progress) -> dict[str, str | int | list[dict[str, str]]]:
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
        **_amount(progress),
        **_next(progress),
    }


def _amount(progress: Progress) -> dict[str, str]:
    """What was taken by body weight, only beside the prescriber's target, as on the picture."""
    total, target = progress.mg_per_kg, progress.target
    if total is None or target is None:
        return {"low": "", "high": "", "target_low": "", "target_high": ""}
    return {
        "low": f"{total.low:.0f}",
        "high": f"{total.high:.0f}",
        "target_low": f"{target.low:.0f}",
        "target_high": f"{target.high:.0f}",
    }


def _next(progress: Progress) -> dict[str, str]:
    """The next date, by the name of what it is."""
    if not progress.next_dates:
        return {"next": "", "next_day": ""}
    soonest = progress.next_dates[0]
    return {"next": soonest.name, "next_day": soonest.day.isoformat()}


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"
