/* The dashboard: what waits, who works, what failed, and where one article is. */
import { $, ask, bytes, count, el, Problem, setText, span } from "./app.js";

const HISTORY = 60;        /* looks that the small curves show */
const METRICS_MS = 2000;
const LETTERS_MS = 3000;
const JOURNEY_MS = 2000;
const UNSEEN_MS = 250;     /* between two questions whether it is seen */
const LETTERS_MAX = 1000;  /* read of the dead letters; the rest is counted */
const LISTED = 50;         /* shown of one reason */
const WORKERS = 200;       /* rows at most */
const AT_ONCE = 500;       /* letters that one request tries again */

let isShown = false;
let before = null;         /* the last status, and when it came */
const rates = { accepted: [], finished: [] };

/* --- totals ---------------------------------------------------------------------------- */

function curve(values) {
  const most = Math.max(1, ...values);
  const step = 100 / (HISTORY - 1);
  const first = HISTORY - values.length;
  return values.map((value, i) =>
    `${i === 0 ? "M" : "L"}${((first + i) * step).toFixed(1)} ${(28 - 26 * (value / most)).toFixed(1)}`).join("");
}

function svg(name, attributes) {
  const out = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    out.setAttribute(key, value);
  }
  return out;
}

const tiles = {};

function tile(key, label) {
  if (!tiles[key]) {
    const value = el("span");
    const more = el("small");
    const path = svg("path", {});
    const picture = svg("svg", { viewBox: "0 0 100 30", preserveAspectRatio: "none", "aria-hidden": "true" });
    picture.append(path);
    const box = el("div", {}, el("dt", {}, label), el("dd", {}, value, " ", more), picture);
    $("totals").append(box);
    tiles[key] = { box, value, more, path };
  }
  return tiles[key];
}

function showTile(key, label, value, more = "", values = null, isAlarm = false) {
  const it = tile(key, label);
  setText(it.value, value);
  setText(it.more, more);
  it.box.classList.toggle("alarm", isAlarm);
  if (values && values.length > 1) {
    it.path.setAttribute("d", curve(values));
  }
}

function perSecond(status, key, ms) {
  return before && ms > 0 ? Math.max(0, (status[key] - before.status[key]) * 1000 / ms) : 0;
}

const rateText = (rate) => `${rate >= 100 ? count(rate) : rate.toFixed(1)}/s`;

function showTotals(status, ms) {
  for (const key of ["accepted", "finished"]) {
    rates[key].push(perSecond(status, key, ms));
    rates[key].splice(0, rates[key].length - HISTORY);
    showTile(key, key === "accepted" ? "Accepted" : "Finished", count(status[key]),
      rateText(rates[key].at(-1)), rates[key]);
  }
  showTile("queued", "Queued", count(status.queued));
  showTile("buried", "Dead letters", count(status.buried), "", null, status.buried > 0);
  showTile("duplicates", "Duplicates", count(status.duplicates));
  showTile("disk", "On disk", bytes(status.disk_bytes), `of ${bytes(status.disk_bytes + status.room_bytes)}`, null,
    status.room_bytes < 32 << 20);
}

/* --- stages ---------------------------------------------------------------------------- */

const rows = new Map();

function stageRow(name) {
  const cells = {};
  const make = (key, label) => {
    cells[key] = el("span");
    return el("td", { "data-label": label }, cells[key]);
  };
  cells.name = el("th", { scope: "row" }, name, cells.flag = el("span", { class: "tag", hidden: true }));
  cells.ready = el("b");
  cells.fill = el("i");
  const depth = el("td", { class: "wide" },
    el("div", { class: "depth" }, cells.ready, el("span", { "aria-hidden": "true" }, cells.fill)),
    cells.trouble = el("small", { class: "bad" }));
  const row = el("tr", {}, cells.name, depth, make("leased", "Working"), make("oldest", "Oldest"),
    make("rate", "Rate"), make("p50", "p50"), make("p95", "p95"), make("retried", "Retried"),
    make("buried", "Dead"), make("workers", "Workers"));
  return { row, cells };
}

