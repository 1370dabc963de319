// @ts-check
/**
 * Topic 06's figure: which drawing is better? Your answers, the taste that they reveal, and the checkpoints of a fine-tuning.
 *
 * The taste and the ranking are fitted here after each answer, by Newton's method on the same penalised likelihoods as in
 * utils.preferences. The checkpoints are the shipped study's: to fine-tune a network takes a kernel.
 */
import { figure, h, markerPath, number, s, ticks } from "./figure.js";
import { moments, tQuantile } from "./stats.js";

/** @typedef {import("./figure.js").State} State */
/** @typedef {import("./figure.js").View} View */
/** @typedef {{mean: number[], low: number[], high: number[]}} Curve */

const Z = 1.959963984540054; // the 97.5 % point of the standard normal distribution
const ROW = 8;
const SIDE = 28;
const FORMAT = "which-is-better/answers";
const GAINS = ["reward", "utility"];
const AVERAGES = ["wins", "loss", "fresh_loss", "winners", "losers", "readable", "diversity", "kl"];
const TOLERANCE = 1e-3; // of features that another machine computed

const logistic = (/** @type {number} */ x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/** The inverse of a small symmetric positive matrix, by Gauss and Jordan. @param {number[][]} matrix @returns {number[][]} */
export function inverse(matrix) {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let k = i + 1; k < n; k++) if (Math.abs(rows[k][i]) > Math.abs(rows[pivot][i])) pivot = k;
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    rows[i] = rows[i].map((value) => value / rows[i][i]);
    for (let k = 0; k < n; k++) {
      if (k !== i) rows[k] = rows[k].map((value, j) => value - rows[k][i] * rows[i][j]);
    }
  }
  return rows.map((row) => row.slice(n));
}

/** @param {number[][]} matrix @param {number[]} vector */
const times = (matrix, vector) => matrix.map((row) => row.reduce((sum, value, j) => sum + value * vector[j], 0));

/**
 * The maximum of a concave function, by Newton's method with halved steps.
 * @param {number} size
 * @param {(at: number[]) => {value: number, gradient: number[], curvature: number[][]}} look the curvature is −Hessian
 */
function newton(size, look) {
  let at = new Array(size).fill(0);
  let here = look(at);
  for (let i = 0; i < 100; i++) {
    const step = times(inverse(here.curvature), here.gradient);
    let share = 1;
    let there;
    let next = at;
    do {
      next = at.map((value, j) => value + share * step[j]);
      there = look(next);
      share /= 2;
    } while (there.value < here.value - 1e-12 * Math.abs(here.value) && share > 1e-6);
    at = next;
    here = there;
    if (Math.max(...step.map(Math.abs)) < 1e-13) break;
  }
  return { at, curvature: here.curvature };
}

/**
 * A linear reward on standardised features, as utils.preferences.fit_reward with prior_sd = 1.
 * @param {number[][]} first
 * @param {number[][]} second
 * @param {number[]} outcome
 */
export function fitReward(first, second, outcome) {
  const d = first[0].length;
  const rows = [...first, ...second];
  const centre = [...Array(d).keys()].map((j) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length);
  const scale = centre.map((mean, j) => Math.sqrt(rows.reduce((sum, row) => sum + (row[j] - mean) ** 2, 0) / rows.length) || 1);
  const margin = first.map((row, i) => row.map((value, j) => (value - second[i][j]) / scale[j]));
  const { at, curvature } = newton(d, (weights) => {
    let value = 0;
    const gradient = weights.map((weight) => -weight);
    const matrix = weights.map((_, i) => weights.map((__, j) => (i === j ? 1 : 0)));
    for (const weight of weights) value -= (weight * weight) / 2;
    margin.forEach((row, i) => {
      const x = row.reduce((sum, entry, j) => sum + entry * weights[j], 0);
      const p = logistic(x);
      value -= outcome[i] * soft(-x) + (1 - outcome[i]) * soft(x);
      for (let j = 0; j < d; j++) {
        gradient[j] += (outcome[i] - p) * row[j];
        for (let k = 0; k < d; k++) matrix[j][k] += p * (1 - p) * row[j] * row[k];
      }
    });
    return { value, gradient, curvature: matrix };
  });
  return { weights: at, covariance: inverse(curvature), centre, scale };
}

/** log(1 + eˣ) without overflow. @param {number} x */
const soft = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/**
 * Bradley and Terry's scores with a normal prior, as utils.preferences.fit with prior_sd.
 * @param {number[][]} wins how often i was preferred to j
 * @param {number} sd of the prior
 */
