"""Does the account of messages close, and is it still what was sealed? Pure.

A page is sealed by SHA-256 over the page before it and over every entry on it; an entry covers
ids, states and times, and an HMAC of the text, so that erasing a person keeps the chain.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SEALED_AFTER = timedelta(minutes=10)
"""So long a row must have been final."""
FIRST = "0" * 64

ENDS = ("sent", "failed", "expired", "skipped", "uncertain", "pending")
_PENDING = frozenset({"queued", "leased", "sending", "planned"})
_NEEDS_NO_REASON = frozenset({"sent", "pending"})
_NOT_NEEDED = frozenset({"cancelled", "taken", "answered"})
"""Silent occurrences that nobody had to be told of: taken back, or answered before their time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many rows of a noun stand in a state for a reason."""

    noun: str
    """delivery, or occurrence for one that never spoke."""
    state: str
    reason: str | None
    number: int

    @property
    def end(self) -> str:
        """The one of the six ends; an occurrence that was not needed counts as skipped."""
        if self.state in _PENDING:
            return "pending"
        return "skipped" if self.state in _NOT_NEEDED else self.state

    @property
    def is_explained(self) -> bool:
        """Whether it is one of the six ends, and has a reason where it needs one.

        An occurrence that never spoke and yet is said to have asked is a message that was lost.
        """
        if self.noun == "occurrence" and self.state == "sent":
            return False
        is_known = self.reason or self.state in _NOT_NEEDED or self.end in _NEEDS_NO_REASON
        return self.end in ENDS and bool(is_known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One sealed page."""

    number: int
    sealed_at: datetime
    entries: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row as it was sealed."""

    noun: str
    subject_id: str
    text_mac: str | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that does not add up."""

    where: str
    what: str


def totals(counts: Sequence[Count]) -> Mapping[str, int]:
    """By end; their sum is the number of messages."""
    found = Counter[str]()
    for count in counts:
        found[count.end] += count.number
    return {end: found.get(end, 0) for end in ENDS}


def unexplained(counts: Sequence[Count]) -> list[Finding]:
    """Messages that ended in no known way, or without a reason."""
    return [
        Finding(where=f"{one.number} x {one.noun}", what=_what(one))
        for one in counts
        if not one.is_explained
    ]


def _what(count: Count) -> str:
    if count.noun == "occurrence" and count.end not in ("skipped", "expired", "failed"):
        return f"{count.state}, but nothing was ever queued"
    return f"{count.state} without a reason"


def digest_of(noun: str, subject_id: str, fields: Sequence[str], text_mac: str | None) -> str:
    """The digest of one row."""
    parts = (noun, subject_id, *fields, text_mac or "")
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def seal(before: Page | None, entries: Sequence[Entry], *, at: datetime) -> Page:
    """The next page, with `entries` on it."""
    return Page(
        number=before.number + 1 if before is not None else 1,
        sealed_at=at,
        entries=len(entries),
        digest=_page_digest(before.digest if before is not None else FIRST, entries),
    )


def check_page(before: Page | None, page: Page, entries: Sequence[Entry]) -> list[Finding]:
    """What is wrong with the page itself: a broken chain, or entries other than the sealed."""
    where = f"page {page.number}"
    expected = before.number + 1 if before is not None else 1
    if page.number != expected:
        return [Finding(where=where, what=f"page {expected} is missing")]
    known = _page_digest(before.digest if before is not None else FIRST, entries)
    if known != page.digest or len(entries) != page.entries:
        return [Finding(where=where, what="its entries or an earlier page were changed")]
    return []


def check_entry(entry: Entry, fields: Sequence[str] | None, text_mac: str | None) -> list[Finding]:
    """What is wrong with one row: gone, changed, or with another text.

    `fields` None: the row is gone; `text_mac` None: its text can no longer be read, as after an
    erasure, and is taken as it was sealed.
    """
    where = f"{entry.noun} {entry.subject_id}"
    if fields is None:
        return [Finding(where=where, what="the row is gone")]
    if text_mac is not None and entry.text_mac is not None and text_mac != entry.text_mac:
        return [Finding(where=where, what="its text was changed")]
    if digest_of(entry.noun, entry.subject_id, fields, entry.text_mac) != entry.digest:
        return [Finding(where=where, what="its state, times or address were changed")]
    return []


def _page_digest(before: str, entries: Sequence[Entry]) -> str:
    whole = hashlib.sha256(before.encode())
    for entry in entries:
        whole.update(entry.digest.encode())
    return whole.hexdigest()
