// @ts-check
/**
 * Topic 01's figure: codes in a plane, k-means step by step, edits of its clusters, and scores that follow.
 *
 * k-means runs here, from starting points that Python ships; labels are not shipped. Labels of every state would be 40 MB
 * (5 trainings × 2 models × 29 k × 21 starts × 7 scales), could not be stepped through, and would not cover edits. The
 * starting points are those of scikit-learn's k-means++ with a seed, so that the result is scikit-learn's to the label; a
 * greedy k-means++ of a seed is the same sequence for all k with the same number of trials, which makes them small.
 */
import { calm, figure, h, mark, number, put, s, same } from "./figure.js";
import { borders, inside, pieces } from "./cells.js";
import { scores } from "./clusterscores.js";
import { edited, kmeansSteps, members, pointsOf, startPoints } from "./kmeans.js";
import { welch } from "./stats.js";

/** @typedef {import("./figure.js").State} State */
/** @typedef {import("./figure.js").View} View */
/** @typedef {import("./cells.js").Point} Point */
/** @typedef {import("./cells.js").Piece} Piece */

const END = 999;
const SHOWN = 60; // columns of the table
const SHADES = 9; // of its cells
export const SCORES = [
  { name: "homogeneity", label: "homogeneity" },
  { name: "completeness", label: "completeness" },
  { name: "v_measure", label: "V-measure" },
  { name: "ari", label: "ARI" },
  { name: "ami", label: "AMI" },
  { name: "silhouette", label: "silhouette" },
];
const LABEL = /** @type {Record<string, string>} */ (Object.fromEntries(SCORES.map(({ name, label }) => [name, label])));

/** @type {{key: string, steps: ReturnType<typeof kmeansSteps>, points: ReturnType<typeof pointsOf>} | null} */
let latest = null;
/** @type {any} */
let latestData = null;

/** The run of k-means in a state; edits and steps of one run share it. @param {any} data @param {State} state */
function run(data, state) {
  const key = JSON.stringify([state.model, state.training, state.k, state.start, state.scale]);
  if (latest && latest.key === key && latestData === data) return latest;
  const points = pointsOf(data, state);
  latestData = data;
  latest = { key, points, steps: kmeansSteps(points.x, points.y, startPoints(data, state)) };
  return latest;
}

/** @param {any} data @param {State} state @returns {View} */
function compute(data, state) {
  const { steps, points } = run(data, state);
  const step = Math.min(state.step, steps.length - 1);
  const { labels: before, cx, cy } = steps[step];
  if (state.edits.length && step < steps.length - 1) throw new Error("Only finished clusters can be edited: let k-means run to its end.");
  const undefinedScores = Object.fromEntries(SCORES.map(({ name }) => [name, NaN]));
  const common = { x: points.x, y: points.y, cx, cy, step, last: steps.length - 1 };
  if (!before) return { ...common, labels: null, clusters: [], table: [], scores: undefinedScores, cuts: [] };
  const { labels, cuts } = edited(points.x, points.y, before, state.edits);
  const classes = data.labels.values;
  const counts = new Map();
  labels.forEach((label, i) => {
    const column = counts.get(label) ?? new Array(10).fill(0);
    column[classes[i]] += 1;
    counts.set(label, column);
  });
  const columns = [...counts].sort(([a], [b]) => a - b).map(([cluster, column]) => {
    const most = Math.max(...column);
    return { cluster, column, most, largest: column.indexOf(most) };
  });
  columns.sort((a, b) => a.largest - b.largest || b.most - a.most);
  return {
    ...common, labels, cuts,
    clusters: columns.map(({ cluster }) => cluster),
    table: columns.map(({ column }) => column),
    scores: scores(classes, labels, points.x, points.y),
  };
}

/**
 * B − D in every score at one k: mean over trainings, and Welch's interval.
 * @param {any} data
 * @param {State} state start and scale count
 * @param {number} k
 * @returns {Record<string, {difference: number, low: number, high: number}>}
 */
