"""Which campaigns are there, and what are their words?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.content.campaign_files import (
    AnchorWhen,
    BroadcastWhen,
    ButtonFile,
    CampaignFile,
    DateWhen,
    EventWhen,
    Forms,
    RepeatWhen,
    StepFile,
    StepWhen,
    When,
    local_time,
    weekday_number,
)
from bot.content.yaml_loader import ContentError, load_yaml, read_yaml
from bot.domain.audience import parse
from bot.domain.campaign import (
    AtDoseTime,
    AtOnce,
    Button,
    Campaign,
    Holdout,
    OnDate,
    OnEvent,
    RelativeToAnchor,
    RelativeToStep,
    Repeating,
    Step,
    StepTrigger,
    Wait,
)
from bot.domain.campaign.definition import LocalTime

FOLLOW_UP = "follow-up"
DRAFT = 0
"""Version of what was not published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedCampaign:
    """A campaign with its words and the place that it came from."""

    path: Path
    file: CampaignFile = field(repr=False)
    campaign: Campaign

    def forms(self, step_id: str, *, is_follow_up: bool = False) -> Mapping[str, Forms]:
        """The texts of a step by language. Raises KeyError."""
        step = next((step for step in self.file.steps if step.id == step_id), None)
        if step is None or (is_follow_up and step.wait is None):
            raise KeyError(step_id)
        return step.wait.message if is_follow_up and step.wait is not None else step.message

    def button(self, step_id: str, button_id: str) -> ButtonFile:
        """The words of a button. Raises KeyError."""
        for step in self.file.steps:
            for button in step.buttons:
                if (step.id, button.id) == (step_id, button_id):
                    return button
        raise KeyError(button_id)


def load_campaign(path: Path, *, version: int = DRAFT) -> LoadedCampaign:
    """The campaign of a file. Raises ContentError with file, line, column and reason."""
    file = load_yaml(path, CampaignFile)
    return LoadedCampaign(path=path, file=file, campaign=campaign_of(file, version=version))


def read_campaign(document: str, *, name: str, version: int) -> LoadedCampaign:
    """The campaign of a stored document, called `name` in errors. Raises ContentError."""
    path = Path(name)
    file = read_yaml(document, path, CampaignFile)
    return LoadedCampaign(path=path, file=file, campaign=campaign_of(file, version=version))


def load_campaigns(folder: Path) -> Mapping[str, LoadedCampaign]:
    """All campaigns of a folder by id. Raises ContentError."""
    found: dict[str, LoadedCampaign] = {}
    for path in sorted(folder.glob("*.yaml")):
        loaded = load_campaign(path)
        name = loaded.campaign.id
        if name in found:
            reason = f"the campaign {name!r} stands in {found[name].path.name} too"
            raise ContentError(path, line=1, column=1, reason=reason)
        found[name] = loaded
    return found


def campaign_of(file: CampaignFile, *, version: int) -> Campaign:
    """The campaign that a checked file describes."""
    percent = file.holdout_percent
    return Campaign(
        id=file.id,
        version=version,
        purpose=file.purpose,
        audience=parse(file.audience),
        steps=tuple(_step(step) for step in file.steps),
        mode=file.mode,
        counts_in_budget=file.budget == "counts",
        starts_on=file.starts,
        ends_on=file.ends,
        holdout=Holdout(percent=percent, salt=file.id) if percent else None,
    )


def _step(step: StepFile) -> Step:
    return Step(
        id=step.id,
        trigger=_trigger(step.when),
        valid_for=step.valid_for,
        buttons=tuple(
            Button(id=one.id, does=one.does, detail=one.detail, closes=one.closes)
            for one in step.buttons
        ),
        wait=Wait(after=step.wait.for_, follow_up=FOLLOW_UP) if step.wait is not None else None,
        until=parse(step.until) if step.until is not None else None,
    )


def _trigger(when: When) -> StepTrigger:
    match when:
        case AnchorWhen():
            return RelativeToAnchor(
                anchor=when.anchor,
                days=when.days + 7 * when.weeks,
                months=when.months,
                weekday=weekday_number(when.weekday),
                at=_at(when.at),
            )
        case RepeatWhen():
            return Repeating(anchor=when.start, rule=when.repeat, until=when.until, at=_at(when.at))
        case StepWhen():
            return RelativeToStep(
                step=when.step, moment=when.moment, days=when.days, at=_at(when.at)
            )
        case DateWhen():
            return OnDate(day=when.date, at=_at(when.at))
        case BroadcastWhen():
            return AtOnce()
        case EventWhen():
            return OnEvent(
                event=when.event,
                count=when.count,
                within_days=when.within_days,
                after=when.after,
                at=_at(when.at) if when.at is not None else None,
            )


def _at(written: str) -> LocalTime:
    return local_time(written) or AtDoseTime()
