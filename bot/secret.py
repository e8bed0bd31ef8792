"""Where does the secret come from that wraps all keys?"""

import os
import secrets
from pathlib import Path

from bot.settings import Settings

_FILE = "secret.key"
_BYTES = 32


def secret_of(settings: Settings) -> bytes:
    """The operator's secret; a demonstration makes one of its own, readable by its owner only."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    if settings.secret_key_file is not None:
        return settings.secret_key_file.read_bytes().strip()
    return _own(settings.data_dir / _FILE)


def _own(path: Path) -> bytes:
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(_BYTES))
    return path.read_bytes().strip()
