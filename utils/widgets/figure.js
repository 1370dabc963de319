// @ts-check
/**
 * The base of all interactive figures: one module runs in JupyterLab (as an AnyWidget) and in a page without a kernel.
 *
 * How to write a figure
 * ---------------------
 * A figure is one module that imports from "./figure.js" (and from other modules beside it; utils/widgets/figure.py inlines
 * them) and exports one object:
 *
 *     import { figure, number } from "./figure.js";
 *
 *     export default figure({
 *       name: "01-clustering",                       // lecture and figure: keys of links and of remembered tasks
 *       compute(data, state) {                       // pure: no page, no clock, no chance. Held against Python's compute().
 *         return { twice: 2 * state.k };             // may throw new Error("a sentence for the reader")
 *       },
 *       change(next, previous) {                     // optional: what else a move changes, e.g. forget edits when k changes
 *         return next.k === previous.k ? next : { ...next, edits: [] };
 *       },
 *       describe: ({ state, view }) => `k = ${state.k}: twice is ${view.twice}.`,   // one or two sentences, always current
 *       tasks: [{
 *         key: "double", text: "Find a k whose double is 20.",
 *         predict: { question: "Is there one?", choices: ["yes", "no"] },            // asked before the task counts
 *         check: ({ state, view, before, data }) => view.twice === 20,               // after each move; before: {state, view}
 *         answer: "`k` = 10.",                                                        // folds open
 *         start: { k: 2 },                           // optional: a button brings the figure here
 *       }],
 *       build(ui) {                                  // once: controls and panels; returns draw
 *         const plot = ui.plot({ label: "twice k", x: { label: "k", domain: [0, 30] }, y: { label: "twice k", domain: [0, 60] } });
 *         ui.add(ui.row(ui.slider("k", { label: "k" })), ui.columns(plot.element));
 *         return ({ state, view, before, data }) => {          // after each move, resize and change of theme
 *           plot.frameAxes();
 *           plot.points("point", [state.k], [view.twice]);
 *         };
 *       },
 *     });
 *
 * `data` is what Python sent: arrays arrive as `{shape, values}` with a typed array (half precision as Float32Array).
 * `state` is a plain object with the fields that Python declares; controls name a field and take its range from there.
 * Everything that Python, a link or a control wants to set is validated in one place, `checkValue` (state.js).
 *
 * `ui` (ui.js) makes controls `slider choice toggle number text button`, panels `plot bars canvas element`, and layout
 * `add row buttons columns stack details`. `ui.set({field: value})` moves the figure from anywhere (a click in a plot, say), with
 * undo. `ui.slowly(key, generator, done)` computes in slices between frames; `ui.ask(request, {progress})` asks Python, where
 * there is a kernel (`ui.live`), and `ui.renew()` computes anew when an answer has changed `data`. `ui.alert(text)` says an error. Undo, reset, the link or code for a state, the live text,
 * themes, tasks and their memory are here; a figure module has none of it.
 *
 * Rules. Text at least 12 px. Colours only as `var(--s0)` … (series), `var(--c0)` … (classes), `var(--ink)` …, see style.js;
 * on a canvas `ui.color("--c0")`, drawn anew only when `ui.theme` or the data changes. Nothing by colour alone: series also have a marker and a dash (plot.js does it).
 */
import { h, memory, rich } from "./dom.js";
import { checkState, decode, message, python, same } from "./state.js";
import { CSS, followTheme } from "./style.js";
import { Tasks } from "./tasks.js";
import { Ui } from "./ui.js";

export { calm } from "./style.js";
export { DASHES, MARKERS, Plot, markerPath } from "./plot.js";
export { h, mark, memory, number, onMemory, put, rich, s, ticks } from "./dom.js";
export { checkState, checkValue, decode, python, same } from "./state.js";
export { Ui } from "./ui.js";

/** @typedef {Record<string, any>} State */
/** @typedef {Record<string, any>} View */
/** @typedef {{state: State, view: View}} Moment */
/** @typedef {{state: State, view: View, before: Moment | null, data: any}} Scene */

/**
 * @typedef {object} Task
 * @property {string} key
 * @property {string} text
 * @property {{question: string, choices: string[]}} [predict]
 * @property {(scene: Scene) => boolean} check
 * @property {string | ((scene: Scene) => string)} answer
 * @property {State} [start]
 */

/**
 * @typedef {object} Spec
 * @property {string} name
 * @property {(data: any, state: State) => View} compute
 * @property {(next: State, previous: State, data: any) => State} [change]
 * @property {(scene: Scene) => string} describe
 * @property {Task[]} [tasks]
 * @property {(ui: Ui) => (scene: Scene) => void} build
 * @property {Record<string, Function>} [parts] further pure functions, for tests that hold them against Python
 */

/**
 * A figure as a module's default export: `render` for AnyWidget, `mount` for a page, `compute` for tests.
 * @param {Spec} spec
 */
