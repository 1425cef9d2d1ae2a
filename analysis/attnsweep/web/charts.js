// The charts of one corpus and norm, drawn by Observable Plot. Each is a function of (state, width)
// that gives {nodes, points, note}: elements, and what the arrow keys walk through.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const SHARED = 7; // more trained models become small multiples
const LAW_COLORS = Object.fromEntries(Object.keys(data.laws).map((law) => [law, `var(--law-${law})`]));
const palette = (k) => `var(--c${k % data.n_colors})`;
const LAW_DASHES = { constant: "1,3", exponential: null, power: "7,3", linear: "7,2,2,2", floor: "3,2" };
const SYMBOLS = ["circle", "square", "triangle", "diamond", "star", "cross", "wye"];
const trainedIds = data.models.map((m, k) => k).filter((k) => data.models[k].of === null);
const rank = new Map(trainedIds.map((m, k) => [m, k]));

const fmt = (x, digits = 3) =>
  x === null || x === undefined ? "–" : Number(x.toPrecision(digits)).toString().replace("-", "−");
const fixed = (x, digits = 3) =>
  x === null || x === undefined ? "–" : x.toFixed(digits).replace("-", "−");
const percent = `${+(100 * data.level).toPrecision(4)} %`;
const between = (low, high, f = fixed) => (low === null || high === null ? "" : ` [${f(low)}, ${f(high)}]`);
const shorten = (text, n) =>
  text.length <= n ? text : `${text.slice(0, Math.ceil((n - 1) / 2))}…${text.slice(-Math.floor((n - 1) / 2))}`;

const isControl = (m) => data.models[m].of !== null;
const parent = (m) => (isControl(m) ? data.models[m].of : m);
const color = (m, many) =>
  isControl(m) ? "var(--control)" : palette(many ? 0 : rank.get(m));
const symbol = (m, many) => SYMBOLS[many ? 0 : (rank.get(parent(m)) ?? 0) % SYMBOLS.length];

// The cells of the series that the state names; controls follow their trained model.
function seriesOf(state, view = state.view) {
  return data.series.findIndex(
    (s) => s.corpus === state.corpus && s.norm === state.norm && s.view === view);
}
function cellsOf(state, { controls = state.controls, view = state.view } = {}) {
  const s = seriesOf(state, view);
  const found = data.cells.filter((c) => c.s === s && state.models.has(parent(c.m)));
  const place = (c) => (rank.get(parent(c.m)) ?? 1e9) * 1e4 + (isControl(c.m) ? c.m + 1 : 0);
  return found.filter((c) => controls || !isControl(c.m)).sort((a, b) => place(a) - place(b));
}
const trainedOf = (cells) => cells.filter((c) => !isControl(c.m));
const isMany = (cells) => trainedOf(cells).length > SHARED;

// Places of n panels: column and row of each, names above them.
function grid(n, width, least = n > 12 ? 140 : 190) {
  const columns = Math.max(1, Math.min(n, Math.floor(width / least)));
  return { columns, rows: Math.ceil(n / columns), at: (k) => ({ fx: k % columns, fy: Math.floor(k / columns) }) };
}
function facetOptions(g) {
  return {
    fx: { axis: null, padding: 0.1, domain: d3.range(g.columns) },
    fy: { axis: null, padding: 0.3, domain: d3.range(g.rows) },
  };
}
const panelNames = (names, g, wide) =>
  Plot.text(names, {
    text: (n) => shorten(n, Math.max(8, Math.floor(wide / 7))), fx: (n, k) => g.at(k).fx,
    fy: (n, k) => g.at(k).fy, frameAnchor: "top-left", dy: -11, fontWeight: 600,
  });

// One, two, five times powers of ten, at most so many of them.
function logTicks([low, high], most) {
  const powers = d3.range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high)) + 1);
  for (const steps of [[1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]) {
    const ticks = powers.flatMap((k) => steps.map((s) => s * 10 ** k)).filter((t) => t >= low && t <= high);
    if (ticks.length <= most && ticks.length > 1) return ticks;
  }
  const whole = powers.map((k) => 10 ** k).filter((t) => t >= low && t <= high);
  return whole.length > most ? whole.filter((t, k) => k % Math.ceil(whole.length / most) === 0) : d3.ticks(low, high, Math.min(most, 3));
}
const style = { background: "transparent", color: "inherit", fontFamily: "inherit", fontSize: "12px", overflow: "visible" };
// What every chart of points ends with: a tip at the pointer, and places for the arrow keys.
function reading(points, where) {
  return [
    Plot.tip(points, Plot.pointer({ ...where, title: "text", fontSize: 12 })),
    Plot.dot(points, { ...where, r: 4, fill: "transparent", stroke: "none", className: "hits" }),
  ];
}
const nothing = (why) => {
  const p = document.createElement("p");
  p.className = "soft";
  p.textContent = why;
  return { nodes: [p], points: [] };
};

