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
 * Everything that Python, a link or a control wants to set is validated in one place, `checkValue`.
 *
 * `ui` (class Ui) makes controls `slider choice toggle number text button`, panels `plot bars canvas element`, and layout
 * `add row columns stack details`. `ui.set({field: value})` moves the figure from anywhere (a click in a plot, say), with
 * undo. `ui.slowly(key, generator, done)` computes in slices between frames; `ui.ask(request, {progress})` asks Python, where
 * there is a kernel (`ui.live`). `ui.alert(text)` says an error. Undo, reset, the link or code for a state, the live text,
 * themes, tasks and their memory are here; a figure module has none of it.
 *
 * Rules. Text at least 12 px. Colours only as `var(--s0)` … (series), `var(--c0)` … (classes), `var(--ink)` …, see style.js;
 * on a canvas `ui.color("--c0")`. Nothing by colour alone: series also have a marker and a dash (plot.js does it).
 */
import { h, memory, number, onMemory, rich } from "./dom.js";
import { Plot } from "./plot.js";
import { CSS, followTheme } from "./style.js";

export { calm } from "./style.js";
export { DASHES, MARKERS, Plot, markerPath } from "./plot.js";
export { h, memory, number, onMemory, rich, s, ticks } from "./dom.js";

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
 * A field of the state, as utils/widgets/fields.py describes it.
 * @typedef {{type: "whole" | "real" | "one" | "flag" | "text" | "list", default: any, low?: number, high?: number,
 *   step?: number, values?: (string | number)[], longest?: number, shortest?: number, item?: Field}} Field
 */

/**
 * The value in its plain form; throws an Error with a sentence if the field cannot have it. The rules are those of fields.py.
 * @param {string} name
 * @param {any} value
 * @param {Field} field
 * @returns {any}
 */
export function checkValue(name, value, field) {
  const given = typeof value === "string" ? `"${value}"` : String(value);
  const { low = -Infinity, high = Infinity, values = [], longest = Infinity, shortest = 0 } = field;
  switch (field.type) {
    case "whole":
      if (Number.isInteger(value) && value >= low && value <= high) return value;
      throw new Error(`${name} is ${given}, but a whole number from ${low} to ${high} is needed: choose one.`);
    case "real":
      if (typeof value === "number" && value >= low && value <= high) return value;
      throw new Error(`${name} is ${given}, but a number from ${low} to ${high} is needed: choose one.`);
    case "one":
      if (values.includes(value)) return value;
      throw new Error(`${name} is ${given}, but must be one of ${values.join(", ")}: choose one.`);
    case "flag":
      if (typeof value === "boolean") return value;
      throw new Error(`${name} is ${given}, but must be true or false: choose one.`);
    case "text":
      if (typeof value === "string" && value.length <= longest) return value;
      throw new Error(`${name} is too long or no text, but a text of at most ${longest} characters is needed: shorten it.`);
    default:
      if (!Array.isArray(value) || value.length < shortest || value.length > longest) {
        throw new Error(`${name} needs a list of ${shortest} to ${longest} entries.`);
      }
      return value.map((item, place) => checkValue(`${name}[${place}]`, item, /** @type {Field} */ (field.item)));
  }
}

/**
 * @param {State} state
 * @param {Record<string, Field>} fields
 * @returns {State}
 */
export function checkState(state, fields) {
  const unknown = Object.keys(state).filter((name) => !(name in fields));
  if (unknown.length) throw new Error(`The figure's state has no ${unknown.join(", ")}: its fields are ${Object.keys(fields).join(", ")}.`);
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, checkValue(name, value, fields[name])]));
}

/**
 * What Python encoded, with arrays as `{shape, values}`.
 * @param {any} data
 * @param {DataView[]} [buffers] for arrays that name a buffer by its number
 * @returns {any}
 */
export function decode(data, buffers = []) {
  if (Array.isArray(data)) return data.map((item) => decode(item, buffers));
  if (data === null || typeof data !== "object") return data;
  if ("dtype" in data && "buffer" in data) return { shape: data.shape, values: typed(data.dtype, data.buffer, buffers) };
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, decode(value, buffers)]));
}