export function bradleyTerry(wins, sd) {
  const k = wins.length;
  const { at, curvature } = newton(k, (scores) => {
    const total = scores.reduce((sum, score) => sum + score, 0);
    let value = -(total * total) / (2 * k);
    const gradient = scores.map((score) => -score / sd ** 2 - total / k);
    const matrix = scores.map((_, i) => scores.map((__, j) => 1 / k + (i === j ? 1 / sd ** 2 : 0)));
    for (let i = 0; i < k; i++) {
      value -= (scores[i] / sd) ** 2 / 2;
      for (let j = 0; j < k; j++) {
        if (i === j) continue;
        const p = logistic(scores[i] - scores[j]);
        value -= wins[i][j] * soft(scores[j] - scores[i]);
        gradient[i] += wins[i][j] * (1 - p) - wins[j][i] * p;
        const weight = (wins[i][j] + wins[j][i]) * p * (1 - p);
        matrix[i][i] += weight;
        matrix[i][j] -= weight;
      }
    }
    return { value, gradient, curvature: matrix };
  });
  const mean = at.reduce((sum, score) => sum + score, 0) / k;
  const raw = inverse(curvature);
  const centred = centre(centre(raw.map((row) => [...row])).map((_, i, rows) => rows.map((row) => row[i])));
  return { scores: at.map((score) => score - mean), variance: centred.map((row, i) => row[i]) };
}

/** Each row minus the mean of all rows. @param {number[][]} rows */
function centre(rows) {
  const mean = rows[0].map((_, j) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length);
  return rows.map((row) => row.map((value, j) => value - mean[j]));
}

/** Student's interval of a mean over trainings, for each column of (trainings, steps). @param {number[][]} rows @returns {Curve} */
function curve(rows) {
  const columns = rows[0].map((_, j) => moments(rows.map((row) => row[j])));
  const t = tQuantile(0.975, rows.length - 1);
  const half = columns.map(({ variance, n }) => t * Math.sqrt(variance / n));
  const mean = columns.map((column) => column.mean);
  return { mean, low: mean.map((value, j) => value - half[j]), high: mean.map((value, j) => value + half[j]) };
}

/** Features of drawing `i`. @param {{values: Float64Array}} looks @param {number} i @returns {number[]} */
const look = (looks, i) => [...looks.values.subarray(3 * i, 3 * i + 3)];

/** A judge's utility of a drawing over the temperature, in logits. @param {any} judge @param {number[]} features */
function worth({ weights, temperature, enough }, [weight, slant, legibility]) {
  const folded = enough === null ? weight : Math.min(weight, 2 * enough - weight);
  return (weights[0] * folded + weights[1] * slant + weights[2] * legibility) / temperature;
}

/** The two drawings of a question. @param {any} data @param {number} question @returns {[number, number]} */
const pair = (data, question) => [data.pairs.values[2 * question], data.pairs.values[2 * question + 1]];

/**
 * The answers of a judge to the next questions.
 * @param {any} data
 * @param {string} name
 * @param {number} from
 * @param {number} count
 * @returns {number[]}
 */
export function judged(data, name, from, count) {
  const answers = [];
  for (let i = from; i < Math.min(from + count, data.pairs.shape[0]); i++) {
    const [a, b] = pair(data, i).map((drawing) => worth(data.judges[name], look(data.pool.looks, drawing)));
    answers.push(data.chances.values[i] < logistic(a - b) ? 1 : 0);
  }
  return answers;
}

/** @type {{data: any, curves: Map<string, Record<string, Curve>>}} */
let remembered = { data: null, curves: new Map() };

/** The study's measures over trainings, from a judge's point of view. @param {any} data @param {string} judge */
function study(data, judge) {
  if (remembered.data !== data) remembered = { data, curves: new Map() };
  let curves = remembered.curves.get(judge);
  if (!curves) {
    const ordinal = Object.keys(data.judges).indexOf(judge);
    curves = Object.fromEntries([...GAINS, ...AVERAGES].map((name) => {
      const { shape: [trainings, steps, judges = 1], values } = data.study[name];
      const rows = [...Array(trainings).keys()].map((i) => [...Array(steps).keys()].map((j) => values[(i * steps + j) * judges + (judges > 1 ? ordinal : 0)]));
      return [name, curve(GAINS.includes(name) ? rows.map((row) => row.map((value) => value - row[0])) : rows)];
    }));
    remembered.curves.set(judge, curves);
  }
  return curves;
}

