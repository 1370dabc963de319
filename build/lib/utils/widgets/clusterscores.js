// @ts-check
/** Six scores of a clustering by scikit-learn's definitions, fast enough to follow a slider. */
import { logFactorials } from "./stats.js";

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

/**
 * Mean silhouette of clusters 0, 1, …; NaN where it is undefined. Each of the n(n − 1)/2 distances is computed once.
 * @param {Float64Array} x
 * @param {Float64Array} y
 * @param {Int32Array} labels
 * @param {Float64Array} sizes of the clusters
 */
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
  const next = ends.map((end, j) => end - sizes[j]);
  const [px, py, own] = [new Float64Array(n), new Float64Array(n), new Int32Array(n)];
  for (let i = 0; i < n; i++) {
    const place = next[labels[i]]++;
    px[place] = x[i];
    py[place] = y[i];
    own[place] = labels[i];
  }
  const sums = new Float64Array(k * n); // sums[c * n + i]: distances of point i to the points of cluster c
  for (let i = 0; i < n; i++) {
    const [ax, ay, home] = [px[i], py[i], own[i] * n];
    for (let c = 0, m = 0; c <= own[i]; c++) {
      const end = Math.min(ends[c], i);
      let block = 0;
      for (; m < end; m++) {
        const dx = px[m] - ax;
        const dy = py[m] - ay;
        const distance = Math.sqrt(dx * dx + dy * dy);
        block += distance;
        sums[home + m] += distance;
      }
      sums[c * n + i] += block;
    }
  }
  let total = 0;
  for (let i = 0; i < n; i++) {
    const mine = own[i];
    if (sizes[mine] === 1) continue; // its silhouette is 0 by definition
    let nearest = Infinity;
    for (let c = 0; c < k; c++) if (c !== mine && sums[c * n + i] / sizes[c] < nearest) nearest = sums[c * n + i] / sizes[c];
    const within = sums[mine * n + i] / (sizes[mine] - 1);
    const larger = Math.max(within, nearest);
    if (larger > 0) total += (nearest - within) / larger;
  }
  return total / n;
}
