"""What may this person see of the alerts, and what do they say of one?"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import Form, HTTPException

from bot.domain.escalation import Outcome
from bot.ports.console import CaseAnswer, CaseVerb, MessageLine, Overview

OUTCOMES = (Outcome.SPOKE, Outcome.NOT_REACHED, Outcome.WELFARE_CHECK, Outcome.MISTAKEN)
_HIDDEN = "(only for the people on the confidential list)"


def answer_of(
    action: Annotated[str, Form()],
    outcome: Annotated[str, Form()] = "",
    reportable: Annotated[str, Form()] = "",
) -> CaseAnswer:
    """The answer that a form holds. Raises HTTPException (400) for one that says nothing."""
    if action not in list(CaseVerb):
        raise HTTPException(400)
    if action != CaseVerb.CLOSE:
        return CaseAnswer(verb=CaseVerb(action))
    if outcome not in OUTCOMES or reportable not in ("yes", "no"):
        raise HTTPException(400)
    return CaseAnswer(
        verb=CaseVerb.CLOSE, outcome=Outcome(outcome), is_reportable=reportable == "yes"
    )


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
        replace(message, text=_HIDDEN, kind="message")
        if message.patient_id in seen.confidential_patients
        else message
        for message in messages
    ]
