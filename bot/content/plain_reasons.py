"""How is a mistake in a content file told to the person who wrote it?"""

from collections.abc import Mapping
from typing import Any

_PLAIN = {
    "missing": "this key is missing",
    "extra_forbidden": "there is no such key here",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "string_type": "expected text; put it in quotation marks",
    "string_too_short": "expected some text, found none",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "dict_type": "expected keys with values",
    "mapping_type": "expected keys with values",
    "model_type": "expected keys with values",
    "model_attributes_type": "expected keys with values",
}


def plain_reason(error: Mapping[str, Any]) -> str:
    """The reason in words for an author; `error` is one entry of pydantic's list."""
    kind = str(error["type"])
    limits: Mapping[str, Any] = error.get("ctx") or {}
    if kind in ("literal_error", "enum"):
        return f"expected one of {limits['expected']}"
    if kind == "string_too_long":
        return f"longer than {limits['max_length']} characters"
    if kind == "string_pattern_mismatch":
        return f"“{error['input']}” does not have the form {limits['pattern']}"
    if kind in ("too_long", "too_short"):
        bound = limits.get("max_length", limits.get("min_length"))
        return f"expected {'at most' if kind == 'too_long' else 'at least'} {bound} entries"
    plain = _PLAIN.get(kind)
    return plain if plain is not None else str(error["msg"]).removeprefix("Value error, ")
