// @ts-check
/**
 * Topic 01's figure: codes in a plane, k-means step by step, edits of its clusters, and scores that follow.
 *
 * k-means runs here, from starting points that Python ships; labels are not shipped. Labels of every state would be 40 MB
 * (5 trainings × 2 models × 29 k × 21 starts × 7 scales), could not be stepped through, and would not cover edits. The
 * starting points are those of scikit-learn's k-means++ with a seed, so that the result is scikit-learn's to the label; a
 * greedy k-means++ of a seed is the same sequence for all k with the same number of trials, which makes them small.
 */
import { calm, figure, h, number, s } from "./figure.js";
import { logFactorials, welch } from "./stats.js";

/** @typedef {import("./figure.js").State} State */
/** @typedef {import("./figure.js").View} View */
/** @typedef {[number, number]} Point */
/** @typedef {{corners: Point[], owner: number}} Piece a convex polygon of the plane that belongs to one cluster */

const END = 999;
const SHOWN = 60; // columns of the table
export const SCORES = [
  { name: "homogeneity", label: "homogeneity" },
  { name: "completeness", label: "completeness" },
  { name: "v_measure", label: "V-measure" },
  { name: "ari", label: "ARI" },
  { name: "ami", label: "AMI" },
  { name: "silhouette", label: "silhouette" },
];
const LABEL = /** @type {Record<string, string>} */ (Object.fromEntries(SCORES.map(({ name, label }) => [name, label])));

/** Numbers that k-means, the scores and the drawing share: codes in columns, float64. @param {any} data @param {State} state */
function pointsOf(data, { model, training, scale }) {
  const codes = data.codes[model][training].values;
  const n = codes.length / 2;
  const x = new Float64Array(n);
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    x[i] = codes[2 * i];
    y[i] = codes[2 * i + 1] * scale;
  }
  return { x, y, n };
}

/** The numbers of the points at which k-means starts. @param {any} data @param {State} state */
export function startPoints(data, { model, training, k, start }) {
  if (start === "best of ten") {
    const offset = ((k - 1) * k) / 2 - 1; // 2 + 3 + … + (k − 1)
    return data.best[model][training].values.subarray(offset, offset + k);
  }
  const table = data.starts[model][training];
  const row = start * table.shape[1];
  let offset = 0;
  for (const [low, high] of data.groups) {
    if (k >= low && k <= high) return table.values.subarray(row + offset, row + offset + k);
    offset += high;
  }
  throw new Error(`There are no starting points for k = ${k}.`);
}

/**
 * Lloyd's algorithm as scikit-learn runs it, with every step.
 * @param {Float64Array} x
 * @param {Float64Array} y
 * @param {ArrayLike<number>} first starting points
 * @returns {{labels: Int32Array | null, cx: Float64Array, cy: Float64Array}[]} 0: the start; then assign, update, assign, …
 */
export function kmeansSteps(x, y, first) {
  const n = x.length;
  const k = first.length;
  let cx = Float64Array.from(first, (i) => x[i]);
  let cy = Float64Array.from(first, (i) => y[i]);
  const tolerance = 0.5e-4 * (variance(x) + variance(y));
  const steps = [{ labels: /** @type {Int32Array | null} */ (null), cx, cy }];
  let old = null;
  for (let iteration = 0; iteration < 300; iteration++) {
    const labels = assign(x, y, cx, cy);
    steps.push({ labels, cx, cy });
    if (old && labels.every((label, i) => label === /** @type {Int32Array} */ (old)[i])) return steps;
    old = labels;
    const sx = new Float64Array(k);
    const sy = new Float64Array(k);
    const count = new Float64Array(k);
    for (let i = 0; i < n; i++) {
      sx[labels[i]] += x[i];
      sy[labels[i]] += y[i];
      count[labels[i]] += 1;
    }
    relocate(x, y, cx, cy, labels, sx, sy, count);
    const nx = sx.map((sum, j) => sum / count[j]);
    const ny = sy.map((sum, j) => sum / count[j]);
    let shift = 0;
    for (let j = 0; j < k; j++) shift += (nx[j] - cx[j]) ** 2 + (ny[j] - cy[j]) ** 2;
    cx = nx;
    cy = ny;
    steps.push({ labels, cx, cy });
    if (shift <= tolerance) break;
  }
  steps.push({ labels: assign(x, y, cx, cy), cx, cy });
  return steps;
}

