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
        "since": _since(shows["visit"], words),
        "questions-title": words("visit-questions-title"),
        "questions": _questions(shows["visit"], words),
        "chart-alt": words("visit-chart-alt"),
    }


def _since(visit: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """What is other than at the last visit, by the patient's own answers."""
    said = [
        words(
            "visit-change",
            subject=words(f"visit-{name}"),
            change=change,
            before=before,
            lately=lately,
        )
        for name, change, before, lately in visit["changes"]
    ]
    if visit["not_taken"]:
        said.append(words("visit-not-taken", number=visit["not_taken"]))
    is_visit = "yes" if visit["is_visit"] else ""
    return {
        "title": words("visit-since", since=visit["since"], is_visit=is_visit),
        "said": said or [words("visit-nothing-new")],
    }


def _questions(visit: Mapping[str, Any], words: Words) -> list[str]:
    """What a person with these answers may want to ask; the lines below stay their own."""
    worse = [f"visit-ask-{one[0]}" for one in visit["changes"] if one[1] == "worse"]
    missed = ["visit-ask-not-taken"] if visit["not_taken"] else []
    return [words(name) for name in (*worse, *missed)]
