"""Balm: a patient companion for people taking isotretinoin, over Telegram and SMS."""
