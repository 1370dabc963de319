// @ts-check
/**
 * Lecture 00's figure: who wins at a task that is known, and who wins when no task is known.
 *
 * Python ships the scores of all settings with the intervals of all differences (utils/widgets/start_table.py). Leaders,
 * intervals of means, weighted sums and the shares of weightings are computed here, by the definitions of start.py.
 */
import { figure, h, markerPath, number, s } from "./figure.js";
import { moments, tQuantile } from "./stats.js";

/** @typedef {import("./figure.js").State} State */
/** @typedef {import("./figure.js").View} View */
/** @typedef {[number, number]} Point */

const SERIES = [0, 1, 2, 3, 1, 2, 3]; // of the features; codes of 2 numbers have the colour of their model
const MODEL_SERIES = [1, 2, 3];
const TASK = /** @type {Record<string, string>} */ ({ digit: "which digit", slant: "slant", ink: "ink" });
const PROBE = /** @type {Record<string, string>} */ ({ linear: "linear", neighbours: "nearest neighbours" });
const SCORE = /** @type {Record<string, string>} */ ({ digit: "test accuracy", slant: "test R²", ink: "test R²" });

/** @param {ArrayLike<number>} values */
const mean = (values) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
/** Equal up to the rounding errors of sums. @param {number} value */
const rounded = (value) => Math.round(value * 1e9) / 1e9;
const picked = (/** @type {boolean[]} */ flags) => flags.flatMap((on, i) => (on ? [i] : []));

/** The repetitions' scores of a feature in a setting. @param {any} data @param {number} setting @param {number} feature @returns {Float64Array} */
function scoresOf(data, setting, feature) {
  const [, , , features, repetitions] = data.scores.shape;
  const start = (setting * features + feature) * repetitions;
  return data.scores.values.subarray(start, start + repetitions);
}

/** @type {Map<number, number>} */
const quantiles = new Map();

/** Student's interval of a mean, 95 %. @param {ArrayLike<number>} values */
export function interval(values) {
  const { mean: centre, variance, n } = moments(values);
  let t = quantiles.get(n);
  if (t === undefined) quantiles.set(n, t = tQuantile(0.975, n - 1));
  const half = t * Math.sqrt(variance / n);
  return { mean: centre, low: centre - half, high: centre + half };
}

/** The number of a setting in the table. @param {any} data @param {State} state */
const settingOf = (data, { task, probe, labels }) =>
  (data.tasks.indexOf(task) * data.probes.length + data.probes.indexOf(probe)) * data.sizes.length + data.sizes.indexOf(labels);

/** @typedef {{leaders: Int32Array, seconds: Int32Array, clear: boolean[], wins: Int32Array}} Leaders of all settings */
/** @type {{data: any, key: string, value: Leaders} | null} */
let latest = null;

/** Who leads in every setting; it depends on the features that take part only. @param {any} data @param {number[]} on @returns {Leaders} */
function leadersOf(data, on) {
  const key = on.join();
  if (latest && latest.data === data && latest.key === key) return latest.value;
  const [, , , features, repetitions] = data.scores.shape;
  const settings = data.scores.values.length / features / repetitions;
  const leaders = new Int32Array(settings);
  const seconds = new Int32Array(settings);
  const clear = Array(settings);
  const wins = new Int32Array(features);
  for (let setting = 0; setting < settings; setting++) {
    const means = on.map((f) => mean(scoresOf(data, setting, f)));
    const order = on.map((_, place) => place).sort((a, b) => means[b] - means[a] || a - b);
    const [first, second] = [on[order[0]], on[order[1]]];
    const pair = (setting * features + first) * features + second;
    leaders[setting] = first;
    seconds[setting] = second;
    clear[setting] = data.low.values[pair] > 0 || data.high.values[pair] < 0;
    wins[first] += 1;
  }
  latest = { data, key, value: { leaders, seconds, clear, wins } };
  return latest.value;
}

