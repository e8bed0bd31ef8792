// What time is it where the patient is, and how does it move?

import { send } from "./api.js";
import { byId, make, toast } from "./dom.js";
import { clockTime, fieldValue, shortDay } from "./when.js";

const panel = document.querySelector(".clock");
const status = byId("clock-run");
let ahead = 0;
let zone = "UTC";
let isRunning = false;

export const now = () => Date.now() + ahead;
export const currentZone = () => zone;

export function set(instant, newZone = zone) {
  ahead = new Date(instant).getTime() - Date.now();
  const field = byId("clock-to");
  const isPast = field.value <= fieldValue(now(), newZone);
  if (document.activeElement !== field && (isPast || newZone !== zone)) field.value = fieldValue(now() + 3_600_000, newZone);
  zone = newZone;
  tick();
}

export function showShortcuts(shortcuts) {
  const row = byId("clock-buttons");
  const shown = shortcuts.map((one) => `${one.label} ${one.to}`).join();
  if (row.dataset.shown === shown) return;
  row.dataset.shown = shown;
  const focused = row.contains(document.activeElement) ? document.activeElement.textContent : null;
  row.querySelectorAll("[data-to]").forEach((button) => button.remove());
  row.append(
    ...shortcuts.map((one) =>
      make("button", { type: "button", disabled: isRunning, data: { to: one.to } }, one.label),
    ),
  );
  [...row.children].find((button) => button.textContent === focused)?.focus();
}

export function start({ onMoved }) {
  byId("clock-buttons").addEventListener("click", (event) => {
    const { advance, to } = event.target.dataset;
    if (advance) move({ advance_s: Number(advance) }, now() + advance * 1000, onMoved);
    else if (to) move({ to }, to, onMoved);
  });
  byId("clock-jump").addEventListener("submit", (event) => {
    event.preventDefault();
    const to = byId("clock-to").value;
    move({ to, zone }, null, onMoved);
  });
  setInterval(tick, 1000);
}

async function move(body, to, onMoved) {
  if (isRunning) return;
  const focused = document.activeElement;
  run(true);
  const aim = to ? ` to ${shortDay(to, zone)}, ${clockTime(to, zone)}` : "";
  status.textContent = `Moving${aim}: everything due on the way happens in order …`;
  try {
    const { now: arrived } = await send("clock", body);
    set(arrived);
    status.textContent = `It is now ${shortDay(arrived, zone)}, ${clockTime(arrived, zone)}.`;
  } catch (error) {
    status.textContent = "";
    toast(error.message);
  }
  run(false);
  (focused?.isConnected ? focused : byId("clock-buttons").lastElementChild).focus();
  onMoved();
}

function run(isOn) {
  isRunning = isOn;
  panel.classList.toggle("is-running", isOn);
  panel.setAttribute("aria-busy", String(isOn));
  for (const control of panel.querySelectorAll("button, input")) control.disabled = isOn;
}

function tick() {
  byId("clock-time").textContent = clockTime(now(), zone);
  byId("clock-day").textContent = shortDay(now(), zone);
  byId("clock-zone").textContent = `in ${zone.split("/").at(-1).replaceAll("_", " ")}, where the patient is`;
  byId("phone-time").textContent = clockTime(now(), zone);
}
