"""Which data does the page for the next visit show? Pure.

Only what may stand on a paper that others see: no mood, no free text, nothing confidential.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from babel.dates import format_date

from bot.charts.card import card_data
from bot.charts.chart import Words

_NOT_ON_PAPER = ("test",)
"""Under 18 pregnancy is confidential, and a guardian may see the paper. Source: product rule 5."""


def visit_data(shows: Mapping[str, Any], words: Words, language: str) -> dict[str, Any]:
    """What `visit.typ` reads."""
    dates = [one for one in shows["next_dates"] if one[0] not in _NOT_ON_PAPER]
    card = card_data({**shows, "next_dates": dates}, words, language)
    today = format_date(date.fromisoformat(shows["today"]), format="long", locale=language)
    return {
        **card,
        "course": card["title"],
        "title": words("visit-title"),
        "subtitle": " · ".join(part for part in (shows.get("name", ""), today) if part),
        "columns": [words(f"visit-{one}") for one in ("subject", "count", "first", "most", "last")],
        "rows": [
            [
                words(f"visit-{told['name']}"),
                *(str(told[one]) for one in ("count", "first", "most", "last")),
            ]
            for told in shows["told"]
        ],
        "questions-title": words("visit-questions-title"),
        "chart-alt": words("visit-chart-alt"),
    }