/** @param {any} data @param {State} state */
function knownTask(data, state) {
  const on = picked(state.features);
  if (on.length < 2) throw new Error(`Features that take part: ${on.length}. A comparison needs two: add another.`);
  const features = data.features_names.length;
  const { leaders, seconds, clear, wins } = leadersOf(data, on);
  const here = settingOf(data, state);
  const empty = () => new Float64Array(features).fill(NaN);
  const view = { mean: empty(), low: empty(), high: empty() };
  for (const f of on) {
    const at = interval(scoresOf(data, here, f));
    view.mean[f] = at.mean;
    view.low[f] = at.low;
    view.high[f] = at.high;
  }
  const [leader, second] = [leaders[here], seconds[here]];
  const pair = (here * features + leader) * features + second;
  return {
    ...view, leader, second, lead: view.mean[leader] - view.mean[second],
    lead_low: data.low.values[pair], lead_high: data.high.values[pair], leaders, clear, wins,
  };
}

/** Weightings of n properties, spread evenly over all, one after the other; see weightings() in start.py. @param {number} n @param {number} count @param {number[]} strides @returns {Float64Array} */
export function weightings(n, count, strides) {
  if (n === 1) return Float64Array.of(1);
  const values = new Float64Array(count * n);
  const cuts = new Float64Array(n - 1);
  for (let k = 0; k < count; k++) {
    for (let c = 0; c < n - 1; c++) cuts[c] = (0.5 + (k + 1) * strides[c]) % 1;
    cuts.sort();
    for (let c = 0; c < n; c++) values[k * n + c] = (c < n - 1 ? cuts[c] : 1) - (c > 0 ? cuts[c - 1] : 0);
  }
  return values;
}

/** Properties on a common scale, high is good: one row per model. @param {any} data @param {ArrayLike<number>} values [model, question] from `offset` @param {number} offset @param {number[]} columns @param {string} scale @returns {number[][]} */
function comparable(data, values, offset, columns, scale) {
  const count = data.models.length;
  const rows = data.models.map(() => Array(columns.length));
  columns.forEach((column, c) => {
    const own = data.models.map((/** @type {string} */ _, /** @type {number} */ m) => data.high_is_good[column] * values[offset + m * data.questions_names.length + column]);
    if (scale === "ranks") {
      own.forEach((/** @type {number} */ value, /** @type {number} */ m) => {
        rows[m][c] = own.reduce((/** @type {number} */ rank, /** @type {number} */ other, /** @type {number} */ j) => rank + (other < value ? 1 : other === value && j !== m ? 0.5 : 0), 1);
      });
      return;
    }
    const centre = mean(own);
    const deviation = Math.sqrt(own.reduce((/** @type {number} */ sum, /** @type {number} */ value) => sum + (value - centre) ** 2, 0) / count);
    own.forEach((/** @type {number} */ value, /** @type {number} */ m) => { rows[m][c] = (value - centre) / deviation; });
  });
  return rows;
}

/** The share of weightings under which each model comes first. @param {number[][]} rows @param {Float64Array} weights @returns {number[]} */
function firstShares(rows, weights) {
  const n = rows[0].length;
  const shares = rows.map(() => 0);
  const totals = rows.map(() => 0);
  for (let at = 0; at < weights.length; at += n) {
    let most = -Infinity;
    for (let m = 0; m < rows.length; m++) {
      let total = 0;
      for (let c = 0; c < n; c++) total += weights[at + c] * rows[m][c];
      totals[m] = rounded(total);
      if (totals[m] > most) most = totals[m];
    }
    let tied = 0;
    for (const total of totals) if (total === most) tied += 1;
    for (let m = 0; m < rows.length; m++) if (totals[m] === most) shares[m] += 1 / tied;
  }
  return shares.map((share) => share / (weights.length / n));
}

/** @param {Float64Array} values @param {number} p */
function quantile(values, p) {
  const sorted = values.slice().sort();
  const place = p * (sorted.length - 1);
  const below = Math.floor(place);
  return sorted[below] + (sorted[Math.min(sorted.length - 1, below + 1)] - sorted[below]) * (place - below);
}