/** @param {any} data @param {State} state @returns {View} */
function compute(data, state) {
  const { answers } = state;
  const n = answers.length;
  const checkpoints = { ...study(data, state.judge) };
  const [first, second] = n < data.pairs.shape[0] ? pair(data, n) : [-1, -1];
  const view = {
    question: first < 0 ? null : { caption: data.pool.captions.values[first], first, second },
    taste: null, ranking: null, best: null, steps: data.steps, checkpoints,
  };
  if (n < data.least) return view;
  const shown = [...Array(n).keys()].map((i) => pair(data, i));
  const reward = fitReward(shown.map(([a]) => look(data.pool.looks, a)), shown.map(([, b]) => look(data.pool.looks, b)), answers);
  const wins = data.styles.map(() => data.styles.map(() => 0));
  shown.forEach(([a, b], i) => {
    const [left, right] = [data.pool.styles.values[a], data.pool.styles.values[b]];
    wins[left][right] += answers[i];
    wins[right][left] += 1 - answers[i];
  });
  const { scores, variance } = bradleyTerry(wins, data.sd);
  return {
    ...view,
    taste: band(reward.weights, reward.weights.map((_, i) => Math.sqrt(reward.covariance[i][i]))),
    ranking: { ...band(scores, variance.map(Math.sqrt)), order: ordered(scores) },
    best: bestOf(data, state, reward),
    checkpoints: { ...checkpoints, yours: yours(data, reward) },
  };
}

/** Positions, highest score first; scores that differ by rounding errors are ties. @param {number[]} scores */
function ordered(scores) {
  const rounded = scores.map((score) => Math.round(score * 1e8));
  return [...scores.keys()].sort((a, b) => rounded[b] - rounded[a]);
}

/** A normal interval around each value. @param {number[]} mean @param {number[]} deviations @returns {Curve} */
const band = (mean, deviations) => ({ mean, low: mean.map((m, i) => m - Z * deviations[i]), high: mean.map((m, i) => m + Z * deviations[i]) });

/** Best-of-n by the taste, among drawings of one digit. @param {any} data @param {State} state @param {ReturnType<typeof fitReward>} reward */
function bestOf(data, state, reward) {
  const { looks } = data.candidates;
  const block = looks.shape[0] / ROW;
  const rate = (/** @type {number} */ i) => look(looks, i).reduce((sum, value, j) => sum + ((value - reward.centre[j]) / reward.scale[j]) * reward.weights[j], 0);
  const please = (/** @type {number} */ i) => worth(data.judges[state.judge], look(looks, i));
  let [gain, judge] = [0, 0];
  const chosen = [...Array(ROW).keys()].map((place) => {
    const start = place * block;
    let best = start;
    for (let i = start + 1; i < start + state.n; i++) if (rate(i) > rate(best)) best = i;
    gain += (rate(best) - rate(start)) / ROW;
    judge += (please(best) - please(start)) / ROW;
    return best;
  });
  return { chosen, gain, judge, nats: Math.log(state.n) - (state.n - 1) / state.n };
}

/** The gain by the taste at each checkpoint; its uncertainty is that of the weights. @param {any} data @param {ReturnType<typeof fitReward>} reward */
function yours(data, { weights, covariance, scale }) {
  const { shape: [trainings, steps], values } = data.study.looks;
  const mean = [...Array(steps).keys()].map((step) => scale.map((_, j) => {
    let sum = 0;
    for (let i = 0; i < trainings; i++) sum += values[(i * steps + step) * 3 + j];
    return sum / trainings;
  }));
  const moved = mean.map((row) => row.map((value, j) => (value - mean[0][j]) / scale[j]));
  const dot = (/** @type {number[]} */ a, /** @type {number[]} */ b) => a.reduce((sum, value, j) => sum + value * b[j], 0);
  return band(moved.map((row) => dot(row, weights)), moved.map((row) => Math.sqrt(dot(row, times(covariance, row)))));
}

/** The text of a file with the answers, as utils.preferences.Comparisons reads it. @param {any} data @param {number[]} answers */
export function answersFile(data, answers) {
  const shown = answers.map((_, i) => pair(data, i));
  return `${JSON.stringify({
    format: FORMAT,
    n_items: data.styles.length,
    about: { styles: data.styles, features: data.features, looks: shown.map((drawings) => drawings.map((i) => look(data.pool.looks, i))) },
    answers: shown.map((drawings, i) => [...drawings.map((drawing) => data.pool.styles.values[drawing]), answers[i]]),
  }, null, 1)}\n`;
}

