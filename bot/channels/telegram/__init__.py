"""Telegram: the Bot API through python-telegram-bot's `Bot` and types, nothing else of it."""
