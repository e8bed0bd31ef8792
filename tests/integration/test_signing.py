"""Who may sign, what does a signature change, and what does production refuse without it?"""

from collections.abc import AsyncIterator, Sequence
from datetime import date

import pyotp
import pytest
from pydantic import SecretStr

from bot.domain.identity import Channel, ClinicId, Driver, PatientId, Region, SenderId
from bot.domain.inbound import Inbound, InboundKind
from bot.domain.patient import Clinic
from bot.domain.review import SignableText, TextKind
from bot.domain.rota import StaffRole
from bot.ports.house import Sender
from bot.services.codes import STEP_S, Enrolment
from bot.services.patients import NewPatient, NotPossible
from bot.settings import Settings
from bot.wiring.demo import ensure_clinic
from bot.wiring.house import House, open_house
from bot.wiring.words import Words
from tests.fakes.channel import ScriptedChannel
from tests.household import SECRET, Household


async def enrol(
    house: House, clinic_id: ClinicId, role: StaffRole = StaffRole.PRESCRIBER
) -> Enrolment:
    return await house.codes.enrol(clinic_id, name="Dr Rao", role=role, replaces=False, by="test")


def code_of(house: House, made: Enrolment, *, steps_later: int = 0) -> str:
    """The code that the authenticator shows now, or a few steps later."""
    totp = pyotp.TOTP(made.secret, interval=STEP_S)
    return totp.at(house.real_clock.now(), counter_offset=steps_later)


async def clinic_of(house: House, clinic_id: ClinicId) -> Clinic:
    async with house.store.read() as tx:
        return await tx.house.clinic(clinic_id)


async def sign(
    house: House, clinic_id: ClinicId, texts: Sequence[SignableText], code: str
) -> Sequence[SignableText]:
    return await house.reviews.sign(clinic_id, texts, name="dr rao", code=code)


async def texts_of(house: House, clinic_id: ClinicId, *names: str) -> Sequence[SignableText]:
    clinic = await clinic_of(house, clinic_id)
    return house.reviews.texts(clinic, names, language="en", region=None)


# --- one-time codes


async def test_a_code_works_once(home: Household) -> None:
    made = await enrol(home.house, home.clinic_id)
    code = code_of(home.house, made)
    staff = await home.house.codes.check(home.clinic_id, name="dr RAO", code=code)
    assert staff.id == made.staff.id
    with pytest.raises(NotPossible, match="used already"):
        await home.house.codes.check(home.clinic_id, name="Dr Rao", code=code)


@pytest.mark.parametrize("steps", [-3, 3])
async def test_an_old_or_early_code_is_refused(home: Household, steps: int) -> None:
    made = await enrol(home.house, home.clinic_id)
    with pytest.raises(NotPossible, match="not right"):
        await home.house.codes.check(
            home.clinic_id, name="Dr Rao", code=code_of(home.house, made, steps_later=steps)
        )


async def test_five_wrong_codes_close_the_door_even_for_the_right_one(home: Household) -> None:
    made = await enrol(home.house, home.clinic_id)
    wrong = code_of(home.house, made, steps_later=100)
    for _ in range(5):
        with pytest.raises(NotPossible, match="not right"):
            await home.house.codes.check(home.clinic_id, name="Dr Rao", code=wrong)
    with pytest.raises(NotPossible, match="too many"):
        await home.house.codes.check(home.clinic_id, name="Dr Rao", code=code_of(home.house, made))


async def test_nobody_takes_over_codes_by_accident(home: Household) -> None:
    old = await enrol(home.house, home.clinic_id)
    with pytest.raises(NotPossible, match="already"):
        await enrol(home.house, home.clinic_id)
    new = await home.house.codes.enrol(
        home.clinic_id, name="Dr Rao", role=StaffRole.PRESCRIBER, replaces=True, by="test"
    )
    assert new.staff.id == old.staff.id
    with pytest.raises(NotPossible, match="not right"):
        await home.house.codes.check(home.clinic_id, name="Dr Rao", code=code_of(home.house, old))


