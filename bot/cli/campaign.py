"""`balm campaign`: who gets which message when, checked and shown before anything is sent."""

import dataclasses
import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from bot.cli import campaign_show
from bot.cli.campaign_cost import show_loads, usual_prices
from bot.cli.house import fail, settings, with_house
from bot.cli.patient import Json, day_of
from bot.content.campaign_files import campaign_schema
from bot.content.campaign_lint import Finding, Weight, lint
from bot.content.campaigns import LoadedCampaign, load_campaign
from bot.content.yaml_loader import ContentError
from bot.domain.campaign.preview import conditions
from bot.domain.campaign.results import StepResult
from bot.domain.campaign.version import CampaignVersion, Running, VersionState
from bot.domain.identity import ClinicId, PatientId
from bot.logs import configure
from bot.services.broadcasts import Broadcast
from bot.services.campaign_preview import Change, PatientPreview
from bot.services.campaigns import Approval, Published
from bot.wiring.campaign_house import campaign_house, checked_promises
from bot.wiring.house import House
from bot.wiring.words import CONTENT, load_words

app = typer.Typer(
    help="Campaigns: check, preview, publish, pause, see results.", no_args_is_help=True
)
_LIBRARY = CONTENT / "campaigns"

File = Annotated[
    str, typer.Argument(help="A campaign's file, or the name of one that ships with Balm.")
]
Name = Annotated[str, typer.Argument(help="The campaign's id.")]
Days = Annotated[int, typer.Option(help="How many days ahead.", min=1, max=400)]
Author = Annotated[str | None, typer.Option(help="Who wrote it: a member of staff.")]
Approver = Annotated[str | None, typer.Option(help="The second person, who lets it out.")]
Code = Annotated[str, typer.Option(help="Six digits of the second person's authenticator.")]


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of campaign files, for an editor's completion."""
    print(campaign_schema(), end="")


