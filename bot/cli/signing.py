"""`balm content sign | signed | text | queue`: who answers for which words, what patients miss."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.house import fail, with_house
from bot.cli.patient import Json
from bot.domain.authors_queue import AnswerFit, QueueGroup, grouped
from bot.domain.identity import ClinicId, Region
from bot.domain.patient import Clinic
from bot.domain.review import NEEDED_TO_ENROL, SignableText, TextKind
from bot.services.reviews import TextState
from bot.wiring.house import House

app = typer.Typer(help="Texts: sign, what is signed, and what patients asked in vain.")

Language = Annotated[str, typer.Option("--language", help="Language of the text: en, es or hi.")]
RegionOption = Annotated[
    Region | None, typer.Option("--region", help="Whose rules; the clinic's own if not given.")
]


@app.command()
def sign(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Topics, flag:rf-… or message:…; one code signs all of them."),
    ] = None,
    signer: Annotated[str, typer.Option("--as", help="Who signs, as enrolled.")] = "",
    code: Annotated[str, typer.Option("--code", help="Six digits of their authenticator.")] = "",
    language: Language = "en",
    region: RegionOption = None,
    *,
    all_routine: Annotated[
        bool, typer.Option("--all-routine", help="Every topic of routine risk.")
    ] = False,
    all_flags: Annotated[bool, typer.Option("--all-flags", help="Every emergency text.")] = False,
    all_messages: Annotated[
        bool, typer.Option("--all-messages", help="Every sentence of Balm's own, consent included.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Sign texts with your own one-time code: exactly these words, in one language.

    Read them first: balm content text NAME. Answers above routine risk are named one by one.
    """
    if not signer or not code:
        fail("Signing needs --as NAME and --code 123456; codes: balm staff enrol NAME", code=2)

    async def work(house: House, clinic_id: ClinicId) -> Sequence[SignableText]:
        clinic = await _clinic(house, clinic_id)
        texts = list(house.reviews.texts(clinic, names or (), language=language, region=region))
        kinds = _kinds(routine=all_routine, flags=all_flags, messages=all_messages)
        everything = house.content.signable.everything(language, region or clinic.region)
        texts += [text for text in everything if text.kind in kinds and text.language == language]
        return await house.reviews.sign(clinic_id, texts, name=signer, code=code)

    new = with_house(work)
    if as_json:
        print(json.dumps([_text_record(text) for text in new]))
        return
    for text in new:
        print(f"Signed {text.name} ({text.language}, {text.region.value}) {text.sha256[:12]}")
    print(f"{len(new)} signed." if new else "Nothing new: these words were signed already.")


@app.command()
def signed(
    language: Language = "en",
    region: RegionOption = None,
    *,
    missing: Annotated[
        bool, typer.Option("--missing", help="Only what nobody has signed as it stands.")
    ] = False,
    as_json: Json = False,
) -> None:
    """What is signed, by whom and when, and what an edit has un-signed."""

    async def work(house: House, clinic_id: ClinicId) -> Sequence[TextState]:
        clinic = await _clinic(house, clinic_id)
        return await house.reviews.states(clinic, language=language, region=region)

    states = [state for state in with_house(work) if not (missing and state.signed)]
    if as_json:
        print(json.dumps([_state_record(state) for state in states]))
        return
    for state in states:
        text = state.text
        print(f"{text.name:40} {text.kind.value:14} {text.language}  {_told(state)}")
    print(f"{sum(state.signed is not None for state in states)} of {len(states)} signed.")


@app.command("text")
def show_text(
    name: Annotated[str, typer.Argument(help="A topic, flag:rf-… or message:…")],
    language: Language = "en",
    region: RegionOption = None,
) -> None:
    """Exactly the words that a signature under this text stands for."""

    async def work(house: House, clinic_id: ClinicId) -> SignableText:
        clinic = await _clinic(house, clinic_id)
        return house.reviews.texts(clinic, [name], language=language, region=region)[0]

    text = with_house(work)
    print(text.words)
    print(f"\n{text.name} ({text.language}, {text.region.value}) sha256 {text.sha256}")


@app.command()
def queue(*, as_json: Json = False) -> None:
    """Questions that no answer fitted, without names, from patients who agreed to it."""

    async def work(
        house: House, clinic_id: ClinicId
    ) -> tuple[Sequence[QueueGroup], Sequence[AnswerFit]]:
        async with house.store.read() as tx:
            kept = await tx.questions.kept(clinic_id)
            return grouped(kept), await tx.questions.fits(clinic_id)

    groups, fits = with_house(work)
    if as_json:
        print(json.dumps({"groups": [_group_record(g) for g in groups], "fits": _fits(fits)}))
        return
    for group in groups:
        given = f", answered with {group.topic}" if group.topic else ""
        print(f"{len(group.questions)} x {group.why.value}{given} ({group.language})")
        for question in group.questions:
            print(f"   {question.kept_at:%Y-%m-%d}  {question.text}")
    if not groups:
        print("Nothing waits for the authors.")
    if fits:
        table = Table("answer", "language", "was what they asked", "was not")
        for fit in fits:
            table.add_row(fit.topic, fit.language, str(fit.yes_count), str(fit.no_count))
        Console().print(table)


async def _clinic(house: House, clinic_id: ClinicId) -> Clinic:
    async with house.store.read() as tx:
        return await tx.house.clinic(clinic_id)


def _kinds(*, routine: bool, flags: bool, messages: bool) -> frozenset[TextKind]:
    chosen = {
        TextKind.ROUTINE_TOPIC: routine,
        TextKind.FLAG: flags,
        TextKind.MESSAGE: messages,
        TextKind.ENROLMENT: messages,
    }
    return frozenset(kind for kind, is_chosen in chosen.items() if is_chosen)


def _told(state: TextState) -> str:
    if state.signed is not None:
        return f"signed by {state.signed.staff_name} on {state.signed.signed_at:%Y-%m-%d}"
    if state.before_edit is not None:
        before = state.before_edit
        return f"edited since {before.staff_name} signed it on {before.signed_at:%Y-%m-%d}"
    if state.text.kind in NEEDED_TO_ENROL:
        return "not signed: stops enrolment in production"
    return "not signed"


def _text_record(text: SignableText) -> dict[str, str]:
    return {
        "name": text.name,
        "kind": text.kind.value,
        "language": text.language,
        "region": text.region.value,
        "sha256": text.sha256,
    }


def _state_record(state: TextState) -> dict[str, object]:
    by, before = state.signed, state.before_edit
    return {
        **_text_record(state.text),
        "signed_by": by.staff_name if by else None,
        "signed_at": by.signed_at.isoformat() if by else None,
        "edited_since_signed_by": before.staff_name if before else None,
    }


def _group_record(group: QueueGroup) -> dict[str, object]:
    return {
        "why": group.why.value,
        "topic": group.topic,
        "language": group.language,
        "questions": [
            {"text": one.text, "kept_on": f"{one.kept_at:%Y-%m-%d}"} for one in group.questions
        ],
    }


def _fits(fits: Sequence[AnswerFit]) -> list[dict[str, object]]:
    return [
        {"topic": f.topic, "language": f.language, "yes": f.yes_count, "no": f.no_count}
        for f in fits
    ]
