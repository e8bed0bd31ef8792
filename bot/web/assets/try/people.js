// Who holds the phone?

import { byId, make } from "./dom.js";

const initials = (name) => name.split(/\s+/).map((part) => part[0]).slice(0, 2).join("");

export function show(phones, { selected, unread, onSelect }) {
  const items = phones.map((phone, position) => {
    const isSelected = phone.id === selected;
    const count = isSelected ? 0 : unread(phone.id);
    return make(
      "li",
      {},
      make(
        "button",
        { type: "button", class: `person tint-${position % 4}`, "aria-pressed": String(isSelected), data: { phone: phone.id }, onclick: () => onSelect(phone.id) },
        make("span", { class: "avatar", "aria-hidden": "true" }, initials(phone.name)),
        make("span", { class: "person-words" }, make("b", {}, phone.name), make("span", {}, phone.note)),
        count ? make("span", { class: "count" }, String(count), make("span", { class: "unseen" }, " new messages")) : null,
      ),
    );
  });
  const list = byId("people");
  const focused = list.contains(document.activeElement) && document.activeElement.dataset.phone;
  list.replaceChildren(...items);
  if (focused) list.querySelector(`[data-phone="${CSS.escape(focused)}"]`)?.focus();
}
