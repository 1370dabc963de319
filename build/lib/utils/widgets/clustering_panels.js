// @ts-check
/** The panels of topic 01's figure: marks in the plane, the contingency table, and the curve of B − D. */
import { LABEL, differenceSteps } from "./clustering_view.js";
import { h, mark, number, put, s } from "./figure.js";
import { members } from "./kmeans.js";

/** @typedef {import("./figure.js").State} State */
/** @typedef {import("./figure.js").View} View */

const SHOWN = 60; // columns of the table
const SHADES = 9; // of its cells

/** The codes as digits, coloured by class. @param {CanvasRenderingContext2D} context @param {import("./plot.js").Plot} plane @param {ArrayLike<number>} classes @param {View} view @param {import("./figure.js").Ui} ui */
export function paint(context, plane, classes, view, ui) {
  context.font = "600 9.5px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  const colors = [...Array(10).keys()].map((label) => ui.color(`--c${label}`));
  for (let i = 0; i < view.x.length; i++) {
    context.fillStyle = colors[classes[i]];
    context.fillText(String(classes[i]), plane.X(view.x[i]), plane.Y(view.y[i]));
  }
}

/** Numbers of clusters at their medians, or centres with their last move while k-means steps. @param {import("./plot.js").Plot} plane @param {View} view @param {any} before @param {State} state @param {boolean} crowded */
export function marks(plane, view, before, state, crowded) {
  const trails = plane.layer("trails");
  const group = plane.layer("numbers");
  if (view.step < view.last) {
    const same = before && before.view.step === view.step - 1 && before.state.k === state.k && view.step % 2 === 0;
    for (let j = 0; j < view.cx.length; j++) {
      const [x, y] = [plane.X(view.cx[j]), plane.Y(view.cy[j])];
      if (same) trails.append(s("line", { x1: plane.X(before.view.cx[j]), y1: plane.Y(before.view.cy[j]), x2: x, y2: y, style: "stroke: var(--s1)", "stroke-width": 2.5 }));
      group.append(badge(x, y, j, false));
    }
    return;
  }
  if (crowded) return;
  const groups = members(view.labels);
  for (const cluster of view.clusters) {
    const own = groups.get(cluster) ?? [];
    const [x, y] = [median(own.map((i) => view.x[i])), median(own.map((i) => view.y[i]))];
    group.append(badge(plane.X(x), plane.Y(y), cluster, state.selected.includes(cluster)));
  }
}

/** @param {number} x @param {number} y @param {number} cluster @param {boolean} selected */
function badge(x, y, cluster, selected) {
  const [fill, ink] = selected ? ["var(--accent)", "var(--on-accent)"] : ["var(--paper)", "var(--ink)"];
  return s("g", { "pointer-events": "none" },
    s("circle", { cx: x, cy: y, r: cluster > 99 ? 13 : 10, style: `fill: ${fill}; stroke: var(--ink); stroke-width: 1.5px` }),
    s("text", { x, y: y + 4, "text-anchor": "middle", style: `fill: ${ink}; font-weight: 700; font-size: ${cluster > 99 ? 10 : 12}px`, text: cluster }));
}

/** The contingency table, one column per cluster; its heads select clusters. */
export function contingency() {
  const head = h("tr", {}, h("td"));
  const lines = [...Array(10).keys()].map((label) => h("tr", {}, h("th", { scope: "row" }, h("span", { "aria-hidden": "true", style: `color: var(--c${label})`, text: "●" }), ` ${label}`)));
  const more = h("p", { class: "caption" });
  const shades = [...Array(SHADES).keys()].map((i) => `.shade${i + 1} { background: color-mix(in srgb, var(--s0) ${5 * (i + 1)}%, transparent); }`);
  const table = h("table", { class: "contingency", "aria-label": "contingency table" }, h("style", { text: shades.join("\n") }), head, ...lines);
  const title = h("p", { class: "heading", text: "Contingency table: points of each digit (row) in each cluster (column)" });
  const scroll = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "contingency table, scrollable" }, table);
  const sideways = h("p", { class: "caption", text: "Scroll the table sideways: there are more clusters to the right.", hidden: true });
  const element = h("div", { class: "stack" }, title, scroll, sideways, more);
  const observer = new ResizeObserver(() => { sideways.hidden = table.offsetWidth <= scroll.clientWidth; });
  for (const part of [table, scroll]) observer.observe(part);
  /** @type {{button: HTMLButtonElement, cells: HTMLTableCellElement[], all: HTMLElement[]}[]} */
  const columns = [];
  let onToggle = /** @type {(cluster: number) => void} */ (() => {});
  const add = () => {
    const button = h("button", { type: "button", style: "padding: 2px; min-width: 26px; width: 100%" });
    button.addEventListener("click", () => onToggle(Number(button.dataset.cluster)));
    const top = h("th", { scope: "col" }, button);
    const cells = lines.map(() => h("td"));
    head.append(top);
    lines.forEach((line, label) => line.append(cells[label]));
    columns.push({ button, cells, all: [top, ...cells] });
  };
  return {
    element,
    onToggle(/** @type {(cluster: number) => void} */ action) { onToggle = action; },
    draw(/** @type {View} */ view, /** @type {State} */ state) {
      const shown = Math.min(SHOWN, view.clusters.length);
      while (columns.length < shown) add();
      const most = Math.max(1, ...view.table.flat());
      columns.forEach(({ button, cells, all }, place) => {
        for (const cell of all) cell.hidden = place >= shown;
        if (place >= shown) return;
        const cluster = view.clusters[place];
        const pressed = String(state.selected.includes(cluster));
        if (button.dataset.cluster !== String(cluster)) {
          button.dataset.cluster = String(cluster);
          button.textContent = String(cluster);
          button.setAttribute("aria-label", `cluster ${cluster}`);
        }
        mark(button, "aria-pressed", pressed);
        cells.forEach((cell, label) => {
          const count = view.table[place][label];
          const text = count ? String(count) : "";
          put(cell, text);
          mark(cell, "class", `shade${count ? Math.ceil((SHADES * count) / most) : 0}`);
        });
      });
      put(more, view.clusters.length > shown ? `The table shows ${shown} of ${view.clusters.length} clusters.` : "");
      more.hidden = !more.textContent;
    },
  };
}

