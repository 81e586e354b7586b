// What each section looks like. All text is set as text, never as markup.

export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
}

export const pill = (text, kind = text) => el("span", { class: `pill ${kind}` }, text);
export const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB");
const ago = (ms) => el("time", { "data-ago": ms });
const until = (ms) => el("time", { "data-until": ms });

// Keep the relative times true; `now` is the sandbox's clock in ms.
export function tick(now) {
  for (const time of document.querySelectorAll("time[data-ago]"))
    setText(time, `${length((now - time.dataset.ago) / 1000)} ago`);
  for (const time of document.querySelectorAll("time[data-until]")) {
    const left = Math.ceil((time.dataset.until - now) / 1000);
    setText(time, left > 0 ? `in ${length(left)}` : "now");
  }
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function length(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return whole < 60 ? `${whole} s` : whole < 3600 ? `${Math.floor(whole / 60)} min` : `${Math.floor(whole / 3600)} h`;
}

const LABELS = { "may-ship": "May it ship?", "take-over": "Take over", clear: "Clear the match", release: "Release" };

export function order(one) {
  const facts = el(
    "div", null,
    el("h3", null, one.id), pill(one.disposition), " ", el("small", null, one.means),
    ...one.reasons.map((reason) => el("p", null, `Held: ${reason}.`)),
    one.number && el("p", null, "Taken over as ", el("strong", null, one.number), "."),
    el("p", { class: "quiet facts" }, ...[`by the ${one.imported_by}`, `ordered ${one.day ?? "on an unknown day"}`, `revision ${one.revision}`]
      .flatMap((fact, n) => [n ? " · " : "", el("span", null, fact)])),
  );
  const history = el("ol", { class: "timeline", "aria-label": `History of ${one.id}` }, ...one.history.map(
    (entry) => el("li", { class: entry.disposition }, el("b", null, entry.disposition), " ",
      el("span", null, `Zonos: ${entry.status}`), el("br"), el("small", null, `${clock(entry.at)} by the ${entry.by}`)),
  ));
  const buttons = el("div", { class: "buttons" }, ...one.actions.map((action) => el(
    "button", { type: "button", "data-action": action, "data-order": one.id, "data-key": `${action} ${one.id}` },
    LABELS[action], el("span", { class: "unseen" }, ` (${one.id})`),
  )));
  return el("article", { class: "order", "data-id": one.id }, facts, history, buttons, el("p", { class: "said" }));
}

// A table in a box that scrolls by itself. Each row is [id, ...cells].
function table(name, headings, rows) {
  const head = el("tr", null, ...headings.map((text) => el("th", { scope: "col" }, text)));
  const body = rows.map(([id, ...cells]) => el("tr", { "data-id": id }, ...cells.map((cell) => el("td", null, cell))));
  return el("div", { class: "scrolls", tabindex: "0", role: "group", "aria-label": name },
    el("table", null, el("thead", null, head), el("tbody", null, ...body)));
}

const LOOP_KINDS = { watching: "warn", decided: "good" };

export const sections = {
  reviews: (rows) => table("Review loops", ["Order", "Status", "Looked", "Looks next"], rows.map((row) => [
    row.id, row.order_id,
    el("span", null, pill(row.status, LOOP_KINDS[row.status] ?? "bad"), row.disposition ? ` ${row.disposition}` : ""),
    row.looked_at === null ? "not yet" : ago(row.looked_at),
    row.looks_next_at === null ? "–" : until(row.looks_next_at),
  ])),
  reconciliation: (rows) => table("Runs of the reconciliation", ["Run", "Outcome", "Listed", "Recov.", "Failed", "Took"], rows.map((run) => [
    run.id, ago(run.at), el("span", { title: run.error ?? run.means }, pill(run.outcome, { clean: "good", busy: "" }[run.outcome] ?? "bad")),
    `${run.listed}`, `${run.recovered}`, `${run.failed}`, `${(run.milliseconds / 1000).toFixed(1)} s`,
  ])),
  failures: (rows) => table("Failures on record", ["Order", "Could not", "Tries", "Tried again"], rows.map((row) => [
    row.id, row.order_id, el("span", { class: "long" }, row.task, el("br"), el("small", null, row.cause)), `${row.attempts}`,
    row.next_attempt_at === null ? "at the next run" : until(row.next_attempt_at),
  ])),
  hand_overs: (rows) => table("Hand-overs", ["Order", "Your number", "State"], rows.map((row) => [
    row.order_id, row.order_id, row.number || "–",
    el("span", null, pill(row.state, row.state === "Zonos knows the number" ? "good" : "warn")),
  ])),
  calls: (rows) => table("Calls to Zonos", ["When", "Answer", "ms", "Call"], rows.map((call) => [
    call.id, clock(call.at),
    call.status === null ? pill("no answer yet", "warn") : pill(`${call.status}`, call.good ? "good" : "bad"),
    call.milliseconds === null ? "…" : `${call.milliseconds}`,
    el("span", null, `${call.operation} ${call.order_id} `, el("small", null, call.means)),
  ])),
  events: (rows) => table("Events on the bus", ["When", "Event", "Rev."], rows.map((event) => [
    event.id, clock(event.at),
    el("span", null, `${event.type} ${event.order_id} `, el("small", null, event.means)), `${event.revision}`,
  ])),
};
