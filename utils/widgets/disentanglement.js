// @ts-check
/**
 * Topic 03's figure: two models that draw the same pictures and have different scores, and codes that deceive a score.
 *
 * The pictures are drawn here: the hearts by the formulas of utils.data.sprites, the trained model's by its own weights
 * in half precision. MIG and modularity are computed here too. The other scores are shipped for each state: they sample
 * with NumPy's generator and fit scikit-learn's classifiers.
 */
import { figure, h, number, put } from "./figure.js";
import { cumulative, quantile } from "./normal.js";

/** @typedef {import("./figure.js").State} State */
/** @typedef {import("./figure.js").View} View */

const SIDE = 32;
const SMALL = 16;
const SAME = 8;
const BINS = 20;
const SEEN = 0.05; // relative change of a score that counts
const FAR = 37.5;
const LEVELS = 1008; // steps of scale, orientation and place, less than a tenth of a pixel each
const DOTS = 500;
const LABEL = /** @type {Record<string, string>} */ ({
  mig: "MIG", modularity: "modularity", dci: "DCI disentanglement", sap: "SAP", beta_vae: "β-VAE score",
  factor_vae: "FactorVAE score", explicitness: "explicitness", dci_d: "DCI D", dci_c: "DCI C", dci_i: "DCI I",
});
const BARS = ["mig", "dci", "sap", "modularity", "beta_vae", "factor_vae"];
const CONSTRUCTION = /** @type {Record<string, string>} */ ({ CDF: "theorem’s map", Gaussian: "Gaussian", plain: "plain, uniform" });
const CHANGE = /** @type {Record<string, string>} */ ({
  none: "nothing else", dropped: "second latent dropped", twice: "every latent twice", beside: "2 mixtures beside it",
  units: "all latents × 10", noise: "7 latents of noise",
});
const QUESTION = /** @type {Record<string, string>} */ ({ mixed: "mixed latents", spread: "spread factors", lost: "lost factors" });

/**
 * One latent each from two: a rotation where the prior is Gaussian, or made so.
 * @param {string} construction
 * @param {number} a
 * @param {number} b
 * @param {number} c cosine
 * @param {number} s sine; negative for the way back
 * @returns {[number, number]}
 */
function turned(construction, a, b, c, s) {
  if (construction === "plain") return [(a - 0.5) * c - (b - 0.5) * s + 0.5, (a - 0.5) * s + (b - 0.5) * c + 0.5];
  if (construction === "Gaussian") return [a * c - b * s, a * s + b * c];
  const [x, y] = [gauss(a), gauss(b)];
  return [cumulative(x * c - y * s), cumulative(x * s + y * c)];
}

/** @param {number} p */
const gauss = (p) => (p <= 0 ? -FAR : p >= 1 ? FAR : quantile(p));

/** Bins of equal width from the smallest value to the largest, as numpy.histogram_bin_edges. @param {Float64Array} values @param {number} bins */
function binned(values, bins) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const step = (high - low) / bins;
  const edges = Float64Array.from({ length: bins - 1 }, (_, i) => low + (i + 1) * step);
  const numbers = new Uint8Array(values.length);
  if (step === 0) return numbers;
  for (let i = 0; i < values.length; i++) {
    let bin = Math.min(bins - 1, Math.floor((values[i] - low) / step));
    while (bin > 0 && values[i] < edges[bin - 1]) bin -= 1;
    while (bin < bins - 1 && values[i] >= edges[bin]) bin += 1;
    numbers[i] = bin;
  }
  return numbers;
}

/** Entropy in nats. @param {ArrayLike<number>} counts @param {number} n */
function entropy(counts, n) {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i]) sum -= (counts[i] / n) * Math.log(counts[i] / n);
  return sum;
}

/** @param {Uint8Array} levels */
function counted(levels) {
  const counts = new Int32Array(256);
  for (const level of levels) counts[level] += 1;
  return counts;
}

