"""Whole houses for the tests of this folder."""

from tests.houses import (
    fitted_words,
    home,
    postgres_server,
    settings,
    sqlite_settings,
    sqlite_template,
    words,
)

__all__ = [
    "fitted_words",
    "home",
    "postgres_server",
    "settings",
    "sqlite_settings",
    "sqlite_template",
    "words",
]
