"""The command `balm`: what an operator and a clinic can do from a terminal."""

# isort: off
import os
import sys

if sys.argv[1:2] != ["prepare"]:
    # numpy reads this when it is imported: for one message, starting a second thread costs more
    # than the whole answer; only fitting gains from it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# isort: on

import typer

from bot.cli import (
    ask,
    bench,
    chat,
    clinic,
    cluster,
    content_tools,
    course,
    course_life,
    course_show,
    database,
    doctor,
    drill,
    month,
    patient,
    prepare,
    programme,
    results,
    review_codes,
    run,
    signing,
    staff,
    stop_intent,
)

app = typer.Typer(
    name="balm",
    help="Balm: a patient companion for people taking isotretinoin, over Telegram and SMS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(run.run)
app.command("web")(cluster.web)
app.command("worker")(cluster.worker)
app.command("chat")(chat.chat)
app.command("ask")(ask.ask)
app.command("stop-intent")(stop_intent.stop_intent)
app.command("prepare")(prepare.prepare)
app.command("doctor")(doctor.doctor)
app.command("drill")(drill.drill)
app.add_typer(patient.app, name="patient")
course.app.command("show")(course_show.show)
course.app.add_typer(course_life.app)
app.add_typer(course.app, name="course")
app.add_typer(results.test, name="test")
app.add_typer(results.lab, name="lab")
app.add_typer(month.app, name="month")
app.add_typer(clinic.app, name="clinic")
app.add_typer(programme.app, name="programme")
app.add_typer(database.app, name="db")
app.add_typer(bench.app, name="bench")

content = typer.Typer(help="Texts: who signed what, what is missing.", no_args_is_help=True)
content.command("lint")(content_tools.lint_content)
content.command("confusions")(content_tools.show_confusions)
content.command("coverage")(content_tools.coverage)
content.add_typer(signing.app)
app.add_typer(content, name="content")

staff.app.command("enrol")(review_codes.enrol)
app.add_typer(staff.app, name="staff")


def main() -> None:
    """Entry point of the command."""
    app()
