"""What may be seen by people who are not on the confidential list?"""

from collections.abc import Sequence
from dataclasses import replace

from bot.ports.console import MessageLine, Overview, PatientCard

_HIDDEN = "(only for the people on the confidential list)"


def without_confidential(seen: Overview) -> Overview:
    """The clinic as everybody may see it: no confidential case, and no word of its patient."""
    hidden = frozenset(case.id for case in seen.cases if case.is_confidential)
    by_patient = {
        patient.id: sum(case.patient_id == patient.id and case.id in hidden for case in seen.cases)
        for patient in seen.patients
    }
    return replace(
        seen,
        cases=[case for case in seen.cases if case.id not in hidden],
        patients=[
            replace(patient, open_cases=max(0, patient.open_cases - by_patient[patient.id]))
            for patient in seen.patients
        ],
        messages=_hushed(seen.messages, seen),
        failures=_hushed(seen.failures, seen),
    )


def _hushed(messages: Sequence[MessageLine], seen: Overview) -> list[MessageLine]:
    return [
        _hush(message) if message.patient_id in seen.confidential_patients else message
        for message in messages
    ]


def card_without_confidential(card: PatientCard) -> PatientCard:
    """One patient's card as everybody may see it: no confidential case, and no word around it."""
    if not card.is_confidential:
        return card
    shown = [replace(case, thread=()) for case in card.cases if not case.is_confidential]
    hidden = len(card.cases) - len(shown)
    return replace(
        card,
        patient=replace(card.patient, open_cases=max(0, card.patient.open_cases - hidden)),
        cases=shown,
        hold=_HIDDEN if card.hold else None,
        answers=[],
        timeline=[_hush(message) for message in card.timeline],
    )


def _hush(message: MessageLine) -> MessageLine:
    return replace(message, text=_HIDDEN, kind="message")
