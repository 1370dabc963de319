// @ts-check
/**
 * Topic 04's figure: a prompt to edit, and the ordering and the threshold behind its accuracy.
 *
 * Scores are log-odds of the positive label word against the negative one, in nats. They come from the shipped table, or from
 * what Python has asked the model; everything that follows from them is computed here. Python does the same (prompting.py).
 */
import { quantile } from "./normal.js";
import { h, figure, markerPath, number, put, s, same } from "./figure.js";

/** @typedef {import("./figure.js").State} State */
/** @typedef {import("./figure.js").View} View */
/** @typedef {import("./figure.js").Scene} Scene */
/** @typedef {import("./figure.js").Ui} Ui */

const HALF = "one half";
const CALIBRATED = "contextual calibration";
const MEDIAN = "median";
const BY_HAND = "by hand";
const NEGATIVE = 0; // a class; 1 is positive
const EDGE = 6; // the log-odds at the ends of the axis, unless there are larger ones
const TICKS = [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999];

const expit = (/** @type {number} */ x) => 1 / (1 + Math.exp(-x));
const logit = (/** @type {number} */ p) => Math.log(p / (1 - p));
const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The numbers of the examples in the prompt, first to last. @param {State} state @returns {number[]} */
const sequence = (state) => state.order.filter((/** @type {number} */ i) => state.shown[i]);
/** The instruction and the two label words. @param {State} state @returns {string[]} */
const parts = (state) => ["instruction", "negative", "positive"].map((name) => state[name].trim());
/** A prompt's name, as Python writes it. @param {State} state */
const nameOf = (state) => JSON.stringify([...parts(state), ...sequence(state)]);

/** The prompt up to the blank. @param {any} data @param {State} state @param {string} text */
function render(data, state, text) {
  const [instruction, negative, positive] = parts(state);
  const shown = sequence(state).map((i) => `Review: ${data.examples[i][0]}\nSentiment: ${data.examples[i][1] === NEGATIVE ? negative : positive}`);
  return [...(instruction ? [instruction] : []), ...shown, `Review: ${text}\nSentiment:`].join("\n\n");
}

/** @param {any} data @param {State} state */
function check(data, state) {
  const [, negative, positive] = parts(state);
  if (!same([...state.order].sort((a, b) => a - b), [...data.examples.keys()])) {
    throw new Error(`order is [${state.order.join(", ")}], but each number of an example is needed once: reorder them.`);
  }
  if (!negative || !positive || negative === positive) {
    throw new Error(`The label words are “${negative}” and “${positive}”, but each class needs a word of its own: type two different words.`);
  }
  const { length } = [...render(data, state, "")]; // characters, as Python counts them
  if (length > data.longest) {
    throw new Error(`The prompt has ${length} characters without a review, but at most ${data.longest} are answered fast enough: shorten the instruction or show fewer examples.`);
  }
}

/** The table's rows by their prompts. @type {WeakMap<object, Map<string, number>>} */
const rowsOf = new WeakMap();

/** @param {any} data */
function tableRows(data) {
  let rows = rowsOf.get(data);
  if (!rows) {
    const { shape: [count, width], values } = data.prompts;
    rows = new Map([...Array(count).keys()].map((row) => [Array.from(values.slice(row * width, (row + 1) * width)).filter((i) => Number(i) >= 0).join(), row]));
    rowsOf.set(data, rows);
  }
  return rows;
}

/** @param {any} array @param {number} row @returns {number[]} */
const rowOf = ({ shape: [, width], values }, row) => Array.from(values.slice(row * width, (row + 1) * width));

/** Scores of the reviews and of the inputs without content, and whether they are the table's; or null. @param {any} data @param {State} state */
function known(data, state) {
  const [instruction, negative, positive] = parts(state);
  const words = data.words.findIndex((/** @type {string[]} */ pair) => pair[0] === negative && pair[1] === positive);
  const row = tableRows(data).get([data.instructions.indexOf(instruction), words, ...sequence(state)].join());
  if (row !== undefined) return { scores: rowOf(data.scores, row), empty: rowOf(data.empty, row), shipped: true };
  const answer = data.answers[nameOf(state)];
  return answer ? { scores: Array.from(answer.scores.values), empty: Array.from(answer.empty.values), shipped: false } : null;
}

