// @ts-check
/**
 * Topic 05's figure: a table of scores, weights of its columns, the ranking that follows, and a search for weights that win.
 *
 * Aggregation, resampling and the linear programmes run here, by the definitions of utils/holistic/aggregation.py and
 * weights.py. Python ships the table, the table recomputed on resampled items, and how often each resample draws each scenario.
 */
import { figure, h, number, same } from "./figure.js";

/** @typedef {import("./figure.js").State} State */
/** @typedef {import("./figure.js").View} View */

const NOBODY = "nobody";
const STEP = 0.02;
const SMALLEST_LEAD = 1e-9;
const SMALLEST_SHARES = [0.5, 0.1, 0]; // of an even share: weights that ignore no column are tried first
const AGGREGATE = /** @type {Record<string, string>} */ ({ "win rate": "mean win rate", mean: "mean of scaled scores" });
const RESAMPLED = /** @type {Record<string, string>} */ ({ scenarios: "other scenarios", items: "other items" });

/** @param {number[]} values */
const total = (values) => values.reduce((sum, value) => sum + value, 0);
/** Equal up to the rounding errors of sums. @param {number} value */
const rounded = (value) => Math.round(value * 1e9) / 1e9;

/** The weight of each column by its scenario and its metric, not scaled. @param {any} data @param {State} state */
function sliderWeights(data, state) {
  for (const kind of ["scenarios", "metrics"]) {
    if (!(total(state[kind]) > 0)) throw new Error(`All ${kind} have weight 0, but a ranking needs one above 0: raise one of them.`);
  }
  const [scenario, metric] = [data.of_scenario.values, data.of_metric.values];
  const weights = Array.from(scenario, (of, c) => state.scenarios[of] * state.metrics[metric[c]]);
  if (!(total(weights) > 0)) throw new Error("No column has a positive weight of its scenario and of its metric: raise another weight.");
  return weights;
}

/** The weight of each column, summing to 1. @param {any} data @param {State} state */
function columnWeights(data, state) {
  let weights = sliderWeights(data, state);
  if (state.columns.length) {
    weights = state.columns;
    if (weights.length !== data.of_scenario.values.length || !(total(weights) > 0)) {
      throw new Error(`columns has ${weights.length} weights, but none or one for each of ${data.of_scenario.values.length} columns are needed, and not all 0.`);
    }
  }
  const sum = total(weights);
  return weights.map((weight) => weight / sum);
}

/** @param {State} state @returns {number[]} numbers of the systems that take part */
const takingPart = (state) => state.systems.flatMap((/** @type {boolean} */ on, /** @type {number} */ i) => (on ? [i] : []));

/** @typedef {{on: number[], scored: Float64Array, resampled: Float64Array | null, resamples: number}} Scored scores [system, column], [resample, system, column] */
/** @type {{data: any, key: string, value: Scored}[]} */
let recent = [];

/** Win rates or scaled scores of the systems that take part. @param {any} data @param {State} state @returns {Scored} */
function scoredTables(data, state) {
  const on = takingPart(state);
  if (on.length < 2) throw new Error(`Systems that take part: ${on.length}. A ranking needs two: switch on another.`);
  const items = state.unit === "items" && data.replicates !== null;
  const key = [on, state.by, items].join();
  const hit = recent.find((entry) => entry.data === data && entry.key === key);
  if (hit) return hit.value;
  const columns = data.of_scenario.values.length;
  const table = data.table.values;
  const resamples = items ? data.replicates.shape[2] : 0;
  const scored = new Float64Array(on.length * columns);
  const resampled = items ? new Float64Array(resamples * on.length * columns) : null;
  const scores = new Float64Array(on.length);
  for (let c = 0; c < columns; c++) {
    let scale = null;
    if (state.by === "mean") {
      let [low, high] = [Infinity, -Infinity];
      for (let i = 0; i < data.systems.length; i++) {
        const value = table[i * columns + c];
        if (value < low) low = value;
        if (value > high) high = value;
      }
      scale = { low, width: high - low || 1 };
    }
    for (let place = 0; place < on.length; place++) scores[place] = table[on[place] * columns + c];
    convert(scores, scale, scored, c, columns);
    if (!resampled) continue;
    const items = data.replicates.values;
    for (let t = 0; t < resamples; t++) {
      for (let place = 0; place < on.length; place++) scores[place] = items[(on[place] * columns + c) * resamples + t];
      convert(scores, scale, resampled, t * on.length * columns + c, columns);
    }
  }
  const value = { on, scored, resampled, resamples };
  recent = [{ data, key, value }, ...recent].slice(0, 4);
  return value;
}