/** Mutual information of two columns of bins, in nats. @param {Uint8Array} first @param {Uint8Array} second */
function information(first, second) {
  const counts = new Int32Array(BINS * 64); // at most 64 levels of a factor
  for (let i = 0; i < first.length; i++) counts[first[i] * 64 + second[i]] += 1;
  const n = first.length;
  return Math.max(0, entropy(counted(first), n) + entropy(counted(second), n) - entropy(counts, n));
}

/** MIG and modularity from the information (latents × factors) and the entropies of the factors. @param {number[][]} table @param {number[]} entropies */
function scoresOf(table, entropies) {
  let mig = 0;
  entropies.forEach((whole, k) => {
    const [first, second] = [...table.map((row) => row[k]), 0].sort((a, b) => b - a);
    mig += (first - second) / whole / entropies.length;
  });
  let modularity = 0;
  for (const row of table) {
    const most = Math.max(...row);
    if (most === 0) continue;
    const squares = row.reduce((sum, value) => sum + (value / most) ** 2, 0);
    modularity += (1 - (squares - 1) / (entropies.length - 1)) / table.length;
  }
  return { mig, modularity };
}

/** The nearest of 1,009 levels; ties go to even ones, as numpy.rint. @param {number} value */
function level(value) {
  const scaled = value * LEVELS;
  const floor = Math.floor(scaled);
  const up = scaled - floor > 0.5 || (scaled - floor === 0.5 && floor % 2 === 1);
  return (up ? floor + 1 : floor) / LEVELS;
}

/**
 * Hearts of 32 × 32 pixels, by the formulas of utils.data.sprites.
 * @param {number[][]} quantiles of scale, orientation, x and y
 * @returns {Float32Array} pixels in [0, 1], picture by picture
 */
function hearts(quantiles) {
  const pictures = new Float32Array(quantiles.length * SIDE * SIDE);
  const [radius, travel, middle] = [15 / 64, 31 / 64, 0.6306019374816676];
  const size = middle * Math.SQRT2;
  const slope = size * Math.SQRT1_2;
  quantiles.forEach((row, place) => {
    const [q0, q1, q2, q3] = row.map((value) => Math.min(1, Math.max(0, value)));
    const unit = (0.5 + 0.5 * level(q0)) * radius;
    const half = 0.5 * q1 - 0.25;
    const angle = 2 * Math.PI * level(half < 0 ? half + 1 : half);
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const cx = 0.5 + (level(q2) - 0.5) * travel;
    const cy = 0.5 + (level(q3) - 0.5) * travel;
    let at = place * SIDE * SIDE;
    for (let i = 0; i < SIDE; i++) {
      const up = (cy - (i + 0.5) / SIDE) / unit;
      for (let j = 0; j < SIDE; j++, at++) {
        const right = ((j + 0.5) / SIDE - cx) / unit;
        const u = up * s + right * c;
        const v = up * c - right * s;
        const p = (v + u) * slope + middle - 0.5;
        const q = (v - u) * slope + middle - 0.5;
        const square = Math.max(Math.abs(p), Math.abs(q)) - 0.5;
        const along = Math.max(p, q) - 0.5;
        const across = Math.min(p, q);
        const discs = Math.sqrt(along * along + across * across) - 0.5;
        const inside = 0.5 - (Math.min(square, discs) / size) * unit * SIDE;
        pictures[at] = inside < 0 ? 0 : inside > 1 ? 1 : inside;
      }
    }
  });
  return pictures;
}

/**
 * A network of dense layers with ReLU, and a logistic function at the end.
 * @param {{outputs: number, inputs: number, weight: Float64Array, bias: Float64Array}[]} layers weights input by input
 * @param {number[]} code
 * @param {Float32Array} into
 * @param {number} offset
 */
function decode(layers, code, into, offset) {
  let values = Float64Array.from(code);
  layers.forEach(({ outputs, inputs, weight, bias }, depth) => {
    const next = bias.slice();
    for (let j = 0; j < inputs; j++) {
      const value = values[j];
      if (value === 0) continue; // about half of the units of a ReLU layer are silent
      const row = j * outputs;
      for (let i = 0; i < outputs; i++) next[i] += weight[row + i] * value;
    }
    const last = depth === layers.length - 1;
    for (let i = 0; i < outputs; i++) next[i] = last ? 1 / (1 + Math.exp(-next[i])) : Math.max(0, next[i]);
    values = next;
  });
  into.set(values, offset);
}

