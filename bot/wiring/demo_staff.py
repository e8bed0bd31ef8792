"""Who works at the made-up clinic? One nurse with a phone, so that alerts arrive somewhere."""

from bot.channels.simulator import Simulator
from bot.domain.identity import Channel, ClinicId
from bot.domain.rota import StaffRole
from bot.ports.simulator import Phone
from bot.wiring.house import House

_NAME = "Dana Demo"
_PHONE = Phone(
    id="dana",
    name=_NAME,
    note="works at the clinic: alerts arrive here",
    telegram_address="9550100190",
    sms_address="+15550100190",
)
_BY = "demonstration"


async def employ(house: House, clinic_id: ClinicId, simulator: Simulator) -> None:
    """Let the nurse be reached on a simulated phone; once, however often Balm is started."""
    simulator.add_phone(_PHONE)
    roster = await house.staffing.roster(clinic_id)
    if any(person.staff.name == _NAME for person in roster.people):
        return
    await house.staffing.add(clinic_id, name=_NAME, role=StaffRole.LEAD, by=_BY)
    await house.staffing.add_contact(
        clinic_id,
        name=_NAME,
        channel=Channel.TELEGRAM,
        value=_PHONE.telegram_address,
        language="en",
        is_shared=False,
        by=_BY,
    )
