// @ts-check
/** Rate and distortion by the definitions of utils/compression: quantiser, entropy model, decoder, distances, curves. */
import { tQuantile } from "./stats.js";

/** @typedef {{shape: number[], values: any}} Numbers */

const SYMBOL_BITS = 32;

/** The nearest integer; halves go to the even one, as NumPy's rint. @param {number} value */
function rint(value) {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

/** @param {ArrayLike<number>} codes @param {number} step @returns {number[]} */
export const quantise = (codes, step) => Array.from(codes, (code) => rint(code / step) + 0);

/**
 * Bits of each symbol: −log₂ of its smoothed frequency, or those of the escape and 32 more.
 * @param {number[]} symbols
 * @param {{lowest: Numbers, sizes: Numbers, counts: Numbers}} model
 */
export function symbolBits(symbols, model) {
  let offset = 0;
  return symbols.map((symbol, column) => {
    const size = model.sizes.values[column];
    let total = 0.5 * (size + 1);
    for (let i = 0; i < size; i++) total += model.counts.values[offset + i];
    const place = symbol - model.lowest.values[column];
    const known = place >= 0 && place < size;
    const count = known ? model.counts.values[offset + place] : 0;
    offset += size;
    return -Math.log2((count + 0.5) / total) + (known ? 0 : SYMBOL_BITS);
  });
}

/**
 * A transposed convolution of stride 2 and padding 1, added to the bias.
 * @param {Float64Array} input (channels, side, side)
 * @param {Numbers} weight (channels, outputs, size, size)
 * @param {Numbers} bias
 * @returns {Float64Array} (outputs, 2 · side − 4 + size, …)
 */
function transposed(input, weight, bias) {
  const [channels, outputs, size] = weight.shape;
  const side = Math.sqrt(input.length / channels);
  const wide = 2 * (side - 1) - 2 + size;
  const result = new Float64Array(outputs * wide * wide);
  for (let o = 0; o < outputs; o++) result.fill(bias.values[o], o * wide * wide, (o + 1) * wide * wide);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const value = input[(c * side + y) * side + x];
        if (value === 0) continue;
        for (let o = 0; o < outputs; o++) {
          const kernel = (c * outputs + o) * size * size;
          for (let i = 0; i < size; i++) {
            const row = 2 * y - 1 + i;
            if (row < 0 || row >= wide) continue;
            const start = (o * wide + row) * wide;
            for (let j = 0; j < size; j++) {
              const column = 2 * x - 1 + j;
              if (column >= 0 && column < wide) result[start + column] += value * weight.values[kernel + i * size + j];
            }
          }
        }
      }
    }
  }
  return result;
}

/** @param {Float64Array} values in place */
function relu(values) {
  for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] = 0;
  return values;
}

/**
 * The picture of a code, by the decoder of utils/models/convolutional.py.
 * @param {number[]} code
 * @param {Numbers[]} weights in the order of its state_dict
 * @returns {Float64Array} (28 · 28) in [0, 1]
 */
export function decodeCode(code, weights) {
  const [linear, shift, ...convolutions] = weights;
  /** @type {Float64Array} */
  let hidden = Float64Array.from(shift.values);
  for (let row = 0; row < hidden.length; row++) {
    for (let i = 0; i < code.length; i++) hidden[row] += linear.values[row * code.length + i] * code[i];
  }
  for (let layer = 0; layer < convolutions.length; layer += 2) hidden = transposed(relu(hidden), convolutions[layer], convolutions[layer + 1]);
  return hidden.map((value) => 1 / (1 + Math.exp(-value)));
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function meanSquaredError(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum / a.length;
}

/** @param {number} error of values in [0, 1] */
export const decibels = (error) => -10 * Math.log10(error);

const RADIUS = 5;
const WINDOW = (() => {
  const weights = [...Array(2 * RADIUS + 1).keys()].map((i) => Math.exp(-((i - RADIUS) ** 2) / (2 * 1.5 ** 2)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
})();

/** Gaussian means over the windows inside an image. @param {Float64Array} image @param {number} side */
function windows(image, side) {
  const inner = side - 2 * RADIUS;
  const rows = new Float64Array(inner * side);
  for (let y = 0; y < inner; y++) {
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (let i = 0; i < WINDOW.length; i++) sum += WINDOW[i] * image[(y + i) * side + x];
      rows[y * side + x] = sum;
    }
  }
  const means = new Float64Array(inner * inner);
  for (let y = 0; y < inner; y++) {
    for (let x = 0; x < inner; x++) {
      let sum = 0;
      for (let i = 0; i < WINDOW.length; i++) sum += WINDOW[i] * rows[y * side + x + i];
      means[y * inner + x] = sum;
    }
  }
  return means;
}

/** Structural similarity of two square images in [0, 1] (Wang et al., 2004). @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function similarity(a, b) {
  const side = Math.sqrt(a.length);
  const product = (/** @type {ArrayLike<number>} */ one, /** @type {ArrayLike<number>} */ other) => windows(Float64Array.from(one, (value, i) => value * other[i]), side);
  const [meanA, meanB] = [windows(Float64Array.from(a), side), windows(Float64Array.from(b), side)];
  const [squareA, squareB, cross] = [product(a, a), product(b, b), product(a, b)];
  const [c1, c2] = [0.01 ** 2, 0.03 ** 2];
  let sum = 0;
  for (let i = 0; i < meanA.length; i++) {
    const [ua, ub] = [meanA[i], meanB[i]];
    const [va, vb, vab] = [squareA[i] - ua * ua, squareB[i] - ub * ub, cross[i] - ua * ub];
    sum += ((2 * ua * ub + c1) * (2 * vab + c2)) / ((ua * ua + ub * ub + c1) * (va + vb + c2));
  }
  return sum / meanA.length;
}

/**
 * The fewest bytes at which a curve passes through a level of quality; NaN if it never does.
 * @param {number[]} rates
 * @param {number[]} qualities
 * @param {number} level
 */
export function bytesAt(rates, qualities, level) {
  let fewest = Infinity;
  for (let i = 0; i < rates.length; i++) {
    if (qualities[i] === level) fewest = Math.min(fewest, rates[i]);
    if (i + 1 === rates.length) continue;
    const [low, high] = qualities[i] <= qualities[i + 1] ? [i, i + 1] : [i + 1, i];
    if (!(qualities[low] < level && level < qualities[high])) continue;
    const share = (level - qualities[low]) / (qualities[high] - qualities[low]);
    fewest = Math.min(fewest, Math.exp((1 - share) * Math.log(rates[low]) + share * Math.log(rates[high])));
  }
  return fewest === Infinity ? NaN : fewest;
}

/** Student's 95 % interval of a mean. @param {number[]} values @returns {{mean: number, low: number, high: number}} */
export function meanInterval(values) {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2 || !Number.isFinite(mean)) return { mean, low: mean, high: mean };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  if (!(n in quantiles)) quantiles[n] = tQuantile(0.975, n - 1);
  const half = quantiles[n] * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}

/** @type {Record<number, number>} */
const quantiles = {};
