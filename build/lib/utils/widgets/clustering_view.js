// @ts-check
/** What topic 01's figure computes: the view of a state, and B − D at each k. No page is needed. */
import { scores } from "./clusterscores.js";
import { edited, kmeansSteps, pointsOf, startPoints } from "./kmeans.js";
import { welch } from "./stats.js";

/** @typedef {import("./figure.js").State} State */
/** @typedef {import("./figure.js").View} View */

export const END = 999;
export const SCORES = [
  { name: "homogeneity", label: "homogeneity" },
  { name: "completeness", label: "completeness" },
  { name: "v_measure", label: "V-measure" },
  { name: "ari", label: "ARI" },
  { name: "ami", label: "AMI" },
  { name: "silhouette", label: "silhouette" },
];
export const LABEL = /** @type {Record<string, string>} */ (Object.fromEntries(SCORES.map(({ name, label }) => [name, label])));

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
export function compute(data, state) {
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
export function* differenceSteps(data, state, k) {
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
export const largest = (view, cluster) => {
  const column = view.table[view.clusters.indexOf(cluster)];
  return column.indexOf(Math.max(...column));
};

export const phase = (/** @type {View} */ view) => {
  if (view.step === 0) return "the centres at the start, no point assigned yet";
  if (view.step === view.last) return "k-means has converged";
  return view.step % 2 ? "each point joins its nearest centre" : "each centre moves to the mean of its points";
};