/** One column's win rates, or its scores scaled, into a table. @param {Float64Array} scores @param {{low: number, width: number} | null} scale @param {Float64Array} target @param {number} offset @param {number} stride */
function convert(scores, scale, target, offset, stride) {
  const n = scores.length;
  if (scale) {
    for (let i = 0; i < n; i++) target[offset + i * stride] = (scores[i] - scale.low) / scale.width;
    return;
  }
  let others = -1;
  for (let i = 0; i < n; i++) if (scores[i] === scores[i]) others += 1;
  for (let i = 0; i < n; i++) {
    let beaten = 0;
    for (let j = 0; j < n; j++) {
      if (scores[i] > scores[j]) beaten += 1;
      else if (scores[i] === scores[j] && i !== j) beaten += 0.5;
    }
    target[offset + i * stride] = scores[i] === scores[i] && others > 0 ? beaten / others : NaN;
  }
}

/** Weighted means over the columns in which there is a value. @param {Float64Array} scored @param {number} offset @param {number} n systems @param {ArrayLike<number>} weights @param {Float64Array} target @param {number} at */
function means(scored, offset, n, weights, target, at) {
  const columns = weights.length;
  for (let i = 0, cell = offset; i < n; i++) {
    let sum = 0;
    let weight = 0;
    for (let c = 0; c < columns; c++, cell++) {
      const value = scored[cell];
      if (value === value) {
        sum += weights[c] * value;
        weight += weights[c];
      }
    }
    target[at + i] = weight > 0 ? sum / weight : NaN;
  }
}

/** Ranks, 1 for the highest, ties sharing their mean; NaN stays. @param {Float64Array} scores @param {Float64Array} target @param {number} at @param {number} n */
function ranks(scores, target, at, n) {
  for (let i = 0; i < n; i++) {
    const own = rounded(scores[at + i]);
    let rank = 1;
    for (let j = 0; j < n; j++) {
      const other = rounded(scores[at + j]);
      if (other > own) rank += 1;
      else if (other === own && i !== j) rank += 0.5;
    }
    target[at + i] = own === own ? rank : NaN;
  }
}

/** Quantiles .025 and .975 of the values that are not NaN, interpolated as NumPy does; it sorts the values in place. @param {Float64Array} values @returns {[number, number]} */
function ends(values) {
  let size = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === values[i]) values[size++] = values[i];
  const sorted = values.subarray(0, size).sort();
  const at = (/** @type {number} */ p) => {
    const place = p * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.min(sorted.length - 1, below + 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
  };
  return sorted.length ? [at(0.025), at(0.975)] : [NaN, NaN];
}

/** Resampled scores [resample, system]. @param {any} data @param {Scored} tables @param {number[]} weights */
function draws(data, { on, scored, resampled, resamples }, weights) {
  const n = on.length;
  const columns = weights.length;
  if (resampled) {
    const result = new Float64Array(resamples * n);
    for (let t = 0; t < resamples; t++) means(resampled, t * n * columns, n, weights, result, t * n);
    return result;
  }
  // The mean over drawn scenarios follows from the sums within each scenario.
  const [count, scenarios] = data.draws.shape;
  const of = data.of_scenario.values;
  const sums = new Float64Array(n * scenarios);
  const present = new Float64Array(n * scenarios);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < columns; c++) {
      const value = scored[i * columns + c];
      if (value !== value) continue;
      sums[i * scenarios + of[c]] += weights[c] * value;
      present[i * scenarios + of[c]] += weights[c];
    }
  }
  const result = new Float64Array(count * n);
  for (let t = 0; t < count; t++) {
    for (let i = 0; i < n; i++) {
      let sum = 0;
      let weight = 0;
      for (let s = 0; s < scenarios; s++) {
        const times = data.draws.values[t * scenarios + s];
        sum += times * sums[i * scenarios + s];
        weight += times * present[i * scenarios + s];
      }
      result[t * n + i] = weight > 0 ? sum / weight : NaN;
    }
  }
  return result;
}

/** Systems that come first, by name. @param {any} data @param {number[]} on @param {Float64Array} score of those */
function best(data, on, score) {
  const most = score.reduce((high, value) => (value > high ? value : high), -Infinity);
  return on.filter((_, place) => score[place] >= most - 1e-9).map((i) => data.systems[i]);
}