/** The area under the ROC curve: how often a positive review has the larger score; equal scores count half. @param {number[]} scores @param {ArrayLike<number>} labels */
function areaUnderCurve(scores, labels) {
  let [wins, pairs] = [0, 0];
  for (let i = 0; i < scores.length; i++) {
    if (labels[i] === NEGATIVE) continue;
    for (let j = 0; j < scores.length; j++) {
      if (labels[j] !== NEGATIVE) continue;
      pairs += 1;
      wins += scores[i] > scores[j] ? 1 : scores[i] === scores[j] ? 0.5 : 0;
    }
  }
  return wins / pairs;
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How many of n are classed rightly above a threshold. @param {number[]} scores @param {ArrayLike<number>} labels @param {number} threshold */
const right = (scores, labels, threshold) => scores.reduce((sum, score, i) => sum + Number(score > threshold === (labels[i] !== NEGATIVE)), 0);

/** Wilson's interval (1927) of a share, 95 %. @param {number} count @param {number} n */
function wilson(count, n) {
  const z = quantile(0.975);
  const share = count / n;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return { low: count === 0 ? 0 : middle - half, high: count === n ? 1 : middle + half };
}

/** @param {any} data @param {State} state @returns {View} */
function compute(data, state) {
  check(data, state);
  const own = state.text.trim();
  const view = { prompt: render(data, state, own || data.reviews[state.review]) };
  const answers = known(data, state);
  const fixed = { [HALF]: 0, [BY_HAND]: state.threshold };
  if (!answers) {
    const nothing = Object.fromEntries(["threshold", "auc", "accuracy", "low", "high", "positive", "best", "own"].map((name) => [name, NaN]));
    return { ...view, ...nothing, answered: false, shipped: false, scores: [], classes: [], thresholds: { ...fixed, [CALIBRATED]: NaN, [MEDIAN]: NaN } };
  }
  const { scores, empty, shipped } = answers;
  const labels = data.labels.values;
  const n = scores.length;
  /** @type {Record<string, number>} */
  const thresholds = { ...fixed, [CALIBRATED]: logit(mean(empty.map(expit))), [MEDIAN]: median(scores) };
  const threshold = thresholds[state.rule];
  const classes = scores.map((score) => Number(score > threshold));
  const count = right(scores, labels, threshold);
  return {
    ...view, answered: true, shipped, scores, thresholds, threshold, classes,
    auc: areaUnderCurve(scores, labels),
    accuracy: count / n,
    ...wilson(count, n),
    positive: mean(classes),
    best: Math.max(...[-Infinity, ...scores].map((cut) => right(scores, labels, cut))) / n,
    own: own ? data.texts[nameOf(state)]?.[own] ?? NaN : scores[state.review],
  };
}

const digits = (/** @type {number} */ p) => (p < 0.01 || p > 0.99 ? 3 : 2);
/** A probability in words, from log-odds. @param {number} score */
const probability = (score) => number(expit(score), digits(expit(score)));
const percent = (/** @type {number} */ share) => `${Math.round(100 * share)} %`;
/** The smallest and the largest of some values. @param {number[]} values */
const span = (values) => [...new Set([Math.min(...values), Math.max(...values)].map((value) => number(value)))].join(" to ");

/** How many examples of each class the prompt shows: [negative, positive]. @param {any} data @param {State} state */
function counts(data, state) {
  const shown = sequence(state).map((i) => data.examples[i][1]);
  return [0, 1].map((label) => shown.filter((one) => one === label).length);
}

/** The first words and instruction, as in the table's largest part. @param {any} data @param {State} state */
const plain = (data, state) => same(parts(state), [data.instructions[0], ...data.words[0]]);

/** @template T @param {T[]} items @returns {T[][]} every order */
const orders = (items) => (items.length < 2 ? [items] : items.flatMap((item, i) => orders(items.toSpliced(i, 1)).map((rest) => [item, ...rest])));

/** The views of a prompt with these examples in every order that has answers, threshold at one half. @param {any} data @param {number[]} chosen */
function reordered(data, chosen) {
  const rest = [...data.examples.keys()].filter((i) => !chosen.includes(i));
  const shown = data.examples.map((/** @type {any} */ _, /** @type {number} */ i) => chosen.includes(i));
  const state = { instruction: data.instructions[0], negative: data.words[0][0], positive: data.words[0][1], shown, review: 0, text: "", rule: HALF, threshold: 0 };
  return orders(chosen).map((order) => ({ order, view: compute(data, { ...state, order: [...order, ...rest] }) })).filter(({ view }) => view.answered);
}

/** @param {any} data @param {number} positive @param {number} negative @returns {number[]} the first examples of each class */
function firstExamples(data, positive, negative) {
  const numbers = [...data.examples.keys()];
  return [...numbers.filter((i) => data.examples[i][1] === 1).slice(0, positive), ...numbers.filter((i) => data.examples[i][1] === 0).slice(0, negative)];
}

/** The accuracy of a state under another rule. @param {any} data @param {State} state @param {string} rule */
const under = (data, state, rule) => compute(data, { ...state, rule }).accuracy;

/** An answer from the shipped table; another model's figure has none. @param {(data: any) => string} answer */
const shipped = (answer) => (/** @type {Scene} */ { data }) => (data.prompts.shape[0] ? answer(data)
  : `The shipped answers are those of SmolLM2-135M. Whether the same holds for ${data.model} is for you to find out: move this figure.`);

export default figure({
  name: "04-prompting",
  compute,

  change(next, previous, data) {
    const moved = { ...next };
    if (next.review !== previous.review && next.text === previous.text) moved.text = "";
    if (next.threshold !== previous.threshold && next.rule === previous.rule) moved.rule = BY_HAND;
    if (next.rule === BY_HAND && previous.rule !== BY_HAND && next.threshold === previous.threshold) {
      // By hand it goes on from where it is.
      const { threshold } = compute(data, previous);
      if (Number.isFinite(threshold)) moved.threshold = Math.max(-10, Math.min(10, Number(threshold.toFixed(2))));
    }
    return moved;
  },

  describe({ state, view, data }) {
    if (!view.answered) return "There are no answers to this prompt yet.";
    return `Ordering: AUC ${number(view.auc)}. At the threshold P = ${probability(view.threshold)} (${state.rule}) the accuracy is ${number(view.accuracy)} ` +
      `[${number(view.low)}, ${number(view.high)}], and ${percent(view.positive)} of ${data.reviews.length} answers are “${state.positive.trim()}”. ` +
      `The best threshold would reach ${number(view.best)}.`;
  },

  tasks: [
    {
      key: "positive",
      text: "Show the *four positive* examples and no negative one, with the threshold at one half.",
      predict: { question: "What suffers?", choices: ["the ordering of the reviews", "only the threshold", "both"] },
      check: ({ data, state, view }) => same(counts(data, state), [0, 4]) && view.answered && state.rule === HALF && view.auc >= 0.9 && view.accuracy <= 0.7,
      answer: shipped((data) => {
        const views = reordered(data, firstExamples(data, 4, 0)).map(({ view }) => view);
        return `Only the threshold. Over ${views.length} orders of the four the AUC is ${span(views.map(({ auc }) => auc))}: in this share of the pairs the positive review has the larger probability. But nearly all probabilities are above 0.5, so the accuracy there is ${span(views.map(({ accuracy }) => accuracy))}. The answer is in the ordering.`;
      }),
    },
    {
      key: "no-labels",
      text: "Keep the four positive examples. Bring the accuracy to at least 0.85 by a rule that needs *no labels*.",
      predict: { question: "Which rule does it?", choices: ["contextual calibration", "the median", "both", "neither"] },
      check: ({ data, state, view }) => same(counts(data, state), [0, 4]) && view.answered && [CALIBRATED, MEDIAN].includes(state.rule) && view.accuracy >= 0.85,
      answer: shipped((data) => {
        const chosen = firstExamples(data, 4, 0);
        const states = reordered(data, chosen).map(({ order }) => stateOf(data, order));
        const [calibrated, middle] = [CALIBRATED, MEDIAN].map((rule) => states.map((state) => under(data, state, rule)));
        return `The median. Over the ${states.length} orders it reaches ${number(mean(middle))} on average, contextual calibration ${number(mean(calibrated))}. The median assumes that half of the reviews are positive, which is so here. Contextual calibration assumes that inputs without content are scored like a review of neither class, and after these examples they are not.`;
      }),
    },
    {
      key: "order",
      text: "Two positive and two negative examples. Only *reorder* them, until at least nine in ten answers are positive, with the threshold at one half.",
      predict: { question: "What does the order move more?", choices: ["the ordering of the reviews", "where the right threshold is"] },
      start: {},
      check: ({ data, state, view }) => same(counts(data, state), [2, 2]) && plain(data, state) && view.answered && state.rule === HALF && view.positive >= 0.9,
      answer: shipped((data) => {
        const all = reordered(data, firstExamples(data, 2, 2));
        const views = all.map(({ view }) => view);
        const share = (/** @type {number} */ label) => mean(all.filter(({ order }) => data.examples[order[3]][1] === label).map(({ view }) => view.positive));
        return `The threshold. Over all ${views.length} orders the AUC is ${span(views.map(({ auc }) => auc))}, but the share of positive answers ${span(views.map(({ positive }) => positive))}. Mostly the *last* label decides: on average ${percent(share(1))} of the answers are positive after a positive example, ${percent(share(0))} after a negative one.`;
      }),
    },
    {
      key: "majority",
      text: "Three positive examples and one negative. Find an order in which at most one answer in twenty is positive, with the threshold at one half.",
      predict: { question: "Where must the negative example stand?", choices: ["first", "in the middle", "last", "there is no such order"] },
      check: ({ data, state, view }) => same(counts(data, state), [1, 3]) && plain(data, state) && view.answered && state.rule === HALF && view.positive <= 0.05,
      answer: shipped((data) => {
        const all = reordered(data, firstExamples(data, 3, 1));
        const shares = (/** @type {boolean} */ last) => all.filter(({ order }) => (data.examples[order[3]][1] === NEGATIVE) === last).map(({ view }) => view.positive);
        return `Last. With the negative example last the share of positive answers is ${span(shares(true))} over ${shares(true).length} orders; with it elsewhere ${span(shares(false))} over ${shares(false).length}. Three of four examples are positive throughout: with these examples the last label outweighs the majority.`;
      }),
    },
    {
      key: "calibration",
      text: "Find a prompt on which contextual calibration is *worse* than the median by at least 0.2. Stay on it with calibration chosen.",
      predict: { question: "Where do you look?", choices: ["without examples", "after negative examples", "after positive examples"] },
      check: ({ data, state, view }) => view.answered && state.rule === CALIBRATED && under(data, state, MEDIAN) - view.accuracy >= 0.2 - 1e-9,
      answer: shipped((data) => {
        const all = reordered(data, firstExamples(data, 2, 2));
        const loss = (/** @type {number} */ label) => mean(all.filter(({ order }) => data.examples[order[3]][1] === label).map(({ order }) => {
          const state = stateOf(data, order);
          return under(data, state, MEDIAN) - under(data, state, CALIBRATED);
        }));
        return `After positive examples. Over the orders of two and two, calibration is behind the median by ${number(loss(1))} on average where a positive example comes last, and by ${number(loss(0))} where a negative one does. It moves the threshold to where inputs without content are scored, and these are not always in the middle of the reviews.`;
      }),
    },
    {
      key: "hand",
      text: "Back to the opening prompt: move the threshold *by hand* to the largest accuracy that any threshold has.",
      predict: { question: "How far is the best threshold ahead of the median?", choices: ["by less than 0.05", "by 0.05 to 0.15", "by more than 0.15"] },
      start: {},
      check: ({ data, state, view }) => same(counts(data, state), [2, 2]) && view.answered && state.rule === BY_HAND && view.accuracy >= view.best - 1e-9,
      answer: shipped((data) => {
        const state = stateOf(data, firstExamples(data, 2, 2));
        const { best } = compute(data, state);
        return `By ${number(best - under(data, state, MEDIAN))}: ${number(best)} against ${number(under(data, state, MEDIAN))}, on ${data.reviews.length} reviews. And the best threshold was chosen with the labels of these very reviews, so on other reviews it may be worse. Accuracy is ordering plus threshold; the ordering was there all the time.`;
      }),
    },
  ],

  build(ui) {
    const prompt = promptPanel(ui);
    const answers = answersPanel(ui);
    const blank = blankPanel(ui);
    ui.add(ui.columns(prompt.element, answers.element), ui.columns(blank.controls, blank.prompt));
    return (scene) => {
      prompt.draw(scene);
      answers.draw(scene);
      blank.draw(scene);
    };
  },
});

/** The plain prompt with these examples in this order. @param {any} data @param {number[]} order @returns {State} */
function stateOf(data, order) {
  const all = [...data.examples.keys()];
  return {
    instruction: data.instructions[0], negative: data.words[0][0], positive: data.words[0][1],
    order: [...order, ...all.filter((i) => !order.includes(i))], shown: all.map((i) => order.includes(i)),
    review: 0, text: "", rule: HALF, threshold: 0,
  };
}

// The prompt

/** A list of what the table has for some fields, and "your own" where it has not what the reader typed. @param {Ui} ui @param {string} label @param {State[]} patches @param {string[]} texts */
function fromTable(ui, label, patches, texts) {
  const id = ui.id();
  const own = h("option", { value: -1, text: "your own", disabled: true });
  const select = h("select", { id }, ...texts.map((text, place) => h("option", { value: place, text })), own);
  select.addEventListener("change", () => ui.set(patches[Number(select.value)]));
  ui.onRefresh(() => {
    select.value = String(patches.findIndex((patch) => Object.entries(patch).every(([name, value]) => ui.state[name].trim() === value)));
  });
  return h("div", { class: "control" }, h("label", { class: "name", for: id, text: label }), select);
}

/** @param {Ui} ui */
function promptPanel(ui) {
  const { data } = ui;
  const instructions = data.instructions.map((/** @type {string} */ instruction) => ({ instruction }));
  const words = data.words.map((/** @type {string[]} */ [negative, positive]) => ({ negative, positive }));
  const examples = exampleList(ui);
  const element = ui.stack(
    h("p", { class: "heading", text: "The prompt" }),
    ui.row(
      fromTable(ui, "Instructions to choose", instructions, data.instructions.map((/** @type {string} */ text) => text || "(no instruction)")),
      fromTable(ui, "Words to choose", words, data.words.map((/** @type {string[]} */ pair) => pair.join(" / "))),
    ),
    ui.text("instruction", { label: "Instruction", rows: 2 }),
    h("div", { class: "pair" }, ui.text("negative", { label: "Word for negative", rows: 1 }), ui.text("positive", { label: "Word for positive", rows: 1 })),
    examples.element,
  );
  return { element, draw: examples.draw };
}

/** The examples: switched in and out, and reordered by dragging the grip, by its arrow keys or by buttons. @param {Ui} ui */
function exampleList(ui) {
  const { data } = ui;
  const list = h("ol", { class: "examples", "aria-label": "examples, in the order of the prompt" });
  /** @param {number} i @param {number} to */
  const move = (i, to) => {
    const order = ui.state.order.filter((/** @type {number} */ one) => one !== i);
    if (to < 0 || to > order.length) return;
    order.splice(to, 0, i);
    if (ui.set({ order })) ui.say(`${name(i)} is now at place ${to + 1} of ${order.length}.`);
  };
  const name = (/** @type {number} */ i) => `“${data.examples[i][0]}”`;
  const rows = data.examples.map((/** @type {[string, number]} */ [text, label], /** @type {number} */ i) => {
    const switched = h("input", { type: "checkbox", role: "switch", "aria-label": `show ${name(i)}` });
    switched.addEventListener("change", () => ui.set({ shown: ui.state.shown.with(i, switched.checked) }));
    const grip = h("button", { type: "button", class: "grip", text: "⠿", "aria-label": `move ${name(i)} with the arrow keys, or drag it` });
    const [up, down] = [-1, 1].map((step) => h("button", {
      type: "button", text: step < 0 ? "↑" : "↓", "aria-label": `move ${name(i)} ${step < 0 ? "up" : "down"}`,
      onclick: () => move(i, ui.state.order.indexOf(i) + step),
    }));
    const word = h("b");
    const words = h("span", {}, text, " ", word);
    const element = h("li", {}, grip, h("label", { class: "switch" }, switched), words, up, down);
    grip.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const at = ui.state.order.indexOf(i);
      const to = /** @type {Record<string, number>} */ ({ ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 })[event.key];
      if (to === undefined) return;
      event.preventDefault();
      move(i, to);
    });
    dragged(grip, i);
    return { element, switched, word, words, up, down, label };
  });
  const place = (/** @type {number[]} */ order) => order.forEach((i, at) => { rows[i].element.style.order = String(at); });

  /** While it is dragged, rows change places by their `order` in CSS only; the move counts where it is dropped. @param {HTMLElement} grip @param {number} i */
  function dragged(grip, i) {
    /** @type {number[] | null} */
    let order = null;
    const end = (/** @type {boolean} */ counts) => {
      if (!order) return;
      const to = order.indexOf(i);
      order = null;
      rows[i].element.classList.remove("held");
      place(ui.state.order);
      if (counts) move(i, to);
    };
    grip.addEventListener("pointerdown", (event) => {
      order = [...ui.state.order];
      grip.setPointerCapture(event.pointerId);
      grip.focus();
      event.preventDefault();
      rows[i].element.classList.add("held");
    });
    grip.addEventListener("pointermove", (event) => {
      if (!order) return;
      const others = order.filter((one) => one !== i);
      const above = others.filter((one) => {
        const box = rows[one].element.getBoundingClientRect();
        return box.top + box.height / 2 < event.clientY;
      });
      others.splice(above.length, 0, i);
      if (!same(others, order)) place(others);
      order = others;
    });
    grip.addEventListener("pointerup", () => end(true));
    grip.addEventListener("pointercancel", () => end(false));
    grip.addEventListener("keydown", (event) => { if (event.key === "Escape") end(false); });
  }

  let drawn = "";
  return {
    element: h("div", {}, h("p", { class: "heading", text: "Examples" }), list,
      h("p", { class: "caption", text: "Switch examples in and out. Drag ⠿ to reorder them, or use its arrow keys, or the buttons." })),
    draw(/** @type {Scene} */ { state }) {
      const key = state.order.join();
      if (key !== drawn) {
        const focused = list.getRootNode().activeElement;
        list.replaceChildren(...state.order.map((/** @type {number} */ i) => rows[i].element));
        if (focused && list.contains(focused)) focused.focus();
        place(state.order);
        drawn = key;
      }
      rows.forEach((/** @type {any} */ row, /** @type {number} */ i) => {
        const at = state.order.indexOf(i);
        row.switched.checked = state.shown[i];
        put(row.word, `${row.label === NEGATIVE ? state.negative : state.positive}`);
        row.words.className = state.shown[i] ? "" : "out";
        [row.up.disabled, row.down.disabled] = [at === 0, at === rows.length - 1];
      });
    },
  };
}

