"""Who runs the ticks and the drains."""
