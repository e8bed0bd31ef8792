"""One suite per port, over every implementation and against real HTTP."""
