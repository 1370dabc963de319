// @ts-check
/** The kinds of questions: a choice, a number, a point on an axis, an order. */
import { h, number, rich } from "./dom.js";
import { Plot } from "./plot.js";

/**
 * What each kind of question brings: a control, whether the learner has answered, and the comparison.
 * @typedef {object} Kind
 * @property {HTMLElement} element
 * @property {() => any} response null while there is none
 * @property {(response: any) => void} show set the control to a response
 * @property {(locked: boolean) => void} lock
 * @property {(response: any) => boolean | null} right null where nobody can be wrong
 * @property {(response: any) => Node[]} explain
 * @property {(response: any) => string} say a response in words
 */

/** @param {HTMLElement} element */
const answered = (element) => element.dispatchEvent(new CustomEvent("answered"));

/** @param {any} question @returns {Kind} */
function choice({ question, choices, answer }) {
  const group = `choice-${Math.random().toString(36).slice(2)}`;
  const inputs = choices.map((/** @type {{text: string}} */ { text }) => h("input", { type: "radio", name: group, value: text, onchange: () => answered(element) }));
  const element = h("fieldset", { class: "options", style: "border: 0" }, h("legend", { class: "hidden", text: question }),
    ...inputs.map((/** @type {HTMLInputElement} */ input) => h("label", {}, input, h("span", {}, ...rich(input.value)))));
  const explanation = (/** @type {string} */ text) => choices.find((/** @type {{text: string}} */ other) => other.text === text)?.explanation ?? "";
  return {
    element,
    response: () => inputs.find((/** @type {HTMLInputElement} */ input) => input.checked)?.value ?? null,
    show(response) { for (const input of inputs) input.checked = input.value === response; },
    lock(locked) { for (const input of inputs) input.disabled = locked; },
    right: (response) => (answer === null ? null : response === answer),
    explain(response) {
      const own = h("p", {}, h("b", {}, ...rich(response), ": "), ...rich(explanation(response)));
      return answer === null || response === answer ? [own] : [own, h("p", {}, h("b", {}, ...rich(answer), ": "), ...rich(explanation(answer)))];
    },
    say: (response) => response,
  };
}

/** As many digits as a number has, up to six. @param {number} value */
const plain = (value) => String(Number(value.toPrecision(6))).replace("-", "−");

/** @param {any} question @returns {Kind} */
function typed({ question, answer, tolerance, unit, explanation }) {
  const input = h("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": question, style: "width: 9em; min-height: var(--target); font: inherit; padding: 4px 10px; border: 1px solid var(--edge); border-radius: 6px; background: var(--panel); color: var(--ink)" });
  const element = h("div", { class: "line" }, input, h("span", { text: unit }));
  input.addEventListener("input", () => answered(element));
  const read = () => {
    const text = input.value.trim().replace(",", ".").replace("−", "-");
    return text === "" || !Number.isFinite(Number(text)) ? null : Number(text);
  };
  const withUnit = (/** @type {number} */ value) => plain(value) + (unit ? ` ${unit}` : "");
  return {
    element,
    response: read,
    show(response) { input.value = plain(response); },
    lock(locked) { input.readOnly = locked; },
    right: (response) => Math.abs(response - answer) <= tolerance + 1e-12,
    explain: (response) => [
      h("p", { text: `You said ${withUnit(response)}; it is ${withUnit(answer)}${tolerance ? ` (right within ${plain(tolerance)})` : ""}.` }),
      h("p", {}, ...rich(explanation)),
    ],
    say: withUnit,
  };
}

/** @param {any} question @returns {Kind} */
function placement({ question, answer, low, high, tolerance, label, explanation }) {
  /** @type {number | null} */
  let value = null;
  let locked = false;
  const digits = Math.max(0, 2 - Math.floor(Math.log10(high - low)));
  const words = (/** @type {number} */ at) => number(at, digits);
  const plot = new Plot({ label: question, height: 104, x: { label, domain: [low, high] }, y: { hidden: true, domain: [0, 1] } }, () => draw());
  plot.margin.left = plot.margin.right = 26;
  const read = h("p", { class: "caption" });
  const element = h("div", { class: "stack" }, plot.element, read);
  const move = (/** @type {number} */ to) => {
    if (locked) return;
    value = Math.min(high, Math.max(low, Number(to.toFixed(digits + 1))));
    draw();
    answered(element);
  };
  const handle = plot.handle({
    label: `your answer: ${label}`, step: (high - low) / 50, onMove: move,
    text: (at) => (value === null ? "not placed yet" : words(at)),
  });
  plot.onTap(move);
  const draw = () => {
    plot.frameAxes();
    const middle = (low + high) / 2;
    handle.place(value ?? low, 0.5); // not in the middle, where many answers lie
    handle.element.style.opacity = value === null ? "0.45" : "1";
    handle.element.setAttribute("aria-disabled", String(locked));
    read.textContent = value === null ? "Drag the point, click on the axis, or use the arrow keys." : `Your answer: ${words(value)}`;
    if (!locked) return;
    const [from, to] = [Math.max(low, answer - tolerance), Math.min(high, answer + tolerance)];
    plot.band("tolerance", [from, to], [0.1, 0.1], [0.9, 0.9], { series: 2 });
    plot.line("truth", [answer, answer], [0.02, 0.98], { series: 2, width: 3, dash: "" });
    plot.labels("text", [{ x: answer, y: 0.98, text: `answer ${words(answer)}`, dy: 0, anchor: answer > middle ? "end" : "start", dx: answer > middle ? -6 : 6 }]);
  };
  draw();
  return {
    element,
    response: () => value,
    show(response) {
      value = response;
      draw();
    },
    lock(now) {
      locked = now;
      for (const name of ["tolerance", "truth", "text"]) plot.layer(name);
      draw();
    },
    right: (response) => Math.abs(response - answer) <= tolerance + 1e-12,
    explain: (response) => [
      h("p", { text: `You placed the point at ${words(response)}; the answer is ${words(answer)}. A point in the shaded band counts as right.` }),
      h("p", {}, ...rich(explanation)),
    ],
    say: words,
  };
}

