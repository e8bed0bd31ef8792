"""Do a timeline and its messages keep the programme's rules? A second opinion. Pure.

It shares no code with what plans: it reads the programme's file as plain data, and asks of every
step and message of a course what the rules ask on its day and what was shown by then.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from bot.domain.verified_case import Case, Finding, Plain, Shown, is_about

_PENDING = ("waiting", "open", "overdue")


def verify(
    rules: Plain, case: Case, steps: Sequence[Plain], messages: Sequence[Plain] = ()
) -> list[Finding]:
    """Everything that is wrong with the steps of today's category and the messages about them.

    `rules` is the programme's file as read. A step has id, rule, opens, closes, evidence (its day
    or None) and state; a message has on (its local day), step, slot and kind.
    """
    return [*_Check(rules, case, steps, messages).findings()]


class _Check:
    def __init__(
        self, rules: Plain, case: Case, steps: Sequence[Plain], messages: Sequence[Plain]
    ) -> None:
        self.case, self.steps, self.messages = case, steps, messages
        self.asked: list[dict[str, Any]] = rules["categories"][case.category]["steps"]
        self.supply = timedelta(days=int(rules["supply"]["days"]))
        self.by_id = {step["id"]: step for step in steps}
        self.last_try = {step["id"].partition("-again-")[0]: step for step in steps}
        self.known: dict[str, Plain | None] = {}
        ends = [o["id"] for o in self.asked if o.get("ends_window") and o["phase"] == "supply"]
        self.collects = next(iter(ends), "")
        self.starts = [self._happens_on(self.by_id.get("first-capsule")) or case.planned_start]

    def findings(self) -> Iterator[Finding]:
        seen: set[str] = set()
        for step in self.steps:
            if step["id"] in seen:
                yield Finding(what="stands twice", step=step["id"])
            seen.add(step["id"])
            asked = self._asked(step["id"])
            if asked is None:
                yield Finding(what="is not asked by this programme", step=step["id"])
                continue
            yield from self._rule(step, asked)
            yield from self._days(step, asked)
            yield from self._evidence(step, asked)
            yield from self._state(step, asked)
        yield from self._missing(seen)
        yield from self._said()

    def _asked(self, step_id: str) -> Plain | None:
        base = step_id.partition("-again-")[0]
        if base not in self.known:
            self.known[base] = next((one for one in self.asked if is_about(base, one)), None)
        return self.known[base]

    def _version(self, step: Plain, asked: Plain) -> Plain | None:
        again = "-again-" in step["id"] and asked.get("again")
        known: list[dict[str, Any]] = again or asked.get("versions", [])
        return next((version for version in known if version["id"] == step["rule"]), None)

    def _rule(self, step: Plain, asked: Plain) -> Iterator[Finding]:
        """The version is one of the programme's and in force on the day that it is about."""
        version = self._version(step, asked)
        if version is None or version.get("required") is False:
            yield Finding(what=f"{step['rule']} is no rule of this step", step=step["id"])
            return
        day = self._missed_on(step) if "-again-" in step["id"] else step["opens"]
        if day is not None and not self._in_force(version, day):
            yield Finding(what=f"{step['rule']} does not hold", step=step["id"], day=day)

    def _in_force(self, version: Plain, day: date) -> bool:
        starts = version.get("valid_from") or date.min.isoformat()
        is_day = starts[:1].isdigit()
        since = date.fromisoformat(starts) if is_day else self.case.changes.get(starts, date.max)
        ends = self.case.changes.get(str(version.get("until")), date.max)
        last = date.fromisoformat(version.get("valid_to") or date.max.isoformat())
        return since <= day <= last and day < ends

    def _days(self, step: Plain, asked: Plain) -> Iterator[Finding]:
        """The days are those of the rule, counted from what they count from."""
        version = self._version(step, asked)
        if version is None:
            return
        shift = timedelta(days=asked.get("every_days", 0) * (self._number(step, asked) or 0))
        opens = [d + shift for t in version.get("opens", ()) if (d := self._day(t, step))]
        first = max(opens, default=None)
        closes = [d + shift for t in version.get("closes", ()) if (d := self._day(t, step))]
        last = min((day for day in closes if first and day >= first), default=None)
        if (first, last) != (step["opens"], step["closes"]):
            said = f"{step['opens']} to {step['closes']}, not {first} to {last}"
            yield Finding(what=said, step=step["id"])

    def _day(self, text: str, step: Plain) -> date | None:
        anchor, days = text.split()[:2]
        counted = self._anchor(anchor, step)
        return counted + timedelta(days=int(days)) if counted is not None else None

    def _number(self, step: Plain, asked: Plain) -> int | None:
        """How many come before it of its kind; None where there is only one."""
        if not asked.get("first_number"):
            return None
        base = step["id"].partition("-again-")[0]
        return int(base.rpartition("-")[2]) - int(asked["first_number"])

    def _anchor(self, anchor: str, step: Plain) -> date | None:
        if anchor in ("planned-start", "last-capsule", "period-start"):
            known: date | None = getattr(self.case, anchor.replace("-", "_"))
            return known
        if anchor == "missed-window":
            return self._missed_on(step)
        if anchor == "supply-start":
            return self._supply_start(step)
        return self._happens_on(self._sibling(anchor, step))

    def _sibling(self, anchor: str, step: Plain) -> Plain | None:
        """The step that says when `anchor` was, on the same way to the same supply."""
        index = next(i for i, one in enumerate(self.steps) if one["id"] == step["id"])
        earlier = reversed(self.steps[:index])
        return next(
            (o for o in earlier if (self._asked(o["id"]) or {}).get("sets") == anchor), None
        )

    def _happens_on(self, step: Plain | None) -> date | None:
        """The day on which a step was done, or the first on which it can be."""
        if step is None or step["opens"] is None:
            return None
        opens: date = step["evidence"] or step["opens"]
        is_told = (self._asked(step["id"]) or {}).get("is_safety") is False
        return opens if step["evidence"] or is_told else max(opens, self.case.seen_on)

    def _supply_start(self, step: Plain) -> date | None:
        """First day of the supply before: thirty days after the one before it, or the pick-up."""
        asked = self._asked(step["id"])
        assert asked is not None
        number = self._number(step, asked) or 0
        while len(self.starts) <= number:
            name = f"{self.collects}-{len(self.starts) + 1}"
            collected = self._happens_on(self.last_try.get(name))
            self.starts.append(max(self.starts[-1] + self.supply, collected or date.min))
        return self.starts[number]

    def _missed_on(self, step: Plain) -> date | None:
        """The day after the window before this one."""
        base, _, attempt = step["id"].partition("-again-")
        asked = self._asked(base)
        if asked is None or not attempt.isdecimal():
            return None
        ends = next(o for o in self.asked if o.get("ends_window") and o["phase"] == asked["phase"])
        number = (self._number(step, asked) or 0) + int(ends.get("first_number", 0))
        name = f"{ends['id']}-{number}" if ends.get("first_number") else ends["id"]
        before = int(attempt) - 1
        missed = self.by_id.get(name + (f"-again-{before}" if before else ""))
        if missed is None or missed["closes"] is None or missed["state"] != "missed":
            return None
        return date.fromordinal(missed["closes"].toordinal() + 1)

    def _evidence(self, step: Plain, asked: Plain) -> Iterator[Finding]:
        """What closes a step was shown, counts under its rule, and closes nothing else."""
        if step["evidence"] is None:
            if step["state"] in ("done", "reported"):
                yield Finding(what=f"{step['state']} with nothing shown", step=step["id"])
            return
        what = (asked.get("evidence"), step["evidence"])
        shown = [one for one in self.case.shown if (one.name, one.on) == what]
        if not shown:
            yield Finding(what="nothing was shown", step=step["id"], day=step["evidence"])
        elif step["state"] == "done" and not any(self._counts(o, step, asked) for o in shown):
            yield Finding(what="does not count", step=step["id"], day=step["evidence"])
        for other in self.steps:
            is_twice = other is not step and other["evidence"] == step["evidence"]
            if is_twice and self._same(other, asked):
                yield Finding(what=f"also closes {other['id']}", step=step["id"])

    def _counts(self, one: Shown, step: Plain, asked: Plain) -> bool:
        version = self._version(step, asked) or {}
        place = version.get("place", "any")
        at_home = one.place == "home" and place != "any"
        firm = [
            d for t in version.get("opens", ()) if t.endswith(" firm") if (d := self._day(t, step))
        ]
        return (
            (asked.get("is_safety") is False or one.source == "clinic")
            and (not asked.get("needs_negative") or one.result == "negative")
            and (not at_home or (place == "home-if-permitted" and self.case.permits_home))
            and all(one.on >= day for day in firm)
        )

    def _state(self, step: Plain, asked: Plain) -> Iterator[Finding]:
        """What stands open, is over or is frozen on the day of the timeline."""
        state, opens, closes = step["state"], step["opens"], step["closes"]
        today = self.case.seen_on
        stops = self.case.frozen_on or (self.case.on_hold and asked.get("ends_on_hold"))
        has_opened = opens is not None and opens <= today
        is_over = closes is not None and closes < today
        done = {one["id"] for one in self.steps if one["state"] == "done"}
        before = not done.issuperset(asked.get("requires", ()))
        collected = bool(asked.get("ends_window"))
        for is_wrong, what in (
            (stops and state in _PENDING, "is still asked"),
            (state == "frozen" and not stops, "is frozen without a reason"),
            (state in ("open", "overdue", "missed") and not has_opened, "has not opened"),
            (state == "open" and is_over, "is over"),
            (state == "waiting" and has_opened and not before and self._is_sure(step), "waits"),
            (state == "overdue" and not is_over, "is not over"),
            (state == "missed" and collected and not is_over, "can still be collected"),
            (state in ("open", "done") and before, "comes too early"),
            (state in (*_PENDING, "missed") and self._is_shown(step, asked), "was shown"),
        ):
            if is_wrong:
                yield Finding(what=what, step=step["id"], day=today)

    def _is_sure(self, step: Plain) -> bool:
        """Whether everything that its days count from has happened."""
        version = self._version(step, self._asked(step["id"]) or {}) or {}
        before = [self._sibling(text.split()[0], step) for text in version.get("opens", ())]
        asking = [(one, self._asked(one["id"]) or {}) for one in before if one is not None]
        return all(one["evidence"] or asked.get("is_safety") is False for one, asked in asking)

    def _is_shown(self, step: Plain, asked: Plain) -> bool:
        """Whether something that closes it was shown in its time and closes nothing else."""
        opens, closes = step["opens"], step["closes"] or self.case.today
        return opens is not None and any(
            one.name == asked.get("evidence")
            and opens <= one.on <= closes
            and one.on <= self.case.seen_on
            and self._counts(one, step, asked)
            and not any(s["evidence"] == one.on and self._same(s, asked) for s in self.steps)
            for one in self.case.shown
        )

    def _same(self, step: Plain, asked: Plain) -> bool:
        twin = self._asked(step["id"])
        return twin is not None and twin.get("evidence") == asked.get("evidence")

    def _missing(self, seen: set[str]) -> Iterator[Finding]:
        for asked in self.asked:
            of_all = not any(v.get("under_age_years") for v in asked["versions"])
            phases = ("before", "after") if self.case.last_capsule else ("before",)
            is_asked = of_all and asked["phase"] in phases and asked["versions"][-1].get("opens")
            if is_asked and asked["id"] not in seen and not self.case.changed:
                yield Finding(what="is missing", step=asked["id"])
        for step in self.steps:
            if step["state"] == "missed" and (self._asked(step["id"]) or {}).get("ends_window"):
                base, _, attempt = step["id"].partition("-again-")
                following = f"{base}-again-{int(attempt or 0) + 1}"
                if following not in seen and not self.case.is_over:
                    yield Finding(what="is missing after a missed window", step=following)
        yield from self._missing_supplies(seen)

    def _missing_supplies(self, seen: set[str]) -> Iterator[Finding]:
        for asked in self.asked:
            is_needed = asked["versions"][-1].get("required") is not False
            if asked["phase"] != "supply" or not is_needed or self.case.is_over:
                continue
            number = asked["first_number"]
            while (name := f"{asked['id']}-{number}") in seen:
                number += 1
            start = self._supply_start({"id": name})
            last = self.case.last_capsule
            if last is not None and start is not None and start + self.supply <= last:
                yield Finding(what="is missing", step=name, day=start + self.supply)

    def _said(self) -> Iterator[Finding]:
        """Nothing is asked too early, once it is done, too late, twice or of somebody frozen."""
        told: set[tuple[Any, ...]] = set()
        for one in sorted(self.messages, key=lambda message: message["on"]):
            step, on = self.by_id.get(one["step"]), one["on"]
            if step is None:
                yield Finding(what="a message about no step", step=one["step"], day=on)
                continue
            if (key := (one["step"], on, one.get("slot"))) in told:
                yield Finding(what="said twice", step=one["step"], day=on)
            told.add(key)
            yield from self._said_one(step, on, one)

    def _said_one(self, step: Plain, on: date, message: Plain) -> Iterator[Finding]:
        asked = self._asked(step["id"]) or {}
        reminders = asked.get("reminders", ())
        early = timedelta(days=min([0, *(int(d) for r in reminders for d in r["days"])]))
        opens, done, closes = step["opens"], step["evidence"], step["closes"]
        holds = self.case.on_hold and asked.get("ends_on_hold")
        kinds = {asked.get("kind"), *(reminder.get("kind") for reminder in reminders)}
        for is_wrong, what in (
            (opens is None or on < opens + early, "asked too early"),
            (done and asked.get("evidence") and on > done, "asked although done"),
            (self.case.frozen_on and on > self.case.frozen_on, "asked although frozen"),
            (holds and on > self.case.today, "asked although on hold"),
            (closes and asked.get("ends_window") and (on - closes).days > 1, "asked too late"),
            (message["kind"] not in kinds, f"said as {message['kind']}"),
        ):
            if is_wrong:
                yield Finding(what=what, step=step["id"], day=on)
