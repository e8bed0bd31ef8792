// What stands on the phone's screen?

import { byId, icon, make, plain, rich } from "./dom.js";
import { clockTime, longDay } from "./when.js";

const list = byId("bubbles");
const scroller = byId("thread");
const MEDIA = { photo: ["picture", "Picture"], voice: ["voice", "Voice message"], location: ["pin", "Location"] };

export function clear() {
  list.replaceChildren();
}

export const isEmpty = () => list.children.length === 0;

// Adds what is new and replaces what was edited; returns Balm's new or edited texts.
export function show(bubbles, { phone, channel, zone, isFirst, onPress }) {
  const wasAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  list.querySelector(".empty")?.remove();
  const heard = [];
  for (const bubble of bubbles) {
    const item = draw(bubble, { phone, channel, zone, onPress });
    const before = list.querySelector(`[data-id="${CSS.escape(bubble.id)}"]`);
    if (before) replace(before, item);
    else place(item, bubble, zone);
    if (!isFirst && !before) item.classList.add("is-new");
    if (bubble.side !== "person") heard.push(plain(bubble.text));
  }
  if (bubbles.length && (wasAtEnd || isFirst || bubbles.at(-1).side === "person")) {
    if (isFirst) toEnd(true);
    else reveal(bubbles);
  }
  return isFirst ? [] : heard;
}

// To the end, but never past the beginning of what Balm just said.
function reveal(bubbles) {
  const first = bubbles.find((bubble) => bubble.side !== "person") ?? bubbles[0];
  const top = list.querySelector(`[data-id="${CSS.escape(first.id)}"]`).offsetTop - 12;
  scroller.scrollTo({ top: Math.min(top, scroller.scrollHeight), behavior: "smooth" });
}

export function toEnd(isInstant = false) {
  scroller.scrollTo({ top: scroller.scrollHeight, behavior: isInstant ? "instant" : "smooth" });
}

export function showEmpty(text) {
  if (isEmpty()) list.append(make("li", { class: "empty" }, text));
}

// A time zone learned late changes every time that is shown.
export function rewriteTimes(zone) {
  for (const note of list.querySelectorAll("[data-at]")) {
    note.textContent = note.dataset.before + clockTime(note.dataset.at, zone);
  }
}

function place(item, bubble, zone) {
  const day = longDay(bubble.at, zone);
  if (list.dataset.day !== day || isEmpty()) list.append(make("li", { class: "day" }, day));
  list.dataset.day = day;
  list.append(item);
}

function replace(before, item) {
  const hadFocus = before.contains(document.activeElement);
  before.replaceWith(item);
  item.classList.add("is-edited");
  if (hadFocus) (item.querySelector("button") ?? byId("draft")).focus();
}

function draw(bubble, { phone, channel, zone, onPress }) {
  const isMine = bubble.side === "person";
  const style = isMine ? "is-mine" : bubble.side === "carrier" ? "is-carrier" : "";
  const item = make(
    "li",
    { class: `message ${style}`, data: { id: bubble.id } },
    make(
      "div",
      { class: "bubble" },
      make("span", { class: "unseen" }, isMine ? "You: " : "Balm: "),
      shown(bubble, phone),
      content(bubble),
      note(bubble, channel, zone),
    ),
  );
  if (bubble.choices.length) item.append(choices(bubble, onPress));
  return item;
}

// The words below say the same as the picture, so it needs none of its own.
function shown(bubble, phone) {
  if (!bubble.shows) return null;
  const src = `/try/phones/${encodeURIComponent(phone)}/shown/${encodeURIComponent(bubble.id)}`;
  if (bubble.shows === "application/pdf") {
    return make("a", { class: "bubble-page", href: src, target: "_blank" }, "visit.pdf");
  }
  return make(
    "a",
    { class: "bubble-picture", href: src, target: "_blank", "aria-label": "Open the picture" },
    make("img", { src, alt: "" }),
  );
}

function content(bubble) {
  const media = MEDIA[bubble.kind];
  if (media) return make("div", { class: "bubble-media" }, icon(media[0]), media[1]);
  const parts = bubble.side === "balm" ? rich(bubble.text) : [bubble.text];
  return make("div", { class: "bubble-text", dir: "auto" }, ...parts);
}

function note(bubble, channel, zone) {
  const parts = [];
  if (bubble.side === "carrier") parts.push("sent by the carrier");
  if (bubble.is_edited) parts.push("edited");
  if (channel === "sms" && bubble.segments > 1) parts.push(`${bubble.segments} texts`);
  const before = parts.map((part) => `${part} · `).join("");
  return make(
    "span",
    { class: "bubble-note", data: { at: bubble.at, before } },
    before + clockTime(bubble.at, zone),
  );
}

function choices(bubble, onPress) {
  const rows = bubble.choices.map((row) =>
    make("div", {}, ...row.map((choice) =>
      make("button", { type: "button", onclick: (event) => onPress(event.currentTarget, bubble.id, choice.action) }, choice.label),
    )),
  );
  return make("div", { class: "choices", role: "group", "aria-label": "Answers" }, ...rows);
}
