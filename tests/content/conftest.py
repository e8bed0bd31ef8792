"""All content, read once, for the tests of this folder."""

from tests.houses import words

__all__ = ["words"]
