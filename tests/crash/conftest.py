"""Whole houses for the tests of this folder."""

from tests.houses import (
    home,
    postgres_server,
    read_words,
    settings,
    sqlite_settings,
    sqlite_template,
    words,
)

__all__ = [
    "home",
    "postgres_server",
    "read_words",
    "settings",
    "sqlite_settings",
    "sqlite_template",
    "words",
]