/** @type {Map<string, {share: number[], share_low: number[], share_high: number[]}>} */
const counted = new Map();
/** @type {any} */
let countedOf = null;

/** The shares for a list of properties, with their spread over resamples. @param {any} data @param {number[]} columns @param {string} scale */
function shares(data, columns, scale) {
  if (countedOf !== data) counted.clear();
  countedOf = data;
  const key = [scale, ...columns].join();
  const known = counted.get(key);
  if (known) return known;
  const every = weightings(columns.length, data.weightings, data.strides[columns.length]);
  const [resamples, models, questions] = data.resampled.shape;
  const spread = data.models.map(() => new Float64Array(resamples));
  for (let b = 0; b < resamples; b++) {
    firstShares(comparable(data, data.resampled.values, b * models * questions, columns, scale), every).forEach((share, m) => { spread[m][b] = share; });
  }
  const result = {
    share: firstShares(comparable(data, data.properties.values, 0, columns, scale), every),
    share_low: spread.map((/** @type {Float64Array} */ values) => quantile(values, 0.025)),
    share_high: spread.map((/** @type {Float64Array} */ values) => quantile(values, 0.975)),
  };
  counted.set(key, result);
  return result;
}

/** @param {any} data @param {State} state */
function unknownTask(data, state) {
  const columns = picked(state.questions);
  if (!columns.length) throw new Error("No property is on the list, but a winner needs one: add one.");
  const sum = columns.reduce((total, c) => total + state.weights[c], 0);
  if (!(sum > 0)) throw new Error("All properties on the list have weight 0, but a winner needs one above 0: raise one.");
  const rows = comparable(data, data.properties.values, 0, columns, state.scale);
  const total = rows.map((row) => row.reduce((all, value, c) => all + (value * state.weights[columns[c]]) / sum, 0));
  return { rows, columns, part: columns.map((c) => state.weights[c] / sum), total, winner: total.indexOf(Math.max(...total)), ...shares(data, columns, state.scale) };
}

/** @param {any} data @param {State} state @returns {View} */
const compute = (data, state) => ({ ...knownTask(data, state), ...unknownTask(data, state) });

const percent = (/** @type {number} */ share) => `${Math.round(100 * share)} %`;
const clearly = (/** @type {View} */ view) => view.lead_low > 0 || view.lead_high < 0;
const only = (/** @type {any} */ before, /** @type {State} */ state, /** @type {string} */ name) => before !== null &&
  Object.keys(state).every((field) => (JSON.stringify(state[field]) === JSON.stringify(before.state[field])) === (field !== name));

/** Whether the features are those with which the figure opens. @param {boolean[]} features */
const opening = (features) => features.every((on, f) => on === !hollow(f));

