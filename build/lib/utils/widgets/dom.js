// @ts-check
/** Building blocks without a state: elements, numbers as text, ticks, and what the browser remembers. */

/**
 * An HTML element.
 * @param {string} tag
 * @param {Record<string, any>} [attributes] `class`, `text`, `on…` listeners, and any attribute; null or false leaves it out
 * @param {...(Node | string | null)} children
 * @returns {any} the element; `any` because its kind follows from the tag
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * An SVG element; as `h`.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null)} children
 * @returns {any}
 */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/** Set an element's text, unless it is that already: each change costs the page a layout. @param {Element} element @param {string} text */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Set an attribute, unless it has that value already. @param {Element} element @param {string} name @param {string} value */
export function mark(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * @param {Element} element
 * @param {Record<string, any>} attributes
 * @param {(Node | string | null)[]} children
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(.../** @type {(Node | string)[]} */ (children.filter((child) => child !== null)));
  return element;
}

/**
 * Plain text with `*emphasis*` and `` `code` `` as nodes.
 * @param {string} text
 * @returns {Node[]}
 */
export function rich(text) {
  return text.split(/(\*[^*]+\*|`[^`]+`)/).filter(Boolean).map((part) => {
    if (part.length > 2 && part.startsWith("*") && part.endsWith("*")) return h("em", { text: part.slice(1, -1) });
    if (part.length > 2 && part.startsWith("`") && part.endsWith("`")) return h("code", { text: part.slice(1, -1) });
    return document.createTextNode(part);
  });
}

/**
 * A number as text, with a true minus sign; "undefined" for NaN.
 * @param {number} value
 * @param {number} [digits] after the point
 * @param {boolean} [signed] with a plus sign
 */
export function number(value, digits = 2, signed = false) {
  if (value === null || Number.isNaN(value)) return "undefined";
  const text = Math.abs(value).toFixed(digits);
  const zero = Number(text) === 0;
  return (value < 0 && !zero ? "−" : signed && !zero ? "+" : "") + text;
}

/**
 * Round numbers inside a range, at most about `count` of them.
 * @param {number} low
 * @param {number} high
 * @param {number} [count]
 * @returns {number[]}
 */
export function ticks(low, high, count = 5) {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) values.push(i * step);
  return values;
}

/**
 * A tick's number as text: as many digits as the step needs.
 * @param {number} value
 * @param {number[]} all
 */
export function tickText(value, all) {
  const step = all.length > 1 ? Math.abs(all[1] - all[0]) : Math.abs(value) || 1;
  const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)));
  return number(value, digits);
}

const PREFIX = "which-is-better/";

/** The browser's storage; in a page that has none (a private window, say), a list that lasts as long as the page. */
function storage() {
  try {
    localStorage.setItem(`${PREFIX}-`, "");
    localStorage.removeItem(`${PREFIX}-`);
    return localStorage;
  } catch {
    // All figures of a page share it, although each has its own copy of this module.
    const shared = /** @type {any} */ (window);
    shared.whichIsBetterMemory ??= new Map();
    /** @type {Map<string, string>} */
    const map = shared.whichIsBetterMemory;
    return {
      get length() { return map.size; },
      key: (/** @type {number} */ place) => [...map.keys()][place] ?? null,
      getItem: (/** @type {string} */ key) => map.get(key) ?? null,
      setItem: (/** @type {string} */ key, /** @type {string} */ value) => void map.set(key, value),
      removeItem: (/** @type {string} */ key) => void map.delete(key),
    };
  }
}

/**
 * What this browser remembers: predictions, answers, tasks that are done. Each value has the time of its last change in
 * `at`. A kernel, where there is one, keeps a copy on disk (utils/widgets/memory.py).
 */
export const memory = {
  /** @param {string} key @returns {any} null if there is none */
  get(key) {
    try {
      return JSON.parse(storage().getItem(PREFIX + key) ?? "null");
    } catch {
      return null;
    }
  },

  /**
   * @param {string} key
   * @param {Record<string, any>} value
   * @param {any} [model] the widget's model, which tells the kernel
   */
  set(key, value, model = null) {
    const stamped = { ...value, at: Date.now() };
    this.write(key, stamped);
    model?.send({ kind: "remember", key, value: stamped });
  },

  /** @param {string} key @param {Record<string, any>} value */
  write(key, value) {
    storage().setItem(PREFIX + key, JSON.stringify(value));
    window.dispatchEvent(new CustomEvent("which-is-better-memory", { detail: key }));
  },

  /**
   * Take over what the kernel remembers, unless this browser knows something newer.
   * @param {Record<string, any> | null | undefined} stored
   */
  merge(stored) {
    for (const [key, value] of Object.entries(stored ?? {})) {
      const own = this.get(key);
      if (!own || (own.at ?? 0) < (value.at ?? 0)) this.write(key, value);
    }
  },

  /** @param {string} prefix @returns {[string, any][]} keys and values, sorted by key */
  entries(prefix) {
    const store = storage();
    const keys = [...Array(store.length).keys()].map((place) => store.key(place) ?? "");
    const own = keys.filter((key) => key.startsWith(PREFIX + prefix)).map((key) => key.slice(PREFIX.length));
    return own.sort().map((key) => [key, this.get(key)]);
  },

  /** @param {string} prefix @param {any} [model] */
  clear(prefix, model = null) {
    for (const [key] of this.entries(prefix)) storage().removeItem(PREFIX + key);
    model?.send({ kind: "forget", prefix });
    window.dispatchEvent(new CustomEvent("which-is-better-memory", { detail: prefix }));
  },
};

/**
 * Call `changed` whenever something that starts with `prefix` is remembered or forgotten, in this window or another.
 * @param {string} prefix
 * @param {() => void} changed
 * @returns {() => void} ends it
 */
export function onMemory(prefix, changed) {
  const here = (/** @type {any} */ event) => event.detail.startsWith(prefix) || prefix.startsWith(event.detail) ? changed() : 0;
  const elsewhere = (/** @type {StorageEvent} */ event) => (event.key ?? PREFIX + prefix).startsWith(PREFIX + prefix) && changed();
  window.addEventListener("which-is-better-memory", here);
  window.addEventListener("storage", elsewhere);
  return () => {
    window.removeEventListener("which-is-better-memory", here);
    window.removeEventListener("storage", elsewhere);
  };
}