/** What does not depend on angle and pair. @type {{data: any, worlds: Map<string, any>}} */
let known = { data: null, worlds: new Map() };

/** @template T @param {any} data @param {string} key @param {() => T} make @returns {T} */
function once(data, key, make) {
  if (known.data !== data) known = { data, worlds: new Map() };
  if (!known.worlds.has(key)) known.worlds.set(key, make());
  return known.worlds.get(key);
}

/** A's latents under a construction, in columns, with its information about itself. @param {any} data @param {string} construction */
const world = (data, construction) => once(data, construction, () => {
  const { shape: [n, d], values } = data.quantiles;
  const columns = [...Array(d).keys()].map((j) => Float64Array.from({ length: n }, (_, i) => {
    const p = (values[i * d + j] + 0.5) / 65536;
    return construction === "Gaussian" ? quantile(p) : p;
  }));
  const factors = columns.map((column) => binned(column, data.bins));
  const entropies = factors.map((column) => entropy(counted(column), n));
  const table = columns.map((column) => {
    const bins = binned(column, BINS);
    return factors.map((factor) => information(bins, factor));
  });
  const first = [...Array(SAME).keys()].map((i) => columns.map((column) => column[i]));
  const gaussian = construction === "CDF" ? columns.map((column) => column.map(quantile)) : columns;
  return { columns, gaussian, factors, entropies, table, scores: scoresOf(table, entropies), first };
});

/** The trained model's codes in columns, and their information about the factors. @param {any} data */
const trainedWorld = (data) => once(data, "trained", () => {
  const split = (/** @type {any} */ { shape: [n, d], values }, /** @type {any} */ Kind) => [...Array(d).keys()].map((j) => Kind.from({ length: n }, (/** @type {any} */ _, /** @type {number} */ i) => values[i * d + j]));
  const columns = split(data.trained.codes, Float64Array);
  const factors = split(data.trained.factors, Uint8Array);
  const entropies = factors.map((column) => entropy(counted(column), column.length));
  const table = columns.map((column) => factors.map((factor) => information(binned(column, BINS), factor)));
  const layers = data.trained.layers.map((/** @type {any} */ { weight: { shape: [outputs, inputs], values }, bias }) => ({
    outputs, inputs, bias: Float64Array.from(bias.values),
    weight: Float64Array.from({ length: inputs * outputs }, (_, at) => values[(at % outputs) * inputs + Math.floor(at / outputs)]),
  }));
  return { columns, factors, entropies, table, layers, mig: scoresOf(table, entropies).mig };
});

