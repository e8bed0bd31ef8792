"""What do campaign files have to fit: which languages, topics, steps and discreet words exist?"""

from collections.abc import Sequence

from bot.content.campaign_lint import House
from bot.content.campaign_words import load_discreet_words
from bot.content.campaigns import LoadedCampaign
from bot.domain.campaign.modelcheck import Checked, check
from bot.domain.campaign.planning import StepDays
from bot.domain.campaign.promises import Known
from bot.domain.identity import Region
from bot.domain.quiet_hours import USUAL_QUIET_HOURS
from bot.wiring.words import CONTENT, Words

DAILY_BUDGET = 4
"""Ordinary messages a day for one patient, over all campaigns."""


def campaign_house(words: Words, *, steps: frozenset[str] = frozenset()) -> House:
    """Everything that a campaign may name, over all languages and regions."""
    content = words.content
    topics = frozenset().union(
        *(content.topics(language, region) for language in content.languages for region in Region)
    )
    return House(
        languages=content.languages,
        topics=topics,
        steps=steps,
        discreet=load_discreet_words(CONTENT / "discreet.yaml"),
    )


def checked_promises(
    loaded: LoadedCampaign,
    words: Words,
    *,
    programmes: Sequence[str] = ("none",),
    step_days: StepDays | None = None,
) -> Checked:
    """What the exploration of a campaign's lives finds; buttons are read as patients' words."""
    return check(
        loaded.campaign,
        known_of(loaded, words),
        languages=words.content.languages,
        programmes=programmes,
        step_days=step_days,
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
                if reading.red_flag is not None:
                    found[(step.id, button.id)] = reading.red_flag.category
    return found
