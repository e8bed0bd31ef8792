"""Do imports point one way only, as pyproject.toml declares?"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")
FORBIDDEN = """
[importlinter]
root_packages =
    bot
include_external_packages = True

[importlinter:contract:broken]
name = The domain must not know numbers
type = forbidden
source_modules =
    bot.domain
forbidden_modules =
    {module}
"""


def lint(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LINT), "--no-cache", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_import_keeps_its_contract() -> None:
    found = lint()
    assert found.returncode == 0, found.stdout + found.stderr
    assert "0 broken" in found.stdout


@pytest.mark.parametrize(("module", "broken"), [("numpy", True), ("telegram", False)])
def test_a_broken_contract_would_be_seen(tmp_path: Path, module: str, broken: bool) -> None:
    config = tmp_path / "importlinter.ini"
    config.write_text(FORBIDDEN.format(module=module), encoding="utf-8")
    assert bool(lint("--config", str(config)).returncode) is broken


def test_the_linter_is_there() -> None:
    assert shutil.which(str(LINT)) is not None