/** @param {any} data @param {State} state @returns {View} */
function compute(data, state) {
  const { construction, angle } = state;
  const ordinal = data.pairNames.indexOf(state.pair);
  const [first, second] = data.pairs[ordinal];
  const place = data.angles.indexOf(angle);
  const [c, s] = [data.cosines.values[place], data.sines.values[place]];
  const base = world(data, construction);
  const n = base.columns[0].length;
  const [u, v] = [new Float64Array(n), new Float64Array(n)];
  const [za, zb] = [base.columns[first], base.columns[second]];
  const [ga, gb] = [base.gaussian[first], base.gaussian[second]];
  let outside = 0;
  for (let i = 0; i < n; i++) {
    if (construction === "CDF") {
      u[i] = cumulative(ga[i] * c - gb[i] * s);
      v[i] = cumulative(ga[i] * s + gb[i] * c);
    } else [u[i], v[i]] = turned(construction, za[i], zb[i], c, s);
    if (construction === "plain") {
      const back = turned("plain", za[i], zb[i], c, -s);
      if (back.some((value) => value < -1e-9 || value > 1 + 1e-9)) outside += 1;
    }
  }
  const rowOf = (/** @type {Float64Array} */ column) => {
    const bins = binned(column, BINS);
    return base.factors.map((/** @type {Uint8Array} */ factor) => information(bins, factor));
  };
  const table = base.table.map((/** @type {number[]} */ row, /** @type {number} */ j) => (j === first ? rowOf(u) : j === second ? rowOf(v) : row));
  const toQuantile = (/** @type {number} */ z) => (construction === "Gaussian" ? cumulative(z) : z);
  const back = (/** @type {number[]} */ row) => {
    const next = [...row];
    [next[first], next[second]] = turned(construction, row[first], row[second], c, -s);
    return next;
  };
  const starts = [first, second].flatMap((latent) => [...data.steps.values].map((/** @type {number} */ step) => {
    const row = data.latents.map((/** @type {string} */ _, /** @type {number} */ j) => (j === latent ? step : 0.5));
    return construction === "Gaussian" ? row.map(quantile) : row;
  }));
  const forth = base.first.map((/** @type {number[]} */ row, /** @type {number} */ i) => row.map((value, j) => (j === first ? u[i] : j === second ? v[i] : value)));
  const draw = (/** @type {number[][]} */ rows) => hearts(rows.map((row) => row.map(toQuantile)));
  const shipped = (/** @type {number} */ row) => {
    const { shape: [, pairs, angles, scores], values } = data.turned;
    const at = ((data.constructions.indexOf(construction) * pairs + ordinal) * angles + row) * scores;
    return Object.fromEntries(data.shipped.map((/** @type {string} */ name, /** @type {number} */ j) => [name, values[at + j]]));
  };
  const a = {
    ...once(data, `${construction} ${state.pair}`, () => ({ strips: draw(starts), same: draw(base.first) })),
    scores: { ...base.scores, ...shipped(0) },
  };
  const b = {
    strips: draw(starts.map(back)), same: draw(forth.map(back)),
    scores: { ...scoresOf(table, base.entropies), ...shipped(place) },
  };
  let difference = 0;
  a.same.forEach((pixel, i) => { difference = Math.max(difference, Math.abs(pixel - b.same[i])); });
  return {
    a, b, difference, impossible: outside / n, u, v, za, zb,
    trained: twin(data, [first, second], c, s), suspect: suspect(data, state),
  };
}

/** The trained model and its twin. @param {any} data @param {number[]} pair @param {number} c @param {number} s */
function twin(data, pair, c, s) {
  const roles = pair.map((latent) => data.trained.roles[data.latents[latent]]);
  if (roles.some((role) => role === undefined)) return null;
  const [first, second] = roles;
  const base = trainedWorld(data);
  const d = base.columns.length;
  const starts = roles.flatMap((latent) => [...data.steps.values].map((step) => [...Array(d).keys()].map((j) => (j === latent ? quantile(step) : 0))));
  const draw = (/** @type {number[][]} */ codes) => {
    const pictures = new Float32Array(codes.length * SMALL * SMALL);
    codes.forEach((code, i) => decode(base.layers, code, pictures, i * SMALL * SMALL));
    return pictures;
  };
  const back = starts.map((code) => {
    const next = [...code];
    [next[first], next[second]] = turned("Gaussian", code[first], code[second], c, -s);
    return next;
  });
  const [u, v] = [new Float64Array(base.columns[0].length), new Float64Array(base.columns[0].length)];
  const [a, b] = [base.columns[first], base.columns[second]];
  for (let i = 0; i < u.length; i++) {
    u[i] = a[i] * c - b[i] * s;
    v[i] = a[i] * s + b[i] * c;
  }
  const table = base.table.map((/** @type {number[]} */ row, /** @type {number} */ j) => {
    if (j !== first && j !== second) return row;
    const bins = binned(j === first ? u : v, BINS);
    return base.factors.map((/** @type {Uint8Array} */ factor) => information(bins, factor));
  });
  return { a: once(data, `trained ${pair}`, () => draw(starts)), b: draw(back), migA: base.mig, migB: scoresOf(table, base.entropies).mig };
}

