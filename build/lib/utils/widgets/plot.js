// @ts-check
/**
 * Plots, in one class: axes with ticks, marks that are drawn anew by name, and what the reader moves. Sizes are CSS pixels of the page, so that text keeps its
 * size on a phone; a plot that changes its width asks the figure to draw again.
 */
import { h, mark, s, tickText, ticks } from "./dom.js";

/**
 * @typedef {object} Axis
 * @property {string} [label] with its unit, as in "bytes per image"
 * @property {[number, number]} [domain]
 * @property {boolean} [log] logarithmic, base 10
 * @property {number[]} [ticks]
 * @property {(value: number) => string} [format] of a tick
 * @property {boolean} [hidden] neither ticks nor label
 */

/**
 * @typedef {object} PlotOptions
 * @property {string} label names the plot for a screen reader
 * @property {Axis} [x]
 * @property {Axis} [y]
 * @property {number} [height] in pixels; by default `aspect` times the width
 * @property {number} [aspect] height by width, default 0.8
 * @property {number} [least] smallest height in pixels, default 220
 * @property {string} [caption]
 */

/** A series' marker, dash pattern and colour. */
export const MARKERS = ["circle", "square", "diamond", "up", "down", "plus"];
export const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 2", "1 2"];

/**
 * The path of a marker around (x, y).
 * @param {number} series
 * @param {number} x
 * @param {number} y
 * @param {number} r radius
 */
export function markerPath(series, x, y, r) {
  switch (MARKERS[series % MARKERS.length]) {
    case "square":
      return `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}Z`;
    case "diamond":
      return `M${x} ${y - 1.3 * r}L${x + 1.3 * r} ${y}L${x} ${y + 1.3 * r}L${x - 1.3 * r} ${y}Z`;
    case "up":
      return `M${x} ${y - 1.2 * r}L${x + 1.2 * r} ${y + r}H${x - 1.2 * r}Z`;
    case "down":
      return `M${x} ${y + 1.2 * r}L${x + 1.2 * r} ${y - r}H${x - 1.2 * r}Z`;
    case "plus":
      return `M${x - r * 1.2} ${y - r * 0.4}h${r * 0.8}v${-r * 0.8}h${r * 0.8}v${r * 0.8}h${r * 0.8}v${r * 0.8}h${-r * 0.8}v${r * 0.8}h${-r * 0.8}v${-r * 0.8}h${-r * 0.8}Z`;
    default:
      return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
  }
}

export class Plot {
  /**
   * @param {PlotOptions} options
   * @param {() => void} redraw asks the figure to draw again
   */
  constructor(options, redraw) {
    this.options = options;
    this.margin = { left: 46, right: 10, top: 10, bottom: 40 };
    if (options.x?.hidden) this.margin.bottom = 10;
    if (options.y?.hidden) this.margin.left = 10;
    this.x = /** @type {Axis & {domain: [number, number]}} */ ({ domain: [0, 1], ...options.x });
    this.y = /** @type {Axis & {domain: [number, number]}} */ ({ domain: [0, 1], ...options.y });
    this.svg = s("svg", { role: "img", "aria-label": options.label });
    this.layers = s("g");
    this.axes = s("g", { class: "axis", "aria-hidden": "true" });
    this.svg.append(this.axes, this.layers);
    this.frame = h("div", { class: "plot", role: "group", "aria-label": options.label }, this.svg);
    /** The element to put into the figure. */
    this.element = h("figure", { class: "stack" }, this.frame);
    if (options.caption) this.element.append(h("figcaption", { class: "caption", text: options.caption }));
    /** @type {Map<string, SVGGElement>} */
    this.groups = new Map();
    /** @type {(() => void)[]} */
    this.movable = [];
    /** @type {{canvas: HTMLCanvasElement, context: CanvasRenderingContext2D} | null} */
    this.surface = null;
    this.drawnAxes = "";
    this.width = 440;
    this.height = 0;
    this.resize(0);
    const observer = new ResizeObserver(() => {
      if (this.resize(this.frame.clientWidth)) redraw();
    });
    observer.observe(this.frame);
    this.end = () => observer.disconnect();
  }