// The answers

const RULE_TEXTS = /** @type {Record<string, string>} */ ({ [HALF]: "one half", [CALIBRATED]: "contextual calibration", [MEDIAN]: "median", [BY_HAND]: "by hand" });
const CLASS_LOOKS = [{ series: 1, text: "negative review" }, { series: 0, text: "positive review" }];

/** @param {string} text @param {number} series @param {boolean} [hollow] */
const legend = (text, series, hollow = false) => h("span", {},
  s("svg", { width: 14, height: 14, "aria-hidden": "true" }, s("path", { d: markerPath(series, 7, 7, 4.5), style: hollow ? `fill: var(--paper); stroke: var(--s${series}); stroke-width: 2px` : `fill: var(--s${series})` })), text);

/** @param {Ui} ui */
function answersPanel(ui) {
  const { data } = ui;
  const labels = data.labels.values;
  const format = (/** @type {number} */ score) => number(expit(score), 3).replace(/0+$/, "").replace(/^0/, "");
  const x = { domain: /** @type {[number, number]} */ ([-EDGE, EDGE]), ticks: TICKS.map(logit), format };
  const strip = ui.plot({
    label: "P(positive) of each review", height: 200, x,
    y: { domain: [0, 2], ticks: [0.5, 1.5], format: (value) => (value < 1 ? "negative" : "positive") },
  });
  const curve = ui.plot({ label: "accuracy at each threshold", height: 170, x: { ...x, label: "P(positive), spaced by its log-odds" }, y: { label: "accuracy", domain: [0, 1], ticks: [0, 0.5, 1] } });
  strip.margin.left = curve.margin.left = 60;
  strip.margin.bottom = 24;
  strip.onTap((score, y) => {
    const { scores } = ui.view;
    const distance = (/** @type {number} */ i) => Math.abs(scores[i] - score) + 3 * Math.abs((labels[i] === NEGATIVE ? 0.5 : 1.5) - y);
    if (scores.length) ui.set({ review: scores.reduce((/** @type {number} */ best, /** @type {number} */ _, /** @type {number} */ i) => (distance(i) < distance(best) ? i : best), 0), text: "" });
  });
  const handle = strip.handle({
    label: "threshold", line: true, step: 0.05, text: (score) => `P = ${probability(score)}`,
    onMove: (score) => ui.set({ threshold: Number(score.toFixed(2)), rule: BY_HAND }),
  });
  const bars = ui.bars({ title: "What follows", rows: [
    { name: "auc", label: "AUC (ordering)" }, { name: "accuracy", label: "accuracy" },
    { name: "best", label: "at the best threshold" }, { name: "positive", label: "positive answers" },
  ] });
  const source = h("p", { class: "caption", role: "status" });
  const progress = h("progress", { max: 1, value: 0, "aria-label": "progress of the answers", hidden: true });
  const again = ui.button("Ask again", () => { asked = ""; ui.redraw(); });
  const rules = h("span", { class: "caption" }, "Rules: ", ...data.rules.map((/** @type {string} */ rule, /** @type {number} */ i) => [RULE_MARKS[i], RULE_TEXTS[rule]].join(" ")).join(" · "));
  const element = ui.stack(
    h("p", { class: "heading", text: `P(positive) of ${data.reviews.length} reviews, and the threshold` }),
    ui.choice("rule", { label: "Set the threshold by", text: (rule) => RULE_TEXTS[rule] }),
    h("div", { class: "legend" }, legend("positive review", 0), legend("negative review", 1), legend("wrongly classed", 0, true), legend("in the prompt", 2)),
    h("div", {}, strip.element, curve.element), rules,
    h("div", { class: "row" }, source, progress, again),
    bars.element,
  );

  // Asking the model
  let asked = "";
  const show = (/** @type {string} */ text, /** @type {number | null} */ share = null, failed = false) => {
    put(source, text);
    progress.hidden = share === null;
    progress.value = share ?? 0;
    again.hidden = !failed;
  };
  const follow = (/** @type {Scene} */ { state, view }) => {
    const own = state.text.trim();
    if (view.answered && !Number.isNaN(view.own)) {
      if (asked && ui.live) ui.dropQuestions();
      asked = "";
      show(view.shipped && !own ? `Answers of ${data.model}, shipped with the course.` : `Answers of ${data.model}, asked here.`);
      return;
    }
    if (!ui.live || !data.askable) {
      show(view.answered
        ? "No model is behind this page, so a text of your own has no answer here: run the lecture with a kernel."
        : "No model is behind this page, and the shipped answers do not cover this prompt: press Undo, choose other examples, or run the lecture with a kernel.");
      return;
    }
    const request = Object.fromEntries(["instruction", "negative", "positive", "order", "shown", "text"].map((name) => [name, state[name]]));
    const key = JSON.stringify([nameOf(state), own]);
    if (key === asked) return;
    asked = key;
    show(`Asking ${data.model} …`, 0);
    ui.ask(request, { progress: (text, share) => { if (asked === key && text) show(`Asking ${data.model}: ${text}.`, share); } }).then(({ answer, own: score }) => {
      if (answer) data.answers[nameOf(state)] = answer;
      if (score !== null) data.texts[nameOf(state)] = { ...data.texts[nameOf(state)], [own]: score };
      if (asked === key) asked = "";
      ui.renew();
    }).catch((error) => {
      if (asked !== key) return;
      const outdated = error.message === "outdated";
      show(outdated ? "Another copy of this figure is asking the model." : `${data.model} could not answer.`, null, true);
      if (!outdated) ui.alert(error.message);
    });
  };

  return {
    element,
    draw(/** @type {Scene} */ scene) {
      const { state, view, before } = scene;
      follow(scene);
      const { scores, classes } = view;
      const edge = Math.max(EDGE, ...scores.map((/** @type {number} */ score) => Math.ceil(Math.abs(score))));
      const axes = { x: { domain: /** @type {[number, number]} */ ([-edge, edge]), ticks: TICKS.map(logit).filter((tick) => Math.abs(tick) <= edge) } };
      strip.frameAxes(axes);
      curve.frameAxes(axes);
      const offsets = swarm(strip, scores, labels);
      CLASS_LOOKS.forEach(({ series }, label) => {
        for (const correct of [true, false]) {
          const chosen = scores.map((/** @type {number} */ _, /** @type {number} */ i) => i).filter((/** @type {number} */ i) => labels[i] === label && (classes[i] === label) === correct);
          strip.points(`${label} ${correct}`, chosen.map((/** @type {number} */ i) => scores[i]), chosen.map((/** @type {number} */ i) => offsets[i]), { series, hollow: !correct, radius: 5 });
        }
      });
      strip.points("own", [view.own], [1], { series: 2, radius: 6 });
      const at = Number.isNaN(view.threshold) ? view.thresholds[state.rule] : view.threshold;
      handle.element.hidden = Number.isNaN(at);
      if (!Number.isNaN(at)) handle.place(Math.max(-edge, Math.min(edge, at)));
      const steps = [...scores].sort((a, b) => a - b);
      const n = scores.length;
      const cuts = n ? [-edge, ...steps.flatMap((score) => [score, score]), edge] : [];
      const heights = n ? [-Infinity, ...steps].flatMap((cut) => { const share = right(scores, labels, cut) / n; return [share, share]; }) : [];
      curve.line("accuracy", cuts, heights, { series: 4, width: 2, dash: "" });
      curve.line("threshold", n ? [at, at] : [], [0, 1], { color: "var(--ink)", width: 2, dash: "" });
      data.rules.forEach((/** @type {string} */ rule, /** @type {number} */ i) => {
        const place = view.thresholds[rule];
        const shown = n && !Number.isNaN(place) && (rule !== BY_HAND || state.rule === BY_HAND);
        curve.points(rule, shown ? [Math.max(-edge, Math.min(edge, place))] : [], shown ? [right(scores, labels, place) / n] : [], { series: RULE_SERIES[i], color: rule === state.rule ? "var(--accent)" : "var(--soft)", radius: rule === state.rule ? 6.5 : 5 });
      });
      strip.describe(n ? `P(positive) of ${n} reviews, from ${probability(steps[0])} to ${probability(steps[n - 1])}; threshold at ${probability(at)}` : "P(positive) of each review: no answers yet");
      curve.describe(n ? `Accuracy at each threshold: ${number(view.accuracy)} at ${probability(at)}, at most ${number(view.best)}` : "accuracy at each threshold: no answers yet");
      bars.element.style.visibility = n ? "" : "hidden";
      if (n) bars.draw(view, before?.view.answered ? before.view : null, { accuracy: [view.low, view.high] });
    },
  };
}