/** @param {Float64Array} x @param {Float64Array} y @param {Float64Array} cx @param {Float64Array} cy */
function assign(x, y, cx, cy) {
  const labels = new Int32Array(x.length);
  const norms = cx.map((value, j) => value * value + cy[j] * cy[j]);
  for (let i = 0; i < x.length; i++) {
    let best = Infinity;
    for (let j = 0; j < cx.length; j++) {
      const distance = norms[j] - 2 * (x[i] * cx[j] + y[i] * cy[j]);
      if (distance < best) {
        best = distance;
        labels[i] = j;
      }
    }
  }
  return labels;
}

/** A cluster without points takes over the point that is farthest from its centre, as in scikit-learn. */
function relocate(/** @type {Float64Array} */ x, /** @type {Float64Array} */ y, /** @type {Float64Array} */ cx, /** @type {Float64Array} */ cy, /** @type {Int32Array} */ labels, /** @type {Float64Array} */ sx, /** @type {Float64Array} */ sy, /** @type {Float64Array} */ count) {
  const empty = [...count.keys()].filter((j) => count[j] === 0);
  if (!empty.length) return;
  const far = [...x.keys()].sort((a, b) => distance(b) - distance(a));
  function distance(/** @type {number} */ i) { return (x[i] - cx[labels[i]]) ** 2 + (y[i] - cy[labels[i]]) ** 2; }
  empty.forEach((j, place) => {
    const i = far[place];
    const from = labels[i];
    sx[from] -= x[i];
    sy[from] -= y[i];
    count[from] -= 1;
    sx[j] = x[i];
    sy[j] = y[i];
    count[j] = 1;
  });
}