/** @param {any} data @param {State} state @returns {View} */
function compute(data, state) {
  const weights = columnWeights(data, state);
  const tables = scoredTables(data, state);
  const { on } = tables;
  const n = on.length;
  const score = new Float64Array(n);
  means(tables.scored, 0, n, weights, score, 0);
  const rank = new Float64Array(n);
  ranks(score, rank, 0, n);
  const resampled = draws(data, tables, weights);
  const times = resampled.length / n;
  const resampledRanks = new Float64Array(resampled.length);
  const first = new Float64Array(n);
  let counted = 0;
  for (let t = 0; t < times; t++) {
    ranks(resampled, resampledRanks, t * n, n);
    let high = Infinity;
    for (let i = 0; i < n; i++) if (resampledRanks[t * n + i] < high) high = resampledRanks[t * n + i];
    if (high === Infinity) continue;
    counted += 1;
    for (let i = 0; i < n; i++) if (resampledRanks[t * n + i] === high) first[i] += 1 / (2 * high - 1); // m share rank (m + 1) / 2
  }
  const columns = weights.length;
  const empty = () => new Float64Array(data.systems.length).fill(NaN);
  const view = /** @type {View} */ ({
    score: empty(), score_low: empty(), score_high: empty(), rank: empty(), rank_low: empty(), rank_high: empty(),
    first: empty(), judged: empty(), weights, winners: best(data, on, score), proof: null, resamples: times,
  });
  const one = new Float64Array(times);
  on.forEach((i, place) => {
    view.score[i] = score[place];
    view.rank[i] = rank[place];
    for (let t = 0; t < times; t++) one[t] = resampled[t * n + place];
    [view.score_low[i], view.score_high[i]] = ends(one);
    for (let t = 0; t < times; t++) one[t] = resampledRanks[t * n + place];
    [view.rank_low[i], view.rank_high[i]] = ends(one);
    view.first[i] = first[place] / counted;
    view.judged[i] = 0;
    for (let c = 0; c < columns; c++) if (!Number.isNaN(tables.scored[place * columns + c])) view.judged[i] += weights[c];
  });
  // Best first; equal ranks in the order of the table, and those without a score last.
  view.order = on.filter((i) => !Number.isNaN(view.rank[i])).sort((a, b) => view.rank[a] - view.rank[b] || a - b);
  view.order.push(...on.filter((i) => Number.isNaN(view.rank[i])));
  if (state.asked !== NOBODY) view.proof = proof(data, state, tables);
  return view;
}

/**
 * The value of the game in which one player weights columns and the other mixes rows: the largest, over weights x of the
 * columns, of the smallest row of A x. By the simplex method with Bland's rule on the row player's programme, which has a
 * feasible start; the column player's weights are its dual solution.
 * @param {number[][]} rows of A
 * @param {number} [least] smallest weight of a column
 * @returns {{value: number, x: number[], y: number[]}} weights of the columns and of the rows, each summing to 1
 */
export function game(rows, least = 0) {
  const m = rows.length;
  const n = rows[0].length;
  const free = 1 - n * least; // x = least + free · u, with u any weights
  const game = rows.map((row) => { const base = least * total(row); return row.map((value) => base + Math.max(0, free) * value); });
  const lowest = Math.min(...game.flat());
  // Maximise Σ y subject to Σ_j B[j][c] y_j ≤ 1, with B = A shifted above 0. One row per column of A; the last is the objective.
  const T = [...Array(n).keys()].map((c) => [...game.map((row) => row[c] - lowest + 1), 1]);
  T.push([...Array(m).fill(-1), 0]);
  const inside = [...Array(n).keys()].map((c) => m + c);
  const outside = [...Array(m).keys()];
  for (let turn = 0; turn < 10000; turn++) {
    let s = -1;
    for (let j = 0; j < m; j++) if (T[n][j] < -1e-12 && (s < 0 || outside[j] < outside[s])) s = j;
    if (s < 0) break;
    let r = -1;
    for (let i = 0; i < n; i++) {
      if (T[i][s] <= 1e-12) continue;
      const gap = r < 0 ? -1 : T[i][m] / T[i][s] - T[r][m] / T[r][s];
      if (gap < -1e-14 || (Math.abs(gap) <= 1e-14 && inside[i] < inside[r])) r = i;
    }
    const pivot = T[r][s];
    for (let i = 0; i <= n; i++) {
      if (i === r) continue;
      const factor = T[i][s] / pivot;
      for (let j = 0; j <= m; j++) if (j !== s) T[i][j] -= factor * T[r][j];
      T[i][s] = -factor;
    }
    for (let j = 0; j <= m; j++) if (j !== s) T[r][j] /= pivot;
    T[r][s] = 1 / pivot;
    [inside[r], outside[s]] = [outside[s], inside[r]];
  }
  const y = Array(m).fill(0);
  const u = Array(n).fill(0);
  inside.forEach((label, i) => { if (label < m) y[label] = Math.max(0, T[i][m]); });
  outside.forEach((label, j) => { if (label >= m) u[label - m] = Math.max(0, T[n][j]); });
  const [sy, su] = [total(y), total(u)];
  const x = u.map((value) => least + Math.max(0, free) * (value / su));
  const value = Math.min(...rows.map((row) => row.reduce((sum, a, c) => sum + a * x[c], 0)));
  return { value, x, y: y.map((weight) => weight / sy) };
}

