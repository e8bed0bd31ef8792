"""A command of `balm` with a reader that needs no fitting: everything else is the real process."""

import sys

from bot.cli import main
from bot.content import load_content
from bot.content.faq_library import load_library
from bot.content.triage_library import load
from bot.settings import Settings
from bot.wiring import house
from bot.wiring.words import CONTENT, Words
from tests.fakes.reader import FewSentences


def few_words(settings: Settings) -> Words:
    """All content, with the reader of few sentences."""
    del settings
    triage = load(CONTENT / "triage")
    content = load_content(CONTENT, triage=triage, answers=load_library(CONTENT / "faq"))
    return Words(content=content, triage=triage, reader=FewSentences())


if __name__ == "__main__":
    house.load_words = few_words  # type: ignore[attr-defined]  # where `open_house` looks for it
    sys.argv = ["balm", *(sys.argv[1:] or ["run"])]
    main()
