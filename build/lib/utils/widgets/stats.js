// @ts-check
/** Statistics for figures, by the definitions of utils/intervals.py. */

/** ln n! for n = 0 … size. @param {number} size @returns {Float64Array} */
export function logFactorials(size) {
  const table = new Float64Array(size + 1);
  let sum = 0;
  let lost = 0; // compensated summation: the table's last entry is exact to its last digits
  for (let n = 1; n <= size; n++) {
    const next = Math.log(n) - lost;
    const total = sum + next;
    lost = total - sum - next;
    sum = total;
    table[n] = sum;
  }
  return table;
}

/** Lanczos' approximation of ln Γ(x), x > 0. @param {number} x @returns {number} */
export function logGamma(x) {
  const g = [0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7];
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1;
  let sum = g[0];
  for (let i = 1; i < 9; i++) sum += g[i] / (shifted + i);
  const t = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** The regularised incomplete beta function, by Lentz' continued fraction. @param {number} x @param {number} a @param {number} b @returns {number} */
export function incompleteBeta(x, a, b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / (Math.abs(1 - ((a + b) * x) / (a + 1)) < tiny ? tiny : 1 - ((a + b) * x) / (a + 1));
  let f = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d || tiny);
    c = 1 + even / c || tiny;
    f *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d || tiny);
    c = 1 + odd / c || tiny;
    f *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return front * f;
}

/** The quantile of Student's t for 0.5 < p < 1, by bisection. @param {number} p @param {number} df @returns {number} */
export function tQuantile(p, df) {
  const above = (/** @type {number} */ t) => 0.5 * incompleteBeta(df / (df + t * t), df / 2, 0.5);
  let low = 0;
  let high = 1;
  while (above(high) > 1 - p) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-15 * high; i++) {
    const middle = (low + high) / 2;
    if (above(middle) > 1 - p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** @param {ArrayLike<number>} values @returns {{mean: number, variance: number, n: number}} with n − 1 in the denominator */
export function moments(values) {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i];
  mean /= n;
  let variance = 0;
  for (let i = 0; i < n; i++) variance += (values[i] - mean) ** 2;
  return { mean, variance: variance / (n - 1), n };
}

/**
 * Welch's interval of the difference of two means of independent samples, first − second.
 * @param {ArrayLike<number>} first
 * @param {ArrayLike<number>} second
 * @param {number} [confidence]
 * @returns {{difference: number, low: number, high: number}}
 */
export function welch(first, second, confidence = 0.95) {
  const [a, b] = [moments(first), moments(second)];
  const [va, vb] = [a.variance / a.n, b.variance / b.n];
  const difference = a.mean - b.mean;
  if (va + vb === 0) return { difference, low: difference, high: difference };
  const df = (va + vb) ** 2 / (va ** 2 / (a.n - 1) + vb ** 2 / (b.n - 1));
  const half = tQuantile(0.5 + confidence / 2, df) * Math.sqrt(va + vb);
  return { difference, low: difference - half, high: difference + half };
}
