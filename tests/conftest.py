"""What all tests share: their options."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update` rewrites what journeys expect; read the difference as content."""
    parser.addoption("--update", action="store_true", help="rewrite golden transcripts")
