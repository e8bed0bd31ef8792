"""How is a mistake in a content file told to the person who wrote it?"""

from collections.abc import Mapping
from typing import Any

_PLAIN = {
    "missing": "this key is missing",
    "extra_forbidden": "there is no such key here",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
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

_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}
_FORMS = {
    r"^[a-z][a-z0-9-]{1,39}$": "is no name here: write 2 to 40 small letters, digits or hyphens, "
    "such as lip-tip",
    r"^[a-z]{2}$": "is no language: write its two letters, such as en, es or hi",
}
"""What patterns ask for, in words."""
_YAML = (
    ("tab character", "a tab stands here: use spaces"),
    ("expected a single document", "the file ends here: delete the line ---, one file holds one"),
    ("but found another document", "the file ends here: delete the line ---, one file holds one"),
    (
        "did not find expected '-' indicator",
        "this line begins further left or right than the ones "
        "it belongs to: give it the same number of spaces",
    ),
    (
        "did not find expected key",
        "this line does not go with the ones above: look at the spaces "
        "at its beginning, and at quotation marks that are not closed",
    ),
    (
        "mapping values are not allowed",
        "a second colon in one line: put the text in quotation marks",
    ),
    ("could not find expected ':'", "a colon is missing here, or a quotation mark is not closed"),
    ("found unexpected end of stream", "a quotation mark or bracket is opened and never closed"),
)


def plain_yaml(problem: str | None, line: str) -> str:
    """What is wrong with a file that is no YAML, in words for an author; `line` is the one."""
    said = problem or "this cannot be read"
    if "cannot start any token" in said:
        if line.lstrip(" ").startswith("\t"):
            return "a tab stands here: use spaces"
        return "this sign cannot begin a value: put the text in quotation marks"
    return next((plain for begins, plain in _YAML if begins in said), said)


def plain_reason(error: Mapping[str, Any]) -> str:
    """The reason in words for an author; `error` is one entry of pydantic's list."""
    kind = str(error["type"])
    limits: Mapping[str, Any] = error.get("ctx") or {}
    if kind in ("literal_error", "enum"):
        expected = str(limits["expected"]).replace("True", "true")
        return f"expected {'one of ' if ' or ' in expected else ''}{expected}"
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"expected {words} {limits[name]}"
    if kind == "string_too_long":
        return f"longer than {limits['max_length']} characters"
    if kind == "string_pattern_mismatch":
        form = _FORMS.get(limits["pattern"], f"does not have the form {limits['pattern']}")
        return f"“{error['input']}” {form}"
    if kind in ("too_long", "too_short"):
        bound = limits.get("max_length", limits.get("min_length"))
        many = "entry" if bound == 1 else "entries"
        return f"expected {'at most' if kind == 'too_long' else 'at least'} {bound} {many}"
    plain = _PLAIN.get(kind)
    return plain if plain is not None else str(error["msg"]).removeprefix("Value error, ")
