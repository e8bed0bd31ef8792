"""How are campaigns, their mistakes and their previews shown in a terminal?"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.campaign_reasons import plain_reason
from bot.content.campaign_lint import Finding, Weight
from bot.content.prices import Prices
from bot.domain.campaign.preview import Conditional, Previewed
from bot.domain.campaign.results import StepResult
from bot.domain.campaign.version import CampaignVersion
from bot.domain.delivery import Body
from bot.services.campaign_load import Load, segments_of
from bot.services.campaign_preview import Change, PatientPreview


def findings(found: Sequence[Finding], *, count: int) -> None:
    """Each mistake on a line that an editor can open, then the sum."""
    for one in found:
        print(one)
    errors = sum(one.weight is Weight.ERROR for one in found)
    print(f"{count} checked: {errors} errors, {len(found) - errors} warnings")


def preview(
    patients: Sequence[PatientPreview],
    ifs: Sequence[Conditional],
    prices: Prices,
    *,
    is_everybody: bool,
) -> None:
    """A table per patient, and at the end the sums that a manager asks for."""
    console = Console()
    for patient in patients:
        if not patient.messages and not is_everybody:
            continue
        table = Table(title=f"{escape(patient.name)} ({patient.patient_id})", title_justify="left")
        for column in ("when (their time)", "step", "kind", "text, or why not"):
            table.add_column(column, overflow="fold")
        for one, body in zip(patient.messages, patient.texts, strict=True):
            table.add_row(
                _local(one), _step(one), one.occurrence.kind.value, escape(_words(one, body))
            )
        console.print(table)
    for condition in ifs:
        console.print(f"{condition.step}: {condition.words}")
    messages = sum(body is not None for patient in patients for body in patient.texts)
    segments = {patient.patient_id: segments_of(patient) for patient in patients}
    cost = sum(
        (prices.cost(segments[one.patient_id], one.number_begins) for one in patients), Decimal(0)
    )
    reached = sum(any(p.texts) for p in patients)
    console.print(
        f"{messages} messages to {reached} of {len(patients)} patients; "
        f"{sum(segments.values())} SMS segments, about {prices.said(cost)}.",
        highlight=False,
    )


def load(name: str, found: Load, prices: Prices, *, days: int) -> None:
    """What a campaign means for the real audience."""
    explained = found.explanation
    print(f"{name}: {explained.words()}")
    if explained.patients and explained.matches in (0, explained.patients):
        whom = "nobody" if explained.matches == 0 else "every one"
        print(f"warning: {whom} of {explained.patients} patients fits today; is that meant?")
    print(
        f"{found.messages} messages in {days} days, {found.segments} of them billed as SMS "
        f"segments: about {found.cost:.2f} {prices.currency}"
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


def preview_json(
    patients: Sequence[PatientPreview], ifs: Sequence[Conditional]
) -> dict[str, object]:
    """The same for a program; times carry the patient's own offset."""
    return {
        "patients": [
            {
                "patient": patient.patient_id,
                "channel": patient.channel.value if patient.channel else None,
                "messages": [
                    _message_json(one, body)
                    for one, body in zip(patient.messages, patient.texts, strict=True)
                ],
            }
            for patient in patients
        ],
        "if": [{"step": one.step, "words": one.words} for one in ifs],
    }


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


def versions(found: Sequence[CampaignVersion], shipped: Sequence[str]) -> None:
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