const place = (cell, i, state) => {
  const x = i + data.burn_in;
  return state.relative ? (cell.g.length > 1 ? i / (cell.g.length - 1) : 0) : x;
};
const labelX = (state) => (state.relative ? "relative depth" : "layer pair i (layer i to layer i + 1)");

function curvePoints(cells, state, facet) {
  const out = [];
  for (const c of cells) {
    c.g.forEach((g, i) => {
      if (g === null) return;
      const d = Math.exp(g), lo = c.lo ? Math.exp(c.lo[i]) : null, hi = c.hi ? Math.exp(c.hi[i]) : null;
      out.push({
        c, m: c.m, x: place(c, i, state), y: d, lo, hi, ...facet(c),
        text: `${data.models[c.m].id}\nlayer pair ${i + data.burn_in}: d = ${fmt(d, 4)}` +
          between(lo, hi, (v) => fmt(v, 4)) + `\nλ = ${fixed(c.l[0])}${between(c.l[1], c.l[2])}` +
          (isControl(c.m) ? "\nuntrained control" : ""),
      });
    });
  }
  return out;
}
function fitPoints(cells, state, facet) {
  const out = [];
  for (const c of cells) {
    if (c.c === null || c.l[0] === null || c.g.length < 2) continue;
    for (let k = 0; k <= 40; ++k) {
      const i = (k / 40) * (c.g.length - 1);
      out.push({ c, x: place(c, i, state), y: c.c * Math.exp(-c.l[0] * i), ...facet(c) });
    }
  }
  return out;
}
// An interval from very few documents does not squash every curve.
function limits(points, log) {
  const ys = points.map((p) => p.y), top = d3.max(ys), low = d3.min(ys);
  const highs = points.map((p) => p.hi ?? p.y), lows = points.map((p) => p.lo ?? p.y);
  const high = Math.min(d3.max(highs), 3 * top);
  if (!log) return [0, 1.05 * high];
  const bottom = Math.max(d3.min(lows), low / 3), pad = Math.max(1.03, (high / bottom) ** 0.04);
  return [bottom / pad, high * pad];
}

function curves(state, width, compact = false) {
  const cells = cellsOf(state), many = isMany(cells), log = state.scale === "log";
  const trained = trainedOf(cells), index = new Map(trained.map((c, k) => [c.m, k]));
  const g = grid(trained.length, width, compact ? 105 : undefined);
  const facet = (c) => (many ? g.at(index.get(parent(c.m)) ?? 0) : {});
  const points = curvePoints(cells, state, facet);
  if (!points.length) return nothing("No usable values.");
  const where = { x: "x", y: "y", ...(many && { fx: "fx", fy: "fy" }) };
  const stroke = (p) => color(p.c.m, many), z = (p) => p.c.m, domain = limits(points, log);
  const band = points.filter((p) => p.lo !== null);
  const clamp = (v) => Math.min(Math.max(v, domain[0]), domain[1]);
  const marks = [Plot.frame({ anchor: "left" }), Plot.frame({ anchor: "bottom" })];
  if (state.bands) marks.push(Plot.areaY(band, { ...where, y: undefined, y1: (p) => clamp(p.lo), y2: (p) => clamp(p.hi), z, fill: stroke, fillOpacity: 0.2 }));
  const dashed = (p) => isControl(p.c.m);
  for (const control of [true, false]) {
    const own = (list) => list.filter((p) => dashed(p) === control);
    const line = { ...where, z, stroke, strokeWidth: control ? 1 : 1.6, strokeDasharray: control ? "2,2" : null };
    if (state.fits) marks.push(Plot.line(own(fitPoints(cells, state, facet)), line));
    else marks.push(Plot.line(own(points), line));
    marks.push(Plot.dot(own(points), {
      ...where, stroke, fill: control ? "var(--paper)" : stroke, r: many ? 1.8 : control ? 2.4 : 3.4,
      strokeWidth: 1.1, symbol: (p) => symbol(p.c.m, many),
    }));
  }
  const high = many ? g.rows * (compact ? 62 : 118) + 46 : compact ? 300 : 380;
  if (many) marks.push(panelNames(trained.map((c) => data.models[c.m].id), g, width / g.columns));
  const svg = Plot.plot({
    width, height: high, marginLeft: 52, marginTop: many ? 26 : 18, marginBottom: 40, style,
    ...(many && facetOptions(g)), color: { type: "identity" }, symbol: { type: "identity" },
    x: { label: labelX(state), ticks: many ? 3 : Math.min(8, d3.max(cells, (c) => c.g.length)), tickFormat: state.relative ? undefined : (x) => (Number.isInteger(x) ? String(x) : ""), grid: !many },
    y: { type: log ? "log" : "linear", domain, label: `d, ${data.series[cells[0].s].name}`, ticks: log ? logTicks(domain, many ? 3 : 8) : many ? 3 : 6, tickFormat: (v) => fmt(v, 3), grid: true, clamp: true },
    marks: [...marks, ...reading(points, where)],
  });
  return { nodes: trained.length > 1 && !many ? [key(trained.map((c) => [color(c.m, many), data.models[c.m].id])), svg] : [svg], points };
}