/** @param {string} dtype @param {any} source @param {DataView[]} buffers */
function typed(dtype, source, buffers) {
  let bytes;
  if (typeof source === "string") bytes = Uint8Array.from(atob(source), (character) => character.charCodeAt(0));
  else {
    const view = typeof source === "number" ? buffers[source] : source;
    bytes = view instanceof ArrayBuffer ? new Uint8Array(view) : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    bytes = bytes.slice(); // a typed array must start at a multiple of its item's size
  }
  if (dtype === "float16") return Float32Array.from(new Uint16Array(bytes.buffer), half);
  const kinds = /** @type {Record<string, any>} */ ({
    float32: Float32Array, float64: Float64Array, int8: Int8Array, int16: Int16Array, int32: Int32Array,
    uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array,
  });
  return new kinds[dtype](bytes.buffer);
}

/** @param {number} bits of a number in half precision */
function half(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

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

/** A figure in a page: it owns the state, and knows the model that shares it. */
class Mounted {
  /** @param {Spec} spec @param {HTMLElement} host @param {any} model @param {boolean} live whether a kernel may answer */
  constructor(spec, host, model, live) {
    this.spec = spec;
    this.host = host;
    this.model = model;
    this.live = live;
    this.data = decode(model.get("_data"));
    /** @type {Record<string, Field>} */
    this.fields = model.get("_fields");
    this.start = { ...model.get("_start") };
    /** @type {State[]} */
    this.history = [];
    this.lastMove = { keys: "", at: 0 };
    /** @type {(() => void)[]} */
    this.cleanup = [];
    /** Milliseconds that the last move took to compute, and to draw. */
    this.timing = { compute: 0, draw: 0 };
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
      this.model.save_changes();
    }
    if (from === "reader") this.tasks.check();
    return true;
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

  /** A state that came from Python, or from another view of the same widget. @param {State} state */
  take(state) {
    if (!same(state, this.state)) this.set(state, { from: "python" });
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

/** What a figure module builds with: controls bound to fields of the state, panels and layout. */
export class Ui {
  /** @param {Mounted} mounted */
  constructor(mounted) {
    this.mounted = mounted;
    this.data = mounted.data;
    /** Whether a kernel may answer `ask`. */
    this.live = mounted.live;
    this.target = /** @type {HTMLElement} */ (mounted.root);
    /** @type {(() => void)[]} */
    this.refreshers = [];
    /** @type {Plot[]} */
    this.plots = [];
    /** @type {Map<string, {cancelled: boolean}>} */
    this.running = new Map();
    /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void, progress?: (text: string, share: number) => void}>} */
    this.questions = new Map();
    this.asked = 0;
    this.unique = 0;
  }

  get state() { return this.mounted.state; }
  get view() { return /** @type {View} */ (this.mounted.view); }

  /** Move the figure. @param {State} patch */
  set(patch) { return this.mounted.set(patch); }
  /** Draw again, e.g. when something beside the state changed. */
  redraw() { this.mounted.redraw(); }
  /** Say an error. @param {string} text */
  alert(text) { this.mounted.alert(text); }
  /** Say something to a screen reader. @param {string} text */
  say(text) { this.mounted.liveText.textContent = text; }
  /** The present value of a colour, for a canvas. @param {string} name such as "--c0" */
  color(name) { return getComputedStyle(this.mounted.root).getPropertyValue(name).trim(); }

  /** Run `action` after each move, and once when the figure opens. @param {() => void} action */
  onRefresh(action) { this.refreshers.push(action); }
  refresh() { for (const action of this.refreshers) action(); }

  /** Put panels into the figure, from top to bottom. @param {...Node} parts */
  add(...parts) { this.target.append(...parts); }
  /** Side by side, wrapped where the page is narrow: for controls. @param {...Node} parts */
  row(...parts) { return h("div", { class: "row" }, ...parts); }
  /** Side by side, each at least 320 px wide: for panels. @param {...Node} parts */
  columns(...parts) { return h("div", { class: "columns" }, ...parts); }
  /** One below the other. @param {...Node} parts */
  stack(...parts) { return h("div", { class: "stack" }, ...parts); }
  /** Folded away until the reader opens it. @param {string} title @param {...Node} parts */
  details(title, ...parts) { return h("details", {}, h("summary", { text: title }), ...parts); }
  /** Any element; see `h`. @param {string} tag @param {Record<string, any>} [attributes] @param {...(Node | string | null)} children */
  element(tag, attributes = {}, ...children) { return h(tag, attributes, ...children); }

  /** @param {string} name @returns {Field} */
  field(name) {
    const field = this.mounted.fields[name];
    if (!field) throw new Error(`The figure has no field ${name}.`);
    return field;
  }

  id() {
    this.unique += 1;
    return `control-${this.unique}`;
  }

  /**
   * A slider for a whole, real or one-of field.
   * @param {string} name of the field
   * @param {{label: string, text?: (value: any) => string}} options `text` says a value
   */
  slider(name, { label, text = (value) => String(value) }) {
    const field = this.field(name);
    const values = field.type === "one" ? /** @type {any[]} */ (field.values) : null;
    const id = this.id();
    const input = h("input", {
      type: "range", id,
      min: values ? 0 : field.low, max: values ? values.length - 1 : field.high,
      step: values || field.type === "whole" ? 1 : field.step,
    });
    const output = h("output", { for: id });
    input.addEventListener("input", () => this.set({ [name]: values ? values[Number(input.value)] : Number(input.value) }));
    this.onRefresh(() => {
      const value = this.state[name];
      input.value = String(values ? values.indexOf(value) : value);
      output.textContent = text(value);
      input.setAttribute("aria-valuetext", text(value));
    });
    return h("div", { class: "control slider" }, h("label", { class: "name", for: id, text: label }, output), input);
  }

  /**
   * Buttons of which one is chosen, for a one-of field.
   * @param {string} name
   * @param {{label: string, text?: (value: any) => string}} options
   */
  choice(name, { label, text = (value) => String(value) }) {
    const group = `${this.id()}-${Math.random().toString(36).slice(2)}`;
    const inputs = /** @type {any[]} */ (this.field(name).values).map((value) => {
      const input = h("input", { type: "radio", name: group, onchange: () => this.set({ [name]: value }) });
      this.onRefresh(() => { input.checked = this.state[name] === value; });
      return h("label", {}, input, h("span", { text: text(value) }));
    });
    return h("fieldset", { class: "control" }, h("legend", { text: label }), h("div", { class: "choices" }, ...inputs));
  }

  /**
   * A list to choose from, for a one-of field with many values.
   * @param {string} name
   * @param {{label: string, text?: (value: any) => string}} options
   */
  menu(name, { label, text = (value) => String(value) }) {
    const values = /** @type {any[]} */ (this.field(name).values);
    const id = this.id();
    const select = h("select", { id }, ...values.map((value, place) => h("option", { value: place, text: text(value) })));
    select.addEventListener("change", () => this.set({ [name]: values[Number(select.value)] }));
    this.onRefresh(() => { select.value = String(values.indexOf(this.state[name])); });
    return h("div", { class: "control" }, h("label", { class: "name", for: id, text: label }), select);
  }

  /** A switch, for a flag. @param {string} name @param {{label: string}} options */
  toggle(name, { label }) {
    const input = h("input", { type: "checkbox", role: "switch" });
    input.addEventListener("change", () => this.set({ [name]: input.checked }));
    this.onRefresh(() => { input.checked = this.state[name]; });
    return h("label", { class: "switch" }, input, label);
  }

  /** A number to type, for a whole or real field. @param {string} name @param {{label: string}} options */
  number(name, { label }) {
    const field = this.field(name);
    const id = this.id();
    const input = h("input", { type: "number", id, min: field.low, max: field.high, step: field.type === "whole" ? 1 : "any" });
    input.addEventListener("change", () => this.set({ [name]: input.value === "" ? NaN : Number(input.value) }));
    this.onRefresh(() => { input.value = String(this.state[name]); });
    return h("div", { class: "control" }, h("label", { class: "name", for: id, text: label }), input);
  }

  /**
   * A text to type; the figure moves when the reader pauses.
   * @param {string} name
   * @param {{label: string, rows?: number, pause?: number}} options pause in milliseconds
   */
  text(name, { label, rows = 3, pause = 400 }) {
    const id = this.id();
    const area = h("textarea", { id, rows, maxlength: this.field(name).longest, spellcheck: "false" });
    let timer = 0;
    area.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => this.set({ [name]: area.value }), pause);
    });
    area.addEventListener("change", () => {
      clearTimeout(timer);
      this.set({ [name]: area.value });
    });
    this.onRefresh(() => {
      if (area.value !== this.state[name] && area.getRootNode().activeElement !== area) area.value = this.state[name];
    });
    return h("div", { class: "control", style: "width: 100%" }, h("label", { class: "name", for: id, text: label }), area);
  }

  /**
   * @param {string} text
   * @param {() => void} action
   * @param {{enabled?: () => boolean, pressed?: () => boolean, label?: () => string}} [options] read after each move
   */
  button(text, action, { enabled, pressed, label } = {}) {
    const element = h("button", { type: "button", text, onclick: action });
    this.onRefresh(() => {
      if (enabled) element.disabled = !enabled();
      if (pressed) element.setAttribute("aria-pressed", String(pressed()));
      if (label) element.textContent = label();
    });
    return element;
  }

  /**
   * A button that lets a whole field run from its present value on, one step per `interval` milliseconds.
   * @param {string} name
   * @param {{label: string, stop: string, last: () => number, first?: number, interval?: number}} options
   */
  play(name, { label, stop, last, first = 0, interval = 700 }) {
    let timer = 0;
    const halt = () => {
      clearInterval(timer);
      timer = 0;
      element.textContent = label;
    };
    const element = h("button", { type: "button", text: label, onclick: () => {
      if (timer) return halt();
      if (this.state[name] >= last()) this.set({ [name]: first });
      element.textContent = stop;
      timer = window.setInterval(() => {
        if (!element.isConnected || this.state[name] >= last()) return halt();
        this.set({ [name]: this.state[name] + 1 });
        if (this.state[name] >= last()) halt();
        return undefined;
      }, interval);
      return undefined;
    } });
    this.mounted.cleanup.push(halt);
    return element;
  }

  /** @param {import("./plot.js").PlotOptions} options @returns {Plot} */
  plot(options) {
    const plot = new Plot(options, () => this.redraw());
    this.plots.push(plot);
    return plot;
  }

  /**
   * Named values as bars, with the value before the last move as a black tick and, if there is one, an interval.
   * @param {{title: string, rows: {name: string, label: string}[], low?: number, high?: number, digits?: number}} options
   */
  bars({ title, rows, low = 0, high = 1, digits = 2 }) {
    const parts = rows.map(({ label }) => {
      const [fill, tick, range] = [h("b"), h("i"), h("u")];
      const cells = {
        name: h("span", { text: label, role: "rowheader" }),
        bar: h("span", { role: "cell", class: "bar", "aria-hidden": "true" }, fill, range, tick),
        value: h("span", { class: "value", role: "cell" }),
        change: h("span", { class: "change", role: "cell" }),
      };
      const row = h("div", { role: "row", style: "display: contents" }, ...Object.values(cells));
      return { fill, tick, range, row, ...cells };
    });
    const element = h("div", { class: "stack" }, h("h3", { text: title }),
      h("div", { class: "bars", role: "table", "aria-label": title }, ...parts.map(({ row }) => row)),
      h("p", { class: "caption", text: "The dark tick marks the value before the last move; the last column is the change." }));
    const place = (/** @type {number} */ value) => 100 * Math.min(1, Math.max(0, (value - low) / (high - low)));
    return {
      element,
      /**
       * @param {Record<string, number>} values
       * @param {Record<string, number> | null} [before]
       * @param {Record<string, [number, number]>} [intervals]
       */
      draw(values, before = null, intervals = {}) {
        rows.forEach(({ name }, i) => {
          const { fill, tick, range, value, change } = parts[i];
          const now = values[name];
          const zero = place(Math.max(low, Math.min(0, high)));
          const at = Number.isNaN(now) ? zero : place(now);
          Object.assign(fill.style, { left: `${Math.min(zero, at)}%`, width: `${Math.abs(at - zero)}%` });
          value.textContent = number(now, digits);
          const old = before ? before[name] : NaN;
          tick.hidden = Number.isNaN(old) || old === undefined;
          if (!tick.hidden) tick.style.left = `${place(old)}%`;
          change.textContent = Number.isNaN(now - old) ? "" : number(now - old, digits, true);
          const span = intervals[name];
          range.hidden = !span;
          if (span) Object.assign(range.style, { left: `${place(span[0])}%`, width: `${place(span[1]) - place(span[0])}%` });
        });
      },
    };
  }

  /**
   * A canvas for images, shown at `scale` times their size.
   * @param {{width: number, height: number, label: string, scale?: number}} options pixels of the image
   * @returns {{element: HTMLElement, draw: (grey: ArrayLike<number>, describe?: string) => void, canvas: HTMLCanvasElement}}
   *   `draw` takes width × height values in [0, 1], 0 dark; in rows
   */
  canvas({ width, height, label, scale = 1 }) {
    const canvas = h("canvas", { width, height, role: "img", "aria-label": label });
    canvas.style.cssText = `width: ${width * scale}px; max-width: 100%; image-rendering: pixelated; border: 1px solid var(--line)`;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const image = context.createImageData(width, height);
    return {
      element: canvas,
      canvas,
      draw(grey, describe = label) {
        for (let i = 0; i < width * height; i++) {
          const value = 255 * Math.min(1, Math.max(0, grey[i]));
          image.data[4 * i] = image.data[4 * i + 1] = image.data[4 * i + 2] = value;
          image.data[4 * i + 3] = 255;
        }
        context.putImageData(image, 0, 0);
        canvas.setAttribute("aria-label", describe);
      },
    };
  }

  /**
   * Compute in slices of 8 ms between frames, so that the figure stays responsive. A new call with the same key ends the old.
   * @template T
   * @param {string} key
   * @param {Generator<any, T, any>} steps yields after each small piece of work
   * @param {(value: T) => void} done
   */
  slowly(key, steps, done) {
    this.cancel(key);
    const job = { cancelled: false };
    this.running.set(key, job);
    const slice = () => {
      if (job.cancelled) return;
      const end = performance.now() + 8;
      try {
        do {
          const step = steps.next();
          if (step.done) {
            this.running.delete(key);
            done(step.value);
            return;
          }
        } while (performance.now() < end);
      } catch (error) {
        this.running.delete(key);
        this.alert(message(error));
        return;
      }
      setTimeout(slice, 4);
    };
    setTimeout(slice, 0);
  }

  /** End what `slowly` computes under a key. @param {string} key */
  cancel(key) {
    const job = this.running.get(key);
    if (job) job.cancelled = true;
    this.running.delete(key);
  }

  /**
   * Ask Python (`Figure.answer`). A new question makes the older ones outdated: their promises reject with "outdated".
   * @param {any} request JSON
   * @param {{progress?: (text: string, share: number) => void}} [options]
   * @returns {Promise<any>}
   */
  ask(request, { progress } = {}) {
    if (!this.live) return Promise.reject(new Error("There is no kernel behind this page."));
    for (const { reject } of this.questions.values()) reject(new Error("outdated"));
    this.questions.clear();
    this.asked += 1;
    const id = this.asked;
    this.mounted.model.send({ kind: "ask", id, request });
    return new Promise((resolve, reject) => this.questions.set(id, { resolve, reject, progress }));
  }

  /** Make open questions outdated. */
  dropQuestions() {
    for (const { reject } of this.questions.values()) reject(new Error("outdated"));
    this.questions.clear();
    if (this.live) {
      this.asked += 1;
      this.mounted.model.send({ kind: "cancel", id: this.asked });
    }
  }

  /** @param {any} content @param {DataView[]} buffers */
  onAnswer(content, buffers) {
    const question = this.questions.get(content.id);
    if (!question) return;
    if (content.kind === "progress") {
      question.progress?.(content.text, content.share);
      return;
    }
    this.questions.delete(content.id);
    if (content.kind === "answer") question.resolve(decode(content.value, buffers));
    else question.reject(new Error(content.kind === "failed" ? content.text : "outdated"));
  }

  end() {
    for (const key of [...this.running.keys()]) this.cancel(key);
    for (const plot of this.plots) plot.end();
  }
}