function showStage(stage, most, ms) {
  if (!rows.has(stage.name)) {
    rows.set(stage.name, stageRow(stage.name));
    $("stages").append(rows.get(stage.name).row);
  }
  const { cells } = rows.get(stage.name);
  const old = before?.status.stages.find((it) => it.name === stage.name);
  const waiting = stage.ready + stage.delayed;
  const rate = old && ms > 0 ? Math.max(0, (stage.done - old.done) * 1000 / ms) : 0;
  setText(cells.ready, count(waiting));
  cells.fill.style.transform = `translateX(${waiting > 0 ? 100 * (waiting / most - 1) : -101}%)`;
  setText(cells.leased, count(stage.leased));
  setText(cells.oldest, stage.oldest_ms > 0 ? span(stage.oldest_ms) : "–");
  setText(cells.rate, rateText(rate));
  setText(cells.retried, count(stage.retried));
  setText(cells.buried, count(stage.buried));
  setText(cells.workers, count(stage.workers));
  cells.buried.classList.toggle("alarm", stage.buried > 0);
  cells.workers.classList.toggle("alarm", stage.workers === 0 && waiting > 0);
  setText(cells.trouble, stage.trouble ? `none has passed for ${span(stage.trouble_ms)}: ${stage.trouble}` : "");
  cells.flag.hidden = !stage.paused;
  setText(cells.flag, stage.paused ? "paused" : "");
}

/* --- times ----------------------------------------------------------------------------- */

/* {stage: [[bound in seconds, count at most that long], …]} of the text format. */
function readBuckets(text) {
  const found = {};
  const line = /^nutgraf_work_seconds_bucket\{stage="([^"]+)",le="([^"]+)"\} (\S+)$/gm;
  for (const [, stage, bound, value] of text.matchAll(line)) {
    (found[stage] ??= []).push([bound === "+Inf" ? Infinity : Number(bound), Number(value)]);
  }
  return found;
}

/* The time that a share of the articles stayed below, ms; null: there were none. */
function quantile(buckets, share) {
  const total = buckets.at(-1)?.[1] || 0;
  let low = 0;
  let below = 0;
  if (total === 0) {
    return null;
  }
  for (const [bound, sum] of buckets) {
    if (sum >= share * total && sum > below) {
      const part = (share * total - below) / (sum - below);
      return 1000 * (bound === Infinity ? low : low + (bound - low) * part);
    }
    low = bound;
    below = sum;
  }
  return 1000 * low;
}

const looks = [];          /* the last minute, so that the times are those of now */

function showTimes(text) {
  const now = readBuckets(text);
  looks.push(now);
  looks.splice(0, looks.length - 30);
  for (const [stage, { cells }] of rows) {
    const old = looks[0][stage];
    const all = now[stage] || [];
    const recent = all.map(([bound, sum], i) => [bound, sum - (old?.[i]?.[1] ?? 0)]);
    const buckets = (recent.at(-1)?.[1] || 0) > 0 ? recent : all;
    for (const [key, share] of [["p50", 0.5], ["p95", 0.95]]) {
      const ms = quantile(buckets, share);
      setText(cells[key], ms === null ? "–" : span(ms));
    }
  }
}

/* --- workers --------------------------------------------------------------------------- */

const workers = new Map();

function workerRow(worker) {
  const cells = { held: el("td"), item: el("a", { class: "mono" }), since: el("td"), seen: el("td"),
    flag: el("span", { class: "tag", hidden: true }, "draining") };
  const row = el("tr", {}, el("th", { scope: "row" }, worker.stage),
    el("td", { class: "mono" }, worker.name, cells.flag), cells.held,
    el("td", { class: "wide" }, cells.item), cells.since, cells.seen);
  return { row, cells };
}

function showWorkers(all) {
  const order = [...rows.keys()];
  const shown = all.slice(0, WORKERS).sort((a, b) =>
    order.indexOf(a.stage) - order.indexOf(b.stage) || a.name.localeCompare(b.name));
  const names = new Set(shown.map((worker) => worker.name));
  for (const [name, { row }] of workers) {
    if (!names.has(name)) {
      row.remove();
      workers.delete(name);
    }
  }
  for (const [i, worker] of shown.entries()) {
    if (!workers.has(worker.name)) {
      workers.set(worker.name, workerRow(worker));
    }
    const { row, cells } = workers.get(worker.name);
    if ($("workers").children[i] !== row) {
      $("workers").insertBefore(row, $("workers").children[i] || null);
    }
    setText(cells.held, count(worker.held));
    setText(cells.item, worker.item || "");
    cells.item.hidden = !worker.item;
    if (worker.item) {
      cells.item.href = `#dashboard=${encodeURIComponent(worker.item)}`;
    }
    setText(cells.since, worker.item ? span(worker.item_ms) : "–");
    setText(cells.seen, `${span(worker.seen_ms)} ago`);
    cells.flag.hidden = !worker.draining;
  }
  setText($("workers-count"), all.length > WORKERS ? `${WORKERS} of ${count(all.length)}` : count(all.length));
}

