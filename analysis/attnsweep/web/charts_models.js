// The charts across models, heads and views; the same contract as in charts.js.
"use strict";

// Rows of a name, a value and an interval. rows: [{name, x, lo, hi, color, fill, symbol, dy, text}].
function forest(rows, width, label, { zero = true, domain } = {}) {
  if (!rows.length) return nothing("Nothing to show for this choice.");
  const names = [...new Set(rows.map((r) => r.name))];
  const left = Math.min(width * 0.42, 20 + 6.6 * d3.max(names, (n) => n.length));
  const shifts = [...new Set(rows.map((r) => r.dy ?? 0))];
  const finite = rows.filter((r) => r.x !== null);
  const svg = Plot.plot({
    width, height: names.length * (shifts.length > 1 ? 30 : 22) + 66, marginLeft: left, marginRight: 20, marginBottom: 42, style,
    color: { type: "identity" }, symbol: { type: "identity" }, x: { label, grid: true, domain },
    y: { type: "point", domain: names, label: null, tickSize: 0, tickFormat: (n) => shorten(n, Math.floor((left - 14) / 6.4)), padding: 0.6 },
    marks: [
      zero ? Plot.ruleX([0], { strokeOpacity: 0.6 }) : null,
      ...shifts.flatMap((dy) => {
        const own = rows.filter((r) => (r.dy ?? 0) === dy);
        return [
          Plot.ruleY(own.filter((r) => r.lo !== null && r.hi !== null), { y: "name", x1: "lo", x2: "hi", stroke: "color", strokeWidth: 2, strokeDasharray: own[0].dash ?? null, dy }),
          Plot.dot(own.filter((r) => r.x !== null && !r.bare), { y: "name", x: "x", stroke: "color", fill: "fill", r: 4, symbol: (r) => r.symbol ?? "circle", dy }),
        ];
      }),
      ...reading(finite, { x: "x", y: "name" }),
    ],
  });
  return { nodes: [svg], points: finite };
}

function control(state, width) {
  const rows = trainedOf(cellsOf(state)).flatMap((c) => (c.control ?? []).map(([name, x, lo, hi]) => ({
    name: `${data.models[c.m].id} − ${name.startsWith(data.models[c.m].id) ? name.slice(data.models[c.m].id.length).replace(/^[-_.]/, "") : name}`,
    x, lo, hi, color: color(c.m, isMany(cellsOf(state))), fill: color(c.m, isMany(cellsOf(state))),
    text: `${data.models[c.m].id} against ${name}\nT − T of the control = ${fixed(x)}${between(lo, hi)}`,
  })));
  return forest(rows, width, "T − T of the untrained control (nats)");
}

function tokens(state, width) {
  const ink = palette(0), rows = [];
  const dropped = new Map(cellsOf(state, { controls: false, view: "drop" }).map((c) => [c.m, c]));
  for (const kept of cellsOf(state, { controls: false, view: "keep" })) {
    const other = dropped.get(kept.m);
    if (!other) continue;
    for (const [c, what, dy] of [[kept, "kept", -5], [other, "dropped", 5]])
      rows.push({ name: data.models[c.m].id, x: c.l[0], lo: c.l[1], hi: c.l[2], color: ink, dy, fill: what === "kept" ? ink : "var(--paper)", symbol: what === "kept" ? "circle" : "square", text: `${data.models[c.m].id}, special tokens ${what}\nλ = ${fixed(c.l[0], 4)}${between(c.l[1], c.l[2], (v) => fixed(v, 4))}\n${c.v}` });
  }
  return forest(rows, width, "decay rate λ (per layer)");
}

// Entries of `across` for the state's corpus, norm and view.
const entriesOf = (list, state) =>
  list.filter((e) => (e.corpus === state.corpus || !e.corpus) && e.norm === state.norm && (e.view ?? "keep") === state.view);

