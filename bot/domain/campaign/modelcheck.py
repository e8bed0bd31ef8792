"""Which shortest story of a patient breaks a promise of Balm, if any does? Pure.

All kinds of people live through the campaign day by day, and to each of them nothing, one or two
things happen on the days that matter: the day before a message, its own day, the day after. The
messages are those of the same plan and decision that send, so the story is what would happen.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, product

from bot.domain.campaign.definition import Campaign
from bot.domain.campaign.model_lives import Events, Happening, Kind, Lives
from bot.domain.campaign.promises import Breach, Known, Promise, breaches
from bot.domain.programme_reminders import ProgrammeShelf

_DAYS_AT_MOST = 8
_DAYS_OF_PAIRS = 3
_PEOPLE_WITH_PROGRAMME = 4
_DAYS_WITH_PROGRAMME = 5
"""A programme's timeline is computed anew in every life, so fewer days are tried."""
_MESSAGES_AT_MOST = 40_000
"""A campaign that speaks every day is lived through less often, the shortest stories first."""
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Who it is, what happens on which day of the course, and the promise that breaks."""

    person: str
    events: Events
    day: int
    """Day of the course on which it breaks."""
    breach: Breach

    def words(self) -> str:
        """The story in one line."""
        lines = [f"{self.person}."]
        lines += [f"Day {day}: {happening.value}." for day, happening in self.events]
        lines.append(
            f"Day {self.day}: “{self.breach.step}” breaks the promise "
            f"“{self.breach.promise.value}”: {self.breach.detail}."
        )
        if self.breach.promise is Promise.CAN_BE_SENT:
            return f"Step “{self.breach.step}”: {self.breach.detail}."
        return " ".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the exploration found."""

    stories: tuple[Story, ...]
    """The shortest for each promise and step."""
    lives: int
    """How many lives were lived through."""


def check(
    campaign: Campaign,
    known: Known,
    *,
    languages: Sequence[str],
    programmes: Sequence[str],
    shelf: ProgrammeShelf | None = None,
) -> Checked:
    """The shortest story for each promise that the campaign can break.

    Nothing happening is tried first, then one thing, then two; a longer story is not told where a
    shorter one breaks the same promise by the same step.
    """
    search = _Search(campaign, known, Lives(campaign, shelf))
    return search.run(list(search.lives.kinds(languages, programmes)))


class _Search:
    def __init__(self, campaign: Campaign, known: Known, lives: Lives) -> None:
        self._campaign = campaign
        self._known = known
        self.lives = lives
        self._told: dict[tuple[Promise, str], Story] = {}
        self._sent: set[tuple[str, bool]] = set()
        self._days: set[int] = set()
        self._count = 0
        self._looked_at = 0

    def run(self, kinds: Sequence[Kind]) -> Checked:
        spoken_to = [kind for kind in kinds if self._live(kind, ())]
        tried = list({kind.looks: kind for kind in reversed(spoken_to)}.values())[::-1]
        days = self._days_that_matter()
        if self.lives.follows_programme:
            tried = tried[:_PEOPLE_WITH_PROGRAMME]
        stories: Iterable[tuple[Kind, Events]] = product(tried, _singles(days))
        if not self.lives.follows_programme:
            stories = chain(stories, product(tried[:2], _pairs(days)))
        for kind, events in stories:
            if self._looked_at >= _MESSAGES_AT_MOST:
                break
            self._live(kind, events)
        told = [*self._told.values(), *self._silent()]
        return Checked(stories=tuple(told), lives=self._count)

    def _live(self, kind: Kind, events: Events) -> bool:
        """Whether anything was said in this life."""
        self._count += 1
        person, messages = self.lives.live(kind, events)
        self._looked_at += len(messages)
        if not events:
            around = {kind.day_of(one.due_at) for one in messages}
            self._days |= {day + near for day in around for near in (-1, 0, 1)}
        sent = {(one.step, one.is_follow_up) for one in messages if one.at is not None}
        self._sent |= sent
        for breach in breaches(self._campaign, person, self._known, messages):
            story = Story(
                person=kind.words, events=events, day=kind.day_of(breach.at), breach=breach
            )
            self._told.setdefault((breach.promise, breach.step), story)
        return bool(sent)

    def _days_that_matter(self) -> list[int]:
        """Days around the campaign's messages; a long campaign is sampled at both ends."""
        ordered = sorted(self._days)
        most = _DAYS_WITH_PROGRAMME if self.lives.follows_programme else _DAYS_AT_MOST
        if len(ordered) <= most:
            return ordered
        half = most // 2
        return [*ordered[:half], *ordered[-half:]]

    def _silent(self) -> Iterator[Story]:
        for step in self._campaign.steps:
            if (step.id, False) not in self._sent:
                yield _never(step.id, "nobody would ever get it, in none of the lives tried")
            elif step.wait is not None and (step.id, True) not in self._sent:
                yield _never(step.id, "its follow-up would never be sent in any of the lives tried")


def _singles(days: Iterable[int]) -> Iterator[Events]:
    return (((day, happening),) for day, happening in product(days, Happening))


def _pairs(days: Sequence[int]) -> Iterator[Events]:
    step = max(len(days) // _DAYS_OF_PAIRS, 1)
    single = list(product(days[::step], Happening))
    for first, second in product(single, single):
        if first[0] <= second[0] and first[1] is not second[1]:
            yield (first, second)


def _never(step: str, detail: str) -> Story:
    breach = Breach(promise=Promise.CAN_BE_SENT, step=step, at=_SOME_DAY, detail=detail)
    return Story(person="Nobody", events=(), day=0, breach=breach)
