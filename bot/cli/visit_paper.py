"""`balm patient visit-paper`: one page about a patient's course, to print before a visit."""

from pathlib import Path
from typing import Annotated

import typer

from bot.charts.artist import Artist
from bot.cli.house import fail, with_house
from bot.domain.identity import ClinicId, PatientId
from bot.domain.patient import state_at
from bot.domain.picture import PictureName, PictureOrder
from bot.domain.progress_record import progress_record
from bot.services.course_so_far import course_so_far
from bot.wiring.house import House

_BY = "command-line"


def visit_paper(
    patient_id: Annotated[str, typer.Argument(help="The patient's id.")],
    out: Annotated[Path, typer.Option(help="The PDF to write.")],
) -> None:
    """What the patient told, capsule days and dates on one tagged page; looking is recorded."""
    if not out.parent.is_dir():
        fail(f"--out {out}: there is no folder {out.parent}; make it first")

    async def work(house: House, clinic_id: ClinicId) -> bytes | None:
        order = await _order(house, clinic_id, PatientId(patient_id))
        return Artist(house.content.said).draw(order).content if order is not None else None

    page = with_house(work)
    if page is None:
        fail(f"there is no patient {patient_id} with a course; `balm patient list` shows all")
    try:
        out.write_bytes(page)
    except OSError as error:
        fail(f"--out {out}: {error.strerror}; choose a file that can be written")
    print(out)


async def _order(house: House, clinic_id: ClinicId, patient_id: PatientId) -> PictureOrder | None:
    now = house.clock.now()
    async with house.store.unit_of_work() as tx:
        patient = await tx.people.patient(patient_id)
        if patient is None or patient.clinic_id != clinic_id:
            return None
        clinic = await tx.house.clinic(clinic_id)
        state = state_at(patient, await tx.people.facts(patient_id), at=now, clinic=clinic)
        seen = await course_so_far(tx, state, now=now, planner=house.planner)
        if seen is None:
            return None
        await tx.house.audit(
            clinic_id, at=now, actor=_BY, verb="view:visit-paper", subject=patient_id
        )
    shows = {**progress_record(seen), "name": f"{patient.name}, {patient.born_on.year}"}
    return PictureOrder(name=PictureName.VISIT, language=state.language, shows=shows)