// A legend: colours and their names.
function key(entries) {
  const p = document.createElement("p");
  p.className = "key";
  for (const [background, name] of entries) {
    const entry = document.createElement("span"), swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.background = background;
    entry.append(swatch, ` ${name}`);
    p.append(entry);
  }
  return p;
}

// ln d of a law at position i of m: as law_curve in laws.py.
function lawValue(law, p, i, m) {
  const x = i / Math.max(1, m - 1);
  switch (law) {
    case "exponential": return p[0] - p[1] * i;
    case "power": return p[0] - p[1] * Math.log(i + 1);
    case "linear": return p[0] + Math.log(1 - p[1] * x);
    case "floor": return p[0] + Math.log((1 - p[2]) * Math.exp(-p[1] * x) + p[2]);
    default: return p[0];
  }
}
const hasLaw = (p) => p && p.slice(0, -1).every((v) => v !== null);

function laws(state, width) {
  const cells = trainedOf(cellsOf(state, { controls: false })).filter((c) => c.g.length > 1 && c.laws);
  if (!cells.length) return nothing("No fits.");
  const g = grid(cells.length, cells.length < 4 ? width * 3 : width), few = cells.length <= 3;
  const points = [], lines = [], rests = [];
  cells.forEach((c, k) => {
    const f = g.at(k), name = data.models[c.m].id, m = c.g.length;
    c.g.forEach((v, i) => v !== null && points.push({ x: i + data.burn_in, y: Math.exp(v), ...f, text: `${name}\nlayer pair ${i + data.burn_in}: d = ${fmt(Math.exp(v), 4)}` }));
    for (const law of Object.keys(data.laws)) {
      const p = c.laws[law];
      if (!state.laws.has(law) || !hasLaw(p)) continue;
      for (let j = 0; j <= 60; ++j) {
        const i = (j / 60) * (m - 1);
        lines.push({ law, x: i + data.burn_in, y: Math.exp(lawValue(law, p, i, m)), z: `${law} ${k}`, ...f });
      }
      c.g.forEach((v, i) => v !== null && rests.push({ law, z: `${law} ${k}`, x: i + data.burn_in, y: v - lawValue(law, p, i, m), ...f, text: `${name}, ${data.laws[law]}\nlayer pair ${i + data.burn_in}: ${fixed(v - lawValue(law, p, i, m))}\nleave-one-layer-out error ${fixed(p.at(-1))}` }));
    }
  });
  const where = { x: "x", y: "y", fx: "fx", fy: "fy" }, domain = limits(points, true);
  const common = { width, marginLeft: 52, marginBottom: 42, style, ...facetOptions(g), color: { type: "identity" } };
  const line = (list, more) => Object.keys(data.laws).map((law) => Plot.line(list.filter((p) => p.law === law), { ...where, z: "z", stroke: LAW_COLORS[law], strokeDasharray: LAW_DASHES[law], ...more }));
  const names = panelNames(cells.map((c) => data.models[c.m].id), g, width / g.columns);
  const x = { ticks: few ? 6 : 3, tickFormat: (v) => (Number.isInteger(v) ? String(v) : "") };
  const nodes = [], out = [];
  if (few || state.lawsShow === "fits") {
    nodes.push(Plot.plot({
      ...common, height: g.rows * (few ? 250 : 120) + 50, marginTop: 26, x: { ...x, label: few ? null : labelX({}) },
      y: { type: "log", domain, clamp: true, label: "d", ticks: logTicks(domain, few ? 7 : 3), tickFormat: (v) => fmt(v, 3), grid: true },
      marks: [Plot.frame({ anchor: "left" }), Plot.frame({ anchor: "bottom" }), names, ...line(lines, {}), Plot.dot(points, { ...where, fill: "currentColor", r: few ? 3.2 : 1.8 }), ...reading(points, where)],
    }));
    out.push(points);
  }
  if (few || state.lawsShow === "residuals") {
    nodes.push(Plot.plot({
      ...common, height: g.rows * (few ? 130 : 120) + 50, marginTop: few ? 12 : 26, x: { ...x, label: labelX({}) },
      y: { label: "ln d − law", ticks: few ? 4 : 3, grid: true, tickFormat: (v) => fmt(v, 3) },
      marks: [Plot.frame({ anchor: "left" }), few ? null : names, Plot.ruleY([0], { strokeOpacity: 0.5 }), ...line(rests, { strokeWidth: 1 }), Plot.dot(rests, { ...where, fill: (p) => LAW_COLORS[p.law], r: few ? 2.2 : 1.3 }), ...reading(rests, where)],
    }));
    out.push(rests);
  }
  return { nodes, points: out.flat() };
}

