// The page's controls: what the charts show, the arrow keys in a chart, tables that sort and filter.
"use strict";
const DRAW = {
  hero: (s, w) => curves({ ...s, ...firstScreen, models: s.all }, w, true), curves, laws, rates, control, tokens, depth,
  variance, covariates, heads, reach,
};
const $ = (id) => document.getElementById(id);
const unique = (list) => [...new Set(list)];
const first = data.series[0] ?? { corpus: "", norm: "", view: "keep" };
const firstScreen = { corpus: first.corpus, norm: first.norm, view: first.view, scale: "log", relative: false, fits: true, bands: true, controls: true };
const state = {
  ...firstScreen, texts: true, laws: new Set(Object.keys(data.laws)), lawsShow: "fits",
  models: new Set(trainedIds), all: new Set(trainedIds), against: "depth", quantity: "lambda_all",
  covariate: data.across.covariates[0]?.name ?? "", covariateModel: "", headModel: "",
};

// --- charts: drawn when they come into sight, and again when the state or the width changes.
const figures = [...document.querySelectorAll("figure.chart")];
const stale = new Set(figures), visible = new Set();
function drawFigure(figure) {
  stale.delete(figure);
  figure.removeAttribute("aria-busy");
  const target = figure.querySelector(".plot"), name = figure.dataset.chart;
  const width = Math.floor(Math.min(target.clientWidth || 640, 1100));
  let made;
  try {
    made = DRAW[name](state, Math.max(width, 260));
  } catch (error) {
    made = nothing(`This chart could not be drawn: ${error.message}`);
    console.error(name, error);
  }
  for (const node of made.nodes) {
    const svg = node.tagName === "svg" ? node : node.querySelector?.("svg");
    if (svg) svg.setAttribute("aria-hidden", "true");
  }
  target.replaceChildren(...made.nodes);
  figure.walk = { points: made.points, at: -1 };
  const note = figure.querySelector(".note");
  if (note) note.textContent = made.note ?? "";
}
function redraw(which = figures) {
  for (const figure of which) {
    stale.add(figure);
    figure.setAttribute("aria-busy", "true");
    if (visible.has(figure)) drawFigure(figure);
  }
}
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) visible.add(target);
    else visible.delete(target);
    if (isIntersecting && stale.has(target)) drawFigure(target);
  }
}, { rootMargin: "300px" });
figures.forEach((figure) => sight.observe(figure));
let lastWidth = innerWidth, waiting;
addEventListener("resize", () => {
  if (innerWidth === lastWidth) return;
  lastWidth = innerWidth;
  clearTimeout(waiting);
  waiting = setTimeout(() => redraw(), 150);
});
addEventListener("beforeprint", () => figures.forEach((f) => stale.has(f) && drawFigure(f)));

// --- arrow keys: walk through the points of a chart; the value is shown and said.
function walkTo(figure, step) {
  const hits = [...figure.querySelectorAll('g.hits *')].filter((e) => e.tagName === "circle" || e.tagName === "path");
  if (!hits.length) return;
  const walk = figure.walk;
  walk.at = (walk.at + step + hits.length) % hits.length;
  if (walk.at < 0) walk.at = 0;
  const hit = hits[walk.at], box = hit.getBoundingClientRect(), svg = hit.closest("svg");
  const where = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, pointerType: "mouse", bubbles: true, view: window };
  svg.dispatchEvent(new PointerEvent("pointerenter", where));
  svg.dispatchEvent(new PointerEvent("pointermove", where));
  let offset = 0; // a figure of two charts has the points of both, one after the other
  const charts = unique(hits.map((h) => h.closest("svg")));
  for (const chart of charts.slice(0, charts.indexOf(svg))) offset += hits.filter((h) => h.closest("svg") === chart).length;
  $("said").textContent = walk.points[offset + hit.__data__]?.text ?? "";
}
document.addEventListener("keydown", (event) => {
  const figure = event.target.closest?.("figure.chart");
  if (!figure || event.target !== figure) return;
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") figure.querySelectorAll("svg").forEach((s) => s.dispatchEvent(new PointerEvent("pointerleave", { bubbles: true })));
  if (!step) return;
  event.preventDefault();
  walkTo(figure, step);
});

