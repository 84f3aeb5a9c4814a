/* What both views share: elements, numbers, asking the server, and which view is shown. */
import { openDashboard } from "./dashboard.js";
import { openDemo } from "./demo.js";

export const $ = (id) => document.getElementById(id);

/* An element with attributes, and children that are elements or texts. Text is never read
 * as markup. */
export function el(name, attributes = {}, ...children) {
  const out = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) {
      out.addEventListener(key.slice(2), value);
    } else if (value !== null && value !== undefined && value !== false) {
      out.setAttribute(key, value === true ? "" : value);
    }
  }
  out.append(...children.filter((child) => child !== null && child !== undefined));
  return out;
}

/* Writes only what has changed, so that nothing is laid out for nothing. */
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

const counts = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
export const count = (value) => counts.format(value);

export function span(ms) {
  if (ms > 0 && ms < 0.05) {
    return "< 0.1 ms";
  }
  const steps = [[1, "ms"], [1000, "s"], [60000, "min"], [3600000, "h"], [86400000, "d"]];
  let [size, unit] = steps[0];
  for (const step of steps) {
    if (ms >= step[0]) {
      [size, unit] = step;
    }
  }
  const value = ms / size;
  return `${value < 10 && value !== Math.round(value) ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

export function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let place = 0;
  while (value >= 1024 && place < units.length - 1) {
    value /= 1024;
    place++;
  }
  return `${value < 10 && place > 0 ? value.toFixed(1) : Math.round(value)} ${units[place]}`;
}

/* --- asking ---------------------------------------------------------------------------- */

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `status ${status}`);
    this.status = status;
    this.body = body;
  }
}

let asking = null;

/* Shows the dialog once, however many requests want a token. */
function askToken() {
  asking ??= new Promise((resolve) => {
    $("ask-token").showModal();
    $("ask-token").addEventListener("close", () => {
      sessionStorage.setItem("token", $("token").value.trim());
      $("token").value = "";
      asking = null;
      resolve();
    }, { once: true });
  });
  return asking;
}

export async function ask(path, options = {}) {
  const token = sessionStorage.getItem("token");
  const headers = { ...options.headers };
  if (token) {
    headers.Authorization = `Bearer ${token}`;
  }
  const answer = await fetch(path, { ...options, headers });
  if (answer.status === 401) {
    await askToken();
    return ask(path, options);
  }
  const type = answer.headers.get("Content-Type") || "";
  const body = type.includes("json") ? await answer.json() : await answer.text();
  if (!answer.ok) {
    throw new Problem(answer.status, body);
  }
  return body;
}

export async function copy(text, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "The browser says no";
  }
  setTimeout(() => { button.textContent = label; }, 1500);
}

/* --- views ----------------------------------------------------------------------------- */

const views = { try: openDemo(), dashboard: openDashboard() };

function show() {
  const [name, ...rest] = decodeURIComponent(location.hash.slice(1)).split("=");
  const chosen = name in views ? name : "try";
  for (const [view, code] of Object.entries(views)) {
    $(`view-${view}`).hidden = view !== chosen;
    code.setShown(view === chosen, rest.join("="));
  }
  for (const link of document.querySelectorAll("nav a")) {
    link.toggleAttribute("aria-current", link.dataset.view === chosen);
  }
  document.title = chosen === "try" ? "nutgraf" : "nutgraf: dashboard";
}

/* The line at the top: is the broker there, and how much waits. */
async function beat() {
  const pulse = $("pulse");
  try {
    const status = await ask("v1/status");
    setText(pulse, `${count(status.queued)} queued · ${count(status.finished)} finished`);
    pulse.className = "pulse good";
    views.dashboard.take(status);
  } catch (problem) {
    setText(pulse, problem instanceof Problem ? problem.message : "the gateway does not answer");
    pulse.className = "pulse bad";
  }
  setTimeout(beat, document.hidden ? 5000 : 1000);
}

$("about").textContent = location.host;
addEventListener("hashchange", show);
show();
beat();