function depth(state, width) {
  const entry = entriesOf(data.across.depth, state).find((e) => e.against === state.against);
  if (!entry) return nothing("Not compared for this choice: it is made for the primary norm.");
  const q = state.quantity, lineages = [...new Set(entry.models.map((m) => m.lineage ?? m.model))];
  const points = entry.models.filter((m) => m[q][0] !== null && m.x !== null).map((m) => {
    const k = lineages.indexOf(m.lineage ?? m.model);
    return { x: m.x, y: m[q][0], lo: m[q][1], hi: m[q][2], name: m.model, color: palette(k), symbol: SYMBOLS[k % SYMBOLS.length], text: `${m.model}${m.lineage ? ` (${m.lineage})` : ""}\n${entry.against === "depth" ? `${m.x} layers` : `${d3.format(".3s")(m.x)} parameters`}\n${data.quantities[q][0]}: ${fixed(m[q][0])}${between(m[q][1], m[q][2])}` };
  });
  if (!points.length) return nothing("No usable values.");
  const [tau, p] = entry.tests[q] ?? [null, null], large = entry.against !== "depth";
  const svg = Plot.plot({
    width, height: 360, marginLeft: 56, marginBottom: 42, style, color: { type: "identity" }, symbol: { type: "identity" },
    inset: 14,
    x: { label: large ? "parameters" : "layers", type: large ? "log" : "linear", grid: true, ticks: 6, tickFormat: large ? "~s" : "d" },
    y: { label: data.quantities[q][1], grid: true },
    marks: [
      Plot.frame({ anchor: "left" }), Plot.frame({ anchor: "bottom" }), Plot.ruleY([0], { strokeOpacity: 0.4 }),
      Plot.ruleX(points.filter((d) => d.lo !== null), { x: "x", y1: "lo", y2: "hi", stroke: "color", strokeWidth: 1.6 }),
      Plot.dot(points, { x: "x", y: "y", fill: "color", symbol: "symbol", r: 4.5 }),
      points.length <= 12 ? Plot.text(points, { x: "x", y: "y", text: (d) => shorten(d.name, 20), dx: 8, textAnchor: "start", fontSize: 11 }) : null,
      ...reading(points, { x: "x", y: "y" }),
    ],
  });
  const legend = lineages.length > 1 && lineages.length < entry.models.length && lineages.length <= data.n_colors ? [key(lineages.map((name, k) => [palette(k), name]))] : [];
  return { nodes: [...legend, svg], points, note: `Kendall’s τ = ${fixed(tau, 2)}, one-sided p = ${p === null ? "–" : fmt(p, 2)}; verdict on “deeper, smaller”: ${entry.verdict}.` };
}

function variance(state, width) {
  const entry = entriesOf(data.across.variance, state)[0];
  if (!entry) return nothing("Not computed for this choice: it is made for the primary norm.");
  const rows = entry.parts.flatMap((p) => [
    { name: p.name, x: p.share[0], lo: p.share[1], hi: p.share[2], color: palette(0), fill: palette(0), dy: -4, text: `${p.name}\nshare ${fixed(p.share[0], 2)}${between(p.share[1], p.share[2], (v) => fixed(v, 2))}` },
    { name: p.name, x: p.share[0], lo: p.population[0] ?? null, hi: p.population[1] ?? null, color: "var(--soft)", fill: "none", dy: 5, dash: "4,2", bare: true, text: `${p.name}, in a population of models${between(p.population[0] ?? null, p.population[1] ?? null, (v) => fixed(v, 2))}` },
  ]).filter((r) => !r.bare || r.lo !== null);
  return forest(rows, width, "share of the variance of λ", { zero: false, domain: [0, 1] });
}

function covariates(state, width) {
  const own = entriesOf(data.across.covariates, state), shown = new Set([...state.models].map((m) => data.models[m].id));
  const entries = own.filter((e) => e.name === state.covariate && (shown.has(e.model) || !e.model));
  const ink = palette(0);
  if (entries.length && entries[0].levels) {
    const e = entries.find((v) => v.model === state.covariateModel) ?? entries[0];
    const rows = [...e.levels].sort((a, b) => b[2] - a[2]).map(([level, n, x, lo, hi]) => ({ name: String(level), x, lo, hi, color: ink, fill: ink, text: `${level} (${n} sequences)\nλ minus the mean: ${fixed(x, 4)}${between(lo, hi, (v) => fixed(v, 4))}` }));
    return { ...forest(rows, width, `λ minus the mean, ${e.model ?? ""}`), note: `Levels with most texts; p after Holm’s correction ${fmt(e.p, 2)}, R² ${fixed(e.r2)}.` };
  }
  const rows = entries.filter((e) => e.slope).map((e) => ({ name: `${e.model}${e.corpus ? "" : " (all corpora)"}`, x: e.slope[0], lo: e.slope[1], hi: e.slope[2], color: ink, fill: e.p !== null && e.p <= 0.05 ? ink : "var(--paper)", text: `${e.model}, ${e.name}\nchange of λ by one standard deviation: ${fixed(e.slope[0], 4)}${between(e.slope[1], e.slope[2], (v) => fixed(v, 4))}\np after Holm ${fmt(e.p, 2)}, R² ${fixed(e.r2)}` }));
  return { ...forest(rows, width, "change of λ by one standard deviation"), note: "Filled: p ≤ 0.05 after Holm’s correction." };
}