// --- controls
function options(select, values, names = values) {
  select.replaceChildren(...values.map((v, k) => new Option(names[k], v)));
  select.closest("label").hidden = values.length < 2;
}
function fillSelects() {
  options($("corpus"), unique(data.series.map((s) => s.corpus)));
  const norms = unique(data.series.map((s) => s.norm));
  options($("norm"), norms, norms.map((n) => data.series.find((s) => s.norm === n).name));
  options($("view"), unique(data.series.map((s) => s.view)), unique(data.series.map((s) => s.view)).map((v) => (v === "keep" ? "kept" : "dropped")));
  for (const key of ["corpus", "norm", "view"]) $(key).value = state[key];
  if ($("quantity")) options($("quantity"), Object.keys(data.quantities), Object.values(data.quantities).map((q) => q[0]));
  if ($("against")) options($("against"), unique(data.across.depth.map((e) => e.against)));
  if ($("covariate")) options($("covariate"), unique(data.across.covariates.map((e) => e.name)));
  if ($("covariateModel")) options($("covariateModel"), unique(data.across.covariates.filter((e) => e.levels).map((e) => e.model ?? "")));
  if ($("headModel")) options($("headModel"), unique(data.heads.map((h) => h.model)));
}
function chooser() {
  const many = trainedIds.length > SHARED;
  const box = $("models-shown");
  for (const m of trainedIds) {
    const label = document.createElement("label"), input = document.createElement("input"), swatch = document.createElement("span");
    input.type = "checkbox";
    input.checked = true;
    input.value = m;
    swatch.className = "swatch";
    swatch.style.background = color(m, many);
    label.append(input, swatch, ` ${data.models[m].id}`);
    box.append(label);
  }
  box.addEventListener("change", (event) => {
    const m = Number(event.target.value);
    if (event.target.checked) state.models.add(m);
    else state.models.delete(m);
    counted();
    redraw();
  });
  const all = (on) => () => {
    box.querySelectorAll("label:not([hidden]) input").forEach((i) => { i.checked = on; on ? state.models.add(Number(i.value)) : state.models.delete(Number(i.value)); });
    counted();
    redraw();
  };
  $("all").addEventListener("click", all(true));
  $("none").addEventListener("click", all(false));
  $("find-model").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    box.querySelectorAll("label").forEach((l) => { l.hidden = !l.textContent.toLowerCase().includes(wanted); });
  });
  $("find-model").closest("label").hidden = trainedIds.length < 9;
  $("chooser").open = trainedIds.length <= SHARED && innerWidth > 900;
  $("chooser").hidden = trainedIds.length < 2;
  counted();
}
const counted = () => { $("n-models").textContent = `${state.models.size} of ${trainedIds.length}`; };

document.addEventListener("change", (event) => {
  const { name, value, type, checked } = event.target;
  if (name === "law") {
    if (checked) state.laws.add(value);
    else state.laws.delete(value);
  } else if (name === "scale" || name === "lawsShow") state[name] = value;
  else if (event.target.matches("[data-state]")) state[event.target.dataset.state] = type === "checkbox" ? checked : value;
  else return;
  redraw(figures.filter((f) => f.dataset.chart !== "hero"));
});

// --- tables
const asNumber = (text) => {
  const found = text.replaceAll("−", "-").replaceAll(",", "").match(/^[<> ]*(-?\d[\d.]*(?:e[+-]?\d+)?)/i);
  return found ? Number(found[1]) : null;
};
function sortBy(table, column, button) {
  const head = button.closest("th"), up = head.getAttribute("aria-sort") !== "ascending";
  table.querySelectorAll("thead th").forEach((th) => th.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const body = table.tBodies[0], numeric = head.classList.contains("n");
  const rows = [...body.rows].map((row) => {
    const text = row.cells[column].textContent.trim();
    return { row, text, value: numeric ? asNumber(text) : null };
  });
  const compare = numeric
    ? (a, b) => (a.value === null) - (b.value === null) || (up ? a.value - b.value : b.value - a.value)
    : (a, b) => (up ? 1 : -1) * a.text.localeCompare(b.text, undefined, { numeric: true });
  rows.sort(compare);
  body.append(...rows.map((r) => r.row));
}
document.querySelectorAll("table.sortable").forEach((table) => {
  [...table.tHead.rows[0].cells].forEach((th, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...th.childNodes);
    th.append(button);
    button.addEventListener("click", () => sortBy(table, column, button));
  });
});
function filterCells() {
  const wanted = $("find-cell").value.toLowerCase().split(/\s+/).filter(Boolean);
  const controls = $("with-controls").checked, secondary = $("with-secondary").checked;
  let shown = 0;
  for (const row of $("cells").tBodies[0].rows) {
    const hidden = (!controls && row.classList.contains("control")) || (!secondary && row.classList.contains("second"));
    const text = wanted.length ? row.textContent.toLowerCase() : "";
    row.hidden = hidden || !wanted.every((w) => text.includes(w));
    shown += !row.hidden;
  }
  $("n-cells").textContent = `${shown} of ${$("cells").tBodies[0].rows.length} rows`;
}
function tableTools() {
  const rows = [...$("cells").tBodies[0].rows];
  $("with-controls").checked = $("with-secondary").checked = rows.length <= 60;
  for (const id of ["find-cell", "with-controls", "with-secondary"]) $(id).addEventListener("input", filterCells);
  filterCells();
}

document.documentElement.classList.add("js");
fillSelects();
chooser();
tableTools();