/** The answers in a file that `answersFile`, or Python, wrote; throws a sentence. @param {any} data @param {string} text @param {string} name */
export function readAnswers(data, text, name) {
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    content = null;
  }
  const { answers, about } = content ?? {};
  if (content?.format !== FORMAT || content.n_items !== data.styles.length || !Array.isArray(answers)) {
    throw new Error(`${name} contains no answers that can be read: choose a file that this figure saved.`);
  }
  if (answers.length > data.pairs.shape[0]) {
    throw new Error(`${name} has ${answers.length} answers, but the figure asks ${data.pairs.shape[0]} questions: shorten it.`);
  }
  const matches = Array.isArray(about?.looks) && about.looks.length === answers.length && answers.every((answer, i) => {
    const drawings = pair(data, i);
    return Array.isArray(answer) && [0, 0.5, 1].includes(answer[2]) && drawings.every((drawing, side) =>
      answer[side] === data.pool.styles.values[drawing] &&
      look(data.pool.looks, drawing).every((value, j) => Math.abs(value - about.looks[i]?.[side]?.[j]) < TOLERANCE + 1e-5 * Math.abs(value)));
  });
  if (!matches) throw new Error(`${name} has answers to other questions: choose a file that this figure saved.`);
  return answers.map((answer) => answer[2]);
}

/** @param {Curve} intervals @param {number} i */
const verdict = ({ low, high }, i) => (low[i] > 0 ? "liked" : high[i] < 0 ? "disliked" : "open");

/** @param {Curve} intervals @param {number} i @param {number} [digits] */
const said = ({ mean, low, high }, i, digits = 1) => `${number(mean[i], digits, true)} [${number(low[i], digits, true)}, ${number(high[i], digits, true)}]`;

/** @param {any} scene the step's place among the checkpoints */
const place = ({ state, view }) => view.steps.indexOf(state.step);

/** @param {number[]} values @param {number} sign */
const extreme = (values, sign) => values.reduce((best, value, i) => (sign * value > sign * values[best] ? i : best), 0);

/** @param {any} scene */
const tastes = ({ view, data }) => data.features.map((/** @type {string} */ name, /** @type {number} */ i) => `${name} ${said(view.taste, i)} (${verdict(view.taste, i)})`).join(", ");