export default figure({
  name: "00-start",
  compute,
  parts: { weightings },

  describe({ data, state, view }) {
    const names = data.features_names;
    const lead = `${number(view.lead, 3)} [${number(view.lead_low, 3)}, ${number(view.lead_high, 3)}]`;
    return `${TASK[state.task]}, ${PROBE[state.probe]}, ${state.labels.toLocaleString("en")} labels: ${names[view.leader]} ${names[view.leader] === "pixels" ? "lead" : "leads"} ${names[view.second]} by ${lead}, ` +
      `an interval that ${clearly(view) ? "excludes" : "contains"} 0. Without a task: under these weights ${data.models[view.winner]} wins; of all weightings ` +
      `${data.models.map((/** @type {string} */ name, /** @type {number} */ m) => `${name} wins ${percent(view.share[m])}`).join(", ")}.`;
  },

  tasks: [
    {
      key: "labels",
      text: "Digits by nearest neighbours, 100 labels: change only the number of labels, so that another feature leads.",
      predict: { question: "With how many labels is that possible?", choices: ["with fewer only", "with more only", "with fewer and with more"] },
      start: {},
      check: ({ data, state, view }) => state.task === "digit" && state.probe === "neighbours" && opening(state.features) &&
        view.leader !== view.leaders[settingOf(data, { ...state, labels: 100 })],
      answer: "With more only. VAE codes lead with up to 200 labels, PCA codes with 500 and 1,000. The interval of the lead excludes 0 with 50, 100 and 1,000 labels; with 10, 20, 200 and 500 it contains 0, and who leads may be chance. With 20 labels only two images vote, and in a tie the smaller digit wins: so 20 labels add little to 10, one to three points. With one vote they would add more.",
    },
    {
      key: "probe",
      text: "Find a task and a number of labels at which the two probes have different leaders, *both* with an interval that excludes 0.",
      predict: { question: "Is there one?", choices: ["yes", "no"] },
      check: ({ data, state, view }) => {
        const [a, b] = data.probes.map((/** @type {string} */ probe) => settingOf(data, { ...state, probe }));
        return opening(state.features) && view.leaders[a] !== view.leaders[b] && view.clear[a] && view.clear[b];
      },
      answer: "Digits with 1,000 labels: pixels lead by the linear probe, PCA codes by nearest neighbours. The ink, from 100 labels on, is another. Neither probe is wrong: one asks for directions, the other for closeness. You searched 21 pairs, so chance had many tries: for the digits neither lead survives the lecture's correction for eighteen comparisons.",
    },
    {
      key: "always",
      text: "Switch the pixels off. At one of the tasks the same code of 16 numbers leads in *every* setting: go there.",
      predict: { question: "Which task is it?", choices: ["digit", "slant", "ink"] },
      check: ({ data, state, view }) => {
        const [on, half] = [picked(state.features), data.probes.length * data.sizes.length];
        const from = data.tasks.indexOf(state.task) * half;
        return on.join() === "1,2,3" && view.leaders.slice(from, from + half).every((/** @type {number} */ leader) => leader === view.leader);
      },
      answer: "The ink: PCA codes lead in all fourteen settings, and in thirteen the interval excludes 0. Ink is a sum of pixels, and PCA keeps the sums of pixels that vary most. At the other tasks the leader changes.",
    },
    {
      key: "list",
      text: "No task: take *one* property off the list, so that the VAE wins at most 55 % of all weightings.",
      predict: { question: "Which property?", choices: ["V-measure", "MSE", "slant", "ink"] },
      check: ({ state, view }) => state.questions.filter((/** @type {boolean} */ on) => !on).length === 1 && view.share[1] <= 0.55,
      answer: "The V-measure. It is the only one of the four that needs labels, so there is a good reason to leave it out, and a good reason to keep it. The interval of the share is wide in either case: other trainings and images would have given another share.",
    },
    {
      key: "aae",
      text: "Find weights, all four above 0, under which the *AAE* wins.",
      predict: { question: "In which share of all weightings does it win, by standard scores?", choices: ["none", "1 to 3 %", "about 20 %"] },
      check: ({ data, view }) => view.winner === 2 && view.columns.length === data.questions_names.length && view.part.every((/** @type {number} */ w) => w > 0),
      answer: "In 1 to 3 %: most of the weight must be on the MSE, the one property at which the AAE is first: about two thirds if the rest goes to the ink, nearly four fifths if it goes to the V-measure or the slant. Somebody who mainly wants images rebuilt may choose such weights.",
    },
    {
      key: "scale",
      text: "Find weights under which only a change from standard scores to ranks, or back, changes the winner. Look where the ink has between 40 and 50 % of the weight, and the V-measure less than 20 %.",
      predict: { question: "Is it possible, with the same numbers and the same weights?", choices: ["yes", "no"] },
      check: ({ state, view, before }) => only(before, state, "scale") && before !== null && view.winner !== before.view.winner,
      answer: "Yes. Ranks count a near tie as a full step, and a large lead as no more than one. Try weights on the border of two regions of the triangle. Making numbers comparable is a choice, too.",
    },
  ],

  build(ui) {
    const { data } = ui;
    const names = data.features_names;
    const plot = ui.plot({ label: "score against labels", aspect: 0.62, least: 250, x: { label: "labelled images", log: true, domain: [8.5, 1180], ticks: data.sizes.filter((/** @type {number} */ _, /** @type {number} */ i) => i !== 1 && i !== 4), format: (value) => value.toLocaleString("en") } });
    plot.onTap((x) => ui.set({ labels: nearest(data.sizes, x) }));
    const features = h("fieldset", { class: "control" }, h("legend", { text: "Features (with how many numbers)" }), h("div", { style: "display: flex; flex-wrap: wrap; gap: 6px" }, ...names.map((/** @type {string} */ name, /** @type {number} */ f) => flag(ui, "features", f, name, sample(f)))));
    const matrix = leaderTable(ui);
    const first = ui.stack(
      h("p", { class: "heading", text: "A known task: which features win?" }),
      ui.row(ui.choice("task", { label: "Task", text: (value) => TASK[value] }), ui.choice("probe", { label: "Probe", text: (value) => PROBE[value] }), ui.slider("labels", { label: "Labels", text: (value) => value.toLocaleString("en") })),
      features,
    );
    const triangle = weightTriangle(ui);
    const bars = ui.bars({ title: "Share of all weightings that each model wins", rows: data.models.map((/** @type {string} */ name) => ({ name, label: name })) });
    const second = ui.stack(
      h("p", { class: "heading", text: "No task: which model wins by four properties of its 16 numbers?" }),
      ui.row(ui.choice("scale", { label: "Made comparable by" })),
      ui.row(...data.questions_names.map((/** @type {string} */ name, /** @type {number} */ q) => weight(ui, q, name))),
    );
    ui.add(first, ui.columns(plot.element, matrix.summary), matrix.element, h("hr", { style: "width: 100%; border: 0; border-top: 1px solid var(--line)" }), second,
      ui.columns(triangle.element, ui.stack(bars.element, h("p", { class: "caption", text: "Orange: 95 % interval for other trainings and test images. With five trainings it is rather too short. All weightings count alike." }))));
    let [one, two] = ["", ""]; // what each half shows
    return ({ state, view, before }) => {
      const size = [plot.width, plot.height, triangle.plot.width];
      const known = JSON.stringify([state.task, state.probe, state.labels, state.features, size]);
      if (known !== one) {
        drawScores(plot, data, state, view);
        matrix.draw(state, view);
      }
      const unknown = JSON.stringify([state.scale, state.questions, state.weights, size]);
      if (unknown !== two) triangle.draw(view);
      [one, two] = [known, unknown];
      const values = (/** @type {any} */ from) => Object.fromEntries(data.models.map((/** @type {string} */ name, /** @type {number} */ m) => [name, from.share[m]]));
      const spread = Object.fromEntries(data.models.map((/** @type {string} */ name, /** @type {number} */ m) => [name, [view.share_low[m], view.share_high[m]]]));
      bars.draw(values(view), before ? values(before.view) : null, /** @type {any} */ (spread));
    };
  },
});

