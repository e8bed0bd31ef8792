"""How does a simulated course look in a terminal? Months as grids, then the rest in words."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.domain.course_calendar import CalendarDay, calendar_days
from bot.domain.light_markup import plain
from bot.domain.message_kind import MessageKind
from bot.domain.simulation import SimulatedDeed, SimulatedMessage, Simulation

_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_NOTICE_MARKS = {
    MessageKind.PREGNANCY_TEST: "t",
    MessageKind.WINDOW: "w",
    MessageKind.REFILL: "w",
    MessageKind.CONTRACEPTION: "c",
    MessageKind.LAB: "l",
    MessageKind.VISIT: "v",
    MessageKind.AFTER_COURSE: "a",
    MessageKind.LEARNING: "n",
    MessageKind.BROADCAST: "n",
    MessageKind.SAFETY: "!",
    MessageKind.CONFIRMATION: "i",
    MessageKind.ENROLMENT: "i",
}
_LEGEND = (
    ("●", "green", "capsule taken"),
    ("○", "yellow", "capsule not taken or no answer"),
    ("·", "dim", "day without a capsule"),
    ("+", "cyan", "check-in answered"),
    ("t", "magenta", "pregnancy test"),
    ("w", "blue", "pick-up"),
    ("c", "magenta", "contraception"),
    ("l", "blue", "blood test"),
    ("v", "blue", "visit"),
    ("a", "blue", "after the course"),
    ("!", "red", "danger, or work for staff"),
)
_DAILY = (MessageKind.DOSE, MessageKind.NUDGE, MessageKind.CHECKIN, MessageKind.REPLY)
_SHOWN_CHARACTERS = 200


def show(console: Console, simulation: Simulation) -> None:
    """The calendar, what was said besides the daily round, the steps, and the sums."""
    console.print(_heading(simulation))
    console.print(Columns(list(_months(calendar_days(simulation))), padding=(1, 3)))
    console.print(_legend())
    console.print(_besides(simulation))
    if simulation.steps:
        console.print(_steps(simulation))
    console.print(_sums(simulation))


def show_why(console: Console, simulation: Simulation) -> None:
    """Every message with what the person did between them, and why it was sent."""
    happened: list[SimulatedMessage | SimulatedDeed] = [*simulation.messages, *simulation.deeds]
    for one in sorted(happened, key=lambda one: one.at):
        at = f"[dim]{one.at:%a %d %b %Y %H:%M %z}[/]"
        if isinstance(one, SimulatedDeed):
            console.print(f"{at}  [green]{one.by}>[/] {escape(one.what)}")
            continue
        said = escape(_short(one.text))
        console.print(f"{at}  [bold]Balm>[/] {said} [cyan]\\[{one.kind.value}][/]")
        console.print(Padding(_reasons(one), (0, 0, 0, 28)))


def _heading(simulation: Simulation) -> Text:
    asked = simulation.request
    days = f"{asked.first_day:%d %B %Y} to {asked.last_day:%d %B %Y}"
    heading = Text(f"{asked.programme} · {asked.category} · {asked.behaviour.name}", style="bold")
    heading.append(f"\n{days} · {asked.weeks} weeks · {asked.dose} · {asked.zone.key}", style="dim")
    heading.append(f"\n{asked.behaviour.about}", style="dim")
    return heading


def _months(days: Sequence[CalendarDay]) -> Iterator[RenderableType]:
    """Every month in which anything happens."""
    for (year, month), group in groupby(days, key=lambda one: (one.day.year, one.day.month)):
        known = {one.day: one for one in group}
        if any(one.doses_planned or one.notices or one.done for one in known.values()):
            yield _month(date(year, month, 1), known)


def _month(first: date, days: Mapping[date, CalendarDay]) -> RenderableType:
    table = Table(
        title=f"{first:%B %Y}", title_style="bold", box=None, padding=(0, 1), pad_edge=False
    )
    for name in _WEEKDAYS:
        table.add_column(name, header_style="dim", min_width=5)
    row: list[Text] = [Text("")] * first.weekday()
    day = first
    while day.month == first.month:
        row.append(_cell(day, days.get(day)))
        if len(row) == len(_WEEKDAYS):
            table.add_row(*row)
            row = []
        day += timedelta(days=1)
    if row:
        table.add_row(*row, *[Text("")] * (len(_WEEKDAYS) - len(row)))
    return table


def _cell(day: date, known: CalendarDay | None) -> Text:
    cell = Text(f"{day.day:2d}", style="dim" if known is None else "")
    if known is None:
        return cell
    if known.windows:
        cell.stylize("underline")
    cell.append(_capsule_mark(known))
    if known.is_checkin_answered:
        cell.append("+", style="cyan")
    marks = dict.fromkeys(_NOTICE_MARKS.get(kind, "n") for kind in known.notices)
    if known.case_count:
        marks["!"] = None
    for mark in marks:
        cell.append(mark, style="bold red" if mark == "!" else "bold magenta")
    return cell


def _capsule_mark(known: CalendarDay) -> Text:
    if known.doses_taken and not known.doses_not_taken:
        return Text("●", style="green")
    if known.doses_planned:
        return Text("◐" if known.doses_taken else "○", style="yellow")
    return Text("·", style="dim")


def _legend() -> Text:
    legend = Text("\n")
    for mark, style, meaning in _LEGEND:
        legend.append(mark, style=style)
        legend.append(f" {meaning}   ", style="dim")
    legend.append("12", style="underline")
    legend.append(" days of a window\n", style="dim")
    return legend


def _besides(simulation: Simulation) -> RenderableType:
    """What was said besides capsules and check-ins; nothing where there was nothing."""
    found = [one for one in simulation.messages if one.kind not in _DAILY]
    if not found:
        return Text("")
    table = Table(title="Besides capsules and check-ins", title_justify="left", box=None)
    for name, style in (("When", "dim"), ("Kind", "cyan"), ("Text", ""), ("Rule", "dim")):
        table.add_column(name, style=style, header_style="bold", overflow="fold")
    for one in found:
        table.add_row(_when(one.at), one.kind.value, Text(_short(one.text)), one.why.rule)
    return Group(table, Text(""))


def _steps(simulation: Simulation) -> RenderableType:
    table = Table(title="Steps of the programme", title_justify="left", box=None)
    for name in ("Step", "Opens", "Closes", "State", "Rule"):
        table.add_column(name, header_style="bold", overflow="fold")
    for step in simulation.steps:
        table.add_row(
            step.id, _day(step.opens), _day(step.closes), step.state, Text(step.rule, style="dim")
        )
    return Group(table, Text(""))


def _sums(simulation: Simulation) -> Text:
    kinds = Counter(one.kind.value for one in simulation.messages)
    doses = Counter(one.state for one in simulation.doses)
    text = Text()
    text.append(f"{len(simulation.messages)} messages: ", style="bold")
    text.append(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    text.append("\nCapsules: ", style="bold")
    text.append(", ".join(f"{count} {state}" for state, count in doses.most_common()) or "none")
    if simulation.cases:
        text.append("\nFor staff: ", style="bold")
        text.append(", ".join(f"{_when(c.at)} {c.category}" for c in simulation.cases))
    if simulation.steps:
        text.append("\nIndependent check of the timeline: ", style="bold")
        text.append("no findings" if simulation.verdict.is_ok else "")
        for finding in simulation.verdict.findings:
            text.append(f"\n  {finding}", style="red")
    return text


def _reasons(message: SimulatedMessage) -> Text:
    why = message.why
    text = Text(f"because of {why.rule}", style="dim")
    if why.planned_for is not None:
        text.append(f", due {why.planned_for:%d %b %H:%M}")
    for kind, value in why.facts.items():
        said = ", ".join(f"{key} {one}" for key, one in value.items() if one is not None)
        text.append(f"\n{kind}: {said}")
    return text


def _short(text: str) -> str:
    said = " ".join(plain(text).split())
    return said if len(said) <= _SHOWN_CHARACTERS else f"{said[:_SHOWN_CHARACTERS].rstrip()}…"


def _when(at: datetime) -> str:
    return f"{at:%a %d %b %H:%M}"


def _day(day: date | None) -> str:
    return f"{day:%a %d %b %Y}" if day else "—"
