// The try-it page: which phone, which channel, and what is new.

import { read, send } from "./api.js";
import * as clinic from "./clinic.js";
import * as clock from "./clock.js";
import * as composer from "./composer.js";
import { byId, make, toast } from "./dom.js";
import * as people from "./people.js";
import * as thread from "./thread.js";

const RETRY_MS = 2000;
const TYPING_MS = 5000;
const CLINIC_MS = 4000;
const CHANNELS = ["telegram", "sms"];

const page = { phones: [], phone: null, channel: "telegram", isBlocked: false, received: {}, seen: {} };
let reading = new AbortController();
let typingEnds;

const where = () => `phones/${page.phone}/${page.channel}`;
const holder = () => page.phones.find((phone) => phone.id === page.phone);
const threadOf = (phone, channel) => `${phone}/${channel}`;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const hand = composer.start({
  where,
  channel: () => page.channel,
  isBlocked: () => page.isBlocked,
  onSend: () => typing(true),
  onSent: refreshClinic,
});
clock.start({ onMoved: refreshClinic });
start().catch((error) => toast(error.message));

async function start() {
  ({ phones: page.phones, received: page.received } = await read("phones"));
  const [phone, channel] = location.hash.slice(1).split("/");
  const known = page.phones.find((one) => one.id === phone) ?? page.phones[0];
  if (known) select(known.id, known.id === phone && CHANNELS.includes(channel) ? channel : usual(known.id));
  else await welcomeVisitor();
  setInterval(refreshClinic, CLINIC_MS);
  setInterval(clinic.tick, 1000);
}

// The channel on which somebody already talks to Balm; else the one that is shown now.
function usual(phone) {
  const [busiest] = [page.channel, ...CHANNELS].toSorted(
    (one, other) => (page.received[threadOf(phone, other)] ?? 0) - (page.received[threadOf(phone, one)] ?? 0),
  );
  return busiest;
}

function select(phone, channel) {
  Object.assign(page, { phone, channel });
  history.replaceState(null, "", `#${threadOf(phone, channel)}`);
  byId("phone").dataset.channel = channel;
  for (const button of document.querySelectorAll(".switch [data-channel]")) {
    button.setAttribute("aria-pressed", String(button.dataset.channel === channel));
  }
  for (const item of document.querySelectorAll("[data-only]")) item.hidden = item.dataset.only !== channel;
  byId("phone-subtitle").textContent = channel === "sms" ? "text messages" : "bot";
  byId("thread").setAttribute("aria-label", `Messages of ${holder().name}`);
  composer.measure(channel);
  typing(false);
  showInvitation();
  follow();
  refreshClinic();
}

// Asks for what is new on this thread, again and again, until another thread is chosen.
async function follow() {
  reading.abort();
  reading = new AbortController();
  const { signal } = reading;
  const path = `${where()}/messages`;
  let run = "";
  let revision = 0;
  thread.clear();
  await refreshClinic();
  while (!signal.aborted) {
    try {
      const news = await read(`${path}?after=${revision}&run=${run}`, signal);
      if (news.run !== run) thread.clear();
      show(news, news.run !== run);
      ({ run, revision } = news);
    } catch {
      if (!signal.aborted) await pause(RETRY_MS);
    }
  }
}

function show(news, isFirst) {
  clock.set(news.now);
  const heard = thread.show(news.bubbles, { phone: page.phone, channel: page.channel, zone: clock.currentZone(), isFirst, onPress: press });
  thread.showEmpty(
    holder().invitation
      ? "Use the invitation to join, or ask something as a stranger would."
      : "Nothing here yet. Say hello, or move the clock to the next reminder.",
  );
  if (news.bubbles.some((bubble) => bubble.side !== "person")) typing(false);
  if (heard.length) byId("announcer").textContent = `Balm: ${heard.join(" ")}`;
  showBlocked(news.is_blocked);
  count(news.received);
  if (!isFirst) refreshClinic();
}

function showBlocked(isBlocked) {
  page.isBlocked = isBlocked;
  byId("blocked").hidden = !isBlocked;
  byId("blocked-text").textContent = page.channel === "sms" ? "Stopped: the carrier lets nothing through" : "You have blocked the bot";
  byId("block-text").textContent = isBlocked ? "Unblock the bot" : "Block the bot";
}

function count(received) {
  if (!Object.keys(page.seen).length) page.seen = { ...received };
  page.received = received;
  page.seen[threadOf(page.phone, page.channel)] = received[threadOf(page.phone, page.channel)];
  const unread = (phone, channel) => {
    const one = threadOf(phone, channel);
    return (received[one] ?? 0) - (page.seen[one] ?? 0);
  };
  for (const button of document.querySelectorAll(".switch [data-channel]")) {
    button.querySelector(".dot").hidden = unread(page.phone, button.dataset.channel) <= 0;
  }
  people.show(page.phones, {
    selected: page.phone,
    unread: (phone) => Math.max(0, unread(phone, "telegram") + unread(phone, "sms")),
    onSelect: (phone) => select(phone, usual(phone)),
  });
}

function typing(isOn) {
  clearTimeout(typingEnds);
  byId("typing").hidden = !isOn;
  if (!isOn) return;
  thread.toEnd();
  typingEnds = setTimeout(() => typing(false), TYPING_MS);
}

async function press(button, bubble, action) {
  button.setAttribute("aria-busy", "true");
  try {
    await send(`${where()}/presses`, { bubble, action });
  } catch (error) {
    toast(error.message);
  }
  setTimeout(() => button.removeAttribute("aria-busy"), 1500);
  refreshClinic();
}

function showInvitation() {
  const { invitation } = holder();
  const card = byId("invitation");
  card.hidden = !invitation;
  if (!invitation) return;
  const isSms = page.channel === "sms";
  const text = isSms ? `JOIN ${invitation.code}` : `/start ${invitation.link_token}`;
  card.replaceChildren(
    make("h3", {}, "Your clinic gave you this invitation"),
    make("p", {}, "You are ", make("b", {}, invitation.name), ", born in ", make("b", {}, String(invitation.birth_year)), ". Your code: ", make("b", {}, invitation.code)),
    make("button", { type: "button", class: "primary", onclick: () => hand.sayNow(text) }, isSms ? `Text ${text}` : "Open the link on the invitation"),
  );
}

async function welcomeVisitor() {
  try {
    const phone = await send("phones");
    page.phones.push(phone);
    select(phone.id, page.channel);
    view("phone");
    byId("thread").focus();
  } catch (error) {
    toast(error.message);
  }
}

async function refreshClinic() {
  const path = where();
  const seen = await read(`${path}/clinic`).catch(() => null);
  if (!seen || path !== where()) return;
  const isOtherZone = seen.zone !== clock.currentZone();
  clock.set(seen.now, seen.zone);
  clock.showShortcuts(seen.shortcuts);
  if (isOtherZone) thread.rewriteTimes(seen.zone);
  clinic.show(seen);
  byId("bubbles").lang = seen.patient?.patient.language ?? holder().language;
}

function view(name) {
  document.querySelector(".stage").dataset.view = name;
  for (const button of document.querySelectorAll(".views button")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === name));
  }
  if (name === "phone") thread.toEnd(true);
}

byId("new-visitor").addEventListener("click", welcomeVisitor);
document.querySelector(".switch").addEventListener("click", (event) => {
  const button = event.target.closest("[data-channel]");
  if (button) select(page.phone, button.dataset.channel);
});
document.querySelector(".views").addEventListener("click", (event) => {
  const button = event.target.closest("[data-view]");
  if (button) view(button.dataset.view);
});
