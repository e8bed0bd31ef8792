"""What a made-up crash leaves lying about is swept up within its own test."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """A process that dies closes nothing; its connections are collected before the next test."""
    yield
    gc.collect()