/** Leads of a system over each other one in the columns of a table in which all have a value. @param {Float64Array} scored @param {number} n @param {number} own @param {number[]} candidates numbers of columns @param {number} columns */
function leads(scored, n, own, candidates, columns) {
  const shared = candidates.filter((c) => { for (let i = 0; i < n; i++) if (Number.isNaN(scored[i * columns + c])) return false; return true; });
  const others = [...Array(n).keys()].filter((i) => i !== own);
  return { shared, others, rows: others.map((i) => shared.map((c) => scored[own * columns + c] - scored[i * columns + c])) };
}

/** The largest lead that weights of the columns allow, and the mixture that bounds it. @param {any} data @param {State} state @param {Scored} tables */
function proof(data, state, { on, scored }) {
  const own = on.indexOf(data.systems.indexOf(state.asked));
  if (own < 0) throw new Error(`“${state.asked}” is switched off, so it cannot win: switch it on first.`);
  const sliders = sliderWeights(data, state);
  const candidates = sliders.flatMap((weight, c) => (weight > 0 ? [c] : []));
  const { shared, others, rows } = leads(scored, on.length, own, candidates, sliders.length);
  if (!shared.length) throw new Error("In no column with weight do all systems have a value, so no weights compare them: switch one off.");
  const { value, x, y } = game(rows);
  const weights = Array(sliders.length).fill(0);
  shared.forEach((c, place) => { weights[c] = x[place]; });
  return { lead: value, shared: shared.length, weights, mixture: others.map((i, place) => ({ system: data.systems[on[i]], share: y[place] })) };
}

/**
 * What to change so that a system comes first, alone: weights of the scenarios, or of the metrics, or of single columns.
 * Only what has some weight now may get weight. Without a solution the patch only asks, and the view has the proof.
 * @param {any} data @param {State} state @param {string} system
 * @returns {State}
 */
export function makeWin(data, state, system) {
  const asked = { ...state, asked: system, columns: [] };
  const tables = scoredTables(data, asked);
  const { on, scored } = tables;
  const { lead, weights } = proof(data, asked, tables); // refuses what cannot be asked
  const own = on.indexOf(data.systems.indexOf(system));
  for (const smallest of SMALLEST_SHARES) {
    for (const kind of ["scenarios", "metrics"]) {
      const found = kindWeights(data, asked, kind, scored, on.length, own, smallest);
      if (!found) continue;
      const score = new Float64Array(on.length);
      const moved = { ...asked, [kind]: found };
      means(scored, 0, on.length, columnWeights(data, moved), score, 0);
      const winners = best(data, on, score);
      if (winners.length === 1 && winners[0] === system) return { [kind]: found, columns: [], asked: system };
    }
  }
  return lead > SMALLEST_LEAD ? { columns: weights, asked: system } : { asked: system };
}

/** Weights of the scenarios, or of the metrics, under which a system wins, the largest 1; or null. @param {any} data @param {State} state @param {string} kind @param {Float64Array} scored @param {number} n @param {number} own @param {number} smallest */
function kindWeights(data, state, kind, scored, n, own, smallest) {
  const columns = data.of_scenario.values.length;
  const [of, within, other] = kind === "scenarios"
    ? [data.of_scenario.values, data.of_metric.values, state.metrics]
    : [data.of_metric.values, data.of_scenario.values, state.scenarios];
  const names = data[kind].length;
  const table = new Float64Array(n * names).fill(NaN);
  const inside = new Float64Array(columns);
  const one = new Float64Array(n);
  for (let k = 0; k < names; k++) {
    if (!(state[kind][k] > 0)) continue;
    for (let c = 0; c < columns; c++) inside[c] = of[c] === k ? other[within[c]] : 0;
    means(scored, 0, n, inside, one, 0);
    one.forEach((value, i) => { table[i * names + k] = value; });
  }
  const { shared, rows } = leads(table, n, own, [...Array(names).keys()], names);
  if (!shared.length) return null;
  const { value, x } = game(rows, smallest / shared.length);
  if (value <= SMALLEST_LEAD) return null;
  const most = Math.max(...x);
  const weights = Array(names).fill(0);
  shared.forEach((k, place) => { weights[k] = Number((STEP * Math.round(x[place] / most / STEP)).toFixed(2)); });
  return weights;
}

