"""What all tests share: their options, and whole houses for those that ask for one."""

import pytest

pytest_plugins = ("tests.houses",)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update` rewrites what journeys expect; read the difference as content.

    `--reader fitted` plays them with the fitted matchers, which take up to a minute to load.
    """
    parser.addoption("--update", action="store_true", help="rewrite golden transcripts")
    parser.addoption("--reader", choices=("few", "fitted"), default="few", help="of journeys")