async def test_the_secret_is_not_stored_readably(home: Household) -> None:
    made = await enrol(home.house, home.clinic_id)
    async with home.house.store.read() as tx:
        assert await tx.reviews.code_secret(made.staff) == made.secret
    stored = b"".join(path.read_bytes() for path in home.house.settings.data_dir.glob("balm.db*"))
    assert made.secret.encode() not in stored


# --- signing


async def test_a_signed_answer_says_who_reviewed_it(home: Household) -> None:
    await home.settle_in("ada")
    await home.say("ada", "my lips are dry")
    assert "not yet reviewed" in home.texts("ada")[-1]
    made = await enrol(home.house, home.clinic_id)
    lips = await texts_of(home.house, home.clinic_id, "dry-lips")
    assert await sign(home.house, home.clinic_id, lips, code_of(home.house, made)) == lips
    before = len(home.texts("ada"))
    await home.say("ada", "my lips are dry")
    assert "Reviewed by Dr Rao on" in home.texts("ada")[before]
    await home.say("ada", "what about alcohol")
    assert "not yet reviewed" in home.texts("ada")[-1]


async def test_signing_the_same_words_twice_is_one_signature(home: Household) -> None:
    made = await enrol(home.house, home.clinic_id)
    lips = await texts_of(home.house, home.clinic_id, "dry-lips")
    await sign(home.house, home.clinic_id, lips, code_of(home.house, made))
    again = code_of(home.house, made, steps_later=1)
    assert await sign(home.house, home.clinic_id, lips, again) == []
    async with home.house.store.read() as tx:
        assert len(await tx.reviews.sign_offs(home.clinic_id)) == 1


async def test_whoever_runs_the_machine_does_not_sign(home: Household) -> None:
    made = await enrol(home.house, home.clinic_id, role=StaffRole.ADMIN)
    lips = await texts_of(home.house, home.clinic_id, "dry-lips")
    with pytest.raises(NotPossible, match="is admin"):
        await sign(home.house, home.clinic_id, lips, code_of(home.house, made))


async def test_a_text_that_does_not_exist_in_a_language_is_not_signed_there(
    home: Household,
) -> None:
    clinic = await clinic_of(home.house, home.clinic_id)
    spanish = home.house.content.signable.everything("es", clinic.region)
    english = [text.name for text in spanish if text.language == "en"]
    if not english:
        pytest.skip("every text exists in Spanish")
    with pytest.raises(NotPossible, match="sign en instead"):
        home.house.reviews.texts(clinic, english[:1], language="es", region=None)


async def test_states_tell_what_is_signed_for_the_region_only(home: Household) -> None:
    made = await enrol(home.house, home.clinic_id)
    lips = await texts_of(home.house, home.clinic_id, "dry-lips")
    await sign(home.house, home.clinic_id, lips, code_of(home.house, made))
    clinic = await clinic_of(home.house, home.clinic_id)
    here = await home.house.reviews.states(clinic, language="en")
    elsewhere = await home.house.reviews.states(clinic, language="en", region=Region.UK)
    assert [state.text.name for state in here if state.signed] == ["dry-lips"]
    assert [state.text.name for state in elsewhere if state.signed] == []


# --- production

PHONE = "9550100977"