// λ by model with its interval, on the distribution of λ over single texts.
function rates(state, width) {
  const cells = cellsOf(state).filter((c) => c.l[0] !== null);
  if (!cells.length) return nothing("λ is undefined.");
  const many = isMany(cells), shapes = [], bars = [], points = [];
  for (const c of cells) {
    const name = data.models[c.m].id, t = c.texts;
    points.push({ c, name, x: c.l[0], lo: c.l[1], hi: c.l[2], text: `${name}\nλ = ${fixed(c.l[0], 4)}${between(c.l[1], c.l[2], (v) => fixed(v, 4))}\nT = ${fixed(c.t[0], 2)}, R² = ${fixed(c.r2, 2)}\n${isControl(c.m) ? "untrained control" : c.v}${t ? `\nmiddle half of the texts ${fixed(t.q[1])} to ${fixed(t.q[3])}` : ""}` });
    if (!t || !state.texts) continue;
    const top = d3.max(t.counts), step = (t.to - t.from) / t.counts.length;
    t.counts.forEach((n, k) => shapes.push({ name, x1: t.from + k * step, x2: t.from + (k + 1) * step, y: n / top }));
    bars.push({ name, lo: t.q[0], hi: t.q[4], w: 1 }, { name, lo: t.q[1], hi: t.q[3], w: 4 });
  }
  const names = points.map((p) => p.name), left = Math.min(width * 0.36, 20 + 6.6 * d3.max(names, (n) => n.length));
  const high = state.texts && shapes.length ? (cells.length > 24 ? 26 : 40) : 22;
  const stroke = (p) => color(p.c.m, many);
  const svg = Plot.plot({
    width, height: names.length * high + 66, marginLeft: left, marginRight: 20, marginBottom: 42, style, color: { type: "identity" },
    fy: { domain: names, axis: null, padding: 0.08 },
    x: { label: "decay rate λ (per layer)", grid: true }, y: { axis: null, domain: [-1, 1] },
    marks: [
      Plot.rect(shapes, { fy: "name", x1: "x1", x2: "x2", y1: (s) => -0.85 * s.y, y2: (s) => 0.85 * s.y, fill: "var(--shape)" }),
      ...[1, 4].map((w) => Plot.link(bars.filter((b) => b.w === w), { fy: "name", x1: "lo", x2: "hi", y1: -0.95, y2: -0.95, stroke: "var(--soft)", strokeWidth: w })),
      Plot.ruleX([0], { strokeOpacity: 0.6 }),
      Plot.link(points.filter((p) => p.lo !== null), { fy: "name", x1: "lo", x2: "hi", y1: 0, y2: 0, stroke, strokeWidth: 2 }),
      Plot.dot(points, { fy: "name", x: "x", y: 0, stroke, fill: (p) => (isControl(p.c.m) ? "var(--paper)" : stroke(p)), r: 4 }),
      Plot.text(points, { fy: "name", text: (p) => shorten(p.name, Math.floor((left - 14) / 6.4)), frameAnchor: "left", textAnchor: "end", dx: -8, fill: (p) => (isControl(p.c.m) ? "var(--soft)" : "currentColor") }),
      ...reading(points, { fy: "name", x: "x", y: () => 0 }),
    ],
  });
  return { nodes: [svg], points };
}
