"""Where everything is kept: SQLite or PostgreSQL, the only place that speaks SQL."""