  /** @param {number} width in pixels; 0 before the plot is in a page */
  resize(width) {
    const { aspect = 0.8, height, least = 220 } = this.options;
    const next = Math.round(width) || this.width;
    const tall = Math.round(height ?? Math.max(least, next * aspect));
    if (next === this.width && tall === this.height) return false;
    this.width = next;
    this.height = tall;
    this.svg.setAttribute("viewBox", `0 0 ${next} ${tall}`);
    this.svg.setAttribute("height", String(tall));
    this.drawnAxes = "";
    return true;
  }

  get left() { return this.margin.left; }
  get top() { return this.margin.top; }
  get right() { return this.width - this.margin.right; }
  get bottom() { return this.height - this.margin.bottom; }

  /** @param {number} value @returns {number} pixels from the left */
  X(value) { return this.left + share(value, this.x) * (this.right - this.left); }
  /** @param {number} value @returns {number} pixels from the top */
  Y(value) { return this.bottom - share(value, this.y) * (this.bottom - this.top); }
  /** @param {number} pixel @returns {number} the value of x there */
  valueX(pixel) { return unshare((pixel - this.left) / (this.right - this.left), this.x); }
  /** @param {number} pixel @returns {number} the value of y there */
  valueY(pixel) { return unshare((this.bottom - pixel) / (this.bottom - this.top), this.y); }

  /**
   * Set domains and labels, and draw the axes if anything about them changed. Call it first in each draw.
   * @param {{x?: Axis, y?: Axis}} [axes] what changes
   */
  frameAxes({ x = {}, y = {} } = {}) {
    Object.assign(this.x, x);
    Object.assign(this.y, y);
    const key = JSON.stringify([this.x, this.y, this.width, this.height]);
    if (key === this.drawnAxes) return;
    this.drawnAxes = key;
    for (const move of this.movable) move();
    const parts = [];
    const { left, right, top, bottom } = this;
    if (!this.x.hidden) {
      const marks = this.x.ticks ?? axisTicks(this.x, Math.max(2, Math.floor((right - left) / 70)));
      for (const value of marks) {
        const at = Math.round(this.X(value)) + 0.5;
        parts.push(s("g", { class: "grid" }, s("line", { x1: at, x2: at, y1: top, y2: bottom })));
        parts.push(s("line", { x1: at, x2: at, y1: bottom, y2: bottom + 5 }));
        const text = this.x.format ? this.x.format(value) : this.x.log ? String(value) : tickText(value, marks);
        parts.push(s("text", { x: at, y: bottom + 17, "text-anchor": "middle", text }));
      }
      if (this.x.label) {
        const middle = (left + right) / 2;
        parts.push(s("text", { x: middle, y: this.height - 5, "text-anchor": "middle", class: "title", text: this.x.label }));
      }
    }
    if (!this.y.hidden) {
      const marks = this.y.ticks ?? axisTicks(this.y, Math.max(2, Math.floor((bottom - top) / 50)));
      for (const value of marks) {
        const at = Math.round(this.Y(value)) + 0.5;
        parts.push(s("g", { class: "grid" }, s("line", { x1: left, x2: right, y1: at, y2: at })));
        parts.push(s("line", { x1: left - 5, x2: left, y1: at, y2: at }));
        const text = this.y.format ? this.y.format(value) : this.y.log ? String(value) : tickText(value, marks);
        parts.push(s("text", { x: left - 8, y: at + 4, "text-anchor": "end", text }));
      }
      if (this.y.label) {
        const turn = `translate(11 ${(top + bottom) / 2}) rotate(-90)`;
        parts.push(s("text", { transform: turn, "text-anchor": "middle", class: "title", text: this.y.label }));
      }
    }
    if (!this.x.hidden) parts.push(s("path", { d: `M${left} ${bottom + 0.5}H${right}` }));
    if (!this.y.hidden) parts.push(s("path", { d: `M${left + 0.5} ${top}V${bottom}` }));
    this.axes.replaceChildren(...parts);
  }