/** The size that is nearest on a logarithmic axis. @param {number[]} sizes @param {number} x */
const nearest = (sizes, x) => sizes.reduce((best, size) => (Math.abs(Math.log(size / x)) < Math.abs(Math.log(best / x)) ? size : best));

/** A feature's line and marker, as in the plot. @param {number} feature */
function sample(feature) {
  const series = SERIES[feature];
  const color = `var(--s${series})`;
  const style = hollow(feature) ? `fill: var(--paper); stroke: ${color}; stroke-width: 2px` : `fill: ${color}`;
  return s("svg", { width: 26, height: 14, "aria-hidden": "true", style: "flex: none" },
    s("path", { d: "M0 7H26", style: `stroke: ${color}`, "stroke-width": 2, "stroke-dasharray": hollow(feature) ? "4 3" : null }), s("path", { d: markerPath(series, 13, 7, 4.5), style }));
}

/** Whether a feature is one of the codes of 2 numbers. @param {number} feature */
const hollow = (feature) => feature > 3;

/** A switch for one entry of a list of flags. @param {import("./figure.js").Ui} ui @param {string} field @param {number} place @param {string} label @param {Node | null} [picture] */
function flag(ui, field, place, label, picture = null) {
  const input = h("input", { type: "checkbox", role: "switch" });
  input.addEventListener("change", () => ui.set({ [field]: ui.state[field].map((/** @type {boolean} */ on, /** @type {number} */ i) => (i === place ? input.checked : on)) }));
  ui.onRefresh(() => { input.checked = ui.state[field][place]; });
  return h("label", { class: "switch" }, input, picture, label);
}