const percent = (/** @type {number} */ share) => `${Math.round(100 * share)} %`;
const quoted = (/** @type {string[]} */ names) => names.map((name) => `“${name}”`).join(names.length === 2 ? " and " : ", ");
const everybody = (/** @type {State} */ state) => state.systems.every(Boolean);
const cannot = (/** @type {View} */ view) => view.proof !== null && view.proof.lead <= SMALLEST_LEAD;

/** What the search for winning weights found. @param {State} state @param {View} view */
function explanation(state, view) {
  if (!view.proof) return "";
  const { lead, shared, mixture } = view.proof;
  const name = `“${state.asked}”`;
  const where = `${shared} columns that have weight and in which all systems have a value`;
  if (cannot(view)) {
    const parts = mixture.filter((/** @type {any} */ part) => part.share >= 0.005).sort((/** @type {any} */ a, /** @type {any} */ b) => b.share - a.share);
    const what = state.by === "win rate" ? "win rate" : "scaled score";
    const who = parts.length === 1 ? `“${parts[0].system}” has` : `A mixture of ${parts.map((/** @type {any} */ part) => `${percent(part.share)} “${part.system}”`).join(" and ")} has`;
    return `No weights make ${name} win. The reason: ${who} at least the same ${what} in each of the ${where}. So, whatever the weights of these columns, ${parts.length === 1 ? "it" : "one of the mixture"} is at least as good.`;
  }
  const most = `The largest lead that weights of the ${where} allow is ${number(lead, 3)}.`;
  if (view.winners.length !== 1 || view.winners[0] !== state.asked) return `Weights exist under which ${name} wins. ${most}`;
  if (state.columns.length) return `${name} wins with one weight for each column: open “Weights of the columns”. The next move of a weight discards them. ${most}`;
  return `${name} wins with the weights that the sliders now have. ${most}`;
}

/** @param {any} data @param {State} state @returns {boolean} whether another system leads than with equal weights of all scenarios */
const differs = (data, state) => !same(compute(data, state).winners, compute(data, { ...state, asked: NOBODY, columns: [], scenarios: state.scenarios.map(() => 1) }).winners);
const onlyMetrics = (/** @type {any} */ data, /** @type {State} */ state, /** @type {string[]} */ names) => data.metrics.every((/** @type {string} */ name, /** @type {number} */ k) => names.includes(name) === state.metrics[k] > 0);