  /**
   * An empty layer of this name, above the layers first named before it.
   * @param {string} name
   * @returns {SVGGElement}
   */
  layer(name) {
    let group = this.groups.get(name);
    if (!group) {
      group = /** @type {SVGGElement} */ (s("g"));
      this.groups.set(name, group);
      this.layers.append(group);
    }
    group.replaceChildren();
    return group;
  }

  /**
   * A line through points; NaN interrupts it.
   * @param {string} name of the layer
   * @param {ArrayLike<number>} xs
   * @param {ArrayLike<number>} ys
   * @param {{series?: number, color?: string, width?: number, dash?: string, markers?: boolean}} [look]
   */
  line(name, xs, ys, { series = 0, color = `var(--s${series % 6})`, width = 2, dash = DASHES[series % 6], markers = false } = {}) {
    const group = this.layer(name);
    let d = "";
    let dots = "";
    let pen = "M";
    for (let i = 0; i < xs.length; i++) {
      if (!Number.isFinite(xs[i]) || !Number.isFinite(ys[i])) {
        pen = "M";
        continue;
      }
      const [x, y] = [this.X(xs[i]), this.Y(ys[i])];
      d += `${pen}${x.toFixed(2)} ${y.toFixed(2)}`;
      pen = "L";
      if (markers) dots += markerPath(series, x, y, 4);
    }
    group.append(s("path", { d, fill: "none", style: `stroke: ${color}`, "stroke-width": width, "stroke-dasharray": dash || null, "stroke-linejoin": "round" }));
    if (markers) group.append(s("path", { d: dots, style: `fill: ${color}` }));
  }

  /**
   * The area between two lines; NaN interrupts it.
   * @param {string} name
   * @param {ArrayLike<number>} xs
   * @param {ArrayLike<number>} low
   * @param {ArrayLike<number>} high
   * @param {{series?: number, color?: string}} [look]
   */
  band(name, xs, low, high, { series = 0, color = `var(--s${series % 6})` } = {}) {
    const group = this.layer(name);
    let start = 0;
    const flush = (/** @type {number} */ end) => {
      if (end > start) {
        let d = "";
        for (let i = start; i < end; i++) d += `${i === start ? "M" : "L"}${this.X(xs[i]).toFixed(2)} ${this.Y(high[i]).toFixed(2)}`;
        for (let i = end - 1; i >= start; i--) d += `L${this.X(xs[i]).toFixed(2)} ${this.Y(low[i]).toFixed(2)}`;
        group.append(s("path", { d: `${d}Z`, style: `fill: ${color}`, opacity: 0.22 }));
      }
      start = end + 1;
    };
    for (let i = 0; i < xs.length; i++) if (!Number.isFinite(low[i]) || !Number.isFinite(high[i])) flush(i);
    flush(xs.length);
  }

  /**
   * Markers, all of one look.
   * @param {string} name
   * @param {ArrayLike<number>} xs
   * @param {ArrayLike<number>} ys
   * @param {{series?: number, color?: string, radius?: number, hollow?: boolean}} [look]
   */
  points(name, xs, ys, { series = 0, color = `var(--s${series % 6})`, radius = 4.5, hollow = false } = {}) {
    let d = "";
    for (let i = 0; i < xs.length; i++) {
      if (Number.isFinite(xs[i]) && Number.isFinite(ys[i])) d += markerPath(series, this.X(xs[i]), this.Y(ys[i]), radius);
    }
    const style = hollow ? `fill: var(--paper); stroke: ${color}; stroke-width: 2px` : `fill: ${color}`;
    this.layer(name).append(s("path", { d, style }));
  }

  /**
   * Vertical intervals with caps.
   * @param {string} name
   * @param {ArrayLike<number>} xs
   * @param {ArrayLike<number>} low
   * @param {ArrayLike<number>} high
   * @param {{series?: number, color?: string, cap?: number}} [look]
   */
  intervals(name, xs, low, high, { series = 0, color = `var(--s${series % 6})`, cap = 4 } = {}) {
    let d = "";
    for (let i = 0; i < xs.length; i++) {
      if (!Number.isFinite(low[i]) || !Number.isFinite(high[i])) continue;
      const [x, top, bottom] = [this.X(xs[i]), this.Y(high[i]), this.Y(low[i])];
      d += `M${x} ${top}V${bottom}M${x - cap} ${top}h${2 * cap}M${x - cap} ${bottom}h${2 * cap}`;
    }
    this.layer(name).append(s("path", { d, fill: "none", style: `stroke: ${color}`, "stroke-width": 1.6 }));
  }

