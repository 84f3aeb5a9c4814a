/* One article, tried: original | article with its names | summary that points at its source. */
import { $, ask, copy, count, el, span } from "./app.js";

const WAIT_MS = 30000;
const LOOK = "1s";          /* the gateway holds an answer back, while a sink has not ended */
const USED = new Set(["title", "byline", "date", "date or byline"]);
const TYPES = {
  PER: "person", ORG: "organisation", GPE: "country or city", LOC: "place", FAC: "building",
  NORP: "group", EVENT: "event", PRODUCT: "product", MISC: "other", DATE: "date",
  MONEY: "money", PERCENT: "percent",
};

/* --- the original ---------------------------------------------------------------------- */

const BLOCKS = new Set(("address article aside blockquote br dd div dl dt fieldset figcaption figure " +
  "footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol option p pre section select table td th " +
  "tr ul button label").split(" "));
const UNSEEN = new Set("script style noscript template head iframe object svg math".split(" "));

/* The tags alone: no attribute matters to the lines, and none gets as far as the parser. */
const bare = (html) => html.replace(/<(\/?)style\b/giu, "<$1template")
  .replace(/<([a-z][^\s<>/"']*)(?:"[^"]*"|'[^']*'|[^'"<>])*>/giu, "<$1>");

/* The lines of a page as its reader sees them. The document is inert: nothing of it runs or
 * is loaded. */
function linesOfHtml(html) {
  const page = new DOMParser().parseFromString(bare(html), "text/html");
  const lines = [""];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      lines[lines.length - 1] += node.data;
    }
    const name = node.nodeName.toLowerCase();
    if (node.nodeType !== Node.ELEMENT_NODE || UNSEEN.has(name)) {
      return;
    }
    if (BLOCKS.has(name)) {
      lines.push("");
    }
    node.childNodes.forEach(walk);
    if (BLOCKS.has(name)) {
      lines.push("");
    }
  };
  if (page.body) {
    page.body.childNodes.forEach(walk);
  }
  return lines;
}

const squeeze = (text) => text.replace(/\s+/gu, " ").trim();

/* Each line of the original with the reason why it was taken out; null: it stayed. */
function judge(lines, clean) {
  const kept = squeeze(clean.text);
  const removed = (clean.removed || []).map((it) => ({ ...it, text: squeeze(it.text) }));
  const out = [];
  let from = 0;
  for (const raw of lines) {
    const line = squeeze(raw);
    if (line === "") {
      continue;
    }
    const near = removed.findIndex((it, i) => i >= from && i < from + 12 &&
      (it.text === line || it.text.includes(line) || line.includes(it.text)));
    const exact = near >= 0 && removed[near].text === line;
    const stays = kept.includes(line) || (line.length > 60 && kept.includes(line.slice(0, 60)));
    if (near >= 0 && (exact || !stays)) {
      from = removed[near].text === line || removed[near].text.endsWith(line) ? near + 1 : near;
      out.push({ line, reason: removed[near].reason });
    } else {
      out.push({ line, reason: stays ? null : "not article" });
    }
  }
  return out;
}

function showOriginal(source, kind, clean) {
  const lines = kind === "html" ? linesOfHtml(source) : source.split("\n");
  const judged = judge(lines, clean);
  let last = null;
  $("original").replaceChildren(...judged.map(({ line, reason }) => {
    const why = reason !== null && reason !== last ? el("span", { class: "why" }, reason) : null;
    last = reason;
    if (reason === null) {
      return el("p", {}, line);
    }
    return el("p", {}, el(USED.has(reason) ? "span" : "del", { class: USED.has(reason) ? "used" : null,
      title: reason }, line), why);
  }));
  const out = judged.filter((it) => it.reason !== null && !USED.has(it.reason)).length;
  $("original-count").textContent = `${count(out)} of ${count(judged.length)} lines taken out`;
}

/* --- the article ----------------------------------------------------------------------- */

/* Cuts [start, end) of the text where anything begins or ends, and makes a node of each. */
function pieces(text, start, end, mentions, sentences) {
  const cuts = new Set([start, end]);
  for (const range of [...mentions, ...sentences]) {
    for (const at of [range.start, range.end]) {
      if (at > start && at < end) {
        cuts.add(at);
      }
    }
  }
  const places = [...cuts].sort((a, b) => a - b);
  return places.slice(0, -1).map((from, i) => {
    const to = places[i + 1];
    const mention = mentions.find((it) => it.start <= from && it.end >= to);
    const sentence = sentences.findIndex((it) => it.start <= from && it.end >= to);
    const words = text.slice(from, to).join("");
    if (!mention) {
      return el("span", { "data-sentence": sentence >= 0 ? sentence : null }, words);
    }
    return el("mark", { class: mention.type, "data-type": mention.type,
      "data-sentence": sentence >= 0 ? sentence : null,
      title: `${TYPES[mention.type]}: ${mention.name}` }, words);
  });
}

function showArticle(article) {
  const { clean } = article;
  const text = Array.from(clean.text);
  const mentions = (article.entities?.items || []).flatMap((entity) =>
    entity.mentions.map((it) => ({ ...it, type: entity.type, name: entity.name })));
  const sentences = article.summary?.sentences || [];
  const facts = [(clean.byline || []).join(", "), clean.sitename,
    clean.published?.slice(0, 16).replace("T", " "), clean.lang];
  const paragraphs = clean.paragraphs?.length ? clean.paragraphs
    : [{ start: 0, end: text.length, kind: "paragraph" }];
  mentions.sort((a, b) => a.start - b.start);
  $("cleaned").replaceChildren(
    clean.title ? el("h3", {}, clean.title) : "",
    el("p", { class: "byline" }, facts.filter(Boolean).join(" · ")),
    ...paragraphs.map((it) => {
      const inside = (range) => range.end > it.start && range.start < it.end;
      return el(it.kind === "heading" ? "h4" : "p", {},
        ...pieces(text, it.start, it.end, mentions.filter(inside),
          sentences.map((s) => (inside(s) ? s : { start: -1, end: -1 }))));
    }));
  $("cleaned").scrollTop = 0;
  $("cleaned-count").textContent = clean.word_count ? `${count(clean.word_count)} words` : "";
  showTypes(mentions);
  if (article.entities?.note) {
    $("types").append(el("span", { class: "note" }, article.entities.note));
  }
}

function showTypes(mentions) {
  const sums = new Map();
  for (const it of mentions) {
    sums.set(it.type, (sums.get(it.type) || 0) + 1);
  }
  const order = Object.keys(TYPES).filter((type) => sums.has(type));
  $("types").replaceChildren(...order.map((type) => el("button", {
    type: "button", class: `chip ${type}`, "aria-pressed": "true", onclick: (event) => {
      const on = event.currentTarget.getAttribute("aria-pressed") !== "true";
      event.currentTarget.setAttribute("aria-pressed", String(on));
      for (const mark of $("cleaned").querySelectorAll(`mark[data-type=${type}]`)) {
        mark.classList.toggle("off", !on);
        mark.classList.toggle(type, on);
      }
    },
  }, `${TYPES[type]} ${sums.get(type)}`)));
}

/* --- the summary ----------------------------------------------------------------------- */

function light(place, on) {
  for (const node of $("cleaned").querySelectorAll(`[data-sentence="${place}"]`)) {
    node.classList.toggle("lit", on);
  }
}

function showSource(place) {
  const node = $("cleaned").querySelector(`[data-sentence="${place}"]`);
  node?.scrollIntoView({ block: "center", behavior: "smooth" });
}

function showSummary({ summary }) {
  const words = summary?.keywords || [];
  const sentences = (summary?.sentences || []).map((it, i) => el("li", {}, el("button", {
    type: "button", class: "sentence", title: "shows where it stands in the article",
    onmouseenter: () => light(i, true), onmouseleave: () => light(i, false),
    onfocus: () => light(i, true), onblur: () => light(i, false), onclick: () => showSource(i),
  }, it.text)));
  $("summary").replaceChildren(
    summary?.headline ? el("p", { class: "headline" }, summary.headline) : "",
    el("ol", {}, ...sentences),
    words.length ? el("h3", {}, "Keywords") : "",
    el("div", { class: "chips words" }, ...words.map((it) => el("span", { class: "chip" }, it))));
}

/* The stages' times are those of the reading, and only then does the way there and back say anything. */
function showTimings(trace, isOld, whole) {
  const hops = (trace || []).filter((hop) => typeof hop.process_ms === "number");
  $("timings").replaceChildren(...hops.map((hop) => el("span", {}, `${hop.stage} `,
    el("b", {}, span(hop.process_ms)))), isOld ? el("span", {}, "read before")
    : el("span", {}, "there and back ", el("b", {}, span(whole))));
}

/* --- trying ---------------------------------------------------------------------------- */

let latest = null;         /* what is shown: { submission, article } */
let asked = 0;             /* questions so far; an answer to any but the last is dropped */

function say(text, isBad = false) {
  $("try-note").textContent = text;
  $("try-note").classList.toggle("bad", isBad);
}

/* A name that the same page gets again: what was read before is shown, not read twice. */
function idOf(text) {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b);
  }
  return `demo-${(a >>> 0).toString(16).padStart(8, "0")}${(b >>> 0).toString(16).padStart(8, "0")}`;
}