export default figure({
  name: "05-holistic",
  compute,
  parts: { makeWin, game },

  change(next, previous) {
    const clean = { ...next };
    const weighted = ["scenarios", "metrics"].some((name) => !same(next[name], previous[name]));
    if (weighted && same(next.columns, previous.columns)) clean.columns = [];
    const moved = weighted || ["systems", "by", "columns"].some((name) => !same(next[name], previous[name]));
    if (moved && next.asked === previous.asked) clean.asked = NOBODY;
    return clean;
  },

  describe({ data, state, view }) {
    const lead = data.systems.indexOf(view.winners[0]);
    const rivals = view.order.filter((/** @type {number} */ i) => view.rank_low[i] < 2 && !view.winners.includes(data.systems[i])).map((/** @type {number} */ i) => data.systems[i]);
    const first = view.winners.map((/** @type {string} */ name) => percent(view.first[data.systems.indexOf(name)])).join(" and ");
    return `${quoted(view.winners)} ${view.winners.length > 1 ? "lead" : "leads"} with a ${AGGREGATE[state.by]} of ${number(view.score[lead], 3)} and ` +
      `${view.winners.length > 1 ? "come" : "comes"} first in ${first} of ${view.resamples} tables with ${RESAMPLED[state.unit]}. ` +
      `${rivals.length ? `Rank intervals that also contain 1: ${quoted(rivals)}.` : "No other rank interval contains 1."}`;
  },

  tasks: [
    {
      key: "loser",
      text: "Switch off the system that is *last*, so that the leader changes.",
      predict: { question: "Can that be, although no answer of the leader changes?", choices: ["yes", "no"] },
      start: {},
      check: ({ data, state, view, before }) => before !== null && before.view.order.length === view.order.length + 1 &&
        !state.systems[before.view.order.at(-1)] && view.winners.every((/** @type {string} */ name) => !before.view.winners.includes(name)) && data.systems.length > 2,
      answer: "It can. A win rate counts whom a system beats, so it depends on who takes part. In the ranking in which the figure opens, the probe of the language model leaves and VADER leads. But look below its name: VADER is judged on 28 % of the weight, so the two means are over different columns. Switch VADER off first, and no loser who leaves changes the leader. Aggregate by the *mean of scaled scores* instead: then nobody's score depends on who takes part, and a loser who leaves changes no order.",
    },
    {
      key: "one-scenario",
      text: "Set the weight of *one* scenario to 0, with all others at 1 and all systems on, so that another system leads.",
      predict: { question: "For how many of the twelve scenarios does the leader change?", choices: ["none or one", "two to six", "more than six"] },
      start: {},
      check: ({ data, state }) => everybody(state) && state.columns.length === 0 && state.scenarios.filter((/** @type {number} */ w) => w === 0).length === 1 &&
        state.scenarios.every((/** @type {number} */ w) => w === 0 || w === 1) && differs(data, state),
      answer: ({ data, state }) => {
        const changed = data.scenarios.filter((/** @type {string} */ _, /** @type {number} */ k) => differs(data, { ...state, asked: NOBODY, columns: [], scenarios: state.scenarios.map((/** @type {number} */ __, /** @type {number} */ other) => (other === k ? 0 : 1)) }));
        return `With the metrics and systems that you have now, the leader changes for ${changed.length} of ${data.scenarios.length}: ${changed.join(", ") || "none"}. Whenever VADER takes over, remember that it is judged on few columns: switch it off, and see for how many the leader still changes.`;
      },
    },
    {
      key: "cost",
      text: "Make the *bag of words* win, with all systems on.",
      predict: { question: "Is it possible by accuracy, calibration and robustness alone?", choices: ["yes, by some weights", "no, by no weights"] },
      start: {},
      check: ({ state, view }) => everybody(state) && view.winners.length === 1 && view.winners[0].startsWith("bag of words"),
      answer: "Not by these three with all systems on: press its button and read the reason. Only columns in which *all* have a value can get weight, and VADER has no calibration error. (Without VADER, calibration alone lets it win: it knows nothing, and says so.) “Make it win” gives weight only to what has some now. Raise *bytes* or *milliseconds* and press again. By cost it wins easily.",
    },
    {
      key: "proof",
      text: "Weigh accuracy only and leave VADER out. Five systems can be made the winner, and one cannot: find it.",
      predict: { question: "How is it possible to be sure that *no* weights do it?", choices: ["by trying very many weights", "by one mixture of the others that is nowhere worse", "it is not possible"] },
      check: ({ data, state, view }) => cannot(view) && onlyMetrics(data, state, ["accuracy"]) && state.scenarios.every((/** @type {number} */ w) => w > 0) &&
        view.order.length === data.systems.length - 1 && !state.systems[data.systems.findIndex((/** @type {string} */ name) => name.startsWith("vader"))],
      answer: "The bag of words. A mixture of the others is at least as good in *every* scenario. A weighted mean keeps this, whatever the weights, and the best of the mixture is at least as good as the mixture. Linear duality says that either winning weights or such a mixture exist. By win rate the mixture is another than by mean accuracy, the verdict the same.",
    },
    {
      key: "items",
      text: "Ask for *other items* instead of other scenarios, in the ranking in which the figure opens.",
      predict: { question: "Which intervals become narrower?", choices: ["all", "most, but not all", "none"] },
      start: { unit: "scenarios" },
      check: ({ state, before }) => before !== null && state.unit === "items" && before.state.unit === "scenarios" && everybody(state),
      answer: "Most, but not all. How high a system scores depends on the choice of scenarios more than on the items for most systems here. Both are intervals of the same score, for two different questions.",
    },
    {
      key: "survives",
      text: "Find weights, all above 0 for the scenarios, under which a leader among at least four systems comes first in 90 % of the tables with other scenarios.",
      predict: { question: "Which metrics must count?", choices: ["only accuracy", "accuracy and robustness", "costs too"] },
      check: ({ state, view }) => state.unit === "scenarios" && state.columns.length === 0 && view.order.length >= 4 && state.scenarios.every((/** @type {number} */ w) => w > 0) &&
        Math.max(...view.first.filter((/** @type {number} */ share) => share === share)) >= 0.9,
      answer: "Costs do it: set all weights equal. Bytes, labels and milliseconds are nearly the same in every scenario, so that other scenarios do not change them. The ranking is stable because it no longer measures what differs between scenarios. A stable ranking is not yet a fair one. And with all weights equal the leader is VADER, judged on fewer columns: switch it off, and the costs must weigh three times as much as the rest.",
    },
  ],

  build(ui) {
    const { data } = ui;
    const grouped = new Set(Object.values(data.groups).flat());
    const single = data.scenarios.flatMap((/** @type {string} */ name, /** @type {number} */ k) => (grouped.has(k) ? [] : [weight(ui, "scenarios", [k], name)]));
    const groups = Object.entries(data.groups).map(([title, members]) => ({
      slider: weight(ui, "scenarios", members, `${title} (${members.length})`),
      fold: ui.details(`${title}, one by one`, sliders(members.map((/** @type {number} */ k) => weight(ui, "scenarios", [k], data.scenarios[k])))),
    }));
    const equal = ui.button("All weights equal", () => ui.set({ scenarios: data.scenarios.map(() => 1), metrics: data.metrics.map(() => 1), columns: [] }));
    const metrics = data.metrics.map((/** @type {string} */ name, /** @type {number} */ k) => weight(ui, "metrics", [k], name));
    const weights = ui.stack(
      h("p", { class: "heading", text: "Weight of each scenario" }), sliders([...single, ...groups.map(({ slider }) => slider)]), ...groups.map(({ fold }) => fold),
      h("p", { class: "heading", text: "Weight of each metric" }), sliders(metrics), h("div", {}, equal),
    );
    const how = ui.row(
      ui.choice("by", { label: "Aggregate by", text: (value) => AGGREGATE[value] }),
      ui.choice("unit", { label: "95 % intervals for", text: (value) => RESAMPLED[value] }),
    );
    const board = ranking(ui);
    const reason = h("p", { role: "status", style: "font-weight: 600" });
    const systems = h("div", { role: "group", "aria-label": "systems that take part", style: "display: grid; gap: 8px 20px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); align-items: center" }, ...data.systems.map((/** @type {string} */ name, /** @type {number} */ i) => system(ui, name, i)));
    const table = weightTable(ui);
    ui.add(how, ui.columns(board.element, weights), h("p", { class: "heading", text: "Systems that take part" }), systems, reason, table.element);
    return ({ state, view, before }) => {
      const text = explanation(state, view);
      if (reason.textContent !== text) reason.textContent = text;
      reason.hidden = !text;
      board.draw(state, view, before);
      table.draw(view);
    };
  },
});