class Production:
    """A house as in production, with one sender whose messages a test reads."""

    def __init__(self, house: House, clinic_id: ClinicId, sender: Sender) -> None:
        self.house = house
        self.clinic_id = clinic_id
        self.sender = sender
        self.channel = ScriptedChannel()
        self._engine = house.engine({sender.id: self.channel}, [sender])
        self._said = 0

    async def say(self, text: str = "", *, press: str | None = None) -> list[str]:
        """What is sent after this message."""
        before = len(self.channel.sent)
        self._said += 1
        message = Inbound(
            channel=Channel.TELEGRAM,
            sender_id=self.sender.id,
            provider_id=str(self._said),
            kind=InboundKind.TEXT if press is None else InboundKind.BUTTON,
            address=PHONE,
            text=text,
            action=press,
        )
        await self.house.inbound.accept([message])
        await self._engine.settle()
        return [sent.body.text for sent in self.channel.sent[before:]]

    async def add(self, language: str = "en") -> PatientId:
        """A patient who is not invited yet."""
        new = NewPatient(
            name="Ada Example",
            born_on=date(2003, 4, 12),
            category="can-become-pregnant",
            zone="America/New_York",
            language=language,
        )
        return await self.house.patients.add(self.clinic_id, new, by="test")

    async def sign(self, *kinds: TextKind) -> None:
        """Dr Rao signs every English text of these kinds."""
        made = await enrol(self.house, self.clinic_id)
        clinic = await clinic_of(self.house, self.clinic_id)
        everything = self.house.content.signable.everything("en", clinic.region)
        texts = [text for text in everything if text.kind in kinds]
        await sign(self.house, self.clinic_id, texts, code_of(self.house, made))

    async def add_contact(self) -> None:
        """From now on an alert reaches somebody, without which nobody is enrolled either."""
        await self.house.staffing.add_contact(
            self.clinic_id,
            name="Dr Rao",
            channel=Channel.TELEGRAM,
            value="9550100555",
            language="en",
            is_shared=False,
            by="test",
        )


@pytest.fixture
async def production(sqlite_settings: Settings, words: Words) -> AsyncIterator[Production]:
    """A house that obeys the rules of production."""
    known = Settings.model_construct(
        env="production",
        data_dir=sqlite_settings.data_dir,
        secret_key=sqlite_settings.secret_key,
        telegram_bot_token=SecretStr("1:token"),
        public_base_url="https://balm.example",
    )
    assert known.secret_key is not None
    assert known.secret_key.get_secret_value() == SECRET
    async with open_house(known, words=words) as house:
        clinic_id = await ensure_clinic(house)
        sender = Sender(
            id=SenderId(house.ids.new()),
            clinic_id=clinic_id,
            channel=Channel.TELEGRAM,
            driver=Driver.SIMULATOR,
            public_name="test",
            state="running",
            held_until=None,
            pace_per_second=1_000.0,
            credentials={},
        )
        async with house.store.unit_of_work() as tx:
            await tx.house.upsert_sender(sender)
        yield Production(house, clinic_id, sender)


async def test_production_invites_nobody_before_the_texts_are_signed(
    production: Production,
) -> None:
    house, patient_id = production.house, await production.add()
    with pytest.raises(NotPossible, match="balm content signed --missing --language en"):
        await house.patients.invite(production.clinic_id, patient_id, by="test")
    await production.sign(TextKind.FLAG, TextKind.ENROLMENT)
    await production.add_contact()
    invitation = await house.patients.invite(production.clinic_id, patient_id, by="test")
    welcome = await production.say(f"/start {invitation.link_token}")
    assert "in which year were you born" in welcome[0]


async def test_flags_alone_are_not_enough_to_enrol(production: Production) -> None:
    patient_id = await production.add()
    await production.sign(TextKind.FLAG)
    with pytest.raises(NotPossible, match="are not signed yet"):
        await production.house.patients.invite(production.clinic_id, patient_id, by="test")


async def test_a_language_without_signatures_invites_nobody(production: Production) -> None:
    await production.sign(TextKind.FLAG, TextKind.ENROLMENT)
    patient_id = await production.add("es")
    with pytest.raises(NotPossible, match="--language es"):
        await production.house.patients.invite(production.clinic_id, patient_id, by="test")


async def test_production_keeps_back_an_unsigned_answer_above_routine(
    production: Production,
) -> None:
    assert "Please ask your clinic about that" in (await production.say("what about alcohol"))[0]
    assert "not yet reviewed" in (await production.say("my lips are dry"))[0]
    await production.sign(TextKind.TOPIC)
    assert "Reviewed by Dr Rao" in (await production.say("what about alcohol"))[0]


async def test_production_never_withholds_an_emergency_text(production: Production) -> None:
    assert "911" in (await production.say("I want to kill myself"))[0]


async def test_an_unsigned_answer_is_not_on_offer_either(production: Production) -> None:
    assert "Please ask your clinic" in (await production.say(press="topic:alcohol"))[0]