/** A property: whether it is on the list, and its weight. @param {import("./figure.js").Ui} ui @param {number} place @param {string} name */
function weight(ui, place, name) {
  const id = ui.id();
  const input = h("input", { type: "range", id, min: 0, max: 1, step: 0.01 });
  const output = h("output", { for: id, style: "white-space: nowrap" });
  input.addEventListener("input", () => ui.set({ weights: ui.state.weights.map((/** @type {number} */ old, /** @type {number} */ i) => (i === place ? Number(input.value) : old)) }));
  ui.onRefresh(() => {
    const at = ui.view.columns.indexOf(place);
    const text = at < 0 ? "not on the list" : percent(ui.view.part[at]);
    input.value = String(ui.state.weights[place]);
    input.disabled = at < 0;
    output.textContent = text;
    input.setAttribute("aria-valuetext", text);
  });
  return h("div", { class: "control slider", style: "flex: 1 1 150px" }, h("label", { class: "name", for: id, text: `${name} ` }, output), input,
    flag(ui, "questions", place, "on the list"));
}

/** @param {import("./plot.js").Plot} plot @param {any} data @param {State} state @param {View} view */
function drawScores(plot, data, state, view) {
  const on = picked(state.features);
  const first = settingOf(data, { ...state, labels: data.sizes[0] });
  const curves = on.map((f) => data.sizes.map((/** @type {number} */ _, /** @type {number} */ i) => interval(scoresOf(data, first + i, f))));
  const flat = curves.flat();
  const low = Math.max(-0.5, Math.min(...flat.map(({ low: end }) => end)));
  const high = Math.max(...flat.map(({ high: end }) => end));
  const margin = 0.05 * (high - low);
  plot.frameAxes({ y: { domain: [low - margin, high + margin], label: SCORE[state.task] } });
  plot.line("here", [state.labels, state.labels], [low - margin, high + margin], { color: "var(--ink)", width: 1.2, dash: "" });
  const inside = (/** @type {number} */ value) => (value < low - margin ? NaN : value);
  data.features_names.forEach((/** @type {string} */ name, /** @type {number} */ f) => {
    const curve = curves[on.indexOf(f)] ?? [];
    const xs = curve.map((/** @type {any} */ _, /** @type {number} */ i) => data.sizes[i] * 1.025 ** (f - 3));
    const color = `var(--s${SERIES[f]})`;
    plot.line(`line ${name}`, xs, curve.map((/** @type {any} */ at) => inside(at.mean)), { color, dash: hollow(f) ? "4 3" : "" });
    plot.intervals(`interval ${name}`, xs, curve.map((/** @type {any} */ at) => Math.max(low - margin, at.low)), curve.map((/** @type {any} */ at) => inside(at.high)), { color, cap: 3 });
    plot.points(`point ${name}`, xs, curve.map((/** @type {any} */ at) => inside(at.mean)), { series: SERIES[f], hollow: hollow(f) });
  });
  plot.describe(`${SCORE[state.task]} against the number of labels for ${on.map((f) => data.features_names[f]).join(", ")}; at ${state.labels} labels ${data.features_names[view.leader]} ${data.features_names[view.leader] === "pixels" ? "lead" : "leads"}`);
}