/** @param {Float64Array} values @returns {number} */
function variance(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

/**
 * Cut a cluster in two by 2-means, which starts at the member farthest from the mean and the member farthest from that one.
 * @returns {{second: number[], cx: Float64Array, cy: Float64Array} | null} the members of the second half; null if all
 *   members are one point
 */
function halves(/** @type {Float64Array} */ x, /** @type {Float64Array} */ y, /** @type {number[]} */ members) {
  const mx = Float64Array.from(members, (i) => x[i]);
  const my = Float64Array.from(members, (i) => y[i]);
  const mean = [mx, my].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  const one = farthest(mx, my, mean[0], mean[1]);
  const two = farthest(mx, my, mx[one], my[one]);
  if (mx[one] === mx[two] && my[one] === my[two]) return null;
  const last = kmeansSteps(mx, my, [one, two]).at(-1);
  const labels = /** @type {Int32Array} */ (last?.labels);
  return { second: members.filter((_, i) => labels[i] === 1), cx: /** @type {any} */ (last).cx, cy: /** @type {any} */ (last).cy };
}

/** @param {Float64Array} x @param {Float64Array} y @param {number} ax @param {number} ay */
function farthest(x, y, ax, ay) {
  let best = 0;
  let most = -1;
  for (let i = 0; i < x.length; i++) {
    const distance = (x[i] - ax) ** 2 + (y[i] - ay) ** 2;
    if (distance > most) {
      most = distance;
      best = i;
    }
  }
  return best;
}

/**
 * Apply edits: [a, b] moves cluster b into a, [a] splits a, [] splits every cluster.
 * @returns {{labels: Int32Array, cuts: {owner: number, fresh: number, cx: Float64Array, cy: Float64Array}[][]}}
 */
function edited(/** @type {Float64Array} */ x, /** @type {Float64Array} */ y, /** @type {Int32Array} */ start, /** @type {number[][]} */ edits) {
  const labels = start.slice();
  const cuts = edits.map((edit) => {
    const groups = members(labels);
    if (edit.length === 2) {
      const [first, second] = edit;
      if (first === second) throw new Error(`Cluster ${first} cannot be merged with itself: choose two different clusters.`);
      for (const cluster of edit) demand(groups, cluster);
      for (const i of groups.get(second) ?? []) labels[i] = first;
      return [];
    }
    const chosen = edit.length ? edit : [...groups.keys()].sort((a, b) => a - b);
    const made = [];
    for (const cluster of chosen) {
      demand(groups, cluster);
      const own = groups.get(cluster) ?? [];
      const parts = own.length < 2 ? null : halves(x, y, own);
      if (!parts) {
        if (!edit.length) continue;
        throw new Error(`Cluster ${cluster} has one point only, but a split needs two: choose a larger cluster.`);
      }
      let fresh = 0;
      while (groups.has(fresh)) fresh += 1;
      groups.set(fresh, parts.second);
      for (const i of parts.second) labels[i] = fresh;
      made.push({ owner: cluster, fresh, cx: parts.cx, cy: parts.cy });
    }
    return made;
  });
  return { labels, cuts };
}

/** @param {Int32Array} labels @returns {Map<number, number[]>} */
function members(labels) {
  const groups = new Map();
  labels.forEach((label, i) => {
    const group = groups.get(label);
    if (group) group.push(i);
    else groups.set(label, [i]);
  });
  return groups;
}

/** @param {Map<number, number[]>} groups @param {number} cluster */
function demand(groups, cluster) {
  if (groups.has(cluster)) return;
  throw new Error(`There is no cluster ${cluster}: choose one of ${[...groups.keys()].sort((a, b) => a - b).join(", ")}.`);
}

/** @type {Float64Array} */
let factorials = new Float64Array(1);

/**
 * The six scores by scikit-learn's definitions.
 * @param {ArrayLike<number>} classes
 * @param {Int32Array} labels
 * @param {Float64Array} x
 * @param {Float64Array} y
 * @returns {Record<string, number>}
 */
export function scores(classes, labels, x, y) {
  const n = labels.length;
  const clusters = [...new Set(labels)].sort((a, b) => a - b);
  const column = new Map(clusters.map((cluster, j) => [cluster, j]));
  const kinds = [...new Set(Array.from(classes))].sort((a, b) => a - b);
  const line = new Map(kinds.map((kind, i) => [kind, i]));
  const [rows, columns] = [kinds.length, clusters.length];
  const table = new Float64Array(rows * columns);
  const dense = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    dense[i] = /** @type {number} */ (column.get(labels[i]));
    table[/** @type {number} */ (line.get(classes[i])) * columns + dense[i]] += 1;
  }
  const a = new Float64Array(rows);
  const b = new Float64Array(columns);
  table.forEach((count, place) => {
    a[Math.floor(place / columns)] += count;
    b[place % columns] += count;
  });
  const [ha, hb] = [entropy(a, n), entropy(b, n)];
  let mutual = 0;
  let pairs = 0;
  table.forEach((count, place) => {
    if (count === 0) return;
    const outer = a[Math.floor(place / columns)] * b[place % columns];
    mutual += (count / n) * (Math.log(count) - Math.log(n) - Math.log(outer) + 2 * Math.log(n));
    pairs += count * count;
  });
  mutual = rows === 1 || columns === 1 ? 0 : Math.max(0, mutual);
  const homogeneity = ha ? mutual / ha : 1;
  const completeness = hb ? mutual / hb : 1;
  const both = homogeneity + completeness;
  const [sa, sb] = [a, b].map((sums) => sums.reduce((sum, count) => sum + count * count, 0));
  // Pairs of points: together in both, in the clusters only, in the classes only, in neither.
  const [together, clustersOnly, classesOnly] = [pairs - n, sb - pairs, sa - pairs];
  const apart = n * n - together - clustersOnly - classesOnly - n;
  const ari = clustersOnly === 0 && classesOnly === 0 ? 1
    : (2 * (together * apart - classesOnly * clustersOnly)) /
      ((together + classesOnly) * (classesOnly + apart) + (together + clustersOnly) * (clustersOnly + apart));
  let ami;
  if (rows === 1 && columns === 1) ami = 1;
  else if (rows === 1 || columns === 1) ami = 0;
  else {
    const expected = expectedMutual(a, b, n);
    ami = away(mutual - expected) / away((ha + hb) / 2 - expected);
  }
  return {
    homogeneity, completeness,
    v_measure: both === 0 ? 0 : (2 * homogeneity * completeness) / both,
    ari, ami, silhouette: silhouette(x, y, dense, b),
  };
}

/** Away from 0 by the rounding error at least, as scikit-learn does it. @param {number} value */
function away(value) {
  return value < 0 ? Math.min(value, -Number.EPSILON) : Math.max(value, Number.EPSILON);
}

/** @param {Float64Array} counts @param {number} n */
function entropy(counts, n) {
  if (counts.length === 1) return 0;
  return -counts.reduce((sum, count) => (count ? sum + (count / n) * (Math.log(count) - Math.log(n)) : sum), 0);
}

/**
 * The mutual information that random clusters of these sizes have on average (Vinh, Epps & Bailey, 2010): exact, by the
 * hypergeometric distribution of each cell.
 * @param {Float64Array} a
 * @param {Float64Array} b
 * @param {number} n
 */