/** @param {HTMLElement[]} parts */
const sliders = (parts) => h("div", { class: "row" }, ...parts);

/** A slider for one weight, or for several that it sets alike. @param {import("./figure.js").Ui} ui @param {string} kind @param {number[]} places @param {string} label */
function weight(ui, kind, places, label) {
  const id = ui.id();
  const input = h("input", { type: "range", id, min: 0, max: 1, step: STEP });
  const output = h("output", { for: id });
  input.addEventListener("input", () => {
    const values = [...ui.state[kind]];
    for (const place of places) values[place] = Number(input.value);
    ui.set({ [kind]: values });
  });
  ui.onRefresh(() => {
    const values = places.map((place) => ui.state[kind][place]);
    const mean = total(values) / values.length;
    const text = values.every((value) => value === values[0]) ? number(values[0], 2) : `mixed, ${number(mean, 2)}`;
    input.value = String(mean);
    output.textContent = text;
    input.setAttribute("aria-valuetext", text);
  });
  return h("div", { class: "control slider", style: "flex: 1 1 140px" }, h("label", { class: "name", for: id, text: label }, output), input);
}

/** A system's switch, and the button that looks for weights under which it wins. @param {import("./figure.js").Ui} ui @param {string} name @param {number} i */
function system(ui, name, i) {
  const input = h("input", { type: "checkbox", role: "switch" });
  input.addEventListener("change", () => ui.set({ systems: ui.state.systems.map((/** @type {boolean} */ on, /** @type {number} */ j) => (j === i ? input.checked : on)) }));
  ui.onRefresh(() => { input.checked = ui.state.systems[i]; });
  const win = ui.button("Make it win", () => {
    try {
      ui.set(makeWin(ui.data, ui.state, name));
    } catch (error) {
      ui.alert(/** @type {Error} */ (error).message);
    }
  }, { enabled: () => ui.state.systems[i] });
  win.setAttribute("aria-label", `Make it win: ${name}`);
  win.style.flex = "none";
  return h("div", { style: "display: flex; align-items: center; justify-content: space-between; gap: 8px" },
    h("label", { class: "switch", style: "min-width: 0" }, input, h("span", { text: name, style: "border: 0; background: none; padding: 0; display: inline-flex; align-items: center" })), win);
}