/* --- dead letters ---------------------------------------------------------------------- */

/* All of them, as many requests as that takes. */
async function retry(ids, button) {
  let many = 0;
  button.disabled = true;
  try {
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const done = await ask("v1/dead-letters/retry", {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ids: ids.slice(from, from + AT_ONCE) }),
      });
      many += done.count;
      button.textContent = many === 0 ? "gone already" : `${count(many)} again`;
    }
  } catch (problem) {
    button.textContent = many === 0 ? problem.message : `${count(many)} again, then: ${problem.message}`;
  }
  setTimeout(() => readLetters().catch(() => {}), 700);
}

function retryButton(label, ids) {
  return el("button", { type: "button", class: "small", onclick: (event) => {
    event.preventDefault();
    retry(ids, event.currentTarget);
  } }, label);
}

/* Reasons that differ in names and numbers alone are one. */
const kindOf = (reason, id) => (reason || "?").replaceAll(id, "…").replace(/\d+/g, "N");

function groups(items) {
  const found = new Map();
  for (const item of items) {
    const key = `${item.stage}: ${kindOf(item.reason, item.id)}`;
    if (!found.has(key)) {
      found.set(key, { key, stage: item.stage, reason: item.reason || "?", items: [] });
    }
    found.get(key).items.push(item);
  }
  return [...found.values()].sort((a, b) => b.items.length - a.items.length);
}

function letterGroup(group, isOpen) {
  const ids = group.items.map((it) => it.id);
  return el("details", { "data-key": group.key, open: isOpen },
    el("summary", {}, el("b", {}, count(ids.length)),
      el("span", {}, `${group.stage}: ${group.reason}`),
      retryButton(ids.length > 1 ? "Retry these" : "Retry", ids)),
    el("ul", {}, ...group.items.slice(0, LISTED).map((it) => el("li", {},
      el("a", { class: "mono", href: `#dashboard=${encodeURIComponent(it.id)}` }, it.id),
      retryButton("Retry", [it.id]))),
    ids.length > LISTED ? el("li", { class: "idle" }, `and ${count(ids.length - LISTED)} more`) : null));
}

let lettersShown = "";

async function readLetters() {
  const total = before?.status.buried || 0;
  const { items, damaged } = await ask(`v1/dead-letters?limit=${LETTERS_MAX}`);
  const what = JSON.stringify([total, items.map((it) => it.job), damaged.length]);
  if (what === lettersShown) {
    return;
  }
  lettersShown = what;
  const open = new Set([...$("letters").querySelectorAll("details[open]")].map((it) => it.dataset.key));
  const all = groups(items);
  $("letters").replaceChildren(...all.map((group) => letterGroup(group, open.has(group.key))),
    all.length === 0 ? el("p", { class: "hint" }, "None. Every article has come through or is on its way.") : "",
    damaged.length > 0 ? el("p", { class: "bad" }, `${count(damaged.length)} cannot be read from disk`) : "");
  setText($("letters-count"), items.length < total ? `the first ${count(items.length)} of ${count(total)}`
    : items.length > 0 ? count(items.length) : "");
}

/* --- one article ----------------------------------------------------------------------- */

function hop(entry) {
  const model = entry.model ? ` · ${entry.model}` : "";
  return el("li", {}, el("b", {}, entry.stage),
    el("small", {}, `waited ${span(entry.queued_ms || 0)}, worked ${span(entry.process_ms || 0)}` +
      `${entry.attempt > 1 ? `, attempt ${entry.attempt}` : ""} · ${entry.worker || ""}${model}`));
}

const STATES = { ready: "waits for a worker", delayed: "waits to be tried again", leased: "is worked on" };

function lastWords(found) {
  if (found.state === "done") {
    return found.article ? "delivered, and still kept" : "delivered; the broker keeps it no longer";
  }
  if (found.state === "buried") {
    return `dead letter: ${found.reason}`;
  }
  return `${STATES[found.state] || found.state}, attempt ${found.attempt}, for ${span(found.waited_ms)}` +
    `${found.reason ? `; the last: ${found.reason}` : ""}`;
}

