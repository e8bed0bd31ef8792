"""What does a campaign's message need to be decided: its step, and what is known of the patient?"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.campaign import Campaign, Step
from bot.domain.campaign.notice import Notice
from bot.domain.campaign.values import FactReading, History, audience_values
from bot.domain.campaign.version import in_force
from bot.domain.checkin_source import DEFAULT_TIME
from bot.domain.identity import Channel, ClinicId, PatientId
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import Occurrence
from bot.domain.patient import Clinic, Fact, PatientState
from bot.ports.store import Transaction
from bot.services.campaign_book import PREFIX, CampaignBook, may_speak

_LOOK_BACK = timedelta(days=14)


class CampaignNotices:
    """Loads what the audience rule of a campaign asks for, at the moment of sending."""

    def __init__(self, book: CampaignBook) -> None:
        """Steps come from `book`."""
        self._book = book

    async def of(
        self,
        tx: Transaction,
        occurrence: Occurrence,
        facts: Sequence[Fact],
        state: PatientState,
        *,
        clinic: Clinic,
        channel: Channel | None,
        now: datetime,
    ) -> Notice | None:
        """The campaign of an occurrence with the patient's values now; None: it is of none."""
        if not occurrence.message.startswith(PREFIX):
            return None
        found = self._book.step(clinic.id, occurrence.message)
        if found is None:
            return None
        campaign, step = found
        patient_id = state.patient.id
        return Notice(
            campaign=campaign,
            step=step,
            values=audience_values(
                FactReading(facts),
                state,
                now=now,
                channel=channel,
                region=clinic.region,
                history=(await histories(tx, [patient_id], now=now))[patient_id],
            ),
            dose_time=state.dose_time or DEFAULT_TIME,
            is_running=await _is_running(tx, clinic.id, campaign, step),
        )

    def open_steps(
        self, clinic: Clinic, recent: Sequence[Occurrence]
    ) -> dict[str, tuple[Occurrence, Step]]:
        """The campaign messages among `recent` that may still be answered, by their id."""
        found = {}
        for occurrence in recent:
            if occurrence.message.startswith(PREFIX):
                known = self._book.step(clinic.id, occurrence.message)
                if known is not None:
                    found[str(occurrence.id)] = (occurrence, known[1])
        return found


async def _is_running(tx: Transaction, clinic_id: ClinicId, campaign: Campaign, step: Step) -> bool:
    """As it stands in this moment: another process may have stopped it since the book was read."""
    states = await tx.campaigns.states_of(clinic_id, campaign.id)
    state = states.get(campaign.version)
    return state is not None and may_speak(step, in_force(state, list(states.values())))


async def histories(
    tx: Transaction, patient_ids: Sequence[PatientId], *, now: datetime
) -> dict[PatientId, History]:
    """What happened lately to each, as far as rules may ask for it."""
    recent = await tx.many.occurrences(patient_ids, after=now - _LOOK_BACK, until=now)
    with_case = await tx.many.with_open_case(patient_ids)
    last_words = await tx.many.last_words(patient_ids)
    answers = await tx.many.latest_answers(patient_ids)
    return {
        one: History(
            doses=[dose for dose in recent[one] if dose.kind is MessageKind.DOSE],
            has_open_case=one in with_case,
            last_word_at=last_words.get(one),
            answers=answers[one],
        )
        for one in patient_ids
    }
