"""How much time is left for each step, seen backwards from its deadline? Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.domain.closed_days import ClosedDays
from bot.domain.step import Step


def with_slack(steps: Sequence[Step], closed: ClosedDays, *, today: date) -> list[Step]:
    """The steps with their last day to act and the days left until then.

    From the last day of a pick-up the way goes back through everything that is still open: the
    pharmacy, the patient's questions, the prescriber's confirmation, the result, the sample. What
    needs somebody at the clinic or the pharmacy falls on a day on which they are there.
    """
    last_days = _last_days(steps, closed)
    return [_with(step, last_days.get(index), today=today) for index, step in enumerate(steps)]


def _last_days(steps: Sequence[Step], closed: ClosedDays) -> dict[int, date]:
    found: dict[int, date] = {}
    ways: dict[tuple[str, int], list[int]] = {}
    for index, step in enumerate(steps):
        if not _is_to_do(step):
            continue
        if step.cycle:
            ways.setdefault((step.cycle, step.attempt), []).append(index)
        elif step.closes is not None:
            found[index] = (
                closed.last_open(step.closes) if step.asks.needs_open_day else step.closes
            )
    for way in ways.values():
        deadline = _deadline([steps[index] for index in way])
        if deadline is not None:
            _walk_back(steps, way, deadline, closed, found)
    return found


def _walk_back(
    steps: Sequence[Step],
    way: Sequence[int],
    deadline: date,
    closed: ClosedDays,
    found: dict[int, date],
) -> None:
    day = deadline
    for index in reversed(way):
        asks = steps[index].asks
        day = closed.last_open(day) if asks.needs_open_day else day
        found[index] = day
        if asks.takes_days:
            day = closed.open_days_before(day, asks.takes_days)


def _deadline(way: Sequence[Step]) -> date | None:
    """While the sample is still to be taken, the day on which the capsules in hand run out."""
    if way[0].asks.starts_window:
        return way[0].closes
    return min((step.closes for step in way if step.closes is not None), default=None)


def _is_to_do(step: Step) -> bool:
    return step.state.is_pending and step.asks.evidence is not None and step.opens is not None


def _with(step: Step, last: date | None, *, today: date) -> Step:
    if last is None or step.opens is None:
        return step
    act_by = min(last, step.closes) if step.closes is not None else last
    return replace(step, act_by=act_by, slack_days=(act_by - max(step.opens, today)).days)
