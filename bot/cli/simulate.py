"""`balm simulate`: a whole course in seconds, with the real planner and a moved clock."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.cli.campaign_source import checked_campaign
from bot.cli.house import fail, settings
from bot.cli.simulation_files import as_ics, as_poster, as_record
from bot.cli.simulation_request import Asked, Wrong, writable
from bot.cli.simulation_view import show, show_why
from bot.content.behaviours import load_behaviours
from bot.content.yaml_loader import ContentError
from bot.domain.simulation import CourseRequest, Simulation
from bot.logs import configure
from bot.wiring.simulation import simulate as live_through
from bot.wiring.words import CONTENT, Words, load_words

_STANDARD_OUTPUT = Path("-")

Start = Annotated[str, typer.Option(help="Local day of the first capsule, such as 2026-12-01.")]
Programme = Annotated[str, typer.Option(help="Whose rules hold; see: balm programme list.")]
Category = Annotated[str, typer.Option(help="can-become-pregnant or cannot-become-pregnant.")]
Zone = Annotated[str, typer.Option(help="Time zone of the patient.")]
Weeks = Annotated[int, typer.Option(help="How long capsules are taken.")]
Dose = Annotated[str, typer.Option(help="40mg@20:00, or 20mg@08:00,20mg@20:00.")]
BehaviourName = Annotated[str, typer.Option("--behaviour", help="How the patient answers.")]
Language = Annotated[str, typer.Option(help="Language of the texts.")]
ChannelName = Annotated[str, typer.Option("--channel", help="telegram or sms.")]
Seed = Annotated[int, typer.Option(help="Another seed is another life of the same kind.")]
JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Write everything here; - is standard output.")
]
IcsFile = Annotated[Path | None, typer.Option("--ics", help="Write a calendar file here.")]
PngFile = Annotated[Path | None, typer.Option("--png", help="Write a poster of the course here.")]
CampaignNames = Annotated[
    list[str] | None,
    typer.Option(
        "--campaign", help="A campaign's file or name that runs as well; may be repeated."
    ),
]
WithWhy = Annotated[
    bool, typer.Option("--why", help="Show every message with the rule and facts behind it.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What is to be written, and where."""

    json_file: Path | None
    ics: Path | None
    png: Path | None

    def check(self) -> None:
        """Refuse what could not be written, before anything is simulated. Raises Wrong."""
        writable("--json", self.json_file)
        writable("--ics", self.ics)
        writable("--png", self.png)

    def write(self, simulation: Simulation, words: Words, *, with_why: bool) -> None:
        """Write every file that was asked for."""
        if self.json_file is not None:
            record = as_record(simulation, with_why=with_why)
            text = json.dumps(record, ensure_ascii=False, indent=2)
            if self.json_file == _STANDARD_OUTPUT:
                print(text)
            else:
                self.json_file.write_text(text + "\n", encoding="utf-8")
        if self.ics is not None:
            self.ics.write_bytes(as_ics(simulation))
        if self.png is not None:
            self.png.write_bytes(as_poster(simulation, words.content))


def simulate(
    start: Start,
    programme: Programme = "none",
    category: Category = "cannot-become-pregnant",
    zone: Zone = "America/New_York",
    weeks: Weeks = 20,
    dose: Dose = "40mg@20:00",
    behaviour: BehaviourName = "perfect",
    language: Language = "en",
    channel: ChannelName = "telegram",
    seed: Seed = 1,
    json_file: JsonFile = None,
    ics: IcsFile = None,
    png: PngFile = None,
    campaign: CampaignNames = None,
    *,
    why: WithWhy = False,
) -> None:
    """Live through a whole course in seconds; nothing is stored and nobody is written to."""
    asked = Asked(
        programme=programme,
        category=category,
        start=start,
        zone=zone,
        weeks=weeks,
        dose=dose,
        behaviour=behaviour,
        language=language,
        channel=channel,
        seed=seed,
    )
    files = Files(json_file=json_file, ics=ics, png=png)
    request, words = _understood(asked, files)
    campaigns = [checked_campaign(name, looks_back=True) for name in campaign or ()]
    simulation = live_through(request, words, campaigns=campaigns)
    files.write(simulation, words, with_why=why)
    if json_file != _STANDARD_OUTPUT:
        console = Console(highlight=False)
        (show_why if why else show)(console, simulation)
    if not simulation.verdict.is_ok:
        raise typer.Exit(1)


def _understood(asked: Asked, files: Files) -> tuple[CourseRequest, Words]:
    """What can be simulated; otherwise says what is wrong and ends with 2, or 1 for content."""
    configure(is_quiet=True)
    try:
        files.check()
        words = load_words(settings())
        return asked.request(words, load_behaviours(CONTENT / "behaviours.yaml")), words
    except Wrong as error:
        fail(str(error), code=2)
    except ContentError as error:
        fail(str(error))
