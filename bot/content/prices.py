"""What does a text message cost, as far as the operator has said?"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.content.yaml_loader import load_yaml

_Price = Annotated[
    Decimal, BeforeValidator(lambda price: str(price)), Field(ge=0, le=10, decimal_places=4)
]
_Day = Annotated[
    date, BeforeValidator(lambda v: date.fromisoformat(v) if isinstance(v, str) else v)
]


class Prices(BaseModel):
    """content/prices.yaml: prices of one segment by the beginning of the number."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    is_example: bool
    """True until the operator has put in the prices of their own contract."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    source: str
    read_on: _Day
    per_segment: Mapping[Annotated[str, Field(pattern=r"^\+[1-9]\d{0,3}$")], _Price]
    otherwise: _Price

    def of(self, number: str) -> Decimal:
        """The price of one segment to `number`; the longest beginning that fits counts."""
        fitting = [begin for begin in self.per_segment if number.startswith(begin)]
        return self.per_segment[max(fitting, key=len)] if fitting else self.otherwise

    def cost(self, segments: int, number: str) -> Decimal:
        """What so many segments to `number` cost."""
        return segments * self.of(number)

    def said(self, cost: Decimal) -> str:
        """As in "0.0166 USD", with a mark while the prices are an example."""
        return f"{cost.normalize():f} {self.currency}{' (example prices)' * self.is_example}"


def load_prices(path: Path) -> Prices:
    """The prices of a file. Raises ContentError."""
    return load_yaml(path, Prices)
