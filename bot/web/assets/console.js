// Is what the page shows still so? Asks for a stamp, and reads the page anew when it has changed.

const EVERY_MS = 4000;
const fresh = (text) => { document.getElementById("fresh").textContent = text; };

async function look() {
  const main = document.getElementById("console");
  const response = await fetch("/console/stamp");
  if (response.status === 401) {
    location.reload();
    return;
  }
  const { stamp } = await response.json();
  if (stamp === main.dataset.stamp || main.querySelector("form:focus-within")) return;
  const page = new DOMParser().parseFromString(await (await fetch("/console/")).text(), "text/html");
  const renewed = page.getElementById("console");
  if (renewed) replace(main, document.adoptNode(renewed));
}

// What somebody has opened, and where they are, stays.
function replace(main, renewed) {
  const same = (details) => renewed.querySelector(`[data-key="${CSS.escape(details.dataset.key)}"]`);
  for (const details of main.querySelectorAll("details[open]")) same(details)?.setAttribute("open", "");
  const focused = main.contains(document.activeElement) && document.activeElement.closest("details");
  main.replaceWith(renewed);
  if (focused) same(focused)?.querySelector("summary").focus();
}

setInterval(() => {
  if (document.hidden) return;
  look().then(() => fresh(""), () => fresh("Balm does not answer; trying again."));
}, EVERY_MS);