/** The tasks below a figure: predict, move until the check fires, read the answer. */
class Tasks {
  /** @param {Mounted} mounted @param {Task[]} tasks */
  constructor(mounted, tasks) {
    this.mounted = mounted;
    this.tasks = tasks;
    this.element = h("section", { class: "tasks", "aria-label": "tasks" });
    if (!tasks.length) {
      this.element.hidden = true;
      return;
    }
    this.count = h("span", { class: "state" });
    this.items = tasks.map((task, place) => this.item(task, place));
    this.element.append(h("h3", {}, "Tasks ", this.count), h("ol", {}, ...this.items.map(({ element }) => element)));
    mounted.cleanup.push(onMemory(`${mounted.spec.name}/`, () => this.show()));
    this.show();
    const open = this.items.find(({ task }) => !this.remembered(task).done);
    if (open) open.details.open = true;
  }

  /** @param {Task} task @returns {{predicted?: string, done?: boolean}} */
  remembered(task) {
    return memory.get(`${this.mounted.spec.name}/${task.key}`) ?? {};
  }

  /** @param {Task} task @param {Record<string, any>} value */
  remember(task, value) {
    const rest = { text: task.text, figure: this.mounted.spec.name };
    memory.set(`${this.mounted.spec.name}/${task.key}`, { ...rest, ...this.remembered(task), ...value }, this.mounted.model);
  }

