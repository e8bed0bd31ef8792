"""Do the campaigns that ship with Balm keep the rules that Balm sets for every campaign?"""

from pathlib import Path

import pytest

from bot.content.campaign_files import campaign_schema
from bot.content.campaign_lint import Weight, lint
from bot.content.campaigns import load_campaign, load_campaigns
from bot.domain.audience import FIELDS
from bot.wiring.campaign_house import campaign_house
from bot.wiring.words import CONTENT, Words

FILES = sorted((CONTENT / "campaigns").glob("*.yaml"))


def test_the_library_is_large_enough() -> None:
    assert len(load_campaigns(CONTENT / "campaigns")) >= 20


def test_the_published_schema_is_that_of_the_loader() -> None:
    published = (CONTENT / "schemas" / "campaign.schema.json").read_text(encoding="utf-8")
    assert published == campaign_schema()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_in_a_shipped_campaign_is_wrong(path: Path, words: Words) -> None:
    loaded = load_campaign(path)
    assert loaded.campaign.id == path.stem
    errors = [one for one in lint(loaded, campaign_house(words)) if one.weight is Weight.ERROR]
    assert errors == []


def test_the_nurses_page_explains_every_fact() -> None:
    page = (CONTENT.parent / "docs" / "campaigns.md").read_text(encoding="utf-8")
    for name, field in FIELDS.items():
        assert f"| `{name}` | {field.about} |" in page