/** What is wrong with the code that may deceive a score, and what each score makes of it. @param {any} data @param {State} state */
function suspect(data, { turn, change }) {
  const faults = new Set(turn ? ["mixed", "spread"] : []);
  if (change === "dropped") {
    faults.delete("spread");
    faults.add("lost");
  }
  if (change === "twice" || change === "beside") faults.add("spread");
  if (change === "beside") faults.add("mixed");
  const { shape: [, changes, count], values } = data.suspects;
  const at = (data.turns.indexOf(turn) * changes + data.changes.indexOf(change)) * count;
  const verdicts = /** @type {Record<string, string>} */ ({});
  const scores = /** @type {Record<string, number>} */ ({});
  data.suspectScores.forEach((/** @type {string} */ name, /** @type {number} */ j) => {
    const moved = values[at + j] / values[j] - 1;
    const sees = data.shouldSee[name].some((/** @type {string} */ fault) => faults.has(fault));
    scores[name] = values[at + j];
    verdicts[name] = sees && moved > -SEEN ? "missed" : !sees && Math.abs(moved) > SEEN ? "false alarm" : "as it should";
  });
  return { faults: ["mixed", "spread", "lost"].filter((fault) => faults.has(fault)).join(", "), scores, verdicts };
}

const SIGN = /** @type {Record<string, string>} */ ({ missed: "✗ misses it", "false alarm": "! false alarm", "as it should": "as it should" });

