"""Do the glossary and the code use the same words?"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOMAIN = ROOT / "bot" / "domain"
PAGE = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"^- \*\*(\w+)\*\*(?: \(`(\w+)`\))?: (.+)$", re.MULTILINE)
NAMED = frozenset(re.findall(r"`([A-Z]\w+)`", PAGE))
CORE = (
    "checkin",
    "conversation",
    "delivery",
    "escalation",
    "identity",
    "inbound",
    "invite",
    "message_kind",
    "occurrence",
    "patient",
    "plan",
    "quiet_hours",
    "reading",
    "schedule",
    "staffed_hours",
    "turn",
)
"""Files whose every class is a noun that people at a clinic also use."""
FORMS = ("Id", "Kind", "State", "Status")
"""An id, a list of kinds or states belongs to the noun in front of it."""
OTHER_WORDS = (
    "User", "Client", "Customer", "Ticket", "Incident", "Notification", "Job", "Task", "Event",
    "Appointment", "Survey", "Bot", "Chat", "Pill", "Manager", "Helper", "Util", "Info", "Data",
)  # fmt: skip
"""What these words would mean already has a name in the glossary, or none is needed."""
ALLOWED = frozenset({"DueEvent", "Event", "OnEvent"})
WANTED = frozenset(
    re.findall(
        r"\w+",
        """
    Patient Caregiver Clinician Channel Provider Address Consent OptOut Course Regimen Dose
    DoseLog Reminder Occurrence Slot Horizon Nudge Snooze Ack Grace Expired Missed QuietHours
    PatientZone Inbound Turn Effect Conversation Step Intent Handler Fallback CheckIn Question
    Answer Score Symptom SideEffect AdverseEvent Triage RedFlag Urgency Escalation OnCall Handoff
    FaqEntry Source Review Template Variable Locale Campaign Segment Wave Holdout Outbox Delivery
    Attempt Lease Receipt ProviderId AuditEvent Retention Erasure Programme Category Window Slack
    Evidence Ledger Behaviour Sender
        """,
    )
)


def defined_in(path: Path) -> set[str]:
    """Public classes, types and unions of a file."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.ClassDef(name=name):
                names.add(name)
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="NewType")))
                | ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp(op=ast.BitOr()))
            ):
                names.add(name)
    return {name for name in names if not name.startswith("_")}


EVERYWHERE = {name: path for path in DOMAIN.rglob("*.py") for name in defined_in(path)}


def words() -> list[str]:
    return [found[0] for found in ENTRY.findall(PAGE)]


def test_every_word_that_was_agreed_is_explained_once() -> None:
    assert sorted(WANTED - set(words())) == []
    assert len(words()) == len(set(words()))


def test_every_entry_has_the_shape_of_one() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("- ")]
    assert len(lines) == len(words())
    assert all(line.endswith(".") for line in lines)


@pytest.mark.parametrize("module", CORE)
def test_every_noun_of_the_core_is_explained(module: str) -> None:
    nouns = {name for name in defined_in(DOMAIN / f"{module}.py") if not name.endswith(FORMS)}
    assert sorted(nouns - NAMED) == []


def test_every_type_that_the_glossary_names_exists() -> None:
    assert sorted(NAMED - EVERYWHERE.keys()) == []


def test_a_class_called_like_a_word_is_named_at_that_word() -> None:
    core = set().union(*(defined_in(DOMAIN / f"{module}.py") for module in CORE))
    for word, type_name, _ in ENTRY.findall(PAGE):
        same = next((name for name in core if name.casefold() == word.casefold()), None)
        assert same is None or type_name == same, word


def test_no_second_word_is_used_for_the_same_thing() -> None:
    parts = {name: set(re.findall(r"[A-Z][a-z]+", name)) for name in EVERYWHERE}
    wrong = [name for name, found in parts.items() if found & set(OTHER_WORDS)]
    assert sorted(set(wrong) - ALLOWED) == []
