"""What does `balm campaign lint --audience` say: who gets it, at what cost, on which full days?"""

from bot.cli import campaign_show
from bot.cli.house import with_house
from bot.content.campaigns import LoadedCampaign
from bot.content.prices import Prices, load_prices
from bot.domain.identity import ClinicId
from bot.services.campaign_load import Load
from bot.wiring.campaign_house import DAILY_BUDGET
from bot.wiring.house import House
from bot.wiring.words import CONTENT

_DAYS = 90


def usual_prices() -> Prices:
    """The operator's price file."""
    return load_prices(CONTENT / "prices.yaml")


def show_loads(campaigns: list[LoadedCampaign]) -> None:
    """For every campaign, over the next 90 days; a line of warning where it is too much."""

    async def work(house: House, clinic_id: ClinicId) -> list[Load]:
        load = house.campaigns.load.of
        return [await load(clinic_id, one, days=_DAYS, budget=DAILY_BUDGET) for one in campaigns]

    prices = usual_prices()
    for loaded, found in zip(campaigns, with_house(work), strict=True):
        campaign_show.load(loaded.campaign.id, found, prices, days=_DAYS)
