"""Can anybody read a patient's words in the raw database, or move them to another row?"""

from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.domain.effect import RecordAnswer
from bot.domain.escalation import Escalation, EscalationState, Urgency
from bot.domain.identity import Channel, EscalationId, Lane
from bot.domain.patient import Fact, FactKind
from bot.secret import secret_of
from bot.settings import Settings
from bot.store.keys import SealBroken, WrongSecret
from bot.wiring.words import Words
from tests.household import Household, Member, open_household

NAME = "Zephyrine Quillfeather"
BORN_ON = date(1987, 3, 14)
WORDS = "my zebra-striped elbows are flaking again"
HOW = "ring the bakery after five"
DOSE = "forty and twenty on alternating Thursdays"
EVIDENCE = "words that only staff may read"
PRIVATE = (NAME, "1987-03-14", WORDS, HOW, DOSE, EVIDENCE)


async def live(home: Household) -> Member:
    """A patient with something private in every sealed column."""
    member = await home.settle_in("zoe", name=NAME, born_on=BORN_ON, channel=Channel.SMS)
    await home.say("zoe", WORDS, channel=Channel.SMS)
    assert member.patient_id is not None
    now = home.clock.now()
    fact = Fact(
        kind=FactKind.PRIVATE_CONTACT,
        value={"how": HOW},
        effective_at=now,
        recorded_at=now,
        recorded_by="patient",
    )
    case = Escalation(
        id=EscalationId(home.house.ids.new()),
        clinic_id=home.clinic_id,
        cause="test",
        category="call-me",
        urgency=Urgency.TASK,
        state=EscalationState.OPEN,
        patient_id=member.patient_id,
        opened_at=now,
        deadline_at=None,
        evidence=EVIDENCE,
    )
    async with home.house.store.unit_of_work() as tx:
        await tx.people.add_fact(home.clinic_id, member.patient_id, fact)
        assert await tx.cases.add(case)
        await tx.plan.add_course(
            home.clinic_id,
            member.patient_id,
            first_day=date(2026, 12, 1),
            last_day=None,
            dose=DOSE,
            at=now,
        )
        first, *_ = await tx.plan.occurrences(
            member.patient_id, after=now, until=now + timedelta(days=3)
        )
        answer = RecordAnswer(
            occurrence_id=first.id,
            questionnaire="daily",
            version="1",
            question="else",
            value="text",
            text=WORDS,
        )
        await tx.plan.add_answer(home.clinic_id, member.patient_id, answer, at=now)
    return member


def raw_bytes(settings: Settings) -> bytes:
    """Everything that lies on disk or comes out of a dump, keys included."""
    if settings.database_url is None:
        files = sorted(settings.data_dir.glob("*.db*"))
        assert {"balm.db", "keys.db"} <= {file.name for file in files}
        return b"".join(file.read_bytes() for file in files)
    dumped = []
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        tables = connection.execute(
            "SELECT schemaname || '.' || tablename FROM pg_tables"
            " WHERE schemaname IN ('public', 'keys')"
        ).fetchall()
        assert ("keys.wrapped_key",) in tables
        for (table,) in tables:
            with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copy:
                dumped += [bytes(chunk) for chunk in copy]
    return b"".join(dumped)


async def test_nothing_private_lies_readable_in_the_database(
    home: Household, settings: Settings
) -> None:
    member = await live(home)
    raw = raw_bytes(settings)
    phones = (member.phone.sms_address, member.phone.sms_address.removeprefix("+"))
    assert b"checkin-daily" in raw, "the dump holds the rows at all"
    for private in (*PRIVATE, *phones):
        spellings = (private, private.casefold(), private.encode().hex())
        assert not [one for one in spellings if one.encode() in raw], private


async def test_what_was_sealed_comes_back(home: Household) -> None:
    member = await live(home)
    assert member.patient_id is not None
    async with home.house.store.read() as tx:
        patient = await tx.people.patient(member.patient_id)
        addresses = await tx.people.addresses(member.patient_id)
        facts = await tx.people.facts(member.patient_id)
        course = await tx.plan.running_course(member.patient_id)
        assert course is not None
        dose = await tx.plan.course_dose(course)
        case = await tx.cases.newest_open(member.patient_id)
    assert patient is not None
    assert (patient.name, patient.born_on) == (NAME, BORN_ON)
    assert [address.value for address in addresses] == [member.phone.sms_address]
    assert {"how": HOW} in [fact.value for fact in facts]
    assert dose == DOSE
    assert case is None, "tasks are left out"


SWAPS = (
    ("patient", "sealed_identity", "id", ""),
    ("address", "sealed_value", "patient_id", ""),
    ("delivery", "sealed_message", "patient_id", ""),
    ("conversation", "sealed_state", "lane", "patient:"),
    ("course", "sealed_dose", "patient_id", ""),
)


async def test_a_ciphertext_put_into_another_row_is_refused(home: Household) -> None:
    first = await live(home)
    second = await home.settle_in("ben", name="Ben Sample", channel=Channel.SMS)
    await home.say("ben", "MENU", channel=Channel.SMS)
    await home.say("ben", "PAUSE", channel=Channel.SMS)
    for table, column, owner, prefix in SWAPS:
        mine, theirs = f"{prefix}{first.patient_id}", f"{prefix}{second.patient_id}"
        read = f"SELECT {column} FROM {table} WHERE {owner} = :whose"  # noqa: S608  # listed above
        swap = f"UPDATE {table} SET {column} = :value WHERE {owner} = :whose"  # noqa: S608  # as above
        before, other = await put(home, read, whose=mine), await put(home, read, whose=theirs)
        await put(home, swap, whose=mine, value=other)
        with pytest.raises(SealBroken):
            await read_everything(home, first)
        await put(home, swap, whose=mine, value=before)


async def put(home: Household, statement: str, **values: object) -> object:
    """Run raw SQL, as somebody with access to the database could; its first value."""
    async with home.house.store.unit_of_work() as tx:
        if statement.startswith("SELECT"):
            return await tx.people._session.scalar(text(statement), values)
        await tx.people._session.execute(text(statement), values)
        return None


async def read_everything(home: Household, member: Member) -> None:
    """Open every sealed column of a patient."""
    assert member.patient_id is not None
    async with home.house.store.read() as tx:
        await tx.people.patient(member.patient_id)
        await tx.people.addresses(member.patient_id)
        course = await tx.plan.running_course(member.patient_id)
        assert course is not None
        await tx.plan.course_dose(course)
        await tx.conversations.get(home.clinic_id, Lane(f"patient:{member.patient_id}"))
    shown = await home.house.console.overview(home.clinic_id, now=home.clock.now())
    if any("cannot be opened" in line.text for line in shown.messages):
        raise SealBroken("delivery")


async def test_a_wrong_secret_opens_nothing(
    home: Household, settings: Settings, words: Words
) -> None:
    await live(home)
    other = settings.model_copy(update={"secret_key": SecretStr("another secret")})
    with pytest.raises(WrongSecret):
        async with open_household(other, words):
            pass


async def test_an_erased_key_makes_a_patient_unreadable(home: Household) -> None:
    member = await live(home)
    keys = home.house.store._sealer.keys
    await keys.erase(f"patient:{member.patient_id}")
    with pytest.raises(KeyError):
        await read_everything(home, member)


async def test_the_secret_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings.model_construct(data_dir=tmp_path)
    assert secret_of(settings) == secret_of(settings)
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0
