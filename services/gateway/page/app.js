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

const NO_TOKEN = { detail: "a token is needed" };

const tokenOf = () => sessionStorage.getItem("token") || "";
let asking = null;         /* the dialog, while it is open: true once a token is given */
let isDeclined = false;    /* it was closed without one, and does not come by itself again */

function openDialog(done) {
  const dialog = $("ask-token");
  setText($("token-note"), tokenOf() ? "This token is not known here." : "");
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener("close", () => {
    const isGiven = dialog.returnValue === "given";
    if (isGiven) {
      sessionStorage.setItem("token", $("token").value.trim());
    }
    $("token").value = "";
    asking = null;
    isDeclined = !isGiven;
    done(isGiven);
  }, { once: true });
}

/* Shows the dialog once, however many requests want a token. */
function askToken() {
  asking ??= new Promise(openDialog);
  return asking;
}

/* The token that was sent is none, or may not do this: true if there is another to try. */
async function canTryAgain(status, sent) {
  $("give-token").hidden = false;
  if (status === 401 && sent !== tokenOf()) {
    return true;
  }
  return status === 401 && !isDeclined && askToken();
}

export async function ask(path, options = {}) {
  const token = tokenOf();
  const headers = { ...options.headers };
  if (token) {
    headers.Authorization = `Bearer ${token}`;
  }
  const answer = await fetch(path, { ...options, headers });
  if (answer.status === 401 || answer.status === 403) {
    if (await canTryAgain(answer.status, token)) {
      return ask(path, options);
    }
  }
  const type = answer.headers.get("Content-Type") || "";
  const body = type.includes("json") ? await answer.json() : await answer.text();
  if (!answer.ok) {
    throw new Problem(answer.status, answer.status === 401 && !token ? NO_TOKEN : body);
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

/* What stands behind the # of the address, which anybody may have written. */
function placeOf(hash) {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return hash.slice(1);
  }
}

function show() {
  const [name, ...rest] = placeOf(location.hash).split("=");
  const chosen = Object.hasOwn(views, name) ? name : "try";
  for (const [view, code] of Object.entries(views)) {
    $(`view-${view}`).hidden = view !== chosen;
    code.setShown(view === chosen, rest.join("="));
  }
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === chosen) {
      link.setAttribute("aria-current", "page");
    } else {
      link.removeAttribute("aria-current");
    }
  }
  document.title = chosen === "try" ? "nutgraf" : "nutgraf: dashboard";
}

/* To the content of the view that is shown; the address names the view, and stays. */
function skip(event) {
  event.preventDefault();
  $("main").focus();
}

/* The line at the top; who hears the page is told only when it becomes good or bad. */
function showPulse(text, state) {
  const pulse = $("pulse");
  setText(pulse, text);
  if (!pulse.classList.contains(state)) {
    pulse.className = `pulse ${state}`;
    setText($("news"), state === "good" ? "connected" : text);
  }
}

/* Is the broker there, and how much waits? */
async function beat() {
  try {
    const status = await ask("v1/status");
    showPulse(`${count(status.queued)} queued · ${count(status.finished)} finished`, "good");
    views.dashboard.take(status);
  } catch (problem) {
    showPulse(problem instanceof Problem ? problem.message : "the gateway does not answer", "bad");
  }
  setTimeout(beat, document.hidden ? 5000 : 1000);
}

$("about").textContent = location.host;
$("skip").addEventListener("click", skip);
$("give-token").addEventListener("click", askToken);
addEventListener("hashchange", show);
show();
beat();
