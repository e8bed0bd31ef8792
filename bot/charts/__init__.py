"""Pictures: templates of typst, the data that they show, and what turns both into PNG or PDF."""
