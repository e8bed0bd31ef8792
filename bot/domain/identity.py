"""Which thing is meant: one id type per noun of the glossary, and the channels. Pure."""

from enum import StrEnum
from typing import NewType

ClinicId = NewType("ClinicId", str)
SenderId = NewType("SenderId", str)
StaffId = NewType("StaffId", str)
PatientId = NewType("PatientId", str)
AddressId = NewType("AddressId", str)
InviteId = NewType("InviteId", str)
CourseId = NewType("CourseId", str)
OccurrenceId = NewType("OccurrenceId", str)
InboundId = NewType("InboundId", str)
DeliveryId = NewType("DeliveryId", str)
EscalationId = NewType("EscalationId", str)
ContactId = NewType("ContactId", str)

AddressIndex = NewType("AddressIndex", str)
"""Keyed hash of (clinic, channel, address): finds a row without revealing the address."""

Lane = NewType("Lane", str)
"""What is answered in order: one conversation, or one address while it is unknown."""


class Channel(StrEnum):
    """A way to reach people; e-mail and webhook reach staff alone."""

    TELEGRAM = "telegram"
    SMS = "sms"
    EMAIL = "email"
    WEBHOOK = "webhook"


PATIENT_CHANNELS = (Channel.TELEGRAM, Channel.SMS)
"""Where patients write and are written to."""


class Driver(StrEnum):
    """Who carries a sender's messages."""

    TELEGRAM = "telegram"
    TWILIO = "twilio"
    SIMULATOR = "simulator"
    SMTP = "smtp"
    WEBHOOK = "webhook"


class Region(StrEnum):
    """Whose rules and telephone numbers hold for a clinic; UNKNOWN shows all of them."""

    US = "us"
    UK = "uk"
    EU = "eu"
    INDIA = "in"
    UNKNOWN = "unknown"