function lastHop(found, words) {
  const isDone = found.state === "done";
  setText(words, lastWords(found));
  return el("li", { class: isDone ? null : found.state === "buried" ? "dead" : "now" },
    el("b", {}, isDone ? "done" : found.stage), words);
}

/* The sinks that have not delivered it, but the one that speaks for the article. */
const otherSinks = (found) => (found.sinks || []).filter((it) => it.stage !== found.stage);

const otherHop = (it) => el("li", { class: it.state === "buried" ? "dead" : "now" },
  el("b", {}, it.stage), el("small", { "aria-live": "off" }, lastWords(it)));

let asked = 0;             /* articles looked for so far; an answer to any but the last is dropped */
let followed = null;       /* { id, what, words }: the article shown, what is known of it, and where it says so */

const whatOf = (found) => JSON.stringify([found.state, found.stage, found.attempt, found.reason,
  (found.article?.trace || []).length, (found.sinks || []).map((it) => [it.stage, it.state, it.reason])]);

function showJourney(found) {
  const what = whatOf(found);
  if (followed?.id === found.id && followed.what === what) {
    setText(followed.words, lastWords(found)); /* the time alone, which is not read out */
    return;
  }
  followed = { id: found.id, what, words: el("small", { "aria-live": "off" }) };
  const title = found.article?.clean?.title;
  $("journey").replaceChildren(title ? el("p", {}, el("b", {}, title)) : "",
    el("p", { class: "mono" }, found.id),
    el("ol", { class: "hops" }, ...(found.article?.trace || []).map(hop), lastHop(found, followed.words),
      ...otherSinks(found).map(otherHop)),
    found.state === "buried" ? retryButton("Retry", [found.id]) : "");
}

const lookUp = (id) => ask(`v1/articles/${encodeURIComponent(id)}`);

function showNone(text) {
  followed = null;
  $("journey").replaceChildren(el("p", { class: "bad" }, text));
}

/* Goes on with the article that is shown, until it is known no more. */
async function follow() {
  const turn = asked;
  if (!followed) {
    return;
  }
  try {
    const found = await lookUp(followed.id);
    if (turn === asked) {
      showJourney(found);
    }
  } catch (problem) {
    if (problem.status !== 404) {
      throw problem;
    }
    if (turn === asked) {
      showNone(problem.message);
    }
  }
}

async function find(id) {
  const turn = ++asked;
  followed = null;
  try {
    const found = await lookUp(id);
    if (turn === asked) {
      showJourney(found);
    }
  } catch (problem) {
    if (turn === asked) {
      showNone(problem instanceof Problem ? problem.message : "the gateway does not answer");
    }
  }
}

/* --- the whole ------------------------------------------------------------------------- */

function take(status) {
  const now = performance.now();
  const ms = before ? now - before.at : 0;
  if (isShown && !document.hidden) {
    const most = Math.max(1, ...status.stages.map((stage) => stage.ready + stage.delayed));
    showTotals(status, ms);
    status.stages.forEach((stage) => showStage(stage, most, ms));
    showWorkers(status.workers);
  }
  before = { status, at: now };
}

/* Looks as often while the dashboard is seen, and at once when it comes to be. */
function every(ms, look) {
  const turn = async () => {
    const isSeen = isShown && !document.hidden && before !== null;
    if (isSeen) {
      await look().catch(() => {}); /* the line at the top says what is wrong */
    }
    setTimeout(turn, isSeen ? ms : UNSEEN_MS);
  };
  turn();
}

export function openDashboard() {
  $("find").addEventListener("submit", (event) => {
    event.preventDefault();
    const id = $("find-id").value.trim();
    if (id !== "") {
      location.hash = `#dashboard=${encodeURIComponent(id)}`;
      find(id);
    }
  });
  every(METRICS_MS, async () => showTimes(await ask("metrics")));
  every(LETTERS_MS, readLetters);
  every(JOURNEY_MS, follow);
  return {
    take,
    setShown(shown, id) {
      isShown = shown;
      if (shown && before) {
        take(before.status);
      }
      if (shown && id) {
        $("find-id").value = id;
        find(id);
      }
    },
  };
}
