"""Which campaign is meant by a name or a file, and is it fit to be used?"""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.cli.house import fail, settings
from bot.content.campaign_lint import Weight, lint
from bot.content.campaigns import LoadedCampaign, load_campaign
from bot.content.yaml_loader import ContentError, mark_of
from bot.domain.campaign.modelcheck import Story
from bot.domain.campaign.promises import Promise
from bot.logs import configure
from bot.wiring.campaign_house import campaign_house, checked_promises
from bot.wiring.words import CONTENT, load_words

LIBRARY = CONTENT / "campaigns"
_LAST_ZONE = timedelta(hours=12)


def today_everywhere() -> date:
    """The day that has begun for all patients, wherever they are."""
    return (datetime.now(UTC) - _LAST_ZONE).date()


def checked_campaign(name: str, *, looks_back: bool = False) -> LoadedCampaign:
    """The campaign, if nothing in it is wrong; else its mistakes, and the end.

    Who looks back may name days that have passed.
    """
    path = campaign_path(name)
    if path is None:
        fail(
            f"there is no file {name}, and no campaign of that name in the clinic's folder or "
            "among those that ship with Balm; see: balm campaign list",
            code=2,
        )
    configure(is_quiet=True)
    try:
        loaded = load_campaign(path)
    except ContentError as error:
        fail(str(error))
    today = None if looks_back else today_everywhere()
    found = lint(loaded, campaign_house(load_words(settings()), today=today))
    errors = [str(one) for one in found if one.weight is Weight.ERROR]
    if errors:
        fail("\n".join(errors))
    return loaded


def proved_campaign(loaded: LoadedCampaign) -> None:
    """Ends with the stories that break a promise; a step that nobody got is only told."""
    found = checked_promises(loaded, load_words(settings()))
    broken = [one for one in found.stories if one.breach.promise is not Promise.CAN_BE_SENT]
    for story in found.stories:
        print(told(loaded, story), file=sys.stderr)
    if broken:
        fail("it breaks a promise of Balm, so it cannot be handed in: mend the file first")


def told(loaded: LoadedCampaign, story: Story) -> str:
    """A story with the place of the step that it is about."""
    numbers = [step.id for step in loaded.file.steps]
    line, column = mark_of(loaded.path, ("steps", numbers.index(story.breach.step), "id"))
    return f"{loaded.path}:{line}:{column}: {story.words()}"


def campaign_path(name: str) -> Path | None:
    """The file itself, or the one of that name in the clinic's folder or in the library."""
    own = settings().campaigns_dir
    folders = [*([own] if own is not None else []), LIBRARY]
    for path in (Path(name), *(folder / f"{name}.yaml" for folder in folders)):
        if path.is_file():
            return path
    return None


def campaign_paths(names: list[str]) -> list[Path]:
    """The files of all names; a folder stands for everything in it."""
    found: list[Path] = []
    for name in names:
        if Path(name).is_dir():
            found += sorted(Path(name).glob("*.yaml"))
            continue
        path = campaign_path(name)
        if path is None:
            fail(f"there is no file or folder {name}", code=2)
        found.append(path)
    return found


def own_campaigns() -> list[Path]:
    """The files in the clinic's own folder, if it has one."""
    own = settings().campaigns_dir
    return sorted(own.glob("*.yaml")) if own is not None else []
