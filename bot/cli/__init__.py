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
    campaign,
    chat,
    checkin,
    clinic,
    cluster,
    content_tools,
    conversation,
    course,
    course_life,
    course_show,
    database,
    doctor,
    drill,
    ledger,
    model,
    month,
    outbox,
    patient,
    patient_show,
    photos,
    prepare,
    programme,
    report,
    results,
    review_codes,
    run,
    signing,
    simulate,
    staff,
    stop_intent,
    visit_paper,
    why,
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
app.command("simulate")(simulate.simulate)
app.command("prepare")(prepare.prepare)
app.command("doctor")(doctor.doctor)
app.command("drill")(drill.drill)
app.command("why")(why.why)
app.add_typer(ledger.app, name="ledger")
app.add_typer(outbox.app, name="outbox")
app.add_typer(patient.app, name="patient")
patient.app.command("show")(patient_show.show)
patient.app.command("visit-paper")(visit_paper.visit_paper)
app.add_typer(conversation.app, name="conversation")
app.add_typer(checkin.app, name="checkin")
app.add_typer(report.app, name="report")
course.app.command("show")(course_show.show)
course.app.add_typer(course_life.app)
app.add_typer(course.app, name="course")
app.add_typer(campaign.app, name="campaign")
app.add_typer(results.test, name="test")
app.add_typer(results.lab, name="lab")
app.add_typer(month.app, name="month")
app.add_typer(clinic.app, name="clinic")
app.add_typer(photos.app, name="photos")
app.add_typer(programme.app, name="programme")
app.add_typer(database.app, name="db")
app.add_typer(bench.app, name="bench")
app.add_typer(model.app, name="model")

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
