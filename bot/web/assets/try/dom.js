// How is a piece of the page made? Text is always text: nothing is ever parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function draw(tag, properties, ...children) {
  const shape = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) shape.setAttribute(name, value);
  shape.append(...children);
  return shape;
}

export const icon = (name) =>
  draw("svg", { class: "icon", "aria-hidden": "true" }, draw("use", { href: `/assets/icons.svg#${name}` }));

let fading;

export function toast(text) {
  const element = byId("toast");
  clearTimeout(fading);
  element.textContent = text;
  requestAnimationFrame(() => element.classList.add("is-shown"));
  fading = setTimeout(() => {
    element.classList.remove("is-shown");
    fading = setTimeout(() => { element.textContent = ""; }, 300);
  }, 4000);
}

const BOLD = /\*\*(?=\S)(.+?)(?<=\S)\*\*/g;

// Text with `**bold**` as nodes; without it.
export const rich = (text) =>
  text.split(BOLD).map((part, position) => (position % 2 ? make("b", {}, part) : part));
export const plain = (text) => text.replaceAll(BOLD, "$1");

// "rf-self-harm" reads "self harm".
export const words = (code) => code.replace(/^rf-/, "").replaceAll(/[-_]/g, " ");
