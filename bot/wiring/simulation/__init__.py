"""How is a whole course lived through in seconds? The house over a store in memory.

Planner, decisions, handlers, alerts and outbox are those that run a clinic; only the store, the
clock and the phones are not real. So a simulation has no rule that could differ.
"""

from bot.wiring.simulation.simulate import simulate

__all__ = ["simulate"]