export default figure({
  name: "06-preferences",
  compute,
  parts: { judged, answersFile, readAnswers },

  describe(scene) {
    const { state, view, data } = scene;
    const n = state.answers.length;
    const at = place(scene);
    const { utility, wins } = view.checkpoints;
    const tuned = `Step ${state.step} of fine-tuning: ${state.judge} gains ${number(utility.mean[at], 1, true)} logits and prefers the new drawing in ${number(wins.mean[at])} of the cases.`;
    if (!view.taste) return `${n} of ${data.least} answers. Your taste and the ranking of styles will then appear. ${tuned}`;
    const order = view.ranking.order.map((/** @type {number} */ i) => data.styles[i]).join(" > ");
    return `${n} answers. Worth of one more standard deviation, in logits: ${tastes(scene)}. Styles, best first: ${order}. ${tuned}`;
  },

  tasks: [
    {
      key: "twenty",
      text: "Answer twenty questions yourself.",
      predict: { question: "After them, how many of your three tastes will have an interval that excludes 0?", choices: ["none", "one", "two", "all three"] },
      start: { answers: [] },
      check: ({ state, view, before }) => view.taste !== null && before !== null && state.answers.length === before.state.answers.length + 1,
      answer: (scene) => (scene.view.taste
        ? `Your answers give: ${tastes(scene)}. A taste is *open* when its interval contains 0. Twenty clicks settle a strong taste only; “open” does not say why: too few answers, or a taste that is truly near nothing.`
        : "Twenty clicks settle a strong taste only. “Open” does not say why: too few answers, or a taste that is truly near nothing."),
    },
    {
      key: "crowd",
      text: "Let “bold” give twenty answers, and then “fine” twenty.",
      predict: { question: "What will the forty answers say about stroke weight?", choices: ["liked", "disliked", "open: the interval contains 0"] },
      start: { answers: [], judge: "bold" },
      check: ({ state, view, before }) => {
        const was = before?.view.taste;
        return Boolean(view.taste && was && state.answers.length > (before?.state.answers.length ?? 0) && verdict(was, 0) !== "open" && verdict(view.taste, 0) === "open");
      },
      answer: "Open. The two judges care about stroke weight more than about anything else, in opposite directions. One weight for both averages to about nothing, and looks like indifference. The name beside each answer would tell.",
    },
    {
      key: "best-of-n",
      text: "Let “moderate” give forty answers, and raise n of best-of-n from 1 to 16.",
      predict: { question: "How much does moderate gain, compared with what the fitted taste promises?", choices: ["about as much", "less", "more"] },
      start: { answers: [], judge: "moderate", n: 1 },
      check: ({ state, view }) => view.best !== null && state.answers.length >= 40 && state.n === 16 && state.judge === "moderate",
      answer: ({ view, data }) => {
        const line = "The fitted taste is a straight line. It cannot know that moderate has enough at two standard deviations of stroke weight. The lecture’s Figure 8 goes on to n = 100: there the promise of 1,000 clicks rises further, and the judge’s gain falls.";
        if (!view.best) return line;
        const behind = view.best.gain - view.best.judge;
        const compared = Math.abs(behind) < 0.5 ? "About as much, up to here" : behind > 0 ? "Less" : "More, up to here";
        const weight = view.best.chosen.reduce((/** @type {number} */ sum, /** @type {number} */ i) => sum + look(data.candidates.looks, i)[0], 0) / ROW;
        return `${compared}. In these eight places the taste promises ${number(view.best.gain, 1, true)} logits, and moderate gains ${number(view.best.judge, 1, true)}. The chosen drawings have a mean stroke weight of ${number(weight, 1, true)}. ${line}`;
      },
    },
    {
      key: "turn",
      text: "Find a step at which the loss on the judge’s answers is below 0.4, and yet moderate prefers the drawings of the start (wins below 0.5).",
      predict: { question: "Is there one? These are moderate’s own answers.", choices: ["yes", "no"] },
      start: { step: 0, judge: "moderate" },
      check: (scene) => {
        const { loss, wins } = scene.view.checkpoints;
        return scene.state.judge === "moderate" && loss.mean[place(scene)] < 0.4 && wins.mean[place(scene)] < 0.5;
      },
      answer: "Yes, from step 125 on. The loss falls all the way: the model explains the answers better and better. But the answers were about drawings of the start. What they say, “bolder”, no longer holds where the model has gone.",
    },
    {
      key: "winners",
      text: "Find a step at which even the *preferred* drawings are denoised worse than at the start, by 10 or more.",
      predict: { question: "The loss asks for winners to be denoised better than losers. What happens to the winners’ own error?", choices: ["it falls", "it stays", "it rises"] },
      start: { step: 0 },
      check: (scene) => scene.view.checkpoints.winners.mean[place(scene)] >= 10,
      answer: "It rises, by about 16 at step 75 and 60 at step 200. The losers’ error rises more, and the loss sees the difference only. The tuned model has moved away from both.",
    },
    {
      key: "held-out",
      text: "Find the step with the lowest loss on answers that were *not* used for tuning.",
      predict: { question: "At which step is moderate pleased most?", choices: ["at the same", "at an earlier one", "at a later one"] },
      start: { step: 0, judge: "moderate" },
      check: (scene) => scene.state.step > 0 && place(scene) === extreme(scene.view.checkpoints.fresh_loss.mean, -1),
      answer: ({ view, data }) => {
        const lowest = extreme(view.checkpoints.fresh_loss.mean, -1);
        const wins = study(data, "moderate").wins.mean;
        return `At an earlier one: step ${view.steps[extreme(wins, 1)]}, where moderate prefers the new drawing in ${number(wins[extreme(wins, 1)])} of the cases. At step ${view.steps[lowest]}, with the lowest held-out loss, it is ${number(wins[lowest])}. It is earlier in each of the five trainings. The held-out loss shows when the model begins to memorise the answers. It cannot show that the drawings have left the region that the answers were about: the held-out pairs are drawings of the start, too.`;
      },
    },
  ],

  build(ui) {
    const { data } = ui;
    const questions = questionPanel(ui);
    const taste = ui.bars({ title: "Your taste: worth of one more standard deviation, in logits", rows: rows(data.features), low: -3, high: 3, digits: 1 });
    const ranking = ui.bars({ title: `Scores of styles (Bradley–Terry), in logits, prior sd ${data.sd}`, rows: rows(data.styles), low: -3, high: 3, digits: 1 });
    const verdicts = h("p", { class: "caption" });
    const wait = h("p", {});
    const best = bestPanel(ui);
    const results = h("div", { class: "stack" }, ui.columns(h("div", { class: "stack" }, taste.element, verdicts), ranking.element), best.element);
    const tuning = tuningPanel(ui);
    ui.add(questions.element, wait, results, tuning.element);

    return (scene) => {
      const { state, view, before } = scene;
      questions.draw(scene);
      results.hidden = !view.taste;
      wait.textContent = view.taste ? "" : `After ${data.least - state.answers.length} more answers: your taste, a ranking of styles, and best-of-n by your taste.`;
      wait.hidden = Boolean(view.taste);
      if (view.taste) {
        const old = before?.view.taste ? before.view : null;
        taste.draw(named(data.features, view.taste.mean), old && named(data.features, old.taste.mean), named(data.features, ends(view.taste)));
        ranking.draw(named(data.styles, view.ranking.mean), old && named(data.styles, old.ranking.mean), named(data.styles, ends(view.ranking)));
        verdicts.textContent = `95 % intervals (the line in each bar): ${tastes(scene)}. Open: the interval contains 0.`;
        best.draw(scene);
      }
      tuning.draw(scene);
    };
  },
});

