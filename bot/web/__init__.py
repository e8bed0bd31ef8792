"""The web edge: webhooks, health, console and try-it page. It decides nothing."""