export default figure({
  name: "03-disentanglement",
  compute,

  describe({ state, view }) {
    const scores = BARS.map((name) => `${LABEL[name]} ${number(view.b.scores[name])}`).join(", ");
    const prior = view.impossible ? ` B has no picture for ${number(100 * view.impossible, 0)} % of the draws from A’s prior.` : "";
    return `${CONSTRUCTION[state.construction]}, ${state.pair} turned by ${state.angle}°. Largest difference of a pixel between A and B: ${view.difference < 1e-4 ? "0.0000" : number(view.difference, 4)}.${prior} Scores of B: ${scores}.`;
  },

  tasks: [
    {
      key: "first-degrees",
      text: "Turn scale and x until MIG has fallen below 0.85, while the β-VAE and the FactorVAE score are still 1.00.",
      predict: { question: "At which angle will the β-VAE score begin to fall?", choices: ["at once, like MIG", "at about 20°", "near 45° only"] },
      start: { construction: "CDF", pair: "scale & x", angle: 0 },
      check: ({ state, view }) => state.construction === "CDF" && view.b.scores.mig < 0.85 && view.b.scores.beta_vae > 0.98 && view.b.scores.factor_vae > 0.98,
      answer: "MIG has fallen to about 0.8 at 10°. The β-VAE and the FactorVAE score are still 1.00 at 30°: the latent that varies least when a factor is fixed gives it away, and that one changes only at 45°.",
    },
    {
      key: "ninety",
      text: "Turn on to 90°.",
      predict: { question: "What will the scores be?", choices: ["at their lowest", "as at 0°", "as at 45°"] },
      start: { construction: "CDF", pair: "scale & x", angle: 45 },
      check: ({ state }) => state.angle === 90,
      answer: "As at 0°. B’s latents are A’s again, in another order and with another sign. No score depends on order or sign.",
    },
    {
      key: "plain",
      text: "Find a setting in which B draws A’s pictures, but has no picture for at least 10 % of the draws from A’s prior.",
      predict: { question: "For which construction can that be?", choices: ["theorem’s map", "Gaussian", "plain, uniform"] },
      start: { construction: "CDF", pair: "scale & x", angle: 30 },
      check: ({ view }) => view.impossible >= 0.1,
      answer: "Plain, uniform: a turned square is not the same square. So B has another prior than A, and unlabelled data can tell them apart. The theorem’s map first makes the latents Gaussian, whose cloud looks the same from all sides.",
    },
    {
      key: "diagonals",
      text: "Turn x and y by 45° with the theorem’s map.",
      predict: { question: "Which model describes the place better?", choices: ["A", "B", "neither"] },
      start: { construction: "CDF", pair: "x & y", angle: 0 },
      check: ({ state }) => state.construction === "CDF" && state.pair === "x & y" && state.angle === 45,
      answer: "Neither. B says “how far along one diagonal, how far along the other”, and draws exactly the same pictures. Only *our* words, x and y, prefer A.",
    },
    {
      key: "deceive",
      text: "In the game below, choose DCI D and find a code with mixed latents that it does not notice.",
      predict: { question: "Which code deceives DCI D?", choices: ["one that is turned by 45°", "every latent twice", "2 mixtures beside the perfect code"] },
      start: { score: "dci_d", turn: 0, change: "none" },
      check: ({ state, view }) => state.score === "dci_d" && view.suspect.verdicts.dci_d === "missed",
      answer: "Two mixtures beside the perfect code. The trees read each factor from its own latent and never need the mixtures: these have no importance, and do not count.",
    },
    {
      key: "alarm",
      text: "Find a score, and a code that is *not* spoilt at all, for which the score raises a false alarm.",
      predict: { question: "Does such a pair exist?", choices: ["yes", "no"] },
      start: { score: "beta_vae", turn: 0, change: "none" },
      check: ({ state, view }) => view.suspect.faults === "" && view.suspect.verdicts[state.score] === "false alarm",
      answer: "Yes. SAP changes when all latents are multiplied by ten, because the penalty of its classifier weighs less on large numbers. Modularity falls when latents of noise are added, because it averages over all latents.",
    },
  ],

  build(ui) {
    const { data } = ui;
    const steps = data.steps.values.length;
    const controls = ui.row(
      ui.choice("construction", { label: "Construction", text: (value) => CONSTRUCTION[value] }),
      ui.choice("pair", { label: "Pair of latents" }),
      ui.slider("angle", { label: "Angle", text: (value) => `${value}°` }),
    );
    const strips = ["a", "a", "b", "b"].map((model, i) => ({ model, row: i % 2, strip: strip(steps, SIDE) }));
    const same = [strip(SAME, SIDE), strip(SAME, SIDE), strip(SAME, SIDE)];
    const labels = [...strips, ...same].map(() => h("p", { class: "caption" }));
    const pictures = h("div", { class: "stack", style: "gap: 4px" }, h("p", { class: "heading", text: "One latent moves, the others are fixed" }),
      ...strips.flatMap(({ strip: { canvas } }, i) => [labels[i], canvas]), h("p", { class: "heading", text: "The same pictures, drawn by both" }),
      ...same.flatMap(({ canvas }, i) => [labels[4 + i], canvas]));
    const planes = ["A’s latents", "B’s latents"].map((title) => ({ title, plot: ui.plot({ label: title, aspect: 1, least: 180 }) }));
    const bars = ui.bars({ title: "Scores of B, with labels", rows: BARS.map((name) => ({ name, label: LABEL[name] })) });
    const ofA = h("p", { class: "caption" });
    const clouds = h("div", { style: "display: grid; grid-template-columns: 1fr 1fr; gap: 8px" },
      ...planes.map(({ title, plot }) => h("div", {}, h("p", { class: "heading", text: title }), plot.element)));
    const shades = h("p", { class: "caption", text: "Dots: 500 draws. From dark to light: A’s value of the first latent of the pair, from low to high." });
    const trained = trainedPanel(ui);
    const game = gamePanel(ui);
    ui.add(controls, ui.columns(pictures, ui.stack(bars.element, ofA, clouds, shades)), trained.element, game.element);
    const drawn = ["", ""];

    return (scene) => {
      const { state, view, before } = scene;
      const [first, second] = state.pair.split(" & ");
      [`A: its latent of ${first}`, `A: its latent of ${second}`, `B: the latent in the place of ${first}`, `B: the latent in the place of ${second}`].forEach((text, i) => {
        const { model, row, strip: one } = strips[i];
        put(labels[i], text);
        one.draw(view[model].strips, row * steps, `${text}, from its 4 % to its 96 % quantile: nine hearts`);
      });
      ["A at z", "B at f(z)", "Difference"].forEach((text, i) => {
        put(labels[4 + i], i < 2 ? text : `${text}: ${view.difference < 1e-4 ? "none" : number(view.difference, 4)}`);
        const pixels = i === 0 ? view.a.same : i === 1 ? view.b.same : view.a.same.map((/** @type {number} */ pixel, /** @type {number} */ j) => Math.abs(pixel - view.b.same[j]));
        same[i].draw(pixels, 0, `${text}: eight hearts`);
      });
      bars.draw(view.b.scores, before && before.state.construction === state.construction ? before.view.b.scores : null);
      put(ofA, `Scores of A: ${BARS.map((name) => `${LABEL[name]} ${number(view.a.scores[name])}`).join(", ")}. All on 4,000 draws, DCI with one tree per factor (the lecture’s boosted trees give other values).`);
      const domain = /** @type {[number, number]} */ (state.construction === "Gaussian" ? [-3.6, 3.6] : [-0.25, 1.25]);
      const marks = state.construction === "Gaussian" ? [-2, 0, 2] : [0, 1];
      planes.forEach(({ plot, title }, i) => {
        plot.frameAxes({ x: { domain, ticks: marks, label: i ? "first latent" : first }, y: { domain, ticks: marks, label: i ? "second latent" : second } });
        const cloud = [state.construction, state.pair, i ? state.angle : 0, plot.width, devicePixelRatio].join(); // A's does not depend on the angle
        if (cloud !== drawn[i]) dots(plot, i ? view.u : view.za, i ? view.v : view.zb, view.za);
        drawn[i] = cloud;
        plot.describe(`${title}: 500 draws${i && state.angle % 90 ? ", the colours run across both axes" : ", the colour changes along the first axis only"}`);
      });
      trained.draw(scene);
      game.draw(scene);
    };
  },
});