const RULE_SERIES = [0, 1, 2, 3];
const RULE_MARKS = ["●", "■", "◆", "▲"];

/** Heights of points in two lanes, so that they do not lie on each other. @param {import("./figure.js").Plot} plot @param {number[]} scores @param {ArrayLike<number>} labels */
function swarm(plot, scores, labels) {
  const size = 11; // pixels
  const heights = Array(scores.length);
  for (const label of [0, 1]) {
    /** @type {number[]} */
    const ends = []; // the right end of each row of the lane
    const most = Math.floor((plot.bottom - plot.top) / 2 / size / 2) - 1;
    const inLane = [...scores.keys()].filter((i) => labels[i] === label).sort((a, b) => scores[a] - scores[b]);
    for (const i of inLane) {
      const px = plot.X(scores[i]);
      let row = 0;
      while (ends[row] > px - size && row < 2 * most) row += 1;
      ends[row] = px;
      const shift = (row % 2 ? 1 : -1) * Math.ceil(row / 2) * size;
      heights[i] = plot.valueY(plot.Y(label + 0.5) + shift);
    }
  }
  return heights;
}

// What the model reads

/** @param {Ui} ui */
function blankPanel(ui) {
  const { data } = ui;
  const [text, answer] = [h("span"), h("p")];
  const blank = h("mark", { text: "____", "aria-label": "blank" });
  return {
    controls: ui.stack(
      h("p", { class: "heading", text: "The review in question" }),
      ui.row(ui.slider("review", { label: "Review", text: (review) => `${review + 1} of ${data.reviews.length}` })),
      ui.text("text", { label: "or a text of your own", rows: 2 }),
      answer,
    ),
    prompt: h("div", {},
      h("p", { class: "heading", text: "What the model reads" }),
      h("pre", { class: "prompt", tabindex: 0, role: "region", "aria-label": "the prompt as the model reads it" }, text, " ", blank),
    ),
    draw(/** @type {Scene} */ { state, view }) {
      put(text, view.prompt);
      const own = state.text.trim();
      const truth = own ? "" : `“${data.reviews[state.review]}” People rated it as ${data.labels.values[state.review] === NEGATIVE ? "negative" : "positive"}. `;
      const [, negative, positive] = parts(state);
      const said = Number.isNaN(view.own) ? "" : `The model gives “${positive}” P = ${probability(view.own)} against “${negative}” with ${probability(-view.own)}: ${view.own > view.threshold ? "positive" : "negative"}, at the threshold ${probability(view.threshold)}.`;
      put(answer, truth + said);
    },
  };
}
