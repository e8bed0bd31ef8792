"""Providers over real HTTP on this machine: written from their manuals, not from Balm."""