  /**
   * Vertical bars from 0 (or the lower end of the axis).
   * @param {string} name
   * @param {ArrayLike<number>} xs
   * @param {ArrayLike<number>} ys
   * @param {{series?: number, color?: string, width?: number, shift?: number}} [look] width and shift in units of x
   */
  bars(name, xs, ys, { series = 0, color = `var(--s${series % 6})`, width = 0.8, shift = 0 } = {}) {
    const base = Math.max(this.y.log ? this.y.domain[0] : 0, this.y.domain[0]);
    let d = "";
    for (let i = 0; i < xs.length; i++) {
      if (!Number.isFinite(ys[i])) continue;
      const [from, to] = [this.X(xs[i] + shift - width / 2), this.X(xs[i] + shift + width / 2)];
      d += `M${from} ${this.Y(base)}V${this.Y(ys[i])}H${to}V${this.Y(base)}Z`;
    }
    this.layer(name).append(s("path", { d, style: `fill: ${color}` }));
  }

  /**
   * Texts at points, each readable on any mark.
   * @param {string} name
   * @param {{x: number, y: number, text: string, anchor?: string, dx?: number, dy?: number, bold?: boolean}[]} labels
   */
  labels(name, labels) {
    const group = this.layer(name);
    for (const { x, y, text, anchor = "middle", dx = 0, dy = 4, bold = false } of labels) {
      const style = bold ? "font-weight: 700" : null;
      group.append(s("text", { x: this.X(x) + dx, y: this.Y(y) + dy, "text-anchor": anchor, class: "halo", style, text }));
    }
  }

  /** Say what the plot shows now, for a reader who does not see it. @param {string} text */
  describe(text) {
    mark(this.svg, "aria-label", text);
  }

