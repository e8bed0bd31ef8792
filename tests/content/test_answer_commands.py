"""What do authors see? `balm ask`, `balm content` and `balm model`, run as they type them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from tests.fakes.tiny_encoder import write_tiny_encoder
from tests.unit.test_faq_library import BEER, LIPS, NOTES, SUN, put

RUN = CliRunner()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small FAQ; fitted models are kept beside it, not with the shipped ones."""
    for module in ("ask", "content_tools"):
        monkeypatch.setattr(f"bot.cli.{module}.cache_folder", lambda _: tmp_path / "cache")
    english = tmp_path / "own" / "faq" / "en"
    put(english, "dry-lips", LIPS, title="Dry lips")
    put(english, "alcohol", BEER, title="Alcohol")
    put(english, "sun", SUN, title="Sun")
    (english / "_notes.yaml").write_text(NOTES, encoding="utf-8")
    return tmp_path / "own"


def balm(*arguments: str | Path) -> tuple[int, str]:
    """Exit code and everything that was printed."""
    found = RUN.invoke(app, [str(argument) for argument in arguments])
    return found.exit_code, found.output


class TestAsk:
    def test_answers_with_sources(self) -> None:
        code, said = balm("ask", "my lips are cracked and bleeding, which balm helps?")
        assert code == 0
        assert "Decision: answer" in said
        assert "1. dry-lips" in said
        assert "DermNet" in said

    def test_explains_itself(self) -> None:
        code, said = balm("ask", "my lipps are crackd", "--explain")
        assert code == 0
        for part in ("crackd -> cracked", "dry-lips", "nearest", "needed to answer"):
            assert part in said.lower()

    def test_tells_programs_what_it_decided(self) -> None:
        code, said = balm("ask", "puedo tomar una cerveza", "--lang", "es", "--json")
        found = json.loads(said)
        assert code == 0
        assert found["topics"][0] == "alcohol"
        assert set(found) == {
            "decision",
            "topics",
            "score",
            "redflag",
            "certainty",
            "level",
            "reply",
        }

    def test_writes_a_line_for_every_line(self, tmp_path: Path) -> None:
        batch, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        rows = [{"id": 1, "text": "dry lips"}, {"id": "b", "text": "होंठ सूखे हैं", "lang": "hi"}]
        batch.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
        code, _ = balm("ask", "--batch", batch, "--out", out)
        found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        assert code == 0
        assert [one["id"] for one in found] == [1, "b"]
        assert {one["topics"][0] for one in found} == {"dry-lips"}

    @pytest.mark.parametrize(
        ("line", "told"), [("{not json", "not JSON"), ('{"text": "x"}', "id and text")]
    )
    def test_names_the_line_that_is_wrong(self, tmp_path: Path, line: str, told: str) -> None:
        batch = tmp_path / "in.jsonl"
        batch.write_text(f'{{"id": 1, "text": "dry lips"}}\n{line}\n', encoding="utf-8")
        code, said = balm("ask", "--batch", batch, "--out", tmp_path / "out.jsonl")
        assert code == 1
        assert "in.jsonl:2" in said.replace("\n", "")
        assert told in said

    @pytest.mark.parametrize("arguments", [(), ("x", "--batch", __file__), ("--batch", __file__)])
    def test_wants_a_text_or_a_file(self, arguments: tuple[str, ...]) -> None:
        code, said = balm("ask", *arguments)
        assert code == 2
        assert "--batch" in said


class TestContent:
    def test_lint_of_the_shipped_answers_finds_no_error(self) -> None:
        code, said = balm("content", "lint", "--errors", "--no-red-flags")
        assert code == 0, said
        assert said.strip().startswith("0 errors")

    def test_lint_names_file_line_and_reason(self, folder: Path) -> None:
        path = folder / "faq" / "en" / "alcohol.yaml"
        put(path.parent, "alcohol", "can i drink beer, my lips are dry", more="related: [gone]\n")
        code, said = balm("content", "lint", "--content", folder, "--no-red-flags", "--json")
        found = json.loads(said)
        assert code == 1
        reasons = {one["reason"]: one for one in found if one["is_error"]}
        assert {"'gone' is no topic", "the question stands in 'alcohol' too"} <= reasons.keys()
        assert reasons["'gone' is no topic"]["path"] == str(path)
        assert reasons["'gone' is no topic"]["line"] > 1

    def test_confusions_show_both_lines(self, folder: Path) -> None:
        code, said = balm("content", "confusions", "--content", folder)
        assert code == 0
        assert "questions; found first" in said
        code, said = balm("content", "confusions", "--content", folder, "--json")
        found = json.loads(said)
        assert found["lines"] == 12
        assert found["right_first"] <= found["right_in_three"] <= found["lines"]

    def test_confusions_refuse_an_unknown_language(self, folder: Path) -> None:
        code, said = balm("content", "confusions", "--content", folder, "--lang", "fr")
        assert code == 2
        assert "no language 'fr'" in said

    def test_coverage_counts_what_a_file_would_get(self, folder: Path, tmp_path: Path) -> None:
        asked = tmp_path / "asked.txt"
        asked.write_text("balm for cracked lips\n\nwine tonight?\n", encoding="utf-8")
        code, said = balm("content", "coverage", asked, "--content", folder, "--json")
        found = json.loads(said)
        assert code == 0
        assert sum(found["decisions"].values()) == 2
        assert dict(found["topics"]) == {"dry-lips": 1, "alcohol": 1}

    def test_coverage_names_a_line_that_is_no_question(self, folder: Path, tmp_path: Path) -> None:
        asked = tmp_path / "asked.jsonl"
        asked.write_text('{"words": "x"}\n', encoding="utf-8")
        code, said = balm("content", "coverage", asked, "--content", folder)
        assert code == 1
        assert "with a text" in said

    def test_a_broken_file_is_named(self, folder: Path) -> None:
        path = folder / "faq" / "en" / "sun.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("risk: routine", "risk: none"))
        code, said = balm("content", "lint", "--content", folder)
        assert code == 1
        assert "sun.yaml:4" in said.replace("\n", "")


class TestModel:
    def test_says_where_the_files_could_not_be_fetched(self, tmp_path: Path) -> None:
        target = tmp_path / "encoder"
        code, said = balm("model", "install", target, "--base-url", "http://127.0.0.1:1/x")
        assert code == 1
        assert "Nothing was installed" in said
        assert not target.exists()
        assert list(tmp_path.iterdir()) == []

    def test_does_not_take_another_encoder_for_the_pinned_one(self, tmp_path: Path) -> None:
        target = write_tiny_encoder(tmp_path / "encoder")
        code, said = balm("model", "install", target, "--base-url", "http://127.0.0.1:1/x")
        assert code == 1
        assert "already" not in said
        assert (target / "model.onnx").exists()
