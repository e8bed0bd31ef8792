"""How does the order of a picture become a PNG or a PDF, in the words of its reader?"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bot.charts.card import card_data, week_data
from bot.charts.chart import Words
from bot.charts.render import PictureFormat, render
from bot.charts.visit import visit_data
from bot.domain.picture import PictureName, PictureOrder
from bot.ports.artist import Drawn

Say = Callable[[str, str, Mapping[str, object]], str]
"""A text of the content: its name, the language, the variables."""
_Data = Callable[[Mapping[str, Any], Words, str], dict[str, Any]]

_PIXELS_PER_INCH = 198.12
"""A card of 100 mm is 780 pixels wide: two for each point of a phone that is 390 points wide.

More would not be seen, and every picture would take half as much memory again.
"""

_CARDS: Mapping[PictureName, _Data] = {
    PictureName.PROGRESS: card_data,
    PictureName.WEEK: week_data,
}


class Artist:
    """Implements `bot.ports.artist.Draws`."""

    def __init__(self, say: Say) -> None:
        """Every word comes from `say`."""
        self._say = say

    def draw(self, order: PictureOrder) -> Drawn:
        """The picture, or the page; blocks for about a tenth of a second."""
        words = partial(_worded, self._say, order.language)
        if order.name is PictureName.VISIT:
            page = visit_data(order.shows, words, order.language)
            pdf = render("visit", page, form=PictureFormat.PDF, is_tagged=True)
            return Drawn(content=pdf, is_paper=True)
        data = _CARDS[order.name](order.shows, words, order.language)
        png = render("card", data, form=PictureFormat.PNG, pixels_per_inch=_PIXELS_PER_INCH)
        return Drawn(content=png, is_paper=False)


def _worded(say: Say, language: str, name: str, **variables: object) -> str:
    return say(name, language, variables)