  /**
   * A canvas under the marks that covers the plot area; coordinates are pixels of the plot, as those of X and Y.
   * It is empty after each call.
   * @returns {CanvasRenderingContext2D}
   */
  canvas() {
    if (!this.surface) {
      const canvas = /** @type {HTMLCanvasElement} */ (h("canvas", { "aria-hidden": "true" }));
      this.frame.prepend(canvas);
      this.surface = { canvas, context: /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")) };
    }
    const { canvas, context } = this.surface;
    const [width, height] = [this.right - this.left, this.bottom - this.top];
    const dense = devicePixelRatio || 1;
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
    Object.assign(canvas.style, { left: `${this.left}px`, top: `${this.top}px`, width: `${width}px`, height: `${height}px` });
    context.setTransform(dense, 0, 0, dense, -this.left * dense, -this.top * dense);
    return context;
  }

  /**
   * A call for each click or tap in the plot area.
   * @param {(x: number, y: number) => void} action gets values of the axes
   */
  onTap(action) {
    this.svg.style.cursor = "pointer";
    this.svg.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const box = this.svg.getBoundingClientRect();
      const [px, py] = [event.clientX - box.left, event.clientY - box.top];
      if (px >= this.left && px <= this.right && py >= this.top && py <= this.bottom) action(this.valueX(px), this.valueY(py));
    });
  }

  /**
   * A call while the pointer is over the plot area, with null when it leaves. Touch counts while it is down.
   * @param {(x: number | null, y: number | null) => void} action
   */
  onHover(action) {
    this.svg.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
      const box = this.svg.getBoundingClientRect();
      action(this.valueX(event.clientX - box.left), this.valueY(event.clientY - box.top));
    });
    this.svg.addEventListener("pointerleave", () => action(null, null));
    this.svg.addEventListener("pointercancel", () => action(null, null));
  }

  /**
   * Something that the reader moves along one axis, by mouse, touch or arrow keys: a point, or a line across the plot.
   * @param {object} options
   * @param {string} options.label its name for a screen reader
   * @param {"x" | "y"} [options.axis] that it moves along, default "x"
   * @param {number} [options.step] of an arrow key, in units of the axis; ten times it with Page Up and Page Down
   * @param {boolean} [options.line] a line across the plot instead of a point (for "x" only)
   * @param {(value: number) => void} options.onMove the reader's wish; the figure answers by calling `place`
   * @param {(value: number) => string} [options.text] the value in words
   * @returns {{place: (value: number, other?: number) => void, element: HTMLElement}} `other` is the place on the other axis
   */
  handle({ label, axis = "x", step, line = false, onMove, text = (value) => String(value) }) {
    const element = h("div", { class: line ? "handle line" : "handle", role: "slider", tabindex: 0, "aria-label": label });
    element.setAttribute("aria-orientation", axis === "x" ? "horizontal" : "vertical");
    this.frame.append(element);
    const along = axis === "x" ? this.x : this.y;
    const state = { value: along.domain[0], other: NaN };
    const move = () => {
      const [x, y] = axis === "x" ? [state.value, state.other] : [state.other, state.value];
      const px = Number.isNaN(x) ? (this.left + this.right) / 2 : this.X(x);
      const py = Number.isNaN(y) ? (this.top + this.bottom) / 2 : this.Y(y);
      Object.assign(element.style, { left: `${px}px`, top: `${line ? this.top : py}px`, height: line ? `${this.bottom - this.top}px` : "" });
      mark(element, "aria-valuemin", String(along.domain[0]));
      mark(element, "aria-valuemax", String(along.domain[1]));
      mark(element, "aria-valuenow", String(state.value));
      mark(element, "aria-valuetext", text(state.value));
    };
    this.movable.push(move);
    const clamp = (/** @type {number} */ value) => Math.min(along.domain[1], Math.max(along.domain[0], value));
    let held = false;
    const drag = (/** @type {PointerEvent} */ event) => {
      if (!held) return;
      const box = this.frame.getBoundingClientRect();
      onMove(clamp(axis === "x" ? this.valueX(event.clientX - box.left) : this.valueY(event.clientY - box.top)));
    };
    element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      held = true;
      element.setPointerCapture(event.pointerId);
      element.focus();
      event.preventDefault();
    });
    element.addEventListener("pointermove", drag);
    for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => { held = false; });
    element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const small = step ?? (along.domain[1] - along.domain[0]) / 100;
      const by = /** @type {Record<string, number>} */ ({ ArrowRight: small, ArrowUp: small, ArrowLeft: -small, ArrowDown: -small, PageUp: 10 * small, PageDown: -10 * small })[event.key];
      const to = event.key === "Home" ? along.domain[0] : event.key === "End" ? along.domain[1] : by === undefined ? null : state.value + by;
      if (to === null) return;
      event.preventDefault();
      onMove(clamp(to));
    });
    return {
      element,
      place(value, other = NaN) {
        Object.assign(state, { value, other });
        move();
      },
    };
  }
}

/** @param {number} value @param {Axis & {domain: [number, number]}} axis */
function share(value, { domain: [low, high], log }) {
  if (log) return (Math.log10(value) - Math.log10(low)) / (Math.log10(high) - Math.log10(low));
  return high === low ? 0.5 : (value - low) / (high - low);
}

/** @param {number} part @param {Axis & {domain: [number, number]}} axis */
function unshare(part, { domain: [low, high], log }) {
  if (log) return 10 ** (Math.log10(low) + part * (Math.log10(high) - Math.log10(low)));
  return low + part * (high - low);
}

/** @param {Axis & {domain: [number, number]}} axis @param {number} count */
function axisTicks({ domain: [low, high], log }, count) {
  if (!log) return ticks(low, high, count);
  const marks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const factor of [1, 2, 5]) {
      const value = Number((factor * 10 ** power).toPrecision(12));
      if (value >= low * 0.999 && value <= high * 1.001) marks.push(value);
    }
  }
  return marks.length > count ? marks.filter((value) => Math.abs(Math.log10(value) % 1) < 1e-9) : marks;
}