/** The curves that were computed so far. @type {Map<string, Record<string, {difference: number, low: number, high: number}>[]>} */
const curves = new Map();
const curveKey = (/** @type {State} */ state) => JSON.stringify([state.start, state.scale]);

/** B − D against k, computed when it is opened. @param {import("./figure.js").Ui} ui */
export function differencePanel(ui) {
  const { data } = ui;
  const [first, second] = data.models;
  const ks = [...Array(29).keys()].map((i) => i + 2);
  const plot = ui.plot({ label: `${first} − ${second} against k`, height: 230, x: { label: "clusters k", domain: [2, 30] }, y: { label: `${first} − ${second}` } });
  const read = ui.element("p", { role: "status" });
  const name = ui.choice("score", { label: "Score", text: (value) => LABEL[value] });
  const element = ui.details(`${first} − ${second} at every k, over ${data.trainings.length} trainings of each`, name, plot.element, read);
  const handle = plot.handle({ label: "k", line: true, step: 1, text: (value) => `k = ${value}`, onMove: (k) => ui.set({ k: Math.round(k) }) });
  /** @type {number | null} */
  let hover = null;
  plot.onHover((x) => {
    hover = x === null || x < 1.5 || x > 30.5 ? null : Math.min(30, Math.max(2, Math.round(x)));
    say();
  });
  plot.onTap((x) => ui.set({ k: Math.min(30, Math.max(2, Math.round(x))) }));
  const say = () => {
    const curve = curves.get(curveKey(ui.state)) ?? [];
    const k = hover ?? ui.state.k;
    const at = curve[k - 2]?.[ui.state.score];
    if (!at) read.textContent = `Computing: ${curve.length} of ${ks.length} values of k.`;
    else {
      const verdict = at.low > 0 || at.high < 0 ? "excludes 0" : "contains 0";
      read.textContent = `k = ${k}: ${first} − ${second} in ${LABEL[ui.state.score]} is ${number(at.difference, 3, true)}, 95 % interval ` +
        `[${number(at.low, 3, true)}, ${number(at.high, 3, true)}], which ${verdict} (Welch, ${data.trainings.length} + ${data.trainings.length} trainings).`;
    }
  };
  let asked = "";
  const draw = () => {
    if (!element.open) return;
    const key = curveKey(ui.state);
    if (!curves.has(key)) curves.set(key, []);
    const curve = /** @type {any[]} */ (curves.get(key));
    if (curve.length < ks.length && asked !== key) {
      asked = key;
      const { state } = ui;
      ui.slowly("curve", (function* all() {
        for (let place = curve.length; place < ks.length; place++) {
          curve.push(yield* differenceSteps(data, state, ks[place]));
          if (place % 4 === 3) draw();
        }
      })(), () => { asked = ""; draw(); });
    } else if (curve.length === ks.length && asked && asked !== key) {
      ui.cancel("curve");
      asked = "";
    }
    const here = curve.map((row) => row[ui.state.score]);
    const largest = Math.max(0.02, ...here.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]).filter(Number.isFinite));
    plot.frameAxes({ y: { domain: [-1.08 * largest, 1.08 * largest] } });
    const have = ks.slice(0, curve.length);
    plot.band("band", have, here.map(({ low }) => low), here.map(({ high }) => high), { series: 0 });
    plot.line("zero", [2, 30], [0, 0], { color: "var(--ink)", width: 1, dash: "" });
    plot.line("line", have, here.map(({ difference: value }) => value), { series: 0, markers: true });
    handle.place(ui.state.k);
    plot.describe(`${first} − ${second} in ${LABEL[ui.state.score]} against k from 2 to 30, with 95 % intervals`);
    say();
  };
  element.addEventListener("toggle", draw);
  return { element, draw };
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
