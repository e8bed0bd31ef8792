"""Are the parts of a cluster refused where they could not work, with words that say what to do?"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOBODY = "postgresql://nobody@127.0.0.1:1/balm"


def refused(folder: Path, *command: str, **env: str) -> tuple[int, str]:
    """Exit code and words of a command that cannot work; nothing of ours leaks into it."""
    ended = subprocess.run(
        [sys.executable, "-m", "bot", *command],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "BALM_SECRET_KEY": "a secret of the tests", **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr


def test_one_process_has_no_parts(tmp_path: Path) -> None:
    code, words = refused(tmp_path, "worker")
    assert code == 2
    assert "BALM_ENGINE=cluster" in words
    assert "balm run" in words


def test_a_worker_is_kept_to_delivery_or_to_nothing(tmp_path: Path) -> None:
    code, words = refused(tmp_path, "worker", "--only", "delivery")
    assert code == 2
    assert "BALM_ENGINE=cluster" in words
    code, words = refused(tmp_path, "worker", "--only", "sending")
    assert code == 2
    assert "delivery" in words, "says what it can be kept to"


@pytest.mark.parametrize("command", ["web", "doctor"])
def test_a_cluster_on_sqlite_is_refused(command: str, tmp_path: Path) -> None:
    code, words = refused(tmp_path, command, BALM_ENGINE="cluster")
    assert code == 2
    assert "BALM_DATABASE_URL=postgresql" in words


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    code, words = refused(tmp_path, "worker", BALM_ENGINE="cluster", BALM_DATABASE_URL=NOBODY)
    assert code == 1
    assert "The database does not answer" in words