const hexOf = (size) => Array.from(crypto.getRandomValues(new Uint8Array(size)),
  (it) => it.toString(16).padStart(2, "0")).join("");

/* A trace of its own for each question: an article with another one was read for an older question. */
async function send(submission) {
  const trace = hexOf(16);
  const posted = await ask(`v1/articles?wait=${LOOK}`, {
    method: "POST", body: JSON.stringify(submission),
    headers: { "Content-Type": "application/json", traceparent: `00-${trace}-${hexOf(8)}-01` },
  });
  const found = await waitFor(submission.id, posted);
  return { submission, found, isOld: !found.article?.extra?.traceparent?.includes(trace) };
}

/* Whether it has the words that are shown here; sinks may still be at it. */
const isRead = (found) => found.enriched && found.article?.clean;

/* The article once it is read, or has come to its end: nobody waits here for a sink. */
async function waitFor(id, found) {
  for (const until = performance.now() + WAIT_MS; performance.now() < until;) {
    if (isRead(found) || found.state === "done" || found.state === "buried") {
      break;
    }
    found = await ask(`v1/articles/${encodeURIComponent(id)}?wait=${LOOK}`);
  }
  return found;
}

async function read(source, kind) {
  const submission = { id: idOf(kind + source), source: "demo page", priority: 0, [kind]: source };
  const answer = await send(submission);
  if (answer.found.state !== "done" || answer.found.article?.clean) {
    return answer;
  }
  return send({ ...submission, id: `${submission.id}-${Date.now().toString(36)}` }); /* known, kept no more */
}