/** Who leads in every setting; a click goes there. @param {import("./figure.js").Ui} ui */
function leaderTable(ui) {
  const { data } = ui;
  const summary = h("p");
  /** @type {{cell: HTMLTableCellElement, setting: number}[]} */
  const cells = [];
  const head = h("tr", {}, h("td"), ...data.sizes.map((/** @type {number} */ size) => h("th", { scope: "col", style: "text-align: center", text: size.toLocaleString("en") })));
  const rows = data.tasks.flatMap((/** @type {string} */ task) => data.probes.map((/** @type {string} */ probe) => h("tr", {},
    h("th", { scope: "row", style: "text-align: left; white-space: nowrap", text: `${TASK[task].replace("which ", "")}, ${PROBE[probe].replace("nearest ", "")}` }),
    ...data.sizes.map((/** @type {number} */ labels) => {
      const cell = h("td", { style: "text-align: center; white-space: nowrap; cursor: pointer; padding: 3px 2px; outline-offset: -2px", onclick: () => ui.set({ task, probe, labels }) });
      cells.push({ cell, setting: settingOf(data, { task, probe, labels }) });
      return cell;
    }))));
  const table = h("table", { style: "font-size: 12px" }, h("caption", { text: "Leader in every setting, by number of labels" }), head, ...rows);
  return {
    element: h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "leaders in every setting" }, table),
    summary: ui.stack(summary, h("p", { class: "caption", text: "✓ in the table: the interval of the lead over the second excludes 0 (95 % each, not corrected for 42 looks). Framed: this setting. Click a cell to go there." })),
    draw(/** @type {State} */ state, /** @type {View} */ view) {
      const here = settingOf(data, state);
      for (const { cell, setting } of cells) {
        const f = view.leaders[setting];
        const text = `${data.features_names[f].replace(" 16", "")}${view.clear[setting] ? " ✓" : ""}`;
        if (cell.textContent !== text) {
          cell.textContent = text;
          cell.style.background = `color-mix(in srgb, var(--s${SERIES[f]}) ${view.clear[setting] ? 38 : 14}%, transparent)`;
        }
        cell.style.outline = setting === here ? "2px solid var(--ink)" : "";
      }
      const winners = [...view.wins.keys()].filter((f) => view.wins[f]).sort((a, b) => view.wins[b] - view.wins[a]);
      const clear = view.clear.filter(Boolean).length;
      summary.textContent = `Leaders of the ${cells.length} settings: ${winners.map((f) => `${data.features_names[f]} in ${view.wins[f]}`).join(", ")}. In ${clear} settings the interval of the lead excludes 0.`;
    },
  };
}

/** Of a convex polygon, the part in which a linear function is at least 0. @param {Point[]} corners @param {(point: Point) => number} value @returns {Point[]} */
function part(corners, value) {
  /** @type {Point[]} */
  const kept = [];
  corners.forEach((corner, i) => {
    const next = corners[(i + 1) % corners.length];
    const [a, b] = [value(corner), value(next)];
    if (a >= 0) kept.push(corner);
    if (a >= 0 !== b >= 0) kept.push([corner[0] + (a / (a - b)) * (next[0] - corner[0]), corner[1] + (a / (a - b)) * (next[1] - corner[1])]);
  });
  return kept;
}

