"""Does `balm simulate` write what it promises, and say what is wrong with what it cannot do?"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import ics  # type: ignore[import-untyped]  # ships no types
import pytest
import structlog
import vobject  # type: ignore[import-untyped]  # ships no types
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.cli import app
from bot.content.behaviours import load_behaviours
from bot.domain.message_kind import MessageKind
from bot.domain.schedule import SlotTime, instant, is_skipped_day
from bot.domain.simulation import CourseRequest
from bot.wiring.simulation import simulate
from bot.wiring.words import CONTENT, Words

CAST = load_behaviours(CONTENT / "behaviours.yaml")
COURSE = (
    *("simulate", "--programme", "us-ipledge", "--category", "can-become-pregnant"),
    *("--start", "2026-12-01", "--weeks", "6"),
)


def balm(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture(autouse=True, scope="module")
def _logs_as_before() -> Iterator[None]:
    """A command sets up the log for its own standard error, which is gone afterwards."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated")
    files = [f"--{kind}={folder / 'course'}.{kind}" for kind in ("json", "ics", "png")]
    balm(*COURSE, "--why", *files)
    return folder


@pytest.fixture(scope="module")
def record(written: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((written / "course.json").read_text(encoding="utf-8"))
    return found


def test_every_message_has_its_kind_its_channel_and_the_offset_of_its_day(
    record: dict[str, Any],
) -> None:
    kinds = {kind.value for kind in MessageKind}
    for message in record["messages"]:
        at = datetime.fromisoformat(message["at"])
        assert at.utcoffset() == at.astimezone(ZoneInfo("America/New_York")).utcoffset()
        assert message["kind"] in kinds
        assert message["channel"] == "telegram"
        assert message["text"]
        assert message["why"]["rule"]
    counted = Counter(message["kind"] for message in record["messages"])
    assert counted["dose"] == 42
    first = next(m for m in record["messages"] if m["kind"] == "dose")
    assert first["at"] == "2026-12-01T20:00:00-05:00"
    assert first["occurrence"] == "dose/daily/2026-12-01"


def test_steps_and_verifier_stand_beside_them(record: dict[str, Any]) -> None:
    steps = {step["id"]: step for step in record["steps"]}
    second = steps["pregnancy-test-2"]
    assert second["opens"] == "2026-11-26"
    assert second["rule"].startswith("us-ipledge/")
    assert second["evidence"]["result"] == "negative"
    assert {step["state"] for step in steps.values()} <= {"done", "told"}
    assert record["verifier"] == {"ok": True, "findings": []}


def test_two_other_libraries_read_the_calendar_file(written: Path, record: dict[str, Any]) -> None:
    text = (written / "course.ics").read_text(encoding="utf-8")
    dose_days = {m["occurrence"] for m in record["messages"] if m["kind"] == "dose"}
    by_ics = [e for e in ics.Calendar(text).events if "dose" in e.categories]
    assert len(by_ics) == len(dose_days)
    assert min(e.begin for e in by_ics).datetime == datetime(2026, 12, 2, 1, tzinfo=UTC)
    by_vobject = vobject.readOne(text).vevent_list
    assert len(by_vobject) == len(ics.Calendar(text).events)
    for line in text.splitlines():
        if line.startswith("DTSTART") and "VALUE=DATE" not in line:
            assert line.endswith("Z"), "every instant is in UTC"


def test_the_poster_is_a_picture(written: Path) -> None:
    assert (written / "course.png").read_bytes().startswith(b"\x89PNG")


def test_the_calendar_in_the_terminal_names_what_matters() -> None:
    shown = balm(*COURSE)
    for words in ("December 2026", "pick-up-1", "42 taken", "no findings"):
        assert words in shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--start", "2026-02-30"), "--start 2026-02-30: there is no such day"),
        (("--start", "1026-02-01"), "--start"),
        (("--zone", "Mars/Olympus"), "--zone Mars/Olympus: there is no such time zone"),
        (("--dose", "400mg@20:00"), "--dose 400mg@20:00: 400 mg a day cannot be right"),
        (("--dose", "40"), "--dose 40: write milligrams and a time"),
        (("--dose", "20mg@20:00,20mg@20:00"), "its own time"),
        (("--weeks", "0"), "--weeks 0: a course takes 1 to 52 weeks"),
        (("--behaviour", "saintly"), "--behaviour saintly: use one of perfect"),
        (("--language", "fr"), "--language fr: use one of en"),
        (("--channel", "email"), "--channel email: use one of telegram, sms"),
        (("--programme", "mars"), "--programme mars: use one of"),
        (("--category", "either"), "--category either: use one of"),
        (("--json", "/nowhere/at/all.json"), "--json /nowhere/at/all.json: there is no folder"),
    ],
)
def test_what_cannot_be_simulated_is_named_with_the_reason_and_the_fix(
    options: tuple[str, str], words: str
) -> None:
    assert words in balm(*COURSE, *options, code=2)


ZONES = sorted(available_timezones())


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    zone=st.sampled_from(ZONES),
    first=st.dates(min_value=date(2005, 1, 1), max_value=date(2035, 12, 31)),
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0, tzinfo=None)),
)
def test_in_every_zone_a_capsule_is_asked_about_once_a_day_at_its_hour(
    words: Words, zone: str, first: date, at: time
) -> None:
    asked = CourseRequest(
        programme="none",
        category="cannot-become-pregnant",
        first_day=first,
        weeks=1,
        zone=ZoneInfo(zone),
        slots=(SlotTime(slot="daily", at=at),),
        dose="40 mg",
        behaviour=CAST.behaviours["silent"],
        lines=CAST.lines["en"],
        days_after=1,
    )
    days = [date.fromordinal(first.toordinal() + n) for n in range(7)]
    due = [instant(day, at, asked.zone) for day in days if not is_skipped_day(day, asked.zone)]
    said = [m.at.astimezone(UTC) for m in simulate(asked, words).messages if m.kind == "dose"]
    assert said == due
