// @ts-check
/** The figure on the site's first page: both models of topic 01 side by side, and whom a score calls better. */
import { borders, pieces } from "./cells.js";
import { paint } from "./clustering_panels.js";
import { END, LABEL, compute as computeOne } from "./clustering_view.js";
import { figure, number, put, s } from "./figure.js";

/** @typedef {import("./figure.js").State} State */
/** @typedef {import("./figure.js").View} View */

const KINDS = /** @type {Record<string, string>} */ ({ B: "adversarial autoencoder", D: "variational autoencoder" });

/** @param {any} data @param {State} state @returns {View} */
function compute(data, state) {
  const one = (/** @type {string} */ model) => computeOne(data, { ...state, model, start: "best of ten", scale: 1, step: END, edits: [] });
  const views = Object.fromEntries(data.models.map((/** @type {string} */ model) => [model, one(model)]));
  const entry = (/** @type {string} */ name) => Object.fromEntries(Object.entries(views).map(([model, view]) => [model, view[name]]));
  return { views, labels: entry("labels"), scores: entry("scores") };
}

export default figure({
  name: "clustering-pair",
  compute,

  describe({ state, view, data }) {
    const [first, second] = data.models;
    const [a, b] = data.models.map((/** @type {string} */ model) => view.scores[model][state.score]);
    const same = number(a) === number(b);
    const verdict = same ? "no difference in two digits" : `*${a > b ? first : second} is ahead*`;
    return `${LABEL[state.score]} of ${state.k} clusters, training ${state.training}: ${first} ${number(a)}, ${second} ${number(b)}; ${verdict}. Does it stay ahead with another training, k or score?`;
  },

  build(ui) {
    const { data } = ui;
    const panels = data.models.map((/** @type {string} */ model) => {
      const plane = ui.plot({ label: `plane of ${model}`, aspect: 0.74, least: 200, x: { hidden: true }, y: { hidden: true } });
      const heading = ui.element("p", { class: "heading" });
      return { model, plane, heading, painted: "", element: ui.stack(heading, plane.element) };
    });
    ui.add(
      ui.columns(...panels.map((/** @type {any} */ panel) => panel.element)),
      ui.row(
        ui.choice("training", { label: "Training" }),
        ui.slider("k", { label: "Clusters k" }),
        ui.menu("score", { label: "Score", text: (/** @type {string} */ name) => LABEL[name] }),
      ),
    );
    return ({ state, view }) => {
      for (const panel of panels) {
        const { model, plane, heading } = panel;
        const one = view.views[model];
        const kind = KINDS[model] ? `: ${KINDS[model]}` : "";
        put(heading, `${model}${kind} · ${LABEL[state.score]} ${number(one.scores[state.score])}`);
        const [bx, by] = [extent(one.x), extent(one.y)];
        plane.frameAxes({ x: { domain: bx }, y: { domain: by } });
        const key = [state.training, plane.width, plane.height, ui.theme].join();
        if (key !== panel.painted) {
          panel.painted = key;
          paint(plane.canvas(), plane, data.labels.values, one, ui);
        }
        /** @type {import("./cells.js").Point[]} */
        const box = [[bx[0], by[0]], [bx[1], by[0]], [bx[1], by[1]], [bx[0], by[1]]];
        const shown = pieces(one, [], box).map(({ corners, owner }) => ({ owner, corners: corners.map(([x, y]) => /** @type {import("./cells.js").Point} */ ([plane.X(x), plane.Y(y)])) }));
        plane.layer("borders").append(s("path", { d: borders(shown), style: "stroke: var(--ink)", "stroke-width": 1.2, "stroke-linecap": "round", fill: "none" }));
        plane.describe(`plane of ${model}, training ${state.training}: 1,000 digits, each at its code, cut into ${state.k} clusters by k-means`);
      }
    };
  },
});

/** @param {Float64Array} values @returns {[number, number]} */
function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const margin = 0.04 * (high - low) + 1e-9;
  return [low - margin, high + margin];
}