/** Weights of three properties as a triangle, cut into the regions in which each model wins. @param {import("./figure.js").Ui} ui */
function weightTriangle(ui) {
  const { data } = ui;
  const height = Math.sqrt(3) / 2;
  const plot = ui.plot({ label: "weights", aspect: 0.87, least: 240, x: { hidden: true, domain: [-0.12, 1.12] }, y: { hidden: true, domain: [-0.12, height + 0.1] } });
  plot.element.style.maxWidth = "380px";
  const caption = h("p", { class: "caption" });
  /** The shares of the corners at a point. @param {Point} point */
  const shares = ([x, y]) => { const c = y / height; const b = x - c / 2; return [1 - b - c, b, c]; };
  /** @param {number[]} w @returns {Point} */
  const place = ([, b, c]) => [b + c / 2, c * height];
  plot.onTap((x, y) => {
    const { columns, part: parts } = ui.view;
    if (columns.length < 3) return;
    const rest = columns.length === 4 ? parts[0] : 0;
    const own = shares([x, y]).map((share) => Math.max(0, share));
    const sum = own.reduce((all, share) => all + share, 0);
    const weights = [...ui.state.weights];
    if (columns.length === 4) weights[columns[0]] = Math.round(1000 * rest) / 1000;
    columns.slice(-3).forEach((/** @type {number} */ column, /** @type {number} */ i) => { weights[column] = Math.round((1000 * (1 - rest) * own[i]) / sum) / 1000; });
    ui.set({ weights });
  });
  return {
    plot,
    element: ui.stack(h("p", { class: "heading", text: "Who wins under which weights" }), plot.element, caption),
    draw(/** @type {View} */ view) {
      const { columns, part: parts, rows } = view;
      plot.element.hidden = columns.length < 3;
      if (columns.length < 3) {
        caption.textContent = "A triangle needs three properties: add one to the list.";
        return;
      }
      plot.frameAxes();
      const rest = columns.length === 4 ? parts[0] : 0;
      const corner = (/** @type {number} */ i) => data.questions_names[columns[columns.length - 3 + i]];
      const totals = (/** @type {Point} */ point) => {
        const w = shares(point);
        return rows.map((/** @type {number[]} */ row) => {
          const [a, b, c] = row.slice(-3);
          return (columns.length === 4 ? rest * row[0] : 0) + (1 - rest) * (w[0] * a + w[1] * b + w[2] * c);
        });
      };
      const regions = plot.layer("regions");
      /** @type {any[]} */
      const labels = [];
      data.models.forEach((/** @type {string} */ name, /** @type {number} */ m) => {
        /** @type {Point[]} */
        let corners = [[0, 0], [1, 0], [0.5, height]];
        data.models.forEach((/** @type {string} */ _, /** @type {number} */ j) => { if (j !== m) corners = part(corners, (point) => { const t = totals(point); return t[m] - t[j]; }); });
        if (corners.length < 3) return;
        const d = `M${corners.map(([x, y]) => `${plot.X(x)} ${plot.Y(y)}`).join("L")}Z`;
        regions.append(s("path", { d, style: `fill: color-mix(in srgb, var(--s${MODEL_SERIES[m]}) 45%, var(--paper)); stroke: var(--ink)`, "stroke-width": 1.2 }));
        labels.push({ x: mean(corners.map(([x]) => x)), y: mean(corners.map(([, y]) => y)), text: name, bold: true });
      });
      plot.labels("corners", [
        { x: 0, y: 0, text: corner(0), anchor: "start", dy: 18, dx: -30 }, { x: 1, y: 0, text: corner(1), anchor: "end", dy: 18, dx: 30 }, { x: 0.5, y: height, text: corner(2), dy: -8 },
      ]);
      const own = parts.slice(-3);
      const sum = own.reduce((/** @type {number} */ all, /** @type {number} */ w) => all + w, 0);
      const group = plot.layer("weights");
      if (sum > 0) {
        const [x, y] = place(own.map((/** @type {number} */ w) => w / sum));
        for (const label of labels) { // beside the ring, not under it
          if (Math.hypot(plot.X(label.x) - plot.X(x), plot.Y(label.y) - plot.Y(y)) < 26) label.dy = 30;
        }
        group.append(s("circle", { cx: plot.X(x), cy: plot.Y(y), r: 7, style: "fill: var(--paper); stroke: var(--ink); stroke-width: 3px" }));
      }
      plot.labels("names", labels);
      caption.textContent = `Each corner: all of the ${columns.length === 4 ? `other ${percent(1 - rest)} of the ` : ""}weight on that property${columns.length === 4 ? `, with ${percent(rest)} on ${data.questions_names[columns[0]]}` : ""}. Ring: the weights of the sliders. Tap to move it. High is good for all but the MSE.`;
      plot.describe(`triangle of weights of ${corner(0)}, ${corner(1)} and ${corner(2)}; at the present weights ${data.models[view.winner]} wins`);
    },
  };
}
