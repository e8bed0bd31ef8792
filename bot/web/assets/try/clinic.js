// What does the clinic see of the person who holds the phone?

import { now } from "./clock.js";
import { byId, draw, icon, make, plain, words } from "./dom.js";
import { clockTime, shortDay, span, weekday } from "./when.js";

const URGENCY = { now: "Phone now", emergency: "Emergency", "urgent-same-day": "Same day", task: "Task" };
const ENDS = { sent: "good", delivered: "good", read: "good", applied: "good", failed: "bad", uncertain: "bad", queued: "wait", leased: "wait", sending: "wait", received: "wait" };
const DOSES = {
  taken: ["check", "good", "taken"], missed: ["dots", "wait", "no answer"], "not-today": ["dash", "wait", "not today"],
  skipped: ["dash", "wait", "not today"], later: ["clock", "wait", "later"], asked: ["dots", "wait", "asked"],
  nudged: ["dots", "wait", "asked"], snoozed: ["clock", "wait", "later"], expired: ["pause", "", "not sent"],
};
let shown = "";

export function show(view) {
  const { now: _, ...rest } = view;
  const text = JSON.stringify(rest);
  if (text === shown) return;
  shown = text;
  const parts = view.patient ? patient(view.patient, view.zone) : [stranger(view.stranger)];
  byId("clinic").replaceChildren(...parts.filter(Boolean));
  tick();
}

export function tick() {
  for (const clock of document.querySelectorAll("[data-deadline]")) {
    const left = new Date(clock.dataset.deadline) - now();
    clock.textContent = left >= 0 ? `${span(left)} left` : `${span(left)} late`;
  }
}

function stranger({ messages }) {
  return sheet(
    "A phone that nobody knows",
    null,
    make("p", { class: "quiet" }, messages
      ? `Written ${messages === 1 ? "once" : `${messages} times`}. Balm answers general questions and keeps nothing but this count, for seven days.`
      : "Nothing yet. What a stranger writes is answered in general terms and not kept."),
  );
}

function patient(card, zone) {
  return [alerts(card.cases, zone), facts(card), doses(card.doses), answers(card.answers, zone), timeline(card, zone)];
}

function sheet(title, tag, ...children) {
  return make("section", { class: "sheet" }, make("h3", {}, title, tag), ...children);
}

const tag = (text, tone) => make("span", { class: tone ? `tag tag-${tone}` : "tag" }, text);

function alerts(cases, zone) {
  if (!cases.length) return sheet("Alerts", tag("none open", "good"), make("p", { class: "quiet" }, "Red flags appear here with a clock."));
  return sheet("Alerts", tag(`${cases.length} open`, "bad"), ...cases.map((one) => alert(one, zone)));
}

function alert(one, zone) {
  const clock = one.deadline_at && make("time", { class: "case-clock", datetime: one.deadline_at, data: { deadline: one.deadline_at } });
  const state = [words(one.state), `since ${clockTime(one.opened_at, zone)}`, one.note && words(one.note)];
  return make(
    "article",
    { class: one.urgency === "task" ? "case is-task" : "case" },
    make("p", { class: "case-head" }, icon("alert"), make("span", { class: "case-name" }, words(one.category)), tag(URGENCY[one.urgency] ?? one.urgency, one.urgency === "task" ? "wait" : "bad"), clock),
    one.evidence ? make("blockquote", { dir: "auto" }, one.evidence) : null,
    make("p", {}, state.filter(Boolean).join(" · ")),
  );
}

function facts(card) {
  const person = card.patient;
  const pairs = [
    ["Born", card.birth_year], ["Dose", card.dose ?? "set by the clinic later"],
    ["Dose hour", card.dose_time?.slice(0, 5)], ["Time zone", person.zone.replaceAll("_", " ")], ["Language", person.language],
    ["Consent", card.has_consent ? `given, version ${card.consent_version}` : "not given"],
    ["Category", words(card.category)], ["Others see the phone", card.shares_phone ? "yes" : "no"],
  ].filter(([, value]) => value !== null && value !== undefined);
  const flags = [card.hold && tag(`on hold: ${words(card.hold)}`, "bad"), ...card.paused.map((kind) => tag(`paused: ${words(kind)}`, "wait"))];
  return make(
    "section",
    { class: "sheet" },
    make("div", { class: "sheet-lead" }, make("h3", {}, person.name), person.course_week ? tag(`week ${person.course_week}`, "good") : null, tag(person.status), ...flags.filter(Boolean)),
    make("dl", { class: "facts" }, ...pairs.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, String(value))])),
  );
}

function doses(all) {
  if (!all.length) return null;
  const week = all.slice(0, 7).reverse();
  const marks = week.map(({ day, answer }) => {
    const [picture, tone, label] = DOSES[answer] ?? ["dots", "", words(answer)];
    return make("li", {}, make("span", { class: `mark is-${tone}` }, icon(picture)), make("span", {}, weekday(`${day}T12:00Z`, "UTC")), make("span", {}, label));
  });
  return sheet("Capsules, latest days", null, make("ol", { class: "doses" }, ...marks));
}

function answers(all, zone) {
  if (!all.length) return null;
  const rows = all.map(({ question, value }) => {
    if (!/^\d+$/.test(value)) return make("li", {}, make("span", {}, words(question)), make("span", { class: "said", dir: "auto" }, value));
    return make("li", {}, make("span", {}, words(question)), bar(Number(value)), make("span", { class: "number" }, value));
  });
  return sheet("Last check-in", tag(shortDay(all[0].answered_at, zone)), make("ul", { class: "answers" }, ...rows), make("p", { class: "scale" }, "0 is fine, 10 is as bad as it can be."));
}

function bar(value) {
  const tone = value <= 3 ? "is-good" : value <= 6 ? "is-wait" : "is-bad";
  const track = draw("rect", { width: "100%", height: 8, rx: 4 });
  const length = draw("rect", { class: tone, width: `${Math.min(value, 10) * 10}%`, height: 8, rx: 4 });
  return draw("svg", { class: "bar", "aria-hidden": "true" }, track, length);
}

function timeline(card, zone) {
  const rows = card.timeline.map((one) =>
    make(
      "li",
      { class: one.is_from_patient ? "is-patient" : "" },
      icon(one.is_from_patient ? "in" : "out"),
      make(
        "div",
        {},
        make("p", { class: "head" }, `${shortDay(one.at, zone)}, ${clockTime(one.at, zone)} · ${words(one.kind)}`, state(one)),
        make("p", { class: "words", dir: "auto" }, plain(one.text) || "(nothing kept)"),
      ),
    ),
  );
  const ends = Object.entries(card.deliveries).map(([name, count]) => tag(`${words(name)} ${count}`, ENDS[name]));
  return sheet("Messages", null, make("p", { class: "tags" }, ...ends), make("ol", { class: "timeline" }, ...rows));
}

function state(one) {
  const reason = one.reason ? `: ${words(one.reason)}` : "";
  return tag(words(one.state) + reason, ENDS[one.state]);
}