/**
 * Pictures side by side, dark ink on white, in frames.
 * @param {number} count
 * @param {number} side
 */
function strip(count, side) {
  const [width, height] = [count * (side + 1) + 1, side + 2];
  const canvas = h("canvas", { width, height, role: "img", "aria-label": "pictures" });
  canvas.style.cssText = `width: ${Math.round((width * 46) / (side + 1))}px; max-width: 100%`;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) image.data.set([150, 150, 150, 255], 4 * i);
  let shown = /** @type {ArrayLike<number> | null} */ (null);
  return {
    canvas,
    /** @param {ArrayLike<number>} pixels @param {number} start the first picture @param {string} label */
    draw(pixels, start, label) {
      if (pixels === shown) return; // A's pictures stay the same arrays
      shown = pixels;
      for (let k = 0; k < count; k++) {
        for (let i = 0; i < side; i++) {
          for (let j = 0; j < side; j++) {
            const at = 4 * ((i + 1) * width + k * (side + 1) + 1 + j);
            image.data[at] = image.data[at + 1] = image.data[at + 2] = 255 * (1 - pixels[((start + k) * side + i) * side + j]);
          }
        }
      }
      context.putImageData(image, 0, 0);
      canvas.setAttribute("aria-label", label);
    },
  };
}

const VIRIDIS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
const SHADES = [...Array(64).keys()].map((i) => {
  const t = (3.999 * i) / 63;
  const [low, high] = [VIRIDIS[Math.floor(t)], VIRIDIS[Math.floor(t) + 1]];
  return `rgb(${low.map((value, j) => Math.round(value + (t % 1) * (high[j] - value))).join(" ")})`;
});

/** Draws in the plane of two latents. @param {import("./figure.js").Plot} plot @param {Float64Array} x @param {Float64Array} y @param {Float64Array} shade */
function dots(plot, x, y, shade) {
  const context = plot.canvas();
  const gaussian = plot.x.domain[0] < -1;
  for (let i = 0; i < DOTS; i++) {
    const t = Math.min(1, Math.max(0, gaussian ? (shade[i] + 2.5) / 5 : shade[i]));
    context.fillStyle = SHADES[Math.round(63 * t)];
    context.fillRect(plot.X(x[i]) - 1.5, plot.Y(y[i]) - 1.5, 3, 3);
  }
}

