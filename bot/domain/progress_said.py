"""What is said of a course so far, of the last week, and before a visit, with its picture? Pure.

The same words serve the patient's own question and the summary that comes by itself.
"""

from bot.domain.effect import Effect, Option, Say
from bot.domain.message_kind import MessageKind
from bot.domain.patient import PatientState
from bot.domain.picture import PictureName, ShownWith
from bot.domain.progress import SHOWN_STREAK, Progress
from bot.domain.progress_record import progress_record
from bot.domain.stretch import Stretch, last_week, since_visit
from bot.domain.week_summary import WEEK_SUMMARY

NO_WEEK = "no-week"
_Variables = dict[str, str | int | list[dict[str, str]]]


def progress_said(progress: Progress, name: PictureName) -> Say:
    """The answer to /progress, /week and /visit; a picture says what the words say too."""
    picture = ShownWith(name=name, shows=progress_record(progress))
    match name:
        case PictureName.WEEK:
            variables = _stretch(last_week(progress), progress)
            return Say(template="week", variables=variables, picture=picture)
        case PictureName.VISIT:
            variables = _stretch(since_visit(progress), progress)
            return Say(template="visit", variables=variables, picture=picture)
        case _:
            return Say(template="progress", variables=_course(progress), picture=picture)


def week_summary(state: PatientState, progress: Progress | None) -> list[Effect]:
    """The weekly summary that nobody asked for; empty where nothing was told in the week.

    Empty too for a patient who wants none. On a phone that others may see it only says that it
    is there (product rule 20).
    """
    is_unwanted = WEEK_SUMMARY in state.paused_kinds
    if progress is None or is_unwanted or not last_week(progress).has_answers:
        return []
    ends = Option(label=NO_WEEK, action=NO_WEEK)
    if state.shares_phone:
        opens = Option(label="week-open", action="week")
        ready = Say(template="week-ready", options=((opens, ends),), kind=MessageKind.LEARNING)
        return [ready]
    said = progress_said(progress, PictureName.WEEK)
    return [
        Say(
            template=said.template,
            variables={**said.variables, "is_unasked": "yes"},
            options=((ends,),),
            kind=MessageKind.LEARNING,
            picture=said.picture,
        )
    ]


def _course(progress: Progress) -> _Variables:
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


def _stretch(stretch: Stretch, progress: Progress) -> _Variables:
    said: _Variables = {
        "since": stretch.begins.isoformat(),
        "week": progress.week,
        "is_over": "yes" if progress.is_over else "",
        "days": stretch.days,
        "answered": stretch.answered,
        "taken_days": stretch.taken,
        "not_taken": stretch.not_taken,
        "is_unasked": "",
        **_next(progress),
    }
    for name in ("breakouts", "dryness"):
        change = stretch.change(name)
        said[name] = change.direction if change is not None else ""
        said[f"{name}_first"] = _shown(change.before if change is not None else None)
        said[f"{name}_lately"] = _shown(change.lately if change is not None else None)
    return said


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
