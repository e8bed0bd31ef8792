"""How messages reach people and come back: one package per provider."""
