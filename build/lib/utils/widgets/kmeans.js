// @ts-check
/** k-means step by step, as scikit-learn runs it, and edits of its clusters. Held against scikit-learn by a test. */

/** @typedef {import("./figure.js").State} State */

/** Numbers that k-means, the scores and the drawing share: codes in columns, float64. @param {any} data @param {State} state */
export function pointsOf(data, { model, training, scale }) {
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
  let old = /** @type {Int32Array | null} */ (null);
  for (let iteration = 0; iteration < 300; iteration++) {
    const labels = assign(x, y, cx, cy, old);
    steps.push({ labels, cx, cy });
    if (old && equal(labels, old)) return steps;
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
  steps.push({ labels: assign(x, y, cx, cy, old), cx, cy });
  return steps;
}

/**
 * The nearest centre of each point, the first of equally near ones. The search begins at the point's centre before, which
 * mostly is the nearest still: then no other one is nearer, and the processor guesses every comparison right.
 * @param {Float64Array} x
 * @param {Float64Array} y
 * @param {Float64Array} cx
 * @param {Float64Array} cy
 * @param {Int32Array | null} before
 */
function assign(x, y, cx, cy, before) {
  const [n, k] = [x.length, cx.length];
  const labels = new Int32Array(n);
  const half = new Float64Array(k); // of the squared norm: |x − c|² / 2 = |x|² / 2 + half − x·c
  for (let j = 0; j < k; j++) half[j] = (cx[j] * cx[j] + cy[j] * cy[j]) / 2;
  for (let i = 0; i < n; i++) {
    const px = x[i];
    const py = y[i];
    let nearest = before ? before[i] : 0;
    let least = half[nearest] - px * cx[nearest] - py * cy[nearest];
    for (let j = 0; j < k; j++) {
      const distance = half[j] - px * cx[j] - py * cy[j];
      if (distance < least || (distance === least && j < nearest)) {
        least = distance;
        nearest = j;
      }
    }
    labels[i] = nearest;
  }
  return labels;
}

/** @param {Int32Array} one @param {Int32Array} other */
function equal(one, other) {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
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
export function edited(/** @type {Float64Array} */ x, /** @type {Float64Array} */ y, /** @type {Int32Array} */ start, /** @type {number[][]} */ edits) {
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
export function members(labels) {
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
