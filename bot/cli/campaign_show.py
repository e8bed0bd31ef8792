"""How are campaigns, their mistakes and their previews shown in a terminal?"""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from textwrap import indent
from typing import Protocol

from rich.console import Console
from rich.table import Table

from bot.cli.campaign_reasons import plain_reason
from bot.content.campaign_lint import Finding, Weight
from bot.content.prices import Prices
from bot.domain.campaign.preview import Conditional, Previewed
from bot.domain.campaign.results import StepResult
from bot.domain.campaign.version import CampaignVersion
from bot.domain.delivery import Body
from bot.domain.identity import Channel
from bot.services.campaign_load import Load, segments_of
from bot.services.campaign_preview import Change, PatientPreview


def findings(found: Sequence[Finding], *, count: int) -> None:
    """Each mistake on a line that an editor can open, then the sum."""
    for one in found:
        print(one)
    errors = sum(one.weight is Weight.ERROR for one in found)
    print(f"{count} checked: {_some(errors, 'error')}, {_some(len(found) - errors, 'warning')}")


def _some(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


class Shown(Protocol):
    """Shows patient after patient, so that nobody has to wait for the last or to hold them all."""

    def add(self, patient: PatientPreview) -> None:
        """One more patient."""
        ...

    def end(self, ifs: Sequence[Conditional]) -> None:
        """What comes only if something happens, and the sums."""
        ...


class PreviewText:
    """Each patient with a line for each message; at the end the sums that a manager asks for."""

    def __init__(self, prices: Prices, *, is_everybody: bool) -> None:
        """`is_everybody`: also those who would get nothing."""
        self._is_everybody = is_everybody
        self._prices, self._cost = prices, Decimal(0)
        self._messages = self._segments = self._reached = self._patients = 0

    def add(self, patient: PatientPreview) -> None:
        """One more patient."""
        self._patients += 1
        self._reached += any(patient.texts)
        self._messages += sum(body is not None for body in patient.texts)
        segments, cost = segments_of(patient), _cost(patient, self._prices)
        self._segments += segments
        self._cost += cost
        if patient.messages or self._is_everybody:
            print(f"{patient.name} ({patient.patient_id})")
        for one, body in zip(patient.messages, patient.texts, strict=True):
            print(f"  {_local(one)}  {_step(one)}, {one.occurrence.kind.value}")
            print(indent(_words(one, body), "    "))
        if patient.channel is Channel.SMS and patient.messages:
            print(f"  {_bill(segments, cost, self._prices)}")

    def end(self, ifs: Sequence[Conditional]) -> None:
        """What comes only if something happens, and the sums."""
        for condition in ifs:
            print(f"{condition.step}: {condition.words}")
        print(
            f"{_some(self._messages, 'message')} to {self._reached} of "
            f"{_some(self._patients, 'patient')}; "
            f"{_bill(self._segments, self._cost, self._prices)}"
        )


class PreviewJson:
    """The same for a program: one document with a line for each patient, in their own offset."""

    def __init__(self, prices: Prices) -> None:
        """Nothing is written before the first patient."""
        self._prices = prices
        self._between = '{"patients": [\n'

    def add(self, patient: PatientPreview) -> None:
        """One more patient."""
        entry = {
            "patient": patient.patient_id,
            "channel": patient.channel.value if patient.channel else None,
            "sms_segments": segments_of(patient),
            "cost": f"{_cost(patient, self._prices):.4f}",
            "messages": [
                _message_json(one, body)
                for one, body in zip(patient.messages, patient.texts, strict=True)
            ],
        }
        print(self._between + json.dumps(entry, ensure_ascii=False), end="")
        self._between = ",\n"

    def end(self, ifs: Sequence[Conditional]) -> None:
        """What comes only if something happens."""
        listed = [{"step": one.step, "words": one.words} for one in ifs]
        ends = "" if self._between == ",\n" else self._between
        rest = {"currency": self._prices.currency, "if": listed}
        print(f"{ends}\n], {json.dumps(rest, ensure_ascii=False)[1:]}")


def shown_as(prices: Prices, *, is_everybody: bool, as_json: bool) -> Shown:
    """For a person at a terminal, or for a program."""
    return PreviewJson(prices) if as_json else PreviewText(prices, is_everybody=is_everybody)


def _bill(segments: int, cost: Decimal, prices: Prices) -> str:
    return f"{_some(segments, 'SMS segment')}, about {prices.said(cost)}."


def _cost(one: PatientPreview, prices: Prices) -> Decimal:
    return prices.cost(segments_of(one), one.number_begins)


def load(name: str, found: Load, prices: Prices, *, days: int) -> None:
    """What a campaign means for the real audience."""
    explained = found.explanation
    print(f"{name}: {explained.words()}")
    if explained.patients and explained.matches in (0, explained.patients):
        whom = "nobody" if explained.matches == 0 else "every one"
        print(f"warning: {whom} of {explained.patients} patients fits today; is that meant?")
    print(
        f"{_some(found.messages, 'message')} in {days} days, "
        f"{_some(found.segments, 'SMS segment')}, about {found.cost:.2f} {prices.currency}"
    )
    if prices.is_example:
        print("These prices are an example: put your own into content/prices.yaml.")
    crowd = found.crowd
    if crowd.patients:
        print(
            f"warning: with {', '.join(crowd.with_campaigns) or 'itself'} it passes the daily "
            f"budget for {crowd.patients} patients on {crowd.days} days, first on "
            f"{crowd.first_day}; move a step, or what is less needed stays unsent"
        )


def changes(found: Sequence[Change]) -> None:
    """What is added, moved, removed and reworded, and for how many patients."""
    if not found:
        print("Nothing changes for anybody.")
        return
    table = Table("what", "patient", "step", "before (UTC)", "after (UTC)")
    for one in found:
        table.add_row(one.what, one.patient_id, one.step, _instant(one.before), _instant(one.after))
    Console().print(table)
    sums = {
        what: sum(one.what == what for one in found)
        for what in ("added", "moved", "removed", "reworded")
    }
    patients = len({one.patient_id for one in found})
    print(", ".join(f"{n} {what}" for what, n in sums.items()) + f"; {patients} patients touched")


def change_json(one: Change) -> dict[str, object]:
    """One change for a program."""
    return {
        "what": one.what,
        "patient": one.patient_id,
        "step": one.step,
        "before": one.before.isoformat() if one.before else None,
        "after": one.after.isoformat() if one.after else None,
    }


def versions(
    found: Sequence[CampaignVersion], *, own: Sequence[str], shipped: Sequence[str]
) -> None:
    """Every version with who wrote it and who let it out."""
    table = Table("campaign", "version", "state", "since (UTC)", "approved")
    for one in found:
        table.add_row(
            one.campaign,
            str(one.version),
            one.state.value,
            _instant(one.changed_at),
            "yes" if one.approver_id else "no",
        )
    Console().print(table)
    if own:
        print("In the clinic's folder: " + ", ".join(own))
    print("Ships with Balm: " + (", ".join(shipped) or "none"))


def version_json(one: CampaignVersion) -> dict[str, object]:
    """One version for a program."""
    return {
        "campaign": one.campaign,
        "version": one.version,
        "state": one.state.value,
        "sha256": one.sha256,
        "approved": one.approver_id is not None,
        "changed_at": one.changed_at.isoformat(),
    }


def _message_json(one: Previewed, body: Body | None) -> dict[str, object]:
    zone = one.state.zone
    return {
        "at": one.at.astimezone(zone).isoformat() if one.at else None,
        "due": one.due_at.astimezone(zone).isoformat(),
        "step": one.step,
        "follow_up": one.is_follow_up,
        "kind": one.occurrence.kind.value,
        "rule": one.occurrence.rule,
        "text": body.text if body else None,
        "reason": one.reason,
    }


def _words(one: Previewed, body: Body | None) -> str:
    if body is not None:
        return body.text
    return f"not sent: {plain_reason(one.reason)}"


def _step(one: Previewed) -> str:
    return f"{one.step} (if no answer)" if one.is_follow_up else one.step


def _local(one: Previewed) -> str:
    return f"{(one.at or one.due_at).astimezone(one.state.zone):%a %d %b %Y %H:%M}"


def _instant(at: datetime | None) -> str:
    return f"{at:%d %b %Y %H:%M}" if at else ""


def results(found: Sequence[StepResult]) -> None:
    """A row per version and step; below, why some were not sent and what was answered."""
    table = Table("version", "step", "due", "sent", "delivered", "answered", "opted out")
    for one in found:
        shares = one.shares
        table.add_row(
            one.version,
            one.step,
            str(one.due),
            *(shares[name].words() for name in ("sent", "delivered", "answered", "opted out")),
        )
    Console().print(table)
    for one in found:
        for what, counts in (("answers", one.answers), ("not sent", one.unsent)):
            listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
            if listed:
                print(f"{one.version} {one.step}: {what}: {listed}")
