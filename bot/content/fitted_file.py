"""How is a fitted model kept between starts? As one file of plain arrays."""

from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[np.generic]]


def read_arrays(path: Path) -> Arrays | None:
    """What the file holds, or None when there is none or it cannot be read."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, BadZipFile):
        return None


def write_arrays(path: Path, arrays: Arrays, *, replaces: str) -> None:
    """Keep `arrays` at `path`, whole or not at all; older files named like `replaces` go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy types its keyword
    fresh.replace(path)
    for older in path.parent.glob(replaces):
        if older != path:
            older.unlink(missing_ok=True)