  /** @param {Task} task @param {number} place */
  item(task, place) {
    const status = h("span", { class: "state" });
    const summary = h("summary", {}, `${place + 1}. `, ...rich(task.text), " ", status);
    const body = h("div", { class: "body" });
    const details = h("details", {}, summary, body);
    /** @type {any[]} */
    let inputs = [];
    if (task.predict) {
      const group = `predict-${task.key}-${Math.random().toString(36).slice(2)}`;
      inputs = task.predict.choices.map((choice) => h("input", { type: "radio", name: group, value: choice, onchange: () => {
        this.remember(task, { predicted: choice });
        this.mounted.ui.say("Your prediction is kept. Now move the figure.");
      } }));
      const labels = inputs.map((input) => h("label", {}, input, h("span", { text: input.value })));
      body.append(h("fieldset", { class: "control" }, h("legend", {}, "Predict first: ", ...rich(task.predict.question)), h("div", { class: "choices" }, ...labels)));
    }
    if (task.start) {
      const start = task.start;
      body.append(h("div", {}, h("button", { type: "button", text: "Set the figure up for this task", onclick: () => {
        this.mounted.record("start");
        this.mounted.set({ ...this.mounted.start, ...start }, { from: "undo" });
        this.mounted.ui.refresh();
      } })));
    }
    const hint = h("p", { class: "caption" });
    const answer = h("div");
    const fold = h("details", {}, h("summary", { text: "Answer" }), answer);
    fold.addEventListener("toggle", () => {
      if (!fold.open) return;
      const text = typeof task.answer === "string" ? task.answer : task.answer(this.mounted.scene);
      answer.replaceChildren(h("p", {}, ...rich(text)));
    });
    body.append(hint, fold);
    return { task, element: h("li", {}, details), details, status, hint, inputs, fold };
  }