export function figure(spec) {
  return {
    /** @param {{model: any, el: HTMLElement}} context */
    render({ model, el }) {
      const mounted = new Mounted(spec, el, model, true);
      return () => mounted.end();
    },
    /** @param {HTMLElement} host @param {any} payload */
    mount(host, payload) {
      const values = /** @type {Record<string, any>} */ ({
        _data: payload.data, _fields: payload.fields, _start: payload.start, state: payload.state, _code: "", remembered: {},
      });
      const model = { get: (/** @type {string} */ name) => values[name], set() {}, save_changes() {}, on() {}, off() {}, send() {} };
      return new Mounted(spec, host, model, false);
    },
    compute: spec.compute,
    spec,
  };
}

/** Milliseconds after a move in which the browser draws the next frame: the message to the kernel can wait for it. */
const AFTER_PAINTING = 20;

/** A figure in a page: it owns the state, and knows the model that shares it. */
export class Mounted {
  /** @param {Spec} spec @param {HTMLElement} host @param {any} model @param {boolean} live whether a kernel may answer */
  constructor(spec, host, model, live) {
    this.spec = spec;
    this.host = host;
    this.model = model;
    this.live = live;
    this.data = decode(model.get("_data"));
    /** @type {Record<string, import("./state.js").Field>} */
    this.fields = model.get("_fields");
    this.start = { ...model.get("_start") };
    /** @type {State[]} */
    this.history = [];
    this.lastMove = { keys: "", at: 0 };
    /** @type {(() => void)[]} */
    this.cleanup = [];
    /** Milliseconds that the last move took to compute, and to draw. */
    this.timing = { compute: 0, draw: 0 };
    /** The timer after which the kernel is told of the last moves; 0 if it knows them. */
    this.saving = 0;
    this.cleanup.push(() => this.save());
    memory.merge(model.get("remembered"));

    host.classList.add("which-is-better-figure");
    // JupyterLab takes arrow keys and letters for commands to the notebook, Sphinx for turning pages.
    host.dataset.lmSuppressShortcuts = "true";
    for (const kind of ["keydown", "keyup", "keypress"]) host.addEventListener(kind, (event) => event.stopPropagation());
    host.replaceChildren();
    const shadow = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    this.root = h("section", { class: "root", "aria-label": `interactive figure ${spec.name}` });
    shadow.replaceChildren(h("style", { text: CSS }), this.root);
    // @ts-expect-error for tests, and for the curious in the console
    host.figure = this;

    this.before = /** @type {Moment | null} */ (null);
    this.state = /** @type {State} */ (model.get("state"));
    let note = "";
    try {
      this.state = { ...this.state, ...this.stateOfLink() };
      this.view = spec.compute(this.data, this.state);
    } catch (error) {
      note = `The link's state cannot be shown. ${message(error)}`;
      this.state = model.get("state");
      this.view = spec.compute(this.data, this.state);
    }
    this.ui = new Ui(this);
    const body = h("div", { class: "stack" });
    this.words = h("p", { class: "words" });
    this.liveText = h("p", { class: "hidden", role: "status", "aria-live": "polite" });
    this.alertText = h("p", { class: "alert", role: "alert" });
    this.tasks = new Tasks(this, spec.tasks ?? []);
    this.root.append(body, this.alertText, this.words, this.liveText, this.toolbar(), this.tasks.element);
    this.ui.target = body;
    this.draw = spec.build(this.ui);
    this.cleanup.push(followTheme(this.root, () => this.redraw()));
    const onState = () => this.take(model.get("state"));
    model.on("change:state", onState);
    this.cleanup.push(() => model.off("change:state", onState));
    if (live) {
      const onCustom = (/** @type {any} */ content, /** @type {DataView[]} */ buffers) => this.ui.onAnswer(content, buffers);
      model.on("msg:custom", onCustom);
      this.cleanup.push(() => model.off("msg:custom", onCustom));
    } else {
      const onHash = () => this.followLink();
      window.addEventListener("hashchange", onHash);
      this.cleanup.push(() => window.removeEventListener("hashchange", onHash));
      if (location.hash.startsWith(`#${spec.name}=`)) requestAnimationFrame(() => host.scrollIntoView());
    }
    this.ui.refresh();
    this.redraw();
    if (note) this.alert(note);
  }

  /** @returns {Scene} */
  get scene() {
    return { state: this.state, view: /** @type {View} */ (this.view), before: this.before, data: this.data };
  }

