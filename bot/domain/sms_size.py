"""How many text messages does one text cost, and in which alphabet? Pure."""

from dataclasses import dataclass

from smsutil import (  # type: ignore[import-untyped]  # the package ships no types
    GSM_MULTI_PART_BYTES,
    GSM_SINGLE_PART_BYTES,
    UNICODE_MULTI_PART_BYTES,
    UNICODE_SINGLE_PART_BYTES,
    split,
)

_GSM = "gsm0338"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSize:
    """What a text costs on SMS."""

    segments: int
    alphabet: str
    """GSM-7, or UCS-2 as soon as one character lies outside of it."""
    left: int
    """Units that still fit into the last segment: characters, of which a few count twice."""


def sms_size(text: str) -> SmsSize:
    """The size of `text`; an empty text costs nothing and has one whole segment left.

    Source: 3GPP TS 23.038 (alphabets) and 23.040 (160/153 and 70/67 units per segment).
    """
    if not text:
        return SmsSize(segments=0, alphabet="GSM-7", left=GSM_SINGLE_PART_BYTES)
    result = split(text)
    is_gsm = result.encoding == _GSM
    single, many, unit = (
        (GSM_SINGLE_PART_BYTES, GSM_MULTI_PART_BYTES, 1)
        if is_gsm
        else (UNICODE_SINGLE_PART_BYTES, UNICODE_MULTI_PART_BYTES, 2)
    )
    room = single if len(result.parts) == 1 else many
    return SmsSize(
        segments=len(result.parts),
        alphabet="GSM-7" if is_gsm else "UCS-2",
        left=(room - result.parts[-1].bytes) // unit,
    )
