"""What do staff say of an alert in the console?"""

from typing import Annotated

from fastapi import Form, HTTPException

from bot.domain.escalation import Outcome
from bot.ports.console import CaseAnswer, CaseVerb

OUTCOMES = (Outcome.SPOKE, Outcome.NOT_REACHED, Outcome.WELFARE_CHECK, Outcome.MISTAKEN)


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
