// @ts-check
/** What a figure module builds with: one class, because each control binds to the same state. */
import { h, mark, number, put } from "./dom.js";
import { Plot } from "./plot.js";
import { decode, message } from "./state.js";
import { calm } from "./style.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Field} Field */
/** @typedef {import("./figure.js").View} View */

/** Controls bound to fields of the state, panels and layout. */
export class Ui {
  /** @param {import("./figure.js").Mounted} mounted */
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
  /** Compute and draw again, because the data changed. */
  renew() { this.mounted.renew(); }
  /** Say an error. @param {string} text */
  alert(text) { this.mounted.alert(text); }
  /** Say something to a screen reader. @param {string} text */
  say(text) { this.mounted.liveText.textContent = text; }
  /** "light" or "dark". */
  get theme() { return this.mounted.root.dataset.theme; }
  /** The present value of a colour, for a canvas; slow, because it makes the page compute its styles: not in each draw. @param {string} name such as "--c0" */
  color(name) { return getComputedStyle(this.mounted.root).getPropertyValue(name).trim(); }

  /** Run `action` after each move, and once when the figure opens. @param {() => void} action */
  onRefresh(action) { this.refreshers.push(action); }
  refresh() { for (const action of this.refreshers) action(); }

  /** Put panels into the figure, from top to bottom. @param {...Node} parts */
  add(...parts) { this.target.append(...parts); }
  /** Side by side, wrapped where the page is narrow: for controls. @param {...Node} parts */
  row(...parts) { return h("div", { class: "row" }, ...parts); }
  /** Side by side and close together: for buttons. @param {...Node} parts */
  buttons(...parts) { return h("div", { class: "toolbar" }, ...parts); }
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
      put(output, text(value));
      mark(input, "aria-valuetext", text(value));
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
      if (pressed) mark(element, "aria-pressed", String(pressed()));
      if (label) put(element, label());
    });
    return element;
  }

  /**
   * A button that lets a whole field run from its present value on, one step per `interval` milliseconds, slower where the
   * reader asked for less motion; at the last value it begins at the first.
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
      }, calm() ? 2 * interval : interval);
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
    const element = h("div", { class: "stack" }, h("p", { class: "heading", text: title }),
      h("div", { class: "bars", role: "table", "aria-label": title }, ...parts.map(({ row }) => row)),
      h("p", { class: "caption", text: "The tick marks the value before the last move; the last column is the change." }));
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
          put(value, number(now, digits));
          const old = before ? before[name] : NaN;
          tick.hidden = Number.isNaN(old) || old === undefined;
          if (!tick.hidden) tick.style.left = `${place(old)}%`;
          put(change, Number.isNaN(now - old) ? "" : number(now - old, digits, true));
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
    const id = this.nextId();
    this.mounted.save();
    this.mounted.model.send({ kind: "ask", id, request });
    return new Promise((resolve, reject) => this.questions.set(id, { resolve, reject, progress }));
  }

  /** Ids grow with time, also over a reload of the page and from one view of a widget to another. */
  nextId() {
    this.asked = Math.max(this.asked + 1, Date.now());
    return this.asked;
  }

  /** Make open questions outdated. */
  dropQuestions() {
    for (const { reject } of this.questions.values()) reject(new Error("outdated"));
    this.questions.clear();
    if (this.live) {
      this.mounted.model.send({ kind: "cancel", id: this.nextId() });
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
