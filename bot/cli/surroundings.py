"""What around Balm is not as it should be: the clock, the disk, another copy of it?"""

import shutil

from bot.wiring.house import House
from bot.wiring.troubles import present_trouble

_AHEAD_AT_MOST_S = 60.0
_FREE_AT_LEAST_MB = 200
_MB = 1_000_000


async def around(house: House) -> list[str]:
    """Findings for `balm doctor`, each with what to do."""
    findings = [f"Telegram: {advice}" for advice in [await present_trouble(house)] if advice]
    async with house.store.read() as tx:
        ahead = (await tx.backlog.gauges(house.clock.now()))["newest_ahead_seconds"]
    if ahead > _AHEAD_AT_MOST_S:
        findings.append(
            f"The newest message came in {ahead / 60:.0f} minutes in the future: the clock of this "
            "machine is wrong, or another one's is. Run NTP on each; nothing is sent twice, but "
            "what waits for that time waits until then."
        )
    free = shutil.disk_usage(house.settings.data_dir).free // _MB
    if free < _FREE_AT_LEAST_MB:
        findings.append(
            f"The disk of {house.settings.data_dir.resolve()} has {free} MB left: make room. On a "
            "full disk nothing new is stored; providers bring messages again until it is."
        )
    return findings