async function onSubmit(event) {
  event.preventDefault();
  const source = $("source").value;
  const kind = new FormData($("try-form")).get("kind");
  const button = $("try-form").querySelector("button");
  const turn = ++asked;
  $("outcome").hidden = true;
  button.disabled = false;
  if (source.trim() === "") {
    say("There is nothing to read yet: paste a page, or pick a sample.", true);
    $("source").focus();
    return;
  }
  button.disabled = true;
  say("reading …");
  try {
    const from = performance.now();
    const answer = await read(source, kind);
    if (turn === asked) {
      show(source, kind, answer, performance.now() - from);
    }
  } catch (problem) {
    if (turn === asked) {
      say(problem.message, true);
    }
  }
  if (turn === asked) {
    button.disabled = false;
  }
}

/* What sinks have to say that have not delivered it; "" for nothing. */
function whereLeft(found) {
  const left = (found.sinks || []).map((it) => {
    const why = it.reason ? `: ${it.reason}` : "";
    return `not yet delivered by ${it.stage}${why}`;
  });
  return left.length === 0 ? "" : `It is read, but ${left.join("; ")}`;
}

function show(source, kind, { submission, found, isOld }, whole) {
  if (found.state === "buried" && !isRead(found)) {
    say(`It became a dead letter at ${found.stage}: ${found.reason}`, true);
    return;
  }
  if (!isRead(found)) {
    say(`It is ${found.state} at ${found.stage}; is there a worker for it? The dashboard shows.`, true);
    return;
  }
  latest = { submission, article: found.article };
  say(whereLeft(found), true);
  showOriginal(source, kind, found.article.clean);
  showArticle(found.article);
  showSummary(found.article);
  showTimings(found.article.trace, isOld, whole);
  $("open-journey").href = `#dashboard=${encodeURIComponent(submission.id)}`;
  $("source").rows = 3;
  $("outcome").hidden = false;
}

/* A text as one word of a shell. */
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curlOf(submission) {
  const token = sessionStorage.getItem("token") ? " -H \"Authorization: Bearer $TOKEN\"" : "";
  const url = new URL("v1/articles?wait=10s", location.href);
  url.hash = "";
  return `curl ${quote(url.href)}${token} -H 'Content-Type: application/json' --data-binary ` +
    quote(JSON.stringify(submission));
}

async function pickSample() {
  const name = $("samples").value;
  if (name === "") {
    return;
  }
  const text = await ask(`samples/${encodeURIComponent(name)}`);
  if ($("samples").value !== name) {
    return; /* another one was picked meanwhile */
  }
  $("source").value = text;
  $("try-form").elements.kind.value = name.endsWith(".html") ? "html" : "text";
  $("try-form").requestSubmit();
}

async function listSamples() {
  const { items } = await ask("samples");
  for (const { name } of items) {
    const label = name.replace(/^\d+-|\.\w+$/g, "").replaceAll("-", " ");
    $("samples").append(el("option", { value: name }, `${label} (${name.split(".").pop()})`));
  }
}

export function openDemo() {
  $("try-form").addEventListener("submit", onSubmit);
  $("samples").addEventListener("change", () => pickSample().catch((it) => say(it.message, true)));
  $("source").addEventListener("paste", () => setTimeout(() => {
    const isPage = /^\s*</.test($("source").value);
    $("try-form").elements.kind.value = isPage ? "html" : "text";
    $("samples").value = "";
  }));
  $("copy-json").addEventListener("click", (event) =>
    copy(JSON.stringify(latest.article, null, 2), event.currentTarget));
  $("copy-curl").addEventListener("click", (event) =>
    copy(curlOf(latest.submission), event.currentTarget));
  listSamples().catch((problem) => say(problem.message, true));
  return { setShown() {} };
}
