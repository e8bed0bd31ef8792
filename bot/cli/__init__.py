"""The command `balm`: what an operator and a clinic can do from a terminal."""

import typer

from bot.cli import bench, chat, course, database, doctor, patient, run

app = typer.Typer(
    name="balm",
    help="Balm: a patient companion for people taking isotretinoin, over Telegram and SMS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(run.run)
app.command("chat")(chat.chat)
app.command("doctor")(doctor.doctor)
app.add_typer(patient.app, name="patient")
app.add_typer(course.app, name="course")
app.add_typer(database.app, name="db")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Entry point of the command."""
    app()
