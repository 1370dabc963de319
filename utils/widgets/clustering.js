// @ts-check
/**
 * Topic 01's figure: codes in a plane, k-means step by step, edits of its clusters, and scores that follow.
 *
 * k-means runs here, from starting points that Python ships; labels are not shipped. Labels of every state would be 40 MB
 * (5 trainings × 2 models × 29 k × 21 starts × 7 scales), would not show the steps, and would not cover edits. The starting
 * points are those of scikit-learn's k-means++ and take 33 kB (see clustering_starts.py); from them the same labels follow
 * as in scikit-learn.
 */
import { borders, inside, pieces } from "./cells.js";
import { contingency, differencePanel, marks, paint } from "./clustering_panels.js";
import { END, LABEL, SCORES, compute, difference, largest, phase } from "./clustering_view.js";
import { figure, number, put, s, same } from "./figure.js";

/** @typedef {import("./cells.js").Point} Point */
/** @typedef {import("./cells.js").Piece} Piece */
/** @typedef {import("./figure.js").State} State */

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
      predict: { question: "Which of homogeneity, completeness and ARI rise?", choices: ["homogeneity only", "homogeneity and completeness", "homogeneity and ARI", "all three"] },
      start: { k: 10 },
      check: ({ state }) => state.k === 30,
      answer: ({ data, state }) => {
        const [few, many] = [10, 30].map((k) => compute(data, { ...state, k, edits: [], step: END }).scores);
        const moves = ["homogeneity", "completeness", "ari"].map((name) => `${LABEL[name]} from ${number(few[name])} to ${number(many[name])}`);
        return `Here: ${moves.join(", ")}. Smaller clusters are purer, so *homogeneity* rises. Each digit is spread over more clusters, so *completeness* and *ARI*, which counts pairs of points that belong together, fall.`;
      },
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
      answer: "It rises, with hardly an exception: points of the digit that were apart are together again. Homogeneity never rises when clusters are merged. Here it falls little, because the same digit is the largest in both.",
    },
    {
      key: "stretch",
      text: "Stretch latent 2 tenfold. The codes carry the same information as before.",
      predict: { question: "What does k-means do?", choices: ["the same clusters", "horizontal bands", "vertical bands"] },
      start: { k: 10 },
      check: ({ state }) => state.scale === 10,
      answer: ({ data, state }) => {
        const [plain, scaled] = [1, 10].map((scale) => compute(data, { ...state, scale, edits: [], step: END }).scores);
        return `Horizontal bands: nearly all distance is along latent 2 now. V goes from ${number(plain.v_measure)} to ${number(scaled.v_measure)}, although no code has lost any information. The scores measure k-means *in these units*. The silhouette, which has never seen a label, goes from ${number(plain.silhouette)} to ${number(scaled.silhouette)}.`;
      },
    },
    {
      key: "high-v",
      text: "Make V at least 0.45 while ARI is at most 0.05.",
      predict: { question: "What must such a clustering look like?", choices: ["few large clusters", "very many small clusters", "it is impossible"] },
      start: { k: 30 },
      check: ({ view }) => view.scores.v_measure >= 0.45 && view.scores.ari <= 0.05,
      answer: ({ view }) => `Very many small clusters. Split every cluster again and again: clusters become pure because they are small, and V is not adjusted for chance. ARI counts pairs, and nearly all pairs of one digit are apart. (Now: ${view.clusters.length} clusters, V ${number(view.scores.v_measure)}, ARI ${number(view.scores.ari)}.)`,
    },
    {
      key: "training",
      text: "Change only the training, so that V changes by at least 0.05.",
      predict: { question: "Can another training of the same model move V by more than the lead of D over B at training 0?", choices: ["yes", "no"] },
      start: { k: 10 },
      check: ({ state, view, before }) => before !== null && state.training !== before.state.training &&
        ["model", "k", "start", "scale"].every((name) => state[name] === before.state[name]) &&
        before.state.step === END && before.state.edits.length === 0 && // a change of training lets k-means end, and drops edits
        Math.abs(view.scores.v_measure - before.view.scores.v_measure) >= 0.05,
      answer: ({ data, state }) => {
        const v = data.models.map((/** @type {string} */ model) => data.trainings.map((/** @type {string} */ training) => compute(data, { ...state, model, training, edits: [], step: END }).scores.v_measure));
        const spread = v.map((/** @type {number[]} */ values, /** @type {number} */ i) => `${data.models[i]} from ${number(Math.min(...values))} to ${number(Math.max(...values))}`);
        return `At this k, V lies between these values over the trainings: ${spread.join(", ")}. At training 0 the two models differ by ${number(Math.abs(v[0][0] - v[1][0]))}. One training of each says little about the two recipes.`;
      },
    },
    {
      key: "steps",
      text: "Let k-means run from its start, step by step, until an assignment *lowers* V.",
      predict: { question: "Can a step of k-means lower V?", choices: ["yes", "no"] },
      start: { k: 10, start: 10, step: 0 },
      check: ({ state, view, before }) => before !== null && before.view.labels !== null && state.step !== END &&
        view.step > before.view.step && view.scores.v_measure < before.view.scores.v_measure - 1e-9,
      answer: "Yes. No step of k-means raises the sum of squared distances, but that sum knows nothing of digits. V is not what k-means optimises.",
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
    ui.onRefresh(() => { put(where, `Step ${ui.view.step} of ${last()}: ${phase(ui.view)}.`); });
    const stepper = ui.stack(
      ui.buttons(
        ui.button("To the start", () => step(0), { enabled: () => ui.view.step > 0 }),
        ui.button("Step back", () => step(ui.view.step - 1), { enabled: () => ui.view.step > 0 }),
        ui.button("Step", () => step(ui.view.step + 1), { enabled: () => ui.view.step < last() }),
        ui.play("step", { label: "Run", stop: "Pause", last }),
        ui.button("To the end", () => step(END), { enabled: () => ui.view.step < last() }),
      ),
      where,
    );
    const plane = ui.plot({
      label: "plane of codes", aspect: 0.82, x: { label: "latent 1" }, y: { label: "latent 2" },
      caption: "Each mark is a digit that the model has never seen. Lines: borders of the clusters. Bold numbers in circles: clusters; tap one to select it.",
    });
    const bars = ui.bars({ title: "Scores", rows: SCORES });
    const table = contingency();
    const two = () => ui.state.selected.length === 2;
    const one = () => ui.state.selected.length === 1;
    const finished = () => ui.view.step === last();
    const edit = (/** @type {number[]} */ change) => ui.set({ edits: [...ui.state.edits, change], selected: change.slice(0, 1) });
    const editor = ui.buttons(
      ui.button("Merge the two", () => edit([...ui.state.selected]), { enabled: () => two() && finished() }),
      ui.button("Split the selected", () => edit([ui.state.selected[0]]), { enabled: () => one() && finished() }),
      ui.button("Split every cluster", () => edit([]), { enabled: () => finished() && ui.view.clusters.length < 500 }),
    );
    const gap = differencePanel(ui);
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
    let compared = { now: ui.view.scores, before: /** @type {Record<string, number> | null} */ (null) }; // selecting is no move

    return ({ state, view, before }) => {
      const [bx, by] = [extent(view.x), extent(view.y)];
      plane.frameAxes({ x: { domain: bx }, y: { domain: by, label: state.scale === 1 ? "latent 2" : `latent 2 × ${state.scale}` } });
      /** @type {Point[]} */
      const box = [[bx[0], by[0]], [bx[1], by[0]], [bx[1], by[1]], [bx[0], by[1]]];
      shown = pieces(view, state.edits, box).map(({ corners, owner }) => ({ owner, corners: corners.map(([x, y]) => /** @type {Point} */ ([plane.X(x), plane.Y(y)])) }));
      const key = [state.model, state.training, plane.width, plane.height, ui.theme].join();
      if (key !== painted) {
        painted = key;
        paint(plane.canvas(), plane, data.labels.values, view, ui);
      }
      const chosen = plane.layer("chosen");
      for (const { corners, owner } of shown) {
        if (state.selected.includes(owner)) chosen.append(s("path", { d: `M${corners.map((corner) => corner.join(" ")).join("L")}Z`, style: "fill: var(--accent)", opacity: 0.22 }));
      }
      const crowded = shown.length > 150;
      plane.layer("borders").append(s("path", { d: crowded ? "" : borders(shown), style: "stroke: var(--ink)", "stroke-width": 1.4, "stroke-linecap": "round", fill: "none" }));
      marks(plane, view, before, state, crowded);
      plane.describe(`plane of ${state.model}, training ${state.training}: 1,000 codes marked by their digit, cut into ${view.clusters.length} clusters`);
      if (view.scores !== compared.now && !same(view.scores, compared.now)) compared = { now: view.scores, before: compared.now };
      bars.draw(view.scores, compared.before);
      table.draw(view, state);
      gap.draw();
    };
  },
});

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