  /**
   * Move: validate, compute, draw, tell the model. An impossible move changes nothing but the message.
   * @param {State} patch
   * @param {{from?: "reader" | "python" | "undo", remember?: boolean}} [how]
   * @returns {boolean} whether the figure moved
   */
  set(patch, { from = "reader" } = {}) {
    const previous = /** @type {Moment} */ ({ state: this.state, view: this.view });
    const began = performance.now();
    let next;
    let view;
    try {
      next = { ...this.state, ...checkState(patch, this.fields) };
      if (from === "reader" && this.spec.change) next = this.spec.change(next, this.state, this.data);
      if (same(next, this.state)) {
        this.alert("");
        this.ui.refresh();
        return false;
      }
      view = this.spec.compute(this.data, next);
    } catch (error) {
      this.alert(message(error));
      this.ui.refresh();
      return false;
    }
    this.timing.compute = performance.now() - began;
    if (from === "reader") this.record(Object.keys(patch).join());
    this.before = previous;
    this.state = next;
    this.view = view;
    this.alert("");
    this.ui.refresh();
    this.redraw();
    this.timing.draw = performance.now() - began - this.timing.compute;
    if (from !== "python") {
      this.model.set("state", next);
      this.saving ||= setTimeout(() => this.save(), AFTER_PAINTING);
    }
    if (from === "reader") this.tasks.check();
    return true;
  }

  /** Tell the kernel what it has not been told. */
  save() {
    if (this.saving) this.model.save_changes();
    clearTimeout(this.saving);
    this.saving = 0;
  }

  /** One step of undo for each gesture: moves of one control within a second are one. @param {string} keys */
  record(keys) {
    const now = performance.now();
    if (keys !== this.lastMove.keys || now - this.lastMove.at > 1000) this.history.push(this.state);
    this.lastMove = { keys, at: now };
    if (this.history.length > 200) this.history.shift();
  }

  undo() {
    const state = this.history.pop();
    this.lastMove = { keys: "", at: 0 };
    if (state) this.set(state, { from: "undo" });
    this.ui.refresh();
  }

  reset() {
    this.record("reset");
    this.set(this.start, { from: "undo" });
    this.ui.refresh();
  }

  /** Compute and draw again, because the data changed: an answer came. */
  renew() {
    this.view = this.spec.compute(this.data, this.state);
    this.ui.refresh();
    this.redraw();
    this.tasks.check();
  }

  /** A state that came from Python, or from another view of the same widget. @param {State} state */
  take(state) {
    if (same(state, this.state)) return;
    // The kernel repeats every state that it is told. What it repeats while a newer one waits to be told is outdated.
    if (this.saving) this.model.set("state", this.state);
    else this.set(state, { from: "python" });
  }

  redraw() {
    if (!this.draw) return;
    this.draw(this.scene);
    const text = this.spec.describe(this.scene);
    if (text === this.words.textContent) return;
    this.words.replaceChildren(...rich(text));
    // Announced when the moves pause: a slider would otherwise flood the reader.
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => { this.liveText.textContent = this.words.textContent; }, 600);
  }

  /** @param {string} text an error, or "" */
  alert(text) {
    if (this.alertText.textContent !== text) this.alertText.textContent = text;
  }

  /** The state that the page's address asks for. @returns {State} */
  stateOfLink() {
    const [, text] = location.hash.split(`#${this.spec.name}=`);
    if (this.live || text === undefined) return {};
    return checkState(JSON.parse(decodeURIComponent(text)), this.fields);
  }

  followLink() {
    try {
      const state = this.stateOfLink();
      if (Object.keys(state).length) this.set({ ...this.start, ...state });
    } catch (error) {
      this.alert(`The link's state cannot be shown. ${message(error)}`);
    }
  }

  /** What differs from the state in which the figure opens. */
  differences() {
    return Object.fromEntries(Object.entries(this.state).filter(([name, value]) => !same(value, this.start[name])));
  }

  /** A link in a page, Python code in a notebook. */
  reference() {
    if (this.live) {
      const given = Object.entries(this.state).filter(([name, value]) => !same(value, this.fields[name].default));
      return `${this.model.get("_code") || "explorer"}(state=${python(Object.fromEntries(given))})`;
    }
    return `${location.href.split("#")[0]}#${this.spec.name}=${encodeURIComponent(JSON.stringify(this.differences()))}`;
  }

  toolbar() {
    const undo = h("button", { type: "button", text: "Undo", onclick: () => this.undo() });
    const reset = h("button", { type: "button", text: "Reset", onclick: () => this.reset() });
    const what = this.live ? "code" : "link";
    const field = h("input", { type: "text", readonly: true, hidden: true, "aria-label": `${what} for this state` });
    const copy = h("button", {
      type: "button",
      text: `Copy ${what} for this state`,
      onclick: async () => {
        field.value = this.reference();
        field.hidden = false;
        field.select();
        try {
          await navigator.clipboard.writeText(field.value);
          this.liveText.textContent = `The ${what} is copied.`;
          copy.textContent = "Copied";
          setTimeout(() => { copy.textContent = `Copy ${what} for this state`; }, 1500);
        } catch {
          this.liveText.textContent = `The ${what} is in the field beside the button, selected.`;
        }
      },
    });
    this.ui.onRefresh(() => {
      undo.disabled = this.history.length === 0;
      reset.disabled = same(this.state, this.start);
      field.hidden = true;
    });
    return h("div", { class: "toolbar" }, undo, reset, copy, field);
  }

  end() {
    for (const action of this.cleanup) action();
    clearTimeout(this.speaking);
    this.ui.end();
  }
}