/** @param {any} question @returns {Kind} */
function ordering({ key, question, items, explanation }) {
  let order = shuffled(items, key);
  let touched = false;
  let locked = false;
  const element = h("div");
  const list = h("ol", { class: "order", "aria-label": question });
  const spoken = h("p", { class: "hidden", role: "status" });
  const same = h("button", { type: "button", class: "plain", text: "This order is my answer already", onclick: () => {
    touched = true;
    answered(element);
  } });
  element.append(list, same, spoken);
  const rows = new Map(items.map((/** @type {string} */ item) => [item, row(item)]));

  /** @param {string} item */
  function row(item) {
    const place = h("span", { class: "place", "aria-hidden": "true" });
    const up = h("button", { type: "button", text: "↑", "aria-label": `${item}: up`, onclick: () => move(item, -1, up) });
    const down = h("button", { type: "button", text: "↓", "aria-label": `${item}: down`, onclick: () => move(item, 1, down) });
    const line = h("li", {}, place, h("span", { class: "item" }, ...rich(item)), up, down);
    let held = false;
    line.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      if (locked || /** @type {Element} */ (event.composedPath()[0]).closest("button")) return;
      held = true;
      line.classList.add("held");
      line.setPointerCapture(event.pointerId);
    });
    line.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
      if (!held) return;
      const at = order.indexOf(item);
      const box = (/** @type {number} */ i) => rows.get(order[i])?.line.getBoundingClientRect();
      const [above, below] = [box(at - 1), box(at + 1)];
      if (above && event.clientY < above.top + above.height / 2) move(item, -1, null);
      else if (below && event.clientY > below.top + below.height / 2) move(item, 1, null);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      line.addEventListener(end, () => {
        held = false;
        line.classList.remove("held");
      });
    }
    return { line, place, up, down };
  }

  /** @param {string} item @param {number} by @param {HTMLButtonElement | null} focus */
  function move(item, by, focus) {
    const at = order.indexOf(item);
    const to = at + by;
    if (locked || to < 0 || to >= order.length) return;
    order = order.slice();
    [order[at], order[to]] = [order[to], order[at]];
    touched = true;
    draw();
    if (focus) /** @type {HTMLButtonElement | null | undefined} */ (focus.disabled ? focus.parentElement?.querySelector("button:not(:disabled)") : focus)?.focus();
    spoken.textContent = `${item} is number ${to + 1} of ${order.length}.`;
    answered(element);
  }

  function draw() {
    order.forEach((item, i) => {
      const { line, place, up, down } = /** @type {any} */ (rows.get(item));
      if (list.children[i] !== line) list.insertBefore(line, list.children[i] ?? null);
      const wanted = items.indexOf(item);
      place.textContent = locked ? (wanted === i ? "✓" : "✗") : `${i + 1}.`;
      up.hidden = down.hidden = locked;
      up.disabled = i === 0;
      down.disabled = i === order.length - 1;
    });
    list.classList.toggle("locked", locked);
    same.hidden = locked || touched;
  }
  draw();
  return {
    element,
    response: () => (touched ? order : null),
    show(response) {
      if (response.length === items.length && items.every((/** @type {string} */ item) => response.includes(item))) order = response;
      touched = true;
      draw();
    },
    lock(now) {
      locked = now;
      draw();
    },
    right: (response) => items.every((/** @type {string} */ item, /** @type {number} */ i) => response[i] === item),
    explain(response) {
      let pairs = 0;
      for (let i = 0; i < items.length; i++) for (let j = i + 1; j < items.length; j++) if (response.indexOf(items[i]) < response.indexOf(items[j])) pairs += 1;
      const all = (items.length * (items.length - 1)) / 2;
      return [
        h("p", {}, `${pairs} of ${all} pairs are in order. The order is: `, ...rich(items.join(" · ")), "."),
        h("p", {}, ...rich(explanation)),
      ];
    },
    say: (response) => response.join(" · "),
  };
}

/** A fixed shuffle that is not the right order. @param {string[]} items @param {string} key */
function shuffled(items, key) {
  let seed = 2166136261;
  for (const character of key) seed = Math.imul(seed ^ character.charCodeAt(0), 16777619) >>> 0;
  const order = items.slice();
  for (let i = order.length - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const j = seed % (i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  if (order.every((item, i) => item === items[i])) order.push(/** @type {string} */ (order.shift()));
  return order;
}

/** @type {Record<string, (question: any) => Kind>} */
export const KINDS = { choice, number: typed, placement, ordering };