function expectedMutual(a, b, n) {
  if (factorials.length <= n) factorials = logFactorials(n);
  const f = factorials;
  let sum = 0;
  const memo = new Map(); // many small clusters have the same size
  for (const p of a) {
    for (const q of b) {
      const key = p * (n + 1) + q;
      let cell = memo.get(key);
      if (cell === undefined) {
        cell = 0;
        const fixed = f[p] + f[q] + f[n - p] + f[n - q] - f[n];
        for (let m = Math.max(1, p + q - n); m <= Math.min(p, q); m++) {
          const weight = Math.exp(fixed - f[m] - f[p - m] - f[q - m] - f[n - p - q + m]);
          cell += (m / n) * Math.log((n * m) / (p * q)) * weight;
        }
        memo.set(key, cell);
      }
      sum += cell;
    }
  }
  return sum;
}

/** Mean silhouette of clusters 0, 1, …; NaN where it is undefined. @param {Float64Array} x @param {Float64Array} y @param {Int32Array} labels @param {Float64Array} sizes */
export function silhouette(x, y, labels, sizes) {
  const n = labels.length;
  const k = sizes.length;
  if (k < 2 || k > n - 1) return NaN;
  // Points in the order of their clusters: then the sums of distances run over blocks, without a lookup for each pair.
  const ends = new Int32Array(k);
  let sum = 0;
  for (let j = 0; j < k; j++) {
    sum += sizes[j];
    ends[j] = sum;
  }
  const order = new Int32Array(n);
  const next = ends.map((end, j) => end - sizes[j]);
  for (let i = 0; i < n; i++) order[next[labels[i]]++] = i;
  const px = Float64Array.from(order, (i) => x[i]);
  const py = Float64Array.from(order, (i) => y[i]);
  let total = 0;
  for (let j = 0, i = 0; j < k; j++) {
    for (; i < ends[j]; i++) {
      if (sizes[j] === 1) continue; // its silhouette is 0 by definition
      const [ax, ay] = [px[i], py[i]];
      let within = 0;
      let nearest = Infinity;
      for (let c = 0, m = 0; c < k; c++) {
        let distances = 0;
        for (; m < ends[c]; m++) {
          const [dx, dy] = [px[m] - ax, py[m] - ay];
          distances += Math.sqrt(dx * dx + dy * dy);
        }
        if (c === j) within = distances / (sizes[j] - 1);
        else if (distances / sizes[c] < nearest) nearest = distances / sizes[c];
      }
      const larger = Math.max(within, nearest);
      if (larger > 0) total += (nearest - within) / larger;
    }
  }
  return total / n;
}

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

/** Convex pieces of a rectangle, each with the cluster that it belongs to: cells of the centres, then the edits. */
function pieces(/** @type {View} */ view, /** @type {number[][]} */ edits, /** @type {Point[]} */ box) {
  let list = [...view.cx.keys()].map((j) => {
    let corners = box;
    for (let i = 0; i < view.cx.length && corners.length; i++) {
      if (i !== j) corners = nearer(corners, view.cx[j], view.cy[j], view.cx[i], view.cy[i]);
    }
    return { corners, owner: j };
  });
  edits.forEach((edit, place) => {
    if (edit.length === 2) {
      list = list.map((piece) => (piece.owner === edit[1] ? { ...piece, owner: edit[0] } : piece));
      return;
    }
    for (const { owner, fresh, cx, cy } of view.cuts[place]) {
      list = list.flatMap((piece) => (piece.owner !== owner ? [piece] : [
        { owner, corners: nearer(piece.corners, cx[0], cy[0], cx[1], cy[1]) },
        { owner: fresh, corners: nearer(piece.corners, cx[1], cy[1], cx[0], cy[0]) },
      ]));
    }
  });
  return list.filter(({ corners }) => corners.length > 2);
}

/** The part of a convex polygon that is nearer to a than to b. @param {Point[]} corners @param {number} ax @param {number} ay @param {number} bx @param {number} by @returns {Point[]} */
function nearer(corners, ax, ay, bx, by) {
  const [nx, ny] = [bx - ax, by - ay];
  const limit = (bx * bx + by * by - ax * ax - ay * ay) / 2;
  const side = corners.map(([x, y]) => nx * x + ny * y - limit);
  if (side.every((value) => value <= 0)) return corners;
  /** @type {Point[]} */
  const kept = [];
  corners.forEach(([x, y], i) => {
    const next = (i + 1) % corners.length;
    if (side[i] <= 0) kept.push([x, y]);
    if (side[i] <= 0 !== side[next] <= 0) {
      const share = side[i] / (side[i] - side[next]);
      kept.push([x + share * (corners[next][0] - x), y + share * (corners[next][1] - y)]);
    }
  });
  return kept;
}

