"""Twenty conversations around danger, each on Telegram and by SMS: what is said, who must act."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.domain.identity import Channel
from bot.ports.console import PatientCard
from bot.services.alert_answers import Answer
from bot.settings import Settings
from bot.wiring.words import Words
from tests.household import Household, open_household
from tests.integration.test_alerts import case_ids, hire

PERHAPS = "everyone would be better off without me"
CERTAIN = "I want to kill myself"
LOW = "a bit low today"
HIT = "he hits me"
CHILD = "my toddler took my capsules"
EMERGENCY = "I am glad you told me"
HOLD = "take no more until a doctor has spoken to you"
TEN_MINUTES = timedelta(minutes=11)
Step = str | timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What a patient says and lets pass, and what must be true afterwards."""

    name: str
    steps: tuple[Step, ...]
    cases: tuple[str, ...]
    """Category, urgency and state of everything open."""
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    is_held: bool = False


OPEN = "rf-suicide emergency open"
CHECKING = "rf-suicide emergency checking"
CONVERSATIONS = (
    Conversation(
        name="check-then-talk", steps=(PERHAPS, "TALK"), cases=(OPEN,), says=(EMERGENCY, HOLD),
        is_held=True,
    ),
    Conversation(name="check-then-ok", steps=(PERHAPS, "OK"), cases=(), never=(EMERGENCY,)),
    Conversation(name="check-then-yes", steps=(PERHAPS, "yes"), cases=(CHECKING,), says=("TALK",)),
    Conversation(name="check-then-no", steps=(PERHAPS, "no"), cases=(CHECKING,)),
    Conversation(name="check-then-digit", steps=(PERHAPS, "2"), cases=(CHECKING,)),
    Conversation(name="check-yes-then-talk", steps=(PERHAPS, "yes", "TALK"), cases=(OPEN,),
                 says=(EMERGENCY,), is_held=True),
    Conversation(name="check-then-silence", steps=(PERHAPS, TEN_MINUTES), cases=(OPEN,)),
    Conversation(name="check-silence-then-talk", steps=(PERHAPS, TEN_MINUTES, "TALK"),
                 cases=(OPEN,), says=(EMERGENCY,), is_held=True),
    Conversation(name="check-silence-then-ok", steps=(PERHAPS, TEN_MINUTES, "OK"), cases=(OPEN,)),
    Conversation(name="check-then-question", steps=(PERHAPS, "my lips are dry", "TALK"),
                 cases=(OPEN,), says=(EMERGENCY,), is_held=True),
    Conversation(name="low-mood-check-then-silence", steps=(LOW, TEN_MINUTES),
                 cases=("rf-severe-low-mood urgent-same-day open",)),
    Conversation(name="talk-out-of-nothing", steps=("TALK",),
                 cases=("talk-without-check now open",)),
    Conversation(name="certain", steps=(CERTAIN,), cases=(OPEN,), says=(EMERGENCY, HOLD),
                 is_held=True),
    Conversation(name="certain-then-question", steps=(CERTAIN, "my lips are dry"), cases=(OPEN,),
                 is_held=True),
    Conversation(name="certain-then-night", steps=(CERTAIN, timedelta(hours=12)), cases=(OPEN,),
                 never=("capsule, with food",), is_held=True),
    Conversation(name="stop-with-danger", steps=(f"stop, {CERTAIN}",), cases=(OPEN,),
                 says=(EMERGENCY,), is_held=True),
    Conversation(name="opt-out-while-an-alert-is-open",
                 steps=(CERTAIN, "please stop texting me", timedelta(hours=12)),
                 cases=("opted-out task open", OPEN), never=("capsule, with food",), is_held=True),
    Conversation(name="confidential", steps=(HIT, timedelta(days=2)),
                 cases=("rf-abuse-coercion emergency open",),
                 says=("You deserve to be safe", "one trained person"),
                 never=("I could not reach the clinic", HOLD)),
    Conversation(name="child", steps=(CHILD,), cases=("rf-child-took emergency open",),
                 says=("Poison Control",), never=(HOLD,)),
    Conversation(name="danger-instead-of-a-check-in-answer",
                 steps=(timedelta(hours=11), CERTAIN), cases=(OPEN,), says=(EMERGENCY,),
                 is_held=True),
    Conversation(name="i-stopped-taking-it",
                 steps=("I stopped taking it", "because of my back, last Sunday"),
                 cases=("stopped-taking urgent-same-day open",)),
)  # fmt: skip


@pytest.mark.parametrize("channel", [Channel.TELEGRAM, Channel.SMS])
@pytest.mark.parametrize("talk", CONVERSATIONS, ids=lambda talk: talk.name)
async def test_conversation(
    talk: Conversation, channel: Channel, sqlite_settings: Settings, words: Words
) -> None:
    async with open_household(sqlite_settings, words) as home:
        await home.settle_in("ada", channel=channel)
        for step in talk.steps:
            if isinstance(step, timedelta):
                await home.wait(step)
            else:
                await home.say("ada", step, channel=channel)
        told = "\n".join(home.texts("ada", channel))
        cases = sorted(f"{c.category} {c.urgency} {c.state}" for c in await home.cases())
        assert cases == sorted(talk.cases)
        assert [words for words in talk.says if words not in told] == []
        assert [words for words in talk.never if words in told] == []
        assert await is_held(home, channel) is talk.is_held


@pytest.mark.parametrize("channel", [Channel.TELEGRAM, Channel.SMS])
async def test_the_patient_hears_who_saw_it(
    channel: Channel, sqlite_settings: Settings, words: Words
) -> None:
    async with open_household(sqlite_settings, words) as home:
        dana = await hire(home, "dana", "Dana Lead", role="lead")
        await home.settle_in("ada", channel=channel)
        await home.say("ada", CERTAIN, channel=channel)
        (case_id,) = await case_ids(home)
        answers = home.house.alert_answers
        async with home.house.store.unit_of_work() as tx:
            room = await answers.room(tx, dana, now=home.clock.now())
            taken = await answers.acknowledge(room, case_id, dana)
        assert taken.answer is Answer.DONE
        await home.engine.settle()
        assert "Dana Lead" in home.texts("ada", channel)[-1]


async def is_held(home: Household, channel: Channel) -> bool:
    address = home.members["ada"].phone.address(channel)
    card = await home.house.console.card(home.clinic_id, channel, address, now=home.clock.now())
    assert isinstance(card, PatientCard)
    return card.hold is not None
