"""What do campaign files have to fit: which languages, topics, steps and discreet words exist?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.content.campaign_lint import House
from bot.content.campaign_words import load_discreet_words
from bot.content.campaigns import LoadedCampaign
from bot.content.stop_library import load_stop_words
from bot.domain.campaign.modelcheck import Checked, check
from bot.domain.campaign.programme_steps import programmes_meant, step_ids
from bot.domain.campaign.promises import Known
from bot.domain.closed_days import ClosedDays
from bot.domain.identity import ClinicId, Region
from bot.domain.programme import Programme
from bot.domain.quiet_hours import USUAL_QUIET_HOURS
from bot.domain.reading import Certainty
from bot.wiring.words import CONTENT, Words

DAILY_BUDGET = 4
"""Ordinary messages a day for one patient, over all campaigns."""


def campaign_house(words: Words, *, today: date | None = None) -> House:
    """Everything that a campaign may name, over all languages and regions.

    `today` is the first day on which a message can go out; None: no day has passed.
    """
    content = words.content
    topics = frozenset().union(
        *(content.topics(language, region) for language in content.languages for region in Region)
    )
    return House(
        languages=content.languages,
        topics=topics,
        steps=frozenset().union(*map(step_ids, content.programmes.values())),
        programmes=frozenset(content.programmes),
        discreet=load_discreet_words(CONTENT / "discreet.yaml"),
        stop_words=load_stop_words(CONTENT / "triage" / "stop"),
        today=today,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The programmes as they ship, without any clinic's own dates."""

    programmes: Mapping[str, Programme]

    def programme(self, _clinic_id: ClinicId, programme_id: str) -> Programme | None:
        """The programme, or None."""
        return self.programmes.get(programme_id)

    def closed_days(self, _clinic_id: ClinicId) -> ClosedDays:
        """Weekends alone."""
        return ClosedDays()


def checked_promises(loaded: LoadedCampaign, words: Words) -> Checked:
    """What the exploration of a campaign's lives finds; buttons are read as patients' words."""
    programmes = words.content.programmes
    return check(
        loaded.campaign,
        known_of(loaded, words),
        languages=words.content.languages,
        programmes=programmes_meant(loaded.campaign, programmes),
        shelf=Shelf(programmes=programmes),
    )


def known_of(loaded: LoadedCampaign, words: Words) -> Known:
    """What the words of a campaign say that its definition does not hold."""
    return Known(
        languages={step.id: frozenset(step.message) for step in loaded.file.steps},
        flagged_buttons=_flagged(loaded, words),
        quiet_hours=USUAL_QUIET_HOURS,
        daily_budget=DAILY_BUDGET,
    )


def _flagged(loaded: LoadedCampaign, words: Words) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for step in loaded.file.steps:
        for button in step.buttons:
            for language, label in button.label.items():
                reading = words.reader.read(
                    label, language=language, region=Region.UNKNOWN, last_topic=None
                )
                flag = reading.red_flag
                # A doubtful reading of one word is asked about when a patient writes it.
                if flag is not None and flag.certainty is Certainty.CERTAIN:
                    found[(step.id, button.id)] = flag.category
    return found
