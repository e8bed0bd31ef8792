"""What do the rows of a patient, a fact and an address say?"""

import json
from datetime import date
from typing import Any

from sqlalchemy import Row

from bot.domain.identity import AddressId, Channel, ClinicId, PatientId, SenderId
from bot.domain.patient import Address, AddressState, Fact, FactKind, Patient, PatientStatus
from bot.store.sealing import Sealer
from bot.store.tables import AddressRow, FactRow, PatientRow

_SEALED_FACTS = frozenset(
    {
        FactKind.PRIVATE_CONTACT,
        FactKind.GUARDIAN,
        FactKind.PHONE,
        FactKind.REGIMEN,
        FactKind.WEIGHT,
        FactKind.TARGET,
        FactKind.EVIDENCE,
        FactKind.CONTRACEPTION,
        FactKind.CAPSULES_LEFT,
    }
)
"""Words and numbers of one body; what is queried across people stays readable."""


async def patient_of(row: PatientRow | Row[Any], sealer: Sealer) -> Patient:
    """The patient of a row, with the name and the birthday unsealed."""
    identity = await sealer.unseal(
        f"patient.identity:{row.id}",
        row.sealed_identity,
        clinic_id=row.clinic_id,
        patient_id=row.id,
    )
    return Patient(
        id=PatientId(row.id),
        clinic_id=ClinicId(row.clinic_id),
        name=identity["name"],
        born_on=date.fromisoformat(identity["born_on"]),
        status=PatientStatus(row.status),
    )


async def fact_of(row: FactRow | Row[Any], sealer: Sealer) -> Fact:
    """The fact of a row, unsealed where it is private."""
    if row.sealed_value is not None:
        value = await sealer.unseal(
            f"fact.value:{row.id}",
            row.sealed_value,
            clinic_id=row.clinic_id,
            patient_id=row.patient_id,
        )
    else:
        value = json.loads(row.value or "{}")
    return Fact(
        kind=FactKind(row.kind),
        value=value,
        effective_at=row.effective_at,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )


async def fact_values(
    fact: Fact,
    sealer: Sealer,
    *,
    id: str,  # noqa: A002  # the column's own name
    clinic_id: ClinicId,
    patient_id: PatientId,
) -> dict[str, Any]:
    """The row of a fact, sealed where it is private."""
    value: str | None = None
    sealed: bytes | None = None
    if fact.kind in _SEALED_FACTS:
        sealed = await sealer.seal(
            f"fact.value:{id}", dict(fact.value), clinic_id=clinic_id, patient_id=patient_id
        )
    else:
        value = json.dumps(dict(fact.value))
    return {
        "id": id,
        "clinic_id": clinic_id,
        "patient_id": patient_id,
        "kind": fact.kind.value,
        "value": value,
        "sealed_value": sealed,
        "effective_at": fact.effective_at,
        "recorded_at": fact.recorded_at,
        "recorded_by": fact.recorded_by,
    }


async def address_of(row: AddressRow | Row[Any], sealer: Sealer) -> Address:
    """The address of a row, unsealed."""
    value = await sealer.unseal(
        f"address.value:{row.id}",
        row.sealed_value,
        clinic_id=row.clinic_id,
        patient_id=row.patient_id,
    )
    return Address(
        id=AddressId(row.id),
        patient_id=PatientId(row.patient_id),
        channel=Channel(row.channel),
        sender_id=SenderId(row.sender_id),
        value=value,
        state=AddressState(row.state),
    )