@app.command("lint")
def lint_files(
    files: Annotated[list[str], typer.Argument(help="Files, folders or names.")],
    *,
    with_audience: Annotated[
        bool, typer.Option("--audience", help="Also messages and cost for the real patients.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check campaigns: every mistake with file, line, column and what would be right."""
    configure(is_quiet=True)
    house = campaign_house(load_words(settings()))
    findings: list[Finding] = []
    campaigns: list[LoadedCampaign] = []
    for path in _paths(files):
        try:
            campaigns.append(load_campaign(path))
            findings += lint(campaigns[-1], house)
        except ContentError as error:
            findings.append(_unreadable(error))
    if as_json:
        print(json.dumps([_finding(one) for one in findings], ensure_ascii=False, indent=2))
    else:
        campaign_show.findings(findings, count=len(_paths(files)))
    if any(one.weight is Weight.ERROR for one in findings):
        raise typer.Exit(1)
    if with_audience and not as_json:
        show_loads(campaigns)


@app.command("audience")
def audience(file: File, *, as_json: Json = False) -> None:
    """Show how many patients the audience rule fits today, and what each part of it does."""
    loaded = _checked(file)

    async def work(house: House, clinic_id: ClinicId) -> str:
        found = await house.campaigns.preview.audience(clinic_id, loaded)
        return json.dumps(dataclasses.asdict(found)) if as_json else found.words()

    print(with_house(work))


@app.command("preview")
def preview(
    file: File,
    patient: Annotated[str | None, typer.Option(help="One patient's id; else everybody.")] = None,
    days: Days = 90,
    *,
    show_all: Annotated[
        bool, typer.Option("--all", help="Every patient, also without any.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what every patient would get, word for word, and what would stay unsaid and why."""
    loaded = _checked(file)
    shown = _previewed(loaded, patient=patient, days=days)
    ifs = conditions(loaded.campaign)
    if as_json:
        print(json.dumps(campaign_show.preview_json(shown, ifs), ensure_ascii=False, indent=2))
    else:
        campaign_show.preview(
            shown, ifs, usual_prices(), is_everybody=show_all or patient is not None
        )


@app.command("replay")
def replay(
    file: File,
    start: Annotated[str, typer.Option("--from", help="First day.")],
    end: Annotated[str, typer.Option("--to", help="Last day.")],
    *,
    as_json: Json = False,
) -> None:
    """Show what a past time would have been with this campaign."""
    loaded = _checked(file)
    first, last = day_of("--from", start), day_of("--to", end)
    if last < first:
        fail(f"--to {last} lies before --from {first}", code=2)
    shown = _previewed(loaded, patient=None, days=(last - first).days + 1, first=first)
    if as_json:
        print(json.dumps(campaign_show.preview_json(shown, ()), ensure_ascii=False, indent=2))
    else:
        campaign_show.preview(shown, (), usual_prices(), is_everybody=False)


@app.command("diff")
def diff(file: File, days: Days = 90, *, as_json: Json = False) -> None:
    """Show what this version adds, moves, removes and rewords against the published one."""
    loaded = _checked(file)

    async def work(house: House, clinic_id: ClinicId) -> list[Change]:
        return list(await house.campaigns.preview.changes(clinic_id, loaded, days=days))

    changes = with_house(work)
    if as_json:
        print(json.dumps([campaign_show.change_json(one) for one in changes], indent=2))
    else:
        campaign_show.changes(changes)


@app.command("submit")
def submit(file: File, author: Author = None, *, as_json: Json = False) -> None:
    """Hand a campaign in for review by a second person; nothing is sent yet."""
    loaded = _checked(file)

    async def work(house: House, clinic_id: ClinicId) -> CampaignVersion:
        document = loaded.path.read_text(encoding="utf-8")
        return await house.campaigns.versions.submit(clinic_id, document, loaded, author=author)

    _say_version(with_house(work), as_json=as_json)


@app.command("publish")
def publish(
    file: Annotated[str, typer.Argument(help="A file, or the id of a submitted campaign.")],
    version: Annotated[int | None, typer.Option(help="Which one; else the newest.")] = None,
    author: Author = None,
    approver: Approver = None,
    code: Code = "",
    running: Annotated[
        Running, typer.Option(help="What becomes of patients in the middle of an older version.")
    ] = Running.MOVE,
    *,
    as_json: Json = False,
) -> None:
    """Let a campaign out. Author and approver are two people; a demonstration needs neither."""
    loaded = _checked(file) if _path(file) is not None else None

    async def work(house: House, clinic_id: ClinicId) -> Published:
        name, number = file, version
        if loaded is not None:
            document = loaded.path.read_text(encoding="utf-8")
            new = await house.campaigns.versions.submit(clinic_id, document, loaded, author=author)
            name, number = new.campaign, new.version
        approval = Approval(name=approver, code=code) if approver else None
        return await house.campaigns.versions.publish(
            clinic_id, name, number, approval=approval, running=running
        )

    done = with_house(work)
    if as_json:
        print(
            json.dumps(
                {
                    "version": done.version.name,
                    "approved": done.is_approved,
                    "patients": done.patients,
                }
            )
        )
        return
    print(f"Published {done.version.name}; plans of {done.patients} patients computed anew.")
    if not done.is_approved:
        print("Nobody approved it: that is recorded, and only a demonstration allows it.")


@app.command("pause")
def pause(name: Name) -> None:
    """Stop sending for now; what falls due meanwhile is skipped, not kept for later."""
    _change(name, VersionState.PAUSED)


@app.command("resume")
def resume(name: Name, approver: Approver = None, code: Code = "") -> None:
    """Send again, from now on."""
    approval = Approval(name=approver, code=code) if approver else None
    _change(name, VersionState.PUBLISHED, approval=approval)


@app.command("stop")
def stop(name: Name) -> None:
    """End a campaign for good; a broadcast stops in the middle."""
    _change(name, VersionState.STOPPED)


@app.command("broadcast")
def broadcast(
    name: Name,
    confirm: Annotated[int, typer.Option(help="How many patients will get it.", min=0)],
) -> None:
    """Send a published broadcast to its audience, at the senders' pace; `stop` ends it midway."""

    async def work(house: House, clinic_id: ClinicId) -> Broadcast:
        with Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task("Queueing", total=None)
            return await house.campaigns.broadcasts.send(
                clinic_id,
                name,
                confirmed=confirm,
                progress=lambda done, of: bar.update(task, completed=done, total=of),
            )

    done = with_house(work)
    print(f"On its way to {done.patients} patients. Stop it: balm campaign stop {name}")


@app.command("results")
def results(name: Name, *, as_json: Json = False) -> None:
    """Show due, sent, delivered, answered and opted out per version, with intervals."""

    async def work(house: House, clinic_id: ClinicId) -> list[StepResult]:
        return list(await house.campaigns.versions.results(clinic_id, name))

    found = with_house(work)
    if as_json:
        print(json.dumps([dataclasses.asdict(one) for one in found], indent=2))
    else:
        campaign_show.results(found)


@app.command("check")
def check_promises(file: File, *, as_json: Json = False) -> None:
    """Search all that can happen to a patient for the shortest story that breaks a promise."""
    loaded = _checked(file)
    found = checked_promises(loaded, load_words(settings()))
    if as_json:
        stories = [
            {"promise": one.breach.promise.value, "words": one.words()} for one in found.stories
        ]
        print(json.dumps({"lives": found.lives, "stories": stories}, ensure_ascii=False, indent=2))
    else:
        for one in found.stories:
            print(one.words())
        print(f"{found.lives} lives lived through: {len(found.stories)} broken promises")
    if found.stories:
        raise typer.Exit(1)


@app.command("rollback")
def rollback(name: Name, author: Author = None, *, as_json: Json = False) -> None:
    """Hand in the words of the version before, as a new version for review."""

    async def work(house: House, clinic_id: ClinicId) -> CampaignVersion:
        return await house.campaigns.versions.roll_back(clinic_id, name, author=author)

    _say_version(with_house(work), as_json=as_json)


@app.command("list")
def list_versions(*, as_json: Json = False) -> None:
    """Show every version of every campaign, and the ones that ship with Balm."""

    async def work(house: House, clinic_id: ClinicId) -> list[CampaignVersion]:
        return list(await house.campaigns.versions.versions(clinic_id))

    versions = with_house(work)
    shipped = sorted(path.stem for path in _LIBRARY.glob("*.yaml"))
    if as_json:
        listed = [campaign_show.version_json(one) for one in versions]
        print(json.dumps({"versions": listed, "shipped": shipped}, indent=2))
    else:
        campaign_show.versions(versions, shipped)


def _change(name: str, to: VersionState, approval: Approval | None = None) -> None:
    async def work(house: House, clinic_id: ClinicId) -> CampaignVersion:
        return await house.campaigns.versions.change(clinic_id, name, to=to, approval=approval)

    changed = with_house(work)
    print(f"{changed.name} is {to.value}.")


def _previewed(
    loaded: LoadedCampaign, *, patient: str | None, days: int, first: date | None = None
) -> list[PatientPreview]:
    async def work(house: House, clinic_id: ClinicId) -> list[PatientPreview]:
        after = datetime.combine(first, time(0), UTC) if first is not None else None
        wanted = PatientId(patient) if patient is not None else None
        found = house.campaigns.preview.messages(
            clinic_id, loaded, patient_id=wanted, after=after, days=days
        )
        return [one async for one in found]

    return with_house(work)


def _checked(name: str) -> LoadedCampaign:
    """The campaign, if nothing in it is wrong; else its mistakes, and the end."""
    path = _path(name)
    if path is None:
        fail(f"there is no file {name}, and no campaign of that name ships with Balm", code=2)
    configure(is_quiet=True)
    try:
        loaded = load_campaign(path)
    except ContentError as error:
        fail(str(error))
    found = lint(loaded, campaign_house(load_words(settings())))
    errors = [str(one) for one in found if one.weight is Weight.ERROR]
    if errors:
        fail("\n".join(errors))
    return loaded


def _path(name: str) -> Path | None:
    own = settings().campaigns_dir
    folders = [*([own] if own is not None else []), _LIBRARY]
    for path in (Path(name), *(folder / f"{name}.yaml" for folder in folders)):
        if path.is_file():
            return path
    return None


def _paths(names: list[str]) -> list[Path]:
    found: list[Path] = []
    for name in names:
        if Path(name).is_dir():
            found += sorted(Path(name).glob("*.yaml"))
            continue
        path = _path(name)
        if path is None:
            fail(f"there is no file or folder {name}", code=2)
        found.append(path)
    return found


def _unreadable(error: ContentError) -> Finding:
    return Finding(
        path=error.path,
        line=error.line,
        column=error.column,
        weight=Weight.ERROR,
        check="file",
        reason=error.reason,
    )


def _finding(one: Finding) -> dict[str, object]:
    return {
        "path": str(one.path),
        "line": one.line,
        "column": one.column,
        "weight": one.weight.value,
        "check": one.check,
        "reason": one.reason,
    }


def _say_version(version: CampaignVersion, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(campaign_show.version_json(version)))
    else:
        print(
            f"{version.name} is in {version.state.value}; let it out: "
            f"balm campaign publish {version.campaign}"
        )