function heads(state, width) {
  const maps = data.heads.filter((h) => h.corpus === state.corpus && h.norm === state.norm && h.view === state.view);
  const one = maps.find((h) => h.model === state.headModel) ?? maps[0];
  if (!one) return nothing("No heads were measured for this choice.");
  const points = one.d.flatMap((row, h) => row.map((d, i) => ({ x: i + data.burn_in, y: h, d, text: `${one.model}, head ${h}, layer pair ${i + data.burn_in}\nd = ${fmt(d, 4)}\nλ of the head = ${fixed(one.l[h][0])}${between(one.l[h][1], one.l[h][2])}` }))).filter((p) => p.d !== null && p.d > 0);
  if (!points.length) return nothing("No usable values.");
  const all = maps.flatMap((m) => m.d.flat()).filter((d) => d !== null && d > 0);
  const wide = Math.min(width, 140 + 56 * d3.max(one.d, (r) => r.length));
  const svg = Plot.plot({
    width: wide, height: Math.min(520, 70 + one.d.length * 22), marginLeft: 44, marginBottom: 42, style, padding: 0,
    x: { label: labelX({}), type: "band", tickSize: 0 }, y: { label: "head", type: "band", tickSize: 0 },
    color: { type: "log", scheme: "cividis", domain: d3.extent(all) },
    marks: [
      Plot.cell(points, { x: "x", y: "y", fill: "d" }), Plot.tip(points, Plot.pointer({ x: "x", y: "y", title: "text", fontSize: 12 })),
      Plot.dot(points, { x: "x", y: "y", r: 4, fill: "transparent", stroke: "none", className: "hits" }),
    ],
  });
  const legend = Plot.legend({ color: { type: "log", scheme: "cividis", domain: d3.extent(all), label: "d, geometric mean" }, ticks: 4, tickFormat: (v) => fmt(v, 2), width: 260, style });
  return { nodes: [legend, svg], points };
}

function reach(state, width) {
  const cells = trainedOf(cellsOf(state)).filter((c) => c.reach);
  if (!cells.length) return nothing("No effective depth.");
  const points = cells.flatMap((c) => c.reach.map((r, k) => {
    const y = r.n_beyond ? c.pairs : r.n, eps = `ε = ${fmt(r.epsilon, 3)}${r.relative ? " of the first" : ""}`;
    return { x: c.pairs, y, lo: r.low_beyond ? c.pairs : r.low, hi: r.high_beyond ? c.pairs : r.high, k, color: palette(k), symbol: r.n_beyond ? "triangle" : "circle", fill: r.n_beyond || r.extrapolated ? "var(--paper)" : palette(k), text: `${data.models[c.m].id}, ${c.pairs} layer pairs\n${eps}: ${r.n_beyond ? `not within the ${c.pairs} pairs` : `${fixed(r.n, 1)} layer pairs`}${r.n_beyond ? "" : ` [${fixed(r.low, 1)}, ${r.high_beyond ? `> ${c.pairs}` : fixed(r.high, 1)}]`}${r.extrapolated ? "\nextrapolated" : ""}` };
  })).filter((p) => p.y !== null);
  if (!points.length) return nothing("No effective depth.");
  const top = d3.max(points, (p) => p.x);
  const svg = Plot.plot({
    width: Math.min(width, 640), height: 380, marginLeft: 56, marginBottom: 42, style, color: { type: "identity" }, symbol: { type: "identity" },
    x: { label: "layer pairs of the model", domain: [0, 1.05 * top], grid: true }, y: { label: "effective depth (layer pairs)", domain: [0, Math.max(1.05 * top, d3.max(points, (p) => p.y))], grid: true },
    marks: [
      Plot.line([[0, 0], [top, top]], { strokeDasharray: "4,3", strokeOpacity: 0.5 }),
      Plot.ruleX(points.filter((p) => p.lo !== null && p.hi !== null), { x: "x", y1: "lo", y2: "hi", stroke: "color" }),
      Plot.dot(points, { x: "x", y: "y", stroke: "color", fill: "fill", symbol: "symbol", r: 4 }),
      ...reading(points, { x: "x", y: "y" }),
    ],
  });
  const names = [...new Map(cells.flatMap((c) => c.reach.map((r, k) => [k, `ε = ${fmt(r.epsilon, 3)}${r.relative ? " of the first" : ""}`]))).values()];
  return { nodes: [key(names.map((name, k) => [palette(k), name])), svg], points };
}
