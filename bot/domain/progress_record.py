"""How is a course so far written down as plain values, for a picture that is drawn later? Pure."""

from datetime import date
from typing import Any

from bot.domain.progress import Progress, Trend
from bot.domain.stretch import since_visit


def progress_record(progress: Progress) -> dict[str, Any]:
    """All that a picture may show, as JSON knows it; days in ISO form, amounts as text."""
    taken = progress.adherence
    return {
        "today": progress.today.isoformat(),
        "first_day": progress.first_day.isoformat(),
        "last_day": _day(progress.last_day),
        "week": progress.week,
        "weeks": progress.weeks,
        "is_over": progress.is_over,
        "series": {
            "breakouts": _points(progress.breakouts),
            "dryness": _points(progress.dryness),
        },
        "told": [_told(trend) for trend in progress.trends if trend.points],
        "calendar": {day.isoformat(): word.value for day, word in progress.calendar.items()},
        "days": taken.days,
        "answered": taken.answered,
        "taken": taken.taken,
        "amount": _amount(progress),
        "visit": _since_visit(progress),
        "next_dates": [[one.name, one.day.isoformat()] for one in progress.next_dates],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _points(trend: Trend) -> list[list[Any]]:
    return [[point.day.isoformat(), round(point.value, 2)] for point in trend.points]


def _told(trend: Trend) -> dict[str, Any]:
    """The numbers of one subject: how many, the first, the highest and the last."""
    values = [point.value for point in trend.points]
    return {
        "name": trend.question,
        "count": len(values),
        "first": round(values[0]),
        "most": round(max(values)),
        "last": round(values[-1]),
    }


def _since_visit(progress: Progress) -> dict[str, Any]:
    """What has changed since the last visit, for the paper of the next one."""
    stretch = since_visit(progress)
    return {
        "since": stretch.begins.isoformat(),
        "is_visit": progress.last_visit is not None,
        "not_taken": stretch.not_taken,
        "changes": [
            [one.name, one.direction, f"{one.before:.0f}", f"{one.lately:.0f}"]
            for one in stretch.changes
            if one.before is not None
        ],
    }


def _amount(progress: Progress) -> dict[str, str] | None:
    """Only beside the prescriber's target; without one a number would say nothing."""
    total, target = progress.mg_per_kg, progress.target
    if total is None or target is None:
        return None
    return {
        "low": str(total.low),
        "high": str(total.high),
        "target_low": str(target.low),
        "target_high": str(target.high),
    }
