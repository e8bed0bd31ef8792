"""`balm campaign`: who gets which message when, checked and shown before anything is sent."""

import dataclasses
import json
from datetime import UTC, date, datetime, time
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from bot.cli import campaign_show
from bot.cli.campaign_cost import loads_json, show_loads, usual_prices
from bot.cli.campaign_show import shown_as
from bot.cli.campaign_source import (
    LIBRARY,
    campaign_path,
    campaign_paths,
    checked_campaign,
    own_campaigns,
    proved_campaign,
    today_everywhere,
    told,
)
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
from bot.services.campaign_preview import Change
from bot.services.campaigns import Approval, Published
from bot.wiring.campaign_house import campaign_house, checked_promises
from bot.wiring.house import House
from bot.wiring.words import load_words

app = typer.Typer(
    help="Campaigns: check, preview, publish, pause, see results.", no_args_is_help=True
)

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
    house = campaign_house(load_words(settings()), today=today_everywhere())
    findings: list[Finding] = []
    campaigns: list[LoadedCampaign] = []
    for path in campaign_paths(files):
        try:
            campaigns.append(load_campaign(path))
            findings += lint(campaigns[-1], house)
        except ContentError as error:
            findings.append(_unreadable(error))
    is_broken = any(one.weight is Weight.ERROR for one in findings)
    if as_json:
        listed: object = [_finding(one) for one in findings]
        if with_audience:
            loads = {} if is_broken else loads_json(campaigns)
            listed = {"findings": listed, "audience": loads}
        print(json.dumps(listed, ensure_ascii=False, indent=2))
    else:
        campaign_show.findings(findings, count=len(campaign_paths(files)))
        if with_audience and not is_broken:
            show_loads(campaigns)
    if is_broken:
        raise typer.Exit(1)


@app.command("audience")
def audience(file: File, *, as_json: Json = False) -> None:
    """Show how many patients the audience rule fits today, and what each part of it does."""
    loaded = checked_campaign(file)

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
    loaded = checked_campaign(file)
    is_everybody = show_all or patient is not None
    shown = shown_as(usual_prices(), is_everybody=is_everybody, as_json=as_json)
    _preview(loaded, shown, patient=patient, days=days)
    shown.end(conditions(loaded.campaign))


@app.command("replay")
def replay(
    file: File,
    start: Annotated[str, typer.Option("--from", help="First day.")],
    end: Annotated[str, typer.Option("--to", help="Last day.")],
    *,
    as_json: Json = False,
) -> None:
    """Show what a past time would have been with this campaign."""
    loaded = checked_campaign(file, looks_back=True)
    first, last = day_of("--from", start), day_of("--to", end)
    if last < first:
        fail(f"--to {last} lies before --from {first}", code=2)
    shown = shown_as(usual_prices(), is_everybody=False, as_json=as_json)
    _preview(loaded, shown, patient=None, days=(last - first).days + 1, first=first)
    shown.end(())


@app.command("diff")
def diff(file: File, days: Days = 90, *, as_json: Json = False) -> None:
    """Show what this version adds, moves, removes and rewords against the published one."""
    loaded = checked_campaign(file)

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
    loaded = checked_campaign(file)
    proved_campaign(loaded)

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
    waits = version is not None or _is_in_review(file)
    loaded = None if waits or campaign_path(file) is None else checked_campaign(file)
    if loaded is not None:
        proved_campaign(loaded)

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
    loaded = checked_campaign(file)
    found = checked_promises(loaded, load_words(settings()))
    if as_json:
        stories = [
            {"promise": one.breach.promise.value, "words": told(loaded, one)}
            for one in found.stories
        ]
        print(json.dumps({"lives": found.lives, "stories": stories}, ensure_ascii=False, indent=2))
    else:
        for one in found.stories:
            print(told(loaded, one))
        many = len(found.stories)
        print(f"{found.lives} lives lived through: {many} broken promise{'s' if many != 1 else ''}")
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
    """Show every version of every campaign, the files of the clinic, and the library."""

    async def work(house: House, clinic_id: ClinicId) -> list[CampaignVersion]:
        return list(await house.campaigns.versions.versions(clinic_id))

    versions = with_house(work)
    shipped = sorted(path.stem for path in LIBRARY.glob("*.yaml"))
    own = [path.stem for path in own_campaigns()]
    if as_json:
        listed = [campaign_show.version_json(one) for one in versions]
        print(json.dumps({"versions": listed, "own": own, "shipped": shipped}, indent=2))
    else:
        campaign_show.versions(versions, own=own, shipped=shipped)


def _is_in_review(name: str) -> bool:
    """Whether a submitted campaign of this name waits: it is meant then, and no file."""

    async def work(house: House, clinic_id: ClinicId) -> bool:
        versions = await house.campaigns.versions.versions(clinic_id)
        return any(one.campaign == name and one.state is VersionState.REVIEW for one in versions)

    return with_house(work)


def _change(name: str, to: VersionState, approval: Approval | None = None) -> None:
    async def work(house: House, clinic_id: ClinicId) -> CampaignVersion:
        return await house.campaigns.versions.change(clinic_id, name, to=to, approval=approval)

    changed = with_house(work)
    print(f"{changed.name} is {to.value}.")


def _preview(
    loaded: LoadedCampaign,
    shown: campaign_show.Shown,
    *,
    patient: str | None,
    days: int,
    first: date | None = None,
) -> None:
    async def work(house: House, clinic_id: ClinicId) -> None:
        after = datetime.combine(first, time(0), UTC) if first is not None else None
        wanted = PatientId(patient) if patient is not None else None
        found = house.campaigns.preview.messages(
            clinic_id, loaded, patient_id=wanted, after=after, days=days
        )
        async for one in found:
            shown.add(one)

    with_house(work)


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