  /** Bring what is shown up to date with what is remembered. */
  show() {
    let done = 0;
    for (const { task, status, hint, inputs } of this.items ?? []) {
      const now = this.remembered(task);
      for (const input of inputs) input.checked = input.value === now.predicted;
      if (now.done) done += 1;
      status.textContent = now.done ? "✓ done" : "";
      status.className = now.done ? "state done" : "state";
      hint.textContent = now.done
        ? `${now.predicted ? `You predicted “${now.predicted}”. ` : ""}Compare with the answer.`
        : task.predict && !now.predicted
          ? "Choose a prediction; then the figure notices when you have done it."
          : "Move the figure; it notices when you have done it.";
    }
    if (this.count) this.count.textContent = `${done} of ${this.tasks.length} done`;
  }

  /** After a move by the reader. */
  check() {
    for (const { task, details, fold } of this.items ?? []) {
      const now = this.remembered(task);
      if (now.done || (task.predict && !now.predicted)) continue;
      if (!task.check(this.mounted.scene)) continue;
      this.remember(task, { done: true });
      details.open = true;
      fold.open = true;
      this.mounted.ui.say(`Task done: ${task.text}`);
    }
  }
}

/** @param {any} a @param {any} b */
export function same(a, b) {
  return a === b || JSON.stringify(a, sortKeys) === JSON.stringify(b, sortKeys);
}

/** @param {string} _ @param {any} value */
function sortKeys(_, value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** @param {unknown} error */
function message(error) {
  return error instanceof Error ? error.message : String(error);
}

/** JSON as Python writes it. @param {any} value @returns {string} */
export function python(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${python(item)}`).join(", ")}}`;
  return JSON.stringify(value);
}
