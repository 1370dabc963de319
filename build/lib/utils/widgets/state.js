// @ts-check
/** States and data on their way between Python, links and the figure. */

/** @typedef {Record<string, any>} State */

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
export function message(error) {
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
