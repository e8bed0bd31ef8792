"""Which markup may a text of the content hold? `**bold**`, and lines that start with "- ". Pure."""

import re

BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
"""Bold words within one line; stars that do not pair up are stars."""

BULLET = re.compile(r"^- ", re.MULTILINE)


def plain(text: str) -> str:
    """`text` for a channel that shows no markup; lists keep their hyphens."""
    return BOLD.sub(r"\1", text)
