"""What do campaign files have to fit: which languages, topics, steps and discreet words exist?"""

from bot.content.campaign_lint import House
from bot.content.campaign_words import load_discreet_words
from bot.domain.identity import Region
from bot.wiring.words import CONTENT, Words


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
