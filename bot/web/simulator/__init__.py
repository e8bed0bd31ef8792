"""The try-it page: a phone, a clock, and what the clinic sees. Demonstrations only."""

from bot.web.simulator.routes import mount_try

__all__ = ["mount_try"]
