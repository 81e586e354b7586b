// Asks for the state once a second, redraws what has changed, and presses buttons.

import { el, order, pill, sections, setText, tick } from "./drawing.js";

const TICK_MS = 1000, LIT_MS = 1600;
const $ = (id) => document.getElementById(id);
const drawn = new Map(); // what each part shows, as JSON
const said = new Map(); // what was answered about an order: {said, good}
const beats = new Map();
const busy = new Set();
let ahead = 0; // the sandbox's clock before ours, in ms

function hasChanged(part, value) {
  const json = JSON.stringify(value);
  const before = drawn.get(part);
  drawn.set(part, json);
  return before !== json;
}

// Replace what a box shows; who was on a button of it stays on that button.
function replace(box, ...nodes) {
  const key = box.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  box.replaceChildren(...nodes);
  if (key) box.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

// Say in a box that there is nothing, or that it could not be read. Returns whether it was said.
function saysNothing(box, rows) {
  if (rows?.length) return false;
  const text = rows ? box.dataset.empty : "It could not be read just now; trying again.";
  replace(box, el("p", { class: rows ? "empty" : "unread" }, text));
  return true;
}

function showSection(name, rows) {
  if (!hasChanged(name, rows ?? null)) return;
  const box = $(name);
  const known = new Set([...box.querySelectorAll("tr[data-id]")].map((row) => row.dataset.id));
  if (saysNothing(box, rows)) return;
  const scrolled = box.firstElementChild?.scrollLeft ?? 0;
  replace(box, sections[name](rows));
  box.firstElementChild.scrollLeft = scrolled;
  for (const row of box.querySelectorAll("tr[data-id]"))
    if (known.size && !known.has(row.dataset.id)) row.classList.add("new");
}

function showOrders(orders) {
  const box = $("orders");
  const rows = orders?.shown;
  const counted = !orders ? "" : orders.all > rows.length ? `${orders.all}, the newest ${rows.length} shown` : `${orders.all}`;
  setText($("orders-count"), counted);
  if (!hasChanged("orders", rows ?? null) || saysNothing(box, rows)) return;
  const old = new Map([...box.querySelectorAll(".order")].map((node) => [node.dataset.id, node]));
  const isFirst = !drawn.has("any order");
  drawn.set("any order", "");
  replace(box, ...rows.map((one) => {
    if (!hasChanged(`order ${one.id}`, one) && old.has(one.id)) return old.get(one.id);
    const node = order(one);
    if (!isFirst) node.classList.add("changed");
    return node;
  }));
  rows.forEach((one) => showAnswer(one.id));
}

function showAnswer(orderId) {
  const box = document.querySelector(`.order[data-id="${CSS.escape(orderId)}"] .said`);
  const answer = said.get(orderId);
  if (!box || !answer) return;
  setText(box, answer.said);
  box.className = `said ${answer.good ? "is-good" : "is-bad"}`;
}

function showFlow(stations, fault, faults) {
  for (const node of stations === null ? [] : document.querySelectorAll("[data-station]")) {
    const name = node.dataset.station, station = stations?.[name];
    setText(node.querySelector("b"), station ? `${station.number}` : "?");
    if (!station) continue;
    setText(node.querySelector("p > span"), station.words);
    const lines = document.querySelectorAll(`[data-line="${name}"]`);
    if (beats.has(name) && beats.get(name) !== station.beat) [node, ...lines].forEach(lightUp);
    beats.set(name, station.beat);
  }
  const shares = stations?.orders.dispositions ?? {};
  if (hasChanged("dispositions", shares))
    $("dispositions").replaceChildren(...Object.entries(shares).map(([name, n]) => pill(`${n} ${name}`, name)));
  const state = $("zonos-state");
  setText(state, fault ? `broken: it ${faults[fault]}` : "works");
  state.className = `pill ${fault ? "bad" : "good"}`;
  document.querySelector("[data-station=zonos]").classList.toggle("broken", fault !== null);
}

function lightUp(node) {
  node.classList.add("lit");
  clearTimeout(node.dark);
  node.dark = setTimeout(() => node.classList.remove("lit"), LIT_MS);
}

function showControls(state) {
  $("checkout").href = state.links.checkout;
  $("admin").href = state.links.admin;
  if (!$("fault").options.length)
    $("fault").append(...Object.entries(state.faults).map(([kind, what]) => el("option", { value: kind }, `It ${what}`)));
}

function show(state) {
  ahead = state.now - Date.now();
  showControls(state);
  setText($("line"), state.story.at(-1) ?? "about to begin");
  const isRead = (section) => (section?.unread ? undefined : section);
  if ("flow" in state) {
    showFlow(isRead(state.flow), state.fault, state.faults);
    showOrders(isRead(state.orders));
    for (const name of ["reviews", "failures", "hand_overs", "calls", "events"]) showSection(name, isRead(state[name]));
    showSection("reconciliation", isRead(state.reconciliation)?.runs);
    const watermark = state.reconciliation.watermark;
    setText($("watermark"), watermark ? `complete up to ${watermark}` : "");
  } else {
    showFlow(null, state.fault, state.faults);
    showOrders({ all: 0, shown: [] });
    for (const name of Object.keys(sections)) showSection(name, []);
  }
  tick(Date.now() + ahead);
}

async function look() {
  const live = $("live");
  try {
    show(await (await fetch("state.json")).json());
    setText(live, "live");
    live.className = "pill good";
  } catch {
    setText(live, "the sandbox does not answer");
    live.className = "pill bad";
  }
}

async function press(button) {
  const { action, key } = button.dataset, orderId = button.dataset.order;
  if (busy.has(key)) return;
  busy.add(key);
  button.setAttribute("aria-disabled", "true");
  let answer = { said: "The sandbox does not answer.", good: false };
  try {
    const body = JSON.stringify({ order_id: orderId, kind: $("fault").value });
    const headers = { "Content-Type": "application/json" };
    answer = await (await fetch(`actions/${action}`, { method: "POST", headers, body })).json();
  } catch { /* said already */ }
  busy.delete(key);
  button.removeAttribute("aria-disabled");
  $("answer").className = answer.good ? "is-good" : "is-bad";
  $("answer").textContent = orderId ? `${orderId}: ${answer.said}` : answer.said;
  if (orderId) said.set(orderId, answer);
  await look();
  if (orderId) showAnswer(orderId);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action]");
  if (button) press(button);
});
setInterval(() => tick(Date.now() + ahead), 500);
async function keepLooking() {
  await look();
  setTimeout(keepLooking, TICK_MS);
}
keepLooking();