/** A trained model and its twin. @param {import("./figure.js").Ui} ui */
function trainedPanel(ui) {
  const steps = ui.data.steps.values.length;
  const rows = ["a", "a", "b", "b"].map((model, i) => ({ model, row: i % 2, label: h("p", { class: "caption" }), strip: strip(steps, SMALL) }));
  const half = (/** @type {number} */ from) => h("div", { class: "stack", style: "gap: 4px" }, ...rows.slice(from, from + 2).flatMap(({ label, strip: { canvas } }) => [label, canvas]));
  const text = h("p");
  const both = ui.columns(half(0), half(2));
  return {
    element: h("div", { class: "stack" }, h("p", { class: "heading", text: "A trained β-VAE, turned in the same way" }), both, text),
    draw(/** @type {import("./figure.js").Scene} */ { state, view }) {
      both.hidden = !view.trained;
      if (!view.trained) {
        put(text, "The trained model has latents for scale, x and y only: choose a pair of these to see it and its twin.");
        return;
      }
      const names = state.pair.split(" & ");
      rows.forEach(({ model, row, label, strip: one }) => {
        put(label, model === "a" ? `Model: its latent of ${names[row]}` : `Twin: the latent in the place of ${names[row]}`);
        one.draw(view.trained[model], row * steps, `${label.textContent}: nine pictures of a sprite`);
      });
      put(text, `MIG of the model ${number(view.trained.migA)}, of its twin ${number(view.trained.migB)}. Its prior is Gaussian, so that a rotation keeps it, whichever construction is chosen above.`);
    },
  };
}

/** The game: a code, a score, and whether the code deceives it. @param {import("./figure.js").Ui} ui */
function gamePanel(ui) {
  const { data } = ui;
  const bars = ui.bars({ title: "Scores of the code", rows: data.suspectScores.map((/** @type {string} */ name) => ({ name, label: LABEL[name] })) });
  const verdict = h("p", { role: "status" });
  const fault = h("p");
  const others = h("p", { class: "caption" });
  const element = h("div", { class: "stack" }, h("p", { class: "heading", text: "The game: choose a score, and find a code that deceives it" }),
    h("p", { class: "caption", text: "Three independent factors with eight levels each. The perfect code holds one factor in each latent." }),
    ui.columns(
      h("div", { class: "stack" }, ui.choice("score", { label: "Score", text: (value) => LABEL[value] }),
        ui.choice("turn", { label: "First two latents turned by", text: (value) => `${value}°` }),
        ui.choice("change", { label: "And then", text: (value) => CHANGE[value] }), fault, verdict, others),
      bars.element));
  return {
    element,
    draw(/** @type {import("./figure.js").Scene} */ { state, view, before }) {
      const { faults, scores, verdicts } = view.suspect;
      put(fault, faults ? `What is wrong with the code: ${faults}.` : "Nothing is wrong with the code.");
      const sees = data.shouldSee[state.score].map((/** @type {string} */ name) => QUESTION[name]).join(" and ");
      put(verdict, `${LABEL[state.score]} should see ${sees}. Here it is ${number(scores[state.score])}: ${SIGN[verdicts[state.score]]}.`);
      verdict.style.fontWeight = verdicts[state.score] === "as it should" ? "400" : "700";
      const list = (/** @type {string} */ kind) => data.suspectScores.filter((/** @type {string} */ name) => verdicts[name] === kind).map((/** @type {string} */ name) => LABEL[name]).join(", ") || "none";
      put(others, `Deceived by this code: ${list("missed")}. False alarms: ${list("false alarm")}. A change by more than 5 % counts.`);
      bars.draw(scores, before ? before.view.suspect.scores : null);
    },
  };
}