/** @param {string[]} names */
const rows = (names) => names.map((name) => ({ name, label: name }));
/** @param {string[]} names @param {any[]} values */
const named = (names, values) => Object.fromEntries(names.map((name, i) => [name, values[i]]));
/** @param {Curve} intervals @returns {[number, number][]} */
const ends = ({ low, high }) => low.map((value, i) => [value, high[i]]);

/** Which of two drawings is better. @param {import("./figure.js").Ui} ui */
function questionPanel(ui) {
  const { data } = ui;
  const last = data.pairs.shape[0];
  const title = h("p", { class: "heading", "aria-live": "polite" });
  const answer = (/** @type {number} */ value) => {
    if (ui.state.answers.length < last) ui.set({ answers: [...ui.state.answers, value] });
  };
  const sides = ["Left", "Right"].map((side, i) => {
    const picture = drawing(1, 4.5, true);
    const button = h("button", { type: "button", style: "display: flex; flex-direction: column; align-items: center; gap: 6px; padding: 8px", onclick: () => answer(1 - i) },
      picture.canvas, h("span", { text: `${side} is better` }));
    return { side, button, picture };
  });
  const [left, right] = sides;
  const neither = h("button", { type: "button", text: "No preference", onclick: () => answer(0.5) });
  const group = h("div", { class: "row", role: "group", "aria-label": "your answer", style: "align-items: center" }, left.button, right.button, neither);
  group.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const value = /** @type {Record<string, number>} */ ({ ArrowLeft: 1, ArrowRight: 0, ArrowDown: 0.5 })[event.key];
    if (value === undefined) return;
    event.preventDefault();
    answer(value);
  });
  const back = ui.button("Take back the last answer", () => ui.set({ answers: ui.state.answers.slice(0, -1) }), { enabled: () => ui.state.answers.length > 0 });
  const judge = ui.choice("judge", { label: "A judge whose taste is known" });
  const give = ui.button("", () => ui.set({ answers: [...ui.state.answers, ...judged(data, ui.state.judge, ui.state.answers.length, data.least)] }),
    { enabled: () => ui.state.answers.length < last, label: () => `Let “${ui.state.judge}” give ${data.least} answers` });
  const file = h("input", { type: "file", accept: ".json,application/json", class: "hidden", tabindex: -1, "aria-hidden": "true" });
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    try {
      const answers = readAnswers(data, await chosen.text(), chosen.name);
      file.value = "";
      ui.set({ answers });
      ui.say(`${answers.length} answers from ${chosen.name}; Undo restores yours.`);
    } catch (error) {
      file.value = "";
      ui.alert(/** @type {Error} */ (error).message);
    }
  });
  const save = ui.button("Save answers", () => {
    const address = URL.createObjectURL(new Blob([answersFile(data, ui.state.answers)], { type: "application/json" }));
    h("a", { href: address, download: "my_answers.json" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
    ui.say(`${ui.state.answers.length} answers are saved in my_answers.json.`);
  }, { enabled: () => ui.state.answers.length > 0 });
  const load = ui.button("Load answers", () => file.click());
  const element = h("div", { class: "columns" },
    h("div", { class: "stack" }, title, group, h("p", { class: "caption", text: "On a drawing: ← the left, → the right, ↓ no preference." })),
    h("div", { class: "stack" }, judge, ui.row(give), ui.row(back, save, load), file));
  return {
    element,
    draw(/** @type {import("./figure.js").Scene} */ { state, view }) {
      const { question } = view;
      group.hidden = !question;
      title.textContent = question ? `Which ${question.caption} do you like better? (question ${state.answers.length + 1})` : `All ${last} questions are answered.`;
      if (!question) return;
      [question.first, question.second].forEach((index, i) => {
        const { side, button, picture } = sides[i];
        picture.draw(data.pool.images.values, [index]);
        const [weight, slant, legibility] = look(data.pool.looks, index);
        button.setAttribute("aria-label", `${side} is better: stroke weight ${number(weight, 1, true)}, slant ${number(slant, 1, true)} standard deviations, legibility ${number(legibility, 1)} nats`);
      });
    },
  };
}

/**
 * Drawings side by side, dark ink on white.
 * @param {number} count
 * @param {number} scale
 * @param {boolean} [hidden] from a screen reader
 */
function drawing(count, scale, hidden = false) {
  const canvas = h("canvas", { width: SIDE * count, height: SIDE, role: hidden ? null : "img", "aria-label": hidden ? null : "drawings", "aria-hidden": hidden ? "true" : null });
  canvas.style.cssText = `width: ${SIDE * count * scale}px; max-width: 100%; border: 1px solid var(--line)`;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(SIDE * count, SIDE);
  return {
    canvas,
    /** @param {ArrayLike<number>} pixels 0 to 15 @param {number[]} indices @param {string} [label] */
    draw(pixels, indices, label) {
      indices.forEach((index, column) => {
        for (let i = 0; i < SIDE * SIDE; i++) {
          const at = 4 * (Math.floor(i / SIDE) * SIDE * count + column * SIDE + (i % SIDE));
          image.data[at] = image.data[at + 1] = image.data[at + 2] = 255 - 17 * pixels[index * SIDE * SIDE + i];
          image.data[at + 3] = 255;
        }
      });
      context.putImageData(image, 0, 0);
      if (label) canvas.setAttribute("aria-label", label);
    },
  };
}

/** Best-of-n by the fitted taste. @param {import("./figure.js").Ui} ui */
function bestPanel(ui) {
  const { data } = ui;
  const { digit, looks, images } = data.candidates;
  const block = looks.shape[0] / ROW;
  const [first, best] = [drawing(ROW, 1.9), drawing(ROW, 1.9)];
  const [firstText, bestText, gains] = [h("p", { class: "caption" }), h("p", { class: "caption" }), h("p")];
  const starts = [...Array(ROW).keys()].map((place) => place * block);
  const mean = (/** @type {number[]} */ indices) => data.features.map((/** @type {string} */ name, /** @type {number} */ j) =>
    `${name} ${number(indices.reduce((sum, i) => sum + look(looks, i)[j], 0) / indices.length, 1, true)}`).join(", ");
  return {
    element: h("div", { class: "stack" }, h("p", { class: "heading", text: `Best of n by your taste, for the digit ${digit}` }),
      ui.columns(h("div", { class: "stack" }, first.canvas, firstText), h("div", { class: "stack" }, best.canvas, bestText)),
      ui.row(ui.slider("n", { label: "n of best-of-n" })), gains),
    draw(/** @type {import("./figure.js").Scene} */ { state, view }) {
      firstText.textContent = `Before: ${mean(starts)}.`;
      bestText.textContent = `Best of ${state.n}: ${mean(view.best.chosen)}.`;
      first.draw(images.values, starts, firstText.textContent);
      best.draw(images.values, view.best.chosen, bestText.textContent);
      gains.textContent = `By your taste the best of ${state.n} gain ${number(view.best.gain, 2, true)} logits; the judge “${state.judge}” finds ${number(view.best.judge, 2, true)}. Divergence: at most ${number(view.best.nats)} nats.`;
    },
  };
}

/** The checkpoints of the fine-tuning. @param {import("./figure.js").Ui} ui */
function tuningPanel(ui) {
  const { data } = ui;
  const steps = /** @type {number[]} */ (data.steps);
  const x = { label: "step of fine-tuning", domain: /** @type {[number, number]} */ ([0, steps.at(-1) ?? 1]) };
  const kinds = [
    { title: "What is promised, and what the judge finds", y: { label: "gain over the start (logits)" }, curves: [["reward", "reward model"], ["utility", "judge"], ["yours", "your taste"]] },
    { title: "Loss of the preference optimisation", y: { label: "loss (nats)", domain: /** @type {[number, number]} */ ([0, 0.9]) }, curves: [["loss", "answers tuned on"], ["fresh_loss", "held-out answers"]] },
    { title: "Denoising error, minus the start’s", y: { label: "change of error" }, curves: [["winners", "winners"], ["losers", "losers"]] },
  ];
  const nearest = (/** @type {number} */ value) => steps.reduce((best, step) => (Math.abs(step - value) < Math.abs(best - value) ? step : best));
  const panels = kinds.map(({ title, y, curves }, i) => {
    const plot = ui.plot({ label: title, x, y, height: 230 });
    const keys = curves.map(([, text], series) => h("span", {}, key(series), text));
    const legend = h("div", { class: "legend" }, ...keys);
    const element = h("div", { class: "stack" }, h("p", { class: "heading", text: title }), legend, plot.element);
    const move = (/** @type {number} */ value) => {
      const to = nearest(value);
      const at = steps.indexOf(ui.state.step);
      // An arrow key moves less than to the next checkpoint: then take the next one.
      ui.set({ step: to === ui.state.step && value !== to ? steps[Math.max(0, Math.min(steps.length - 1, at + Math.sign(value - to)))] : to });
    };
    plot.onTap((value) => ui.set({ step: nearest(value) }));
    const handle = i === 0 ? plot.handle({ label: "step of fine-tuning", line: true, step: 12.5, onMove: move, text: (value) => `step ${value}` }) : null;
    return { plot, keys, curves, element, handle, title };
  });
  const [start, now, mine] = [drawing(10, 1.6), drawing(10, 1.6), drawing(10, 1.6)];
  const [nowText, numbers, mineText] = [h("p", { class: "caption" }), h("p"), h("p", { class: "caption", role: "status" })];
  const digits = [...Array(10).keys()];
  mine.canvas.hidden = true;
  const tune = ui.button("Fine-tune on your taste (some seconds)", async () => {
    tune.disabled = true;
    try {
      const made = await ui.ask({ answers: ui.state.answers }, { progress: (text) => { mineText.textContent = text; } });
      const means = data.features.map((/** @type {string} */ name, /** @type {number} */ j) => `${name} ${number(made.looks.values[j], 1, true)}`).join(", ");
      mineText.textContent = `Tuned on the taste of your ${made.n} answers, from the same noise: ${means}.`;
      mine.canvas.hidden = false;
      mine.draw(made.drawings.values, digits, mineText.textContent);
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      if (message !== "outdated") ui.alert(message);
    }
    ui.refresh();
  }, { enabled: () => ui.view.taste !== null });
  const own = ui.live && data.tunable ? [ui.row(tune), mine.canvas, mineText]
    : [h("p", { class: "caption", text: "To fine-tune the model on your own taste takes a kernel: run the lecture." })];
  const element = h("div", { class: "stack" }, h("p", { class: "heading", text: "Fine-tuning on 500 answers of “moderate”, checkpoint by checkpoint" }),
    ui.row(ui.slider("step", { label: "Step" })),
    ui.columns(h("div", { class: "stack" }, start.canvas, h("p", { class: "caption", text: "The start." })), h("div", { class: "stack" }, now.canvas, nowText)),
    numbers, ui.columns(...panels.map((panel) => panel.element)),
    h("p", { class: "caption", text: "Lines: means of five trainings; bands: 95 % intervals (of your taste: of its weights). The vertical line is the chosen step; tap a plot to move it." }), ...own);
  return {
    element,
    draw(/** @type {import("./figure.js").Scene} */ scene) {
      const { state, view } = scene;
      const at = place(scene);
      const { checkpoints } = view;
      start.draw(data.drawings.values, digits, "Drawings of the digits 0 to 9 at the start");
      nowText.textContent = state.step ? `After ${state.step} steps, from the same noise.` : "After 0 steps: the start itself. Move the slider.";
      now.draw(data.drawings.values, digits.map((digit) => 10 * at + digit), `Drawings of the digits 0 to 9 after ${state.step} steps`);
      const read = (/** @type {string} */ name, digitsAfter = 2) => number(checkpoints[name].mean[at], digitsAfter);
      numbers.textContent = `Step ${state.step}: ${state.judge} prefers the new drawing in ${read("wins")} of the cases; ${read("readable")} are readable; diversity ${read("diversity", 1)}; divergence of the noisy paths ${read("kl", 0)} nats.`;
      for (const { plot, keys, curves, handle, title } of panels) {
        const shown = curves.map(([name]) => checkpoints[name]);
        const values = shown.filter(Boolean).flatMap(({ low, high }) => [...low, ...high]);
        const [least, most] = [Math.min(0, ...values), Math.max(0.1, ...values)];
        const space = 0.05 * (most - least);
        const y = title.startsWith("Loss") ? {} : { domain: /** @type {[number, number]} */ ([least - space, most + space]), ticks: ticks(least - space, most + space) };
        plot.frameAxes({ y });
        plot.line("zero", x.domain, [0, 0], { color: "var(--edge)", width: 1, dash: "" });
        if (!handle) plot.line("now", [state.step, state.step], plot.y.domain, { color: "var(--ink)", width: 1.5, dash: "" });
        curves.forEach(([name], series) => {
          const values = checkpoints[name];
          keys[series].hidden = !values;
          plot.band(`band ${name}`, values ? steps : [], values?.low ?? [], values?.high ?? [], { series });
          plot.line(name, values ? steps : [], values?.mean ?? [], { series, markers: true });
        });
        handle?.place(state.step);
        const words = curves.filter(([name]) => checkpoints[name]).map(([name, text]) => `${text} ${said(checkpoints[name], at, 2)}`).join("; ");
        plot.describe(`${title}, at step ${state.step}: ${words}`);
      }
    },
  };
}

/** A series' line and marker, for a legend. @param {number} series */
function key(series) {
  const style = `stroke: var(--s${series}); fill: var(--s${series})`;
  return s("svg", { width: 26, height: 12, "aria-hidden": "true" }, s("path", { d: "M0 6H26", style, "stroke-width": 2 }), s("path", { d: markerPath(series, 13, 6, 4), style }));
}
