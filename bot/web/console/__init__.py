"""The clinic's page: who is in trouble, who is there, what was said, what did not arrive."""

from bot.web.console.routes import mount_console

__all__ = ["mount_console"]