/** The ranking, best first: a bar with an interval for each system. @param {import("./figure.js").Ui} ui */
function ranking(ui) {
  const { data } = ui;
  const title = h("p", { class: "heading" });
  const lines = data.systems.map((/** @type {string} */ name) => {
    const parts = { rank: h("span", { style: "font-weight: 700" }), value: h("span", { class: "value", style: "white-space: nowrap; margin-left: auto" }), more: h("p", { class: "caption" }), fill: h("b"), range: h("u", { style: "top: 5px; height: 4px; outline: 1px solid var(--paper)" }), tick: h("i") };
    const head = h("div", { style: "display: flex; gap: 8px; align-items: baseline" }, parts.rank, h("span", { text: name }), parts.value);
    const bar = h("span", { class: "bar", "aria-hidden": "true", style: "display: block" }, parts.fill, parts.range, parts.tick);
    return { ...parts, bar, element: h("li", {}, head, bar, parts.more) };
  });
  const list = h("ol", { class: "bars", style: "display: flex; flex-direction: column; gap: 6px; align-items: stretch; list-style: none" });
  const element = h("div", { class: "stack" }, title, list,
    h("p", { class: "caption", text: "Bar: score from 0 to 1, with its 95 % interval in orange; tick: before the last move. “Rank … to …”: 95 % interval of the rank. “First in”: share of the resampled tables in which it leads." }));
  let shown = "";
  return {
    element,
    draw(/** @type {State} */ state, /** @type {View} */ view, /** @type {any} */ before) {
      title.textContent = `Ranking by ${AGGREGATE[state.by]}`;
      const place = (/** @type {number} */ value) => 100 * Math.min(1, Math.max(0, value));
      const tied = (/** @type {number} */ rank) => (Number.isInteger(rank) ? String(rank) : rank.toFixed(1));
      for (const i of view.order) {
        const { rank, value, more, fill, range, tick, bar } = lines[i];
        const scored = !Number.isNaN(view.score[i]);
        rank.textContent = scored ? tied(view.rank[i]) : "–";
        value.textContent = scored ? `${number(view.score[i], 2)} [${number(view.score_low[i], 2)}, ${number(view.score_high[i], 2)}]` : "no score";
        bar.hidden = !scored;
        more.textContent = scored
          ? `rank ${Math.round(view.rank_low[i] * 10) / 10} to ${Math.round(view.rank_high[i] * 10) / 10} · first in ${percent(view.first[i])}` + (view.judged[i] > 0.9995 ? "" : ` · judged on ${percent(view.judged[i])} of the weight`)
          : "no value in any column with weight";
        if (!scored) continue;
        fill.style.width = `${place(view.score[i])}%`;
        Object.assign(range.style, { left: `${place(view.score_low[i])}%`, width: `${place(view.score_high[i]) - place(view.score_low[i])}%` });
        const old = before && before.state.by === state.by ? before.view.score[i] : NaN;
        tick.hidden = Number.isNaN(old);
        if (!tick.hidden) tick.style.left = `${place(old)}%`;
      }
      const order = view.order.join();
      if (order !== shown) list.replaceChildren(...view.order.map((/** @type {number} */ i) => lines[i].element));
      shown = order;
    },
  };
}

/** The weights in per cent: one row per scenario, one column per metric. @param {import("./figure.js").Ui} ui */
function weightTable(ui) {
  const { data } = ui;
  /** @type {Map<number, HTMLTableCellElement>} */
  const cells = new Map();
  const rows = data.scenarios.map((/** @type {string} */ name, /** @type {number} */ k) => h("tr", {}, h("th", { scope: "row", style: "text-align: left; white-space: nowrap", text: name }),
    ...data.metrics.map((/** @type {string} */ _, /** @type {number} */ m) => {
      const cell = h("td");
      cells.set(k * data.metrics.length + m, cell);
      return cell;
    })));
  const head = h("tr", {}, h("td"), ...data.metrics.map((/** @type {string} */ name) => h("th", { scope: "col", text: name })));
  const table = h("table", {}, h("caption", { text: "Weights in %; empty where there is no such column" }), head, ...rows);
  const element = ui.details("Weights of the columns", h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "weights of the columns" }, table));
  const draw = (/** @type {View} */ view) => {
    if (!element.open) return;
    const most = Math.max(...view.weights);
    view.weights.forEach((/** @type {number} */ share, /** @type {number} */ c) => {
      const cell = /** @type {HTMLTableCellElement} */ (cells.get(data.of_scenario.values[c] * data.metrics.length + data.of_metric.values[c]));
      cell.textContent = number(100 * share, 1);
      cell.style.background = `color-mix(in srgb, var(--s0) ${Math.round((45 * share) / most)}%, transparent)`;
    });
  };
  element.addEventListener("toggle", () => draw(ui.view));
  return { element, draw };
}