export function difference(data, state, k) {
  const work = differenceSteps(data, state, k);
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** @param {any} data @param {State} state @param {number} k @returns {Generator<null, Record<string, {difference: number, low: number, high: number}>>} */
function* differenceSteps(data, state, k) {
  const values = [];
  for (const model of data.models) {
    const rows = [];
    for (const training of data.trainings) {
      const one = { ...state, model, training, k };
      const { x, y } = pointsOf(data, one);
      const labels = /** @type {Int32Array} */ (kmeansSteps(x, y, startPoints(data, one)).at(-1)?.labels);
      rows.push(scores(data.labels.values, labels, x, y));
      yield null;
    }
    values.push(rows);
  }
  const [first, second] = values;
  return Object.fromEntries(SCORES.map(({ name }) => [name, welch(first.map((row) => row[name]), second.map((row) => row[name]))]));
}

/** @param {View} view @param {number} cluster @returns {number} the class that most of its points have */
const largest = (view, cluster) => {
  const column = view.table[view.clusters.indexOf(cluster)];
  return column.indexOf(Math.max(...column));
};

const phase = (/** @type {View} */ view) => {
  if (view.step === 0) return "the centres at the start, no point assigned yet";
  if (view.step === view.last) return "k-means has converged";
  return view.step % 2 ? "each point joins its nearest centre" : "each centre moves to the mean of its points";
};

/** The curves that were computed so far. @type {Map<string, Record<string, {difference: number, low: number, high: number}>[]>} */
const curves = new Map();
const curveKey = (/** @type {State} */ state) => JSON.stringify([state.start, state.scale]);

export default figure({
  name: "01-clustering",
  compute,
  parts: { difference },

  change(next, previous) {
    const clean = { ...next };
    const moved = ["model", "training", "k", "start", "scale"].some((name) => next[name] !== previous[name]);
    if (moved) Object.assign(clean, { edits: [], selected: [], step: next.step === previous.step ? END : next.step });
    else if (next.step !== previous.step) Object.assign(clean, { edits: [], selected: [] });
    return clean;
  },

  describe({ state, view }) {
    const run = `${state.model}, training ${state.training}, k = ${state.k}, start ${state.start}`;
    const scaled = state.scale === 1 ? "" : `, latent 2 × ${state.scale}`;
    if (!view.labels) return `${run}${scaled}. Step 0 of ${view.last}: ${phase(view)}.`;
    const values = SCORES.map(({ name, label }) => `${label} ${number(view.scores[name])}`).join(", ");
    const step = view.step < view.last ? ` Step ${view.step} of ${view.last}: ${phase(view)}.` : "";
    const edits = state.edits.length ? `, edited ${state.edits.length === 1 ? "once" : `${state.edits.length} times`}` : "";
    return `${run}${scaled}${edits}: ${view.clusters.length} clusters.${step} ${values}.`;
  },

  tasks: [
    {
      key: "more-clusters",
      text: "Raise k from 10 to 30.",
      predict: { question: "Which scores rise?", choices: ["homogeneity only", "homogeneity and completeness", "homogeneity and ARI", "all"] },
      start: { k: 10 },
      check: ({ state }) => state.k === 30,
      answer: ({ data, state }) => {
        const [few, many] = [10, 30].map((k) => compute(data, { ...state, k, edits: [], step: END }).scores);
        const moves = ["homogeneity", "completeness", "ari"].map((name) => `${LABEL[name]} from ${number(few[name])} to ${number(many[name])}`);
        return `Here: ${moves.join(", ")}. Smaller clusters are purer, so *homogeneity* rises. Each digit is spread over more clusters, so *completeness* and *ARI*, which counts pairs of points that belong together, fall.`;
      },
    },
    {
      key: "merge-same",
      text: "Merge two clusters in which the same digit is the largest.",
      predict: { question: "What happens to completeness?", choices: ["it rises", "it stays", "it falls"] },
      start: { k: 20 },
      check: ({ state, before }) => {
        const [a, b] = state.edits.at(-1) ?? [];
        const grown = before !== null && before.view.labels !== null && state.edits.length > before.state.edits.length;
        return grown && b !== undefined && largest(before.view, a) === largest(before.view, b);
      },
      answer: "It rises: points of the digit that were apart are together again. Homogeneity never rises when clusters are merged. Here it falls little, because the same digit is the largest in both.",
    },
    {
      key: "stretch",
      text: "Stretch latent 2 tenfold. The codes carry the same information as before.",
      predict: { question: "What does k-means do?", choices: ["the same clusters", "horizontal bands", "vertical bands"] },
      start: { k: 10 },
      check: ({ state }) => state.scale === 10,
      answer: ({ data, state }) => {
        const [plain, scaled] = [1, 10].map((scale) => compute(data, { ...state, scale, edits: [], step: END }).scores);
        return `Horizontal bands: nearly all distance is along latent 2 now. V goes from ${number(plain.v_measure)} to ${number(scaled.v_measure)}, although no code has lost any information. The scores measure k-means *in these units*. The silhouette, which has never seen a label, goes from ${number(plain.silhouette)} to ${number(scaled.silhouette)}.`;
      },
    },
    {
      key: "high-v",
      text: "Make V at least 0.45 while ARI is at most 0.05.",
      predict: { question: "What must such a clustering look like?", choices: ["few large clusters", "very many small clusters", "it is impossible"] },
      start: { k: 30 },
      check: ({ view }) => view.scores.v_measure >= 0.45 && view.scores.ari <= 0.05,
      answer: ({ view }) => `Very many small clusters. Split every cluster again and again: clusters become pure because they are small, and V is not adjusted for chance. ARI counts pairs, and nearly all pairs of one digit are apart. (Now: ${view.clusters.length} clusters, V ${number(view.scores.v_measure)}, ARI ${number(view.scores.ari)}.)`,
    },
    {
      key: "training",
      text: "Change only the training, so that V changes by at least 0.03.",
      predict: { question: "Can another training of the same model move V by more than the lead of D over B at training 0?", choices: ["yes", "no"] },
      check: ({ state, view, before }) => before !== null && state.training !== before.state.training && state.model === before.state.model &&
        Math.abs(view.scores.v_measure - before.view.scores.v_measure) >= 0.03,
      answer: ({ data, state }) => {
        const v = data.models.map((/** @type {string} */ model) => data.trainings.map((/** @type {string} */ training) => compute(data, { ...state, model, training, edits: [], step: END }).scores.v_measure));
        const spread = v.map((/** @type {number[]} */ values, /** @type {number} */ i) => `${data.models[i]} from ${number(Math.min(...values))} to ${number(Math.max(...values))}`);
        return `At this k, V lies between these values over the trainings: ${spread.join(", ")}. At training 0 the two models differ by ${number(Math.abs(v[0][0] - v[1][0]))}. One training of each says little about the two recipes.`;
      },
    },
    {
      key: "steps",
      text: "Let k-means run from its start, step by step, until an assignment *lowers* V.",
      predict: { question: "Can a step of k-means lower V?", choices: ["yes", "no"] },
      start: { k: 10, start: 0, step: 0 },
      check: ({ state, view, before }) => before !== null && before.view.labels !== null && view.step < view.last + 1 && state.step !== END &&
        view.step > before.view.step && view.scores.v_measure < before.view.scores.v_measure - 1e-9,
      answer: "Yes. No step of k-means raises the sum of squared distances, but that sum knows nothing of digits. V is not what k-means optimises.",
    },
  ],

  build(ui) {
    const { data } = ui;
    const last = () => ui.view.last;
    const step = (/** @type {number} */ to) => ui.set({ step: to >= last() ? END : Math.max(0, to) });
    const controls = ui.row(
      ui.choice("model", { label: "Model" }),
      ui.choice("training", { label: "Training" }),
      ui.slider("k", { label: "Clusters k" }),
      ui.slider("start", { label: "Start of k-means", text: (value) => (typeof value === "number" ? `k-means++ seed ${value}` : value) }),
      ui.slider("scale", { label: "Scale of latent 2", text: (value) => `× ${value}` }),
    );
    const where = ui.element("p", { class: "caption" });
    ui.onRefresh(() => { put(where, `Step ${ui.view.step} of ${last()}: ${phase(ui.view)}.`); });
    const stepper = ui.stack(
      ui.buttons(
        ui.button("To the start", () => step(0), { enabled: () => ui.view.step > 0 }),
        ui.button("Step back", () => step(ui.view.step - 1), { enabled: () => ui.view.step > 0 }),
        ui.button("Step", () => step(ui.view.step + 1), { enabled: () => ui.view.step < last() }),
        runButton(ui, step),
        ui.button("To the end", () => step(END), { enabled: () => ui.view.step < last() }),
      ),
      where,
    );
    const plane = ui.plot({
      label: "plane of codes", aspect: 0.82, x: { label: "latent 1" }, y: { label: "latent 2" },
      caption: "Each mark is a digit that the model has never seen. Lines: borders of the clusters. Bold numbers in circles: clusters; tap one to select it.",
    });
    const bars = ui.bars({ title: "Scores", rows: SCORES });
    const table = contingency();
    const two = () => ui.state.selected.length === 2;
    const one = () => ui.state.selected.length === 1;
    const finished = () => ui.view.step === last();
    const edit = (/** @type {number[]} */ change) => ui.set({ edits: [...ui.state.edits, change], selected: change.slice(0, 1) });
    const editor = ui.buttons(
      ui.button("Merge the two", () => edit([...ui.state.selected]), { enabled: () => two() && finished() }),
      ui.button("Split the selected", () => edit([ui.state.selected[0]]), { enabled: () => one() && finished() }),
      ui.button("Split every cluster", () => edit([]), { enabled: () => finished() && ui.view.clusters.length < 500 }),
    );
    const gap = differencePanel(ui);
    ui.add(controls, ui.columns(ui.stack(plane.element, stepper), ui.stack(bars.element, table.element, editor)), gap.element);

    const toggle = (/** @type {number} */ cluster) => {
      const { selected } = ui.state;
      ui.set({ selected: selected.includes(cluster) ? selected.filter((/** @type {number} */ other) => other !== cluster) : [...selected, cluster].slice(-2) });
    };
    table.onToggle(toggle);
    /** @type {Piece[]} */
    let shown = [];
    plane.onTap((x, y) => {
      if (!ui.view.labels) return;
      const [px, py] = [plane.X(x), plane.Y(y)];
      const hit = shown.find(({ corners }) => inside(corners, px, py));
      if (hit && ui.view.clusters.includes(hit.owner)) toggle(hit.owner);
    });
    let painted = "";
    let compared = { now: ui.view.scores, before: /** @type {Record<string, number> | null} */ (null) }; // selecting is no move

    return ({ state, view, before }) => {
      const [bx, by] = [extent(view.x), extent(view.y)];
      plane.frameAxes({ x: { domain: bx }, y: { domain: by, label: state.scale === 1 ? "latent 2" : `latent 2 × ${state.scale}` } });
      /** @type {Point[]} */
      const box = [[bx[0], by[0]], [bx[1], by[0]], [bx[1], by[1]], [bx[0], by[1]]];
      shown = pieces(view, state.edits, box).map(({ corners, owner }) => ({ owner, corners: corners.map(([x, y]) => /** @type {Point} */ ([plane.X(x), plane.Y(y)])) }));
      const key = [state.model, state.training, plane.width, plane.height, ui.theme].join();
      if (key !== painted) {
        painted = key;
        paint(plane.canvas(), plane, data.labels.values, view, ui);
      }
      const chosen = plane.layer("chosen");
      for (const { corners, owner } of shown) {
        if (state.selected.includes(owner)) chosen.append(s("path", { d: `M${corners.map((corner) => corner.join(" ")).join("L")}Z`, style: "fill: var(--accent)", opacity: 0.22 }));
      }
      const crowded = shown.length > 150;
      plane.layer("borders").append(s("path", { d: crowded ? "" : borders(shown), style: "stroke: var(--ink)", "stroke-width": 1.4, "stroke-linecap": "round", fill: "none" }));
      marks(plane, view, before, state, crowded);
      plane.describe(`plane of ${state.model}, training ${state.training}: 1,000 codes marked by their digit, cut into ${view.clusters.length} clusters`);
      if (view.scores !== compared.now && !same(view.scores, compared.now)) compared = { now: view.scores, before: compared.now };
      bars.draw(view.scores, compared.before);
      table.draw(view, state);
      gap.draw();
    };
  },
});

/** The codes as digits, coloured by class. @param {CanvasRenderingContext2D} context @param {import("./plot.js").Plot} plane @param {ArrayLike<number>} classes @param {View} view @param {import("./figure.js").Ui} ui */
function paint(context, plane, classes, view, ui) {
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
function marks(plane, view, before, state, crowded) {
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

/** @param {import("./figure.js").Ui} ui @param {(to: number) => void} step */
function runButton(ui, step) {
  let timer = 0;
  const halt = () => {
    clearInterval(timer);
    timer = 0;
    button.textContent = "Run";
  };
  const tick = () => {
    if (!button.isConnected || ui.view.step >= ui.view.last) return halt();
    step(ui.view.step + 1);
    return undefined;
  };
  const button = ui.button("Run", () => {
    if (timer) return halt();
    if (ui.view.step >= ui.view.last) step(0);
    button.textContent = "Pause";
    timer = window.setInterval(tick, calm() ? 1500 : 650);
    return undefined;
  });
  return button;
}

/** The contingency table, one column per cluster; its heads select clusters. */
function contingency() {
  const head = h("tr", {}, h("td"));
  const lines = [...Array(10).keys()].map((label) => h("tr", {}, h("th", { scope: "row" }, h("span", { "aria-hidden": "true", style: `color: var(--c${label})`, text: "●" }), ` ${label}`)));
  const more = h("p", { class: "caption" });
  const shades = [...Array(SHADES).keys()].map((i) => `.shade${i + 1} { background: color-mix(in srgb, var(--s0) ${5 * (i + 1)}%, transparent); }`);
  const table = h("table", { class: "contingency" }, h("style", { text: shades.join("\n") }), h("caption", { text: "Contingency table: points of each digit (row) in each cluster (column)" }), head, ...lines);
  const element = h("div", { class: "stack" }, h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "contingency table" }, table), more);
  /** @type {{button: HTMLButtonElement, cells: HTMLTableCellElement[], all: HTMLElement[]}[]} */
  const columns = [];
  let onToggle = /** @type {(cluster: number) => void} */ (() => {});
  const add = () => {
    const button = h("button", { type: "button", style: "padding: 2px; min-width: 30px; width: 100%" });
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

/** B − D against k, computed when it is opened. @param {import("./figure.js").Ui} ui */
function differencePanel(ui) {
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

/** @param {Float64Array} values @returns {[number, number]} */
function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const margin = 0.04 * (high - low) + 1e-9;
  return [low - margin, high + margin];
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
