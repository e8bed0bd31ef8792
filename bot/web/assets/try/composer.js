// What does the visitor send?

import { send } from "./api.js";
import { byId, toast } from "./dom.js";

const draft = byId("draft");
const size = byId("sms-size");
const more = byId("more");
const list = byId("more-list");
let measuring;

// `where()` gives "phones/ID/CHANNEL"; `onSent()` is called once Balm has stored a message.
export function start({ where, channel, isBlocked, onSend, onSent }) {
  async function deliver(path, body) {
    onSend();
    try {
      await send(path, body);
    } catch (error) {
      toast(error.message);
    }
    onSent();
  }

  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = draft.value;
    if (!text.trim()) return;
    draft.value = "";
    measure(channel());
    deliver(`${where()}/messages`, { text });
  });
  draft.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    byId("composer").requestSubmit();
  });
  draft.addEventListener("input", () => measure(channel()));
  byId("ideas").addEventListener("click", (event) => {
    const idea = event.target.closest("[data-idea]");
    if (!idea) return;
    draft.value = idea.dataset.idea;
    draft.focus();
    measure(channel());
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    open(false);
    more.focus();
    if (button.id === "block") deliver(`${where()}/block`, { is_blocked: !isBlocked() });
    else deliver(`${where()}/media`, { kind: button.dataset.media });
  });
  more.addEventListener("click", () => open(list.hidden));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || list.hidden) return;
    open(false);
    more.focus();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".more")) open(false);
  });
  return { sayNow: (text) => deliver(`${where()}/messages`, { text }) };
}

function open(isOpen) {
  list.hidden = !isOpen;
  more.setAttribute("aria-expanded", String(isOpen));
}

// How many texts the draft would cost; only SMS has segments.
export function measure(channel) {
  clearTimeout(measuring);
  if (channel !== "sms") {
    size.textContent = "";
    return;
  }
  measuring = setTimeout(async () => {
    const found = await send("sms-size", { text: draft.value }).catch(() => null);
    if (!found || !size.isConnected) return;
    const texts = found.segments === 1 ? "1 text" : `${found.segments} texts`;
    size.textContent = draft.value
      ? `${texts} · ${found.left} left · ${found.alphabet}`
      : "160 characters make one text";
  }, 120);
}