/** The lines between pieces of different clusters, as the path of an SVG; corners in pixels. @param {Piece[]} list */
function borders(list) {
  const edges = list.flatMap(({ corners, owner }) => corners.map((from, i) => {
    const to = corners[(i + 1) % corners.length];
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const [ux, uy] = length ? [(to[0] - from[0]) / length, (to[1] - from[1]) / length] : [0, 0];
    return { from, length, ux, uy, owner, height: ux * from[1] - uy * from[0] };
  })).filter(({ length }) => length > 1e-6);
  let path = "";
  for (let i = 0; i < edges.length; i++) {
    for (let j = i + 1; j < edges.length; j++) {
      const [one, other] = [edges[i], edges[j]];
      // Neighbours run along a common border in opposite directions.
      if (one.owner === other.owner || one.ux * other.ux + one.uy * other.uy > -0.99999 || Math.abs(one.height + other.height) > 0.05) continue;
      const at = (other.from[0] - one.from[0]) * one.ux + (other.from[1] - one.from[1]) * one.uy;
      const [low, high] = [Math.max(0, at - other.length), Math.min(one.length, at)];
      if (high - low < 0.01) continue;
      const point = (/** @type {number} */ t) => `${(one.from[0] + t * one.ux).toFixed(2)} ${(one.from[1] + t * one.uy).toFixed(2)}`;
      path += `M${point(low)}L${point(high)}`;
    }
  }
  return path;
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
      answer: "Smaller clusters are purer, so *homogeneity* rises. Each digit is now spread over more clusters, so *completeness* falls, and *ARI*, which counts pairs of points that should be together, falls with it.",
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
      answer: "It rises: the digit's points stand together again. Homogeneity can only fall when clusters are merged, but it falls little, because both clusters held mostly the same digit.",
    },
    {
      key: "stretch",
      text: "Stretch latent 2 tenfold. The codes carry the same information as before.",
      predict: { question: "What does k-means do?", choices: ["the same clusters", "horizontal bands", "vertical bands"] },
      start: { k: 10 },
      check: ({ state }) => state.scale === 10,
      answer: "Horizontal bands: nearly all distance is now along latent 2. The scores with labels fall, although nothing about the digits was lost. They measure k-means *on these units*.",
    },
    {
      key: "high-v",
      text: "Make V at least 0.45 while ARI is at most 0.05.",
      predict: { question: "What must such a clustering look like?", choices: ["few large clusters", "very many small clusters", "it is impossible"] },
      start: { k: 30 },
      check: ({ view }) => view.scores.v_measure >= 0.45 && view.scores.ari <= 0.05,
      answer: "Very many small clusters. Split every cluster again and again: the clusters become pure because they are small, and V is not adjusted for chance. ARI counts pairs, and nearly all pairs of one digit are now apart.",
    },
    {
      key: "training",
      text: "Change only the training, so that V changes by at least 0.03.",
      predict: { question: "Is the change larger than B − D at training 0 (0.04)?", choices: ["it can be", "it cannot"] },
      check: ({ state, view, before }) => before !== null && state.training !== before.state.training && state.model === before.state.model &&
        Math.abs(view.scores.v_measure - before.view.scores.v_measure) >= 0.03,
      answer: "It can be. Another random start of the *same* recipe moves V about as much as the other recipe does. One training of each says little.",
    },
    {
      key: "steps",
      text: "Let k-means run from its start, step by step, until an assignment *lowers* V.",
      predict: { question: "Can a step of k-means lower V?", choices: ["yes", "no"] },
      start: { k: 10, start: 0, step: 0 },
      check: ({ state, view, before }) => before !== null && before.view.labels !== null && view.step < view.last + 1 && state.step !== END &&
        view.step > before.view.step && view.scores.v_measure < before.view.scores.v_measure - 1e-9,
      answer: "Yes. Each step lowers the sum of squared distances, which knows nothing of digits. V is not what k-means optimises.",
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
    ui.onRefresh(() => { where.textContent = `Step ${ui.view.step} of ${last()}: ${phase(ui.view)}.`; });
    const stepper = ui.stack(
      ui.row(
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
    const table = contingency(ui);
    const two = () => ui.state.selected.length === 2;
    const one = () => ui.state.selected.length === 1;
    const finished = () => ui.view.step === last();
    const edit = (/** @type {number[]} */ change) => ui.set({ edits: [...ui.state.edits, change], selected: change.slice(0, 1) });
    const editor = ui.row(
      ui.button("Merge the two", () => edit([...ui.state.selected]), { enabled: () => two() && finished() }),
      ui.button("Split the selected", () => edit([ui.state.selected[0]]), { enabled: () => one() && finished() }),
      ui.button("Split every cluster", () => edit([]), { enabled: () => finished() && ui.view.clusters.length < 500 }),
    );
    const gap = difference_panel(ui);
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

    return ({ state, view, before }) => {
      const [bx, by] = [extent(view.x), extent(view.y)];
      plane.frameAxes({ x: { domain: bx }, y: { domain: by, label: state.scale === 1 ? "latent 2" : `latent 2 × ${state.scale}` } });
      /** @type {Point[]} */
      const box = [[bx[0], by[0]], [bx[1], by[0]], [bx[1], by[1]], [bx[0], by[1]]];
      shown = pieces(view, state.edits, box).map(({ corners, owner }) => ({ owner, corners: corners.map(([x, y]) => /** @type {Point} */ ([plane.X(x), plane.Y(y)])) }));
      const theme = ui.color("--c2");
      const key = [state.model, state.training, plane.width, plane.height, theme].join();
      if (key !== painted) {
        painted = key;
        paint(plane.canvas(), plane, data.labels.values, view, ui);
      }
      const chosen = plane.layer("chosen");
      for (const { corners, owner } of shown) {
        if (state.selected.includes(owner)) chosen.append(s("path", { d: `M${corners.map((corner) => corner.join(" ")).join("L")}Z`, style: "fill: var(--tint)" }));
      }
      const crowded = shown.length > 150;
      plane.layer("borders").append(s("path", { d: crowded ? "" : borders(shown), style: "stroke: var(--ink)", "stroke-width": 1.4, "stroke-linecap": "round", fill: "none" }));
      marks(plane, view, before, state, crowded);
      plane.describe(`plane of ${state.model}, training ${state.training}: 1,000 codes marked by their digit, cut into ${view.clusters.length} clusters`);
      const comparable = before && before.view.labels ? before.view.scores : null;
      bars.draw(view.scores, comparable);
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

/** The contingency table, one column per cluster; its heads select clusters. @param {import("./figure.js").Ui} ui */
function contingency(ui) {
  const head = h("tr", {}, h("td"));
  const lines = [...Array(10).keys()].map((label) => h("tr", {}, h("th", { scope: "row" }, h("span", { "aria-hidden": "true", style: `color: var(--c${label})`, text: "●" }), ` ${label}`)));
  const more = h("p", { class: "caption" });
  const table = h("table", {}, h("caption", { text: "Contingency table: points of each digit (row) in each cluster (column)" }), head, ...lines);
  const element = h("div", { class: "stack" }, h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "contingency table" }, table), more);
  /** @type {{button: HTMLButtonElement, cells: HTMLTableCellElement[], all: HTMLElement[]}[]} */
  const columns = [];
  let onToggle = (/** @type {number} */ _) => {};
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
        if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
        cells.forEach((cell, label) => {
          const count = view.table[place][label];
          const text = count ? String(count) : "";
          if (cell.textContent === text && cell.dataset.most === String(most)) return;
          cell.textContent = text;
          cell.dataset.most = String(most);
          cell.style.background = count ? `color-mix(in srgb, var(--s0) ${Math.round((45 * count) / most)}%, transparent)` : "";
        });
      });
      more.textContent = view.clusters.length > shown ? `The table shows ${shown} of ${view.clusters.length} clusters.` : "";
      more.hidden = !more.textContent;
    },
  };
}

/** B − D against k, computed when it is opened. @param {import("./figure.js").Ui} ui */
function difference_panel(ui) {
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

/** @param {Point[]} corners of a convex polygon @param {number} x @param {number} y */
function inside(corners, x, y) {
  const sides = corners.map(([ax, ay], i) => {
    const [bx, by] = corners[(i + 1) % corners.length];
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax);
  });
  return sides.every((side) => side >= 0) || sides.every((side) => side <= 0);
}
