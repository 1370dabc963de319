// @ts-check
/**
 * Topic 02's figure: one digit through a codec (symbols, bits, picture), and all codecs on the rate–distortion plane.
 *
 * The decoder of one VAE runs here, so that its symbols can be changed by hand; the picture of every other codec is shipped,
 * because three more decoders, and those of PCA, would take about 600 kB and a picture takes less than one.
 * Rates and distances of all codecs are Python's, measured on the same images; the reading at a level is done here.
 */
import { DASHES, figure, h, markerPath, number, s } from "./figure.js";
import { bytesAt, decibels, decodeCode, meanInterval, meanSquaredError, quantise, similarity, symbolBits } from "./ratedistortion.js";

/** @typedef {import("./figure.js").State} State */
/** @typedef {import("./figure.js").View} View */
/** @typedef {import("./figure.js").Ui} Ui */

const NOT_COUNTED = "not counted";
const FILES = "JPEG, a file each";

/**
 * Number of the colour and of the marker of each kind: those of the lecture's plots, CODEC_STYLES in utils/compression/drawing.py.
 * @type {Record<string, {colour: number, marker: number}>}
 */
const LOOKS = {
  VAE: { colour: 1, marker: 1 },
  PCA: { colour: 0, marker: 0 },
  JPEG: { colour: 3, marker: 2 },
  "JPEG 2000": { colour: 4, marker: 4 },
  WebP: { colour: 5, marker: 5 },
  [FILES]: { colour: 2, marker: 3 },
};
const colourOf = (/** @type {string} */ kind) => `var(--s${LOOKS[kind].colour})`;

/** Where a state stands: its curve, and the row of its setting. @param {any} data @param {State} state */
function position(data, state) {
  const { setting, size } = data.fields[state.codec];
  const wanted = size ? state[size] : 0;
  const index = data.curves.findIndex((/** @type {any} */ curve) => curve.kind === state.codec && curve.size === wanted && curve.seed === 0);
  const curve = data.curves[index];
  return { curve, row: curve.settings.values.indexOf(state[setting]), live: index === data.live };
}

/** Bytes per image of a curve, with the decoder's share. @param {any} curve @param {string | number} served @returns {number[]} */
function rates(curve, served) {
  return Array.from(curve.header.values, (/** @type {number} */ header, /** @type {number} */ i) =>
    (header + curve.payload.values[i]) / curve.n + (served === NOT_COUNTED ? 0 : curve.decoder.values[i] / Number(served)));
}

/** @param {any} curve @param {State} state @returns {number[]} */
const qualities = (curve, state) => (state.measure === "PSNR" ? Array.from(curve.mse.values, decibels) : Array.from(curve.ssim.values));
const levelOf = (/** @type {State} */ state) => (state.measure === "PSNR" ? state.psnr : state.ssim);
const rawBytes = (/** @type {any} */ data) => data.originals.shape[1] * data.originals.shape[2];

/** @param {any} data @param {number} place */
function original(data, place) {
  const pixels = rawBytes(data);
  return Float64Array.from(data.originals.values.subarray(place * pixels, (place + 1) * pixels), (value) => value / 255);
}

/** One digit by the decoder that runs here. @param {any} data @param {any} curve @param {number} row @param {number} place @param {number[]} shifts */
function decoded(data, curve, row, place, shifts) {
  const step = curve.settings.values[row];
  const codes = curve.codes.values.subarray(place * curve.size, (place + 1) * curve.size);
  const symbols = quantise(codes, step).map((symbol, i) => symbol + shifts[i]);
  const bits = symbolBits(symbols, data.entropy[row]);
  const picture = decodeCode(symbols.map((symbol) => Math.fround(symbol * step)), data.decoder);
  const before = original(data, place);
  const error = meanSquaredError(before, picture);
  return {
    symbols, symbol_bits: bits, bits: bits.reduce((sum, value) => sum + value, 0), picture,
    digit: { mse: error, psnr: decibels(error), ssim: similarity(before, picture) },
  };
}

/** One digit as Python restored it. @param {any} curve @param {number} row @param {number} place @param {number} shown how many digits there are */
function shipped(curve, row, place, shown) {
  const at = row * shown + place;
  const pixels = curve.pictures.shape[2] * curve.pictures.shape[3];
  const error = curve.picture_mse.values[at];
  return {
    symbols: curve.size ? quantise(curve.codes.values.subarray(place * curve.size, (place + 1) * curve.size), curve.settings.values[row]) : null,
    symbol_bits: null,
    bits: curve.bits.values[at],
    picture: Float64Array.from(curve.pictures.values.subarray(at * pixels, (at + 1) * pixels), (value) => value / 255),
    digit: { mse: error, psnr: decibels(error), ssim: curve.picture_ssim.values[at] },
  };
}

/** Ratios of one kind at the state's level; each training has its best size. @param {any} data @param {State} state @param {string} kind */
function level(data, state, kind) {
  /** @type {Map<number, number>} */
  const fewest = new Map();
  for (const curve of data.curves) {
    if (curve.kind !== kind) continue;
    const bytes = bytesAt(rates(curve, state.served), qualities(curve, state), levelOf(state));
    const best = fewest.get(curve.seed) ?? NaN;
    fewest.set(curve.seed, Number.isNaN(best) || bytes < best ? bytes : best);
  }
  const ratios = [...fewest.keys()].sort((a, b) => a - b).map((seed) => rawBytes(data) / /** @type {number} */ (fewest.get(seed)));
  return { ratios, ...meanInterval(ratios) };
}

/** @param {any} data @param {State} state @returns {View} */
function compute(data, state) {
  const { curve, row, live } = position(data, state);
  const place = data.names.indexOf(state.digit);
  const header = curve.header.values[row] / curve.n;
  const payload = curve.payload.values[row] / curve.n;
  const decoder = state.served === NOT_COUNTED ? 0 : curve.decoder.values[row] / state.served;
  const rate = header + payload + decoder;
  return {
    header, payload, decoder, rate, ratio: rawBytes(data) / rate,
    mse: curve.mse.values[row], psnr: decibels(curve.mse.values[row]), ssim: curve.ssim.values[row],
    ...(live ? decoded(data, curve, row, place, state.shifts) : shipped(curve, row, place, data.names.length)),
    levels: Object.fromEntries(data.kinds.map((/** @type {string} */ kind) => [kind, level(data, state, kind)])),
  };
}

/** A setting in words. @param {string} kind @param {number} value */
const settingText = (kind, value) => (kind === "VAE" || kind === "PCA" ? `step ${value}` : kind === "JPEG 2000" ? `target ${value} dB` : `quality ${value}`);

/** @param {any} data @param {State} state */
function title(data, state) {
  const { setting, size } = data.fields[state.codec];
  const numbers = size ? `, ${state[size]} ${size}` : "";
  return `${state.codec}${numbers}, ${settingText(state.codec, state[setting])}`;
}

const text = (/** @type {number} */ bytes) => number(bytes, bytes < 10 ? 2 : bytes < 100 ? 1 : 0);
const times = (/** @type {number} */ ratio) => `${number(ratio, ratio < 10 ? 1 : 0)}×`;

/** Why a kind has no ratio at the level. @param {any} data @param {State} state @param {string} kind @param {number[]} ratios */
function absence(data, state, kind, ratios) {
  const reached = ratios.filter((ratio) => !Number.isNaN(ratio)).length;
  if (reached) return `${reached} of ${ratios.length} trainings reach it: no mean`;
  const all = data.curves.filter((/** @type {any} */ curve) => curve.kind === kind).flatMap((/** @type {any} */ curve) => qualities(curve, state));
  const words = (/** @type {number} */ value) => (state.measure === "PSNR" ? `${number(value, 1)} dB` : `SSIM ${number(value)}`);
  if (Math.min(...all) > levelOf(state)) return `no setting so coarse: from ${words(Math.min(...all))} up`;
  return `not reached: up to ${words(Math.max(...all))}`;
}

/** The rows of the VAE's curve for a size. @param {any} data @param {number} size */
const vae = (data, size) => data.curves.find((/** @type {any} */ curve) => curve.kind === "VAE" && curve.size === size && curve.seed === 0);
const isLive = (/** @type {any} */ data, /** @type {State} */ state) => position(data, state).live;
const liveSize = (/** @type {any} */ data) => data.curves[data.live].size;
const zeros = (/** @type {any} */ data) => new Array(liveSize(data)).fill(0);

/** The coarsest row that loses less than 0.2 dB against the finest. @param {any} data */
function coarsestWithoutLoss(data) {
  const curve = data.curves[data.live];
  const quality = Array.from(curve.mse.values, decibels);
  let row = 0;
  while (row + 1 < quality.length && quality[0] - quality[row + 1] < 0.2) row += 1;
  return row;
}

export default figure({
  name: "02-compression",
  compute,

  change(next, previous, data) {
    const moved = ["digit", "codec", "latents", "step"].some((name) => next[name] !== previous[name]);
    return moved ? { ...next, shifts: zeros(data) } : next;
  },

  describe({ state, view, data }) {
    const { curve } = position(data, state);
    const changed = isLive(data, state) && state.shifts.some((/** @type {number} */ shift) => shift) ? ", changed by hand" : "";
    const bits = Number.isNaN(view.bits) ? "" : `${number(view.bits, 0)} bits, `;
    return `${title(data, state)}, ${curve.n.toLocaleString("en")} digits: ${text(view.rate)} bytes per image, ${times(view.ratio)} smaller than raw, at ${number(view.psnr, 1)} dB, SSIM ${number(view.ssim)}. ` +
      `This ${state.digit}${changed}: ${bits}MSE ${number(view.digit.mse, 4)}, ${number(view.digit.psnr, 1)} dB, SSIM ${number(view.digit.ssim)}.`;
  },

  tasks: [
    {
      key: "coarsest-step",
      text: "Find the coarsest step of the VAE with 16 latents that loses less than 0.2 dB against a step of 0.1.",
      predict: { question: "In float32 its 16 numbers take 64 bytes. How many bytes does the code take at this step?", choices: ["about 45", "about 25", "about 8"] },
      start: { step: 0.1 },
      check: ({ state, data, before }) => before !== null && isLive(data, state) && position(data, state).row === coarsestWithoutLoss(data),
      answer: ({ data }) => {
        const curve = data.curves[data.live];
        const row = coarsestWithoutLoss(data);
        const at = (/** @type {number} */ i) => `${text(rates(curve, NOT_COUNTED)[i])} bytes at ${number(decibels(curve.mse.values[i]), 2)} dB`;
        return `A step of ${curve.settings.values[row]}: ${at(row)}. A step of ${curve.settings.values[0]} takes ${at(0)}. A finer step only comes closer to the unquantised codes, so the curve ends in a flat line.`;
      },
    },
    {
      key: "fewer-or-coarser",
      text: "Find a setting of a VAE that takes fewer bytes than 16 latents at a step of 2, and has a higher PSNR.",
      predict: { question: "Which way to save bytes is the better one here?", choices: ["fewer latents, finer step", "more latents, coarser step", "there is no better setting"] },
      start: { step: 2 },
      check: ({ state, data }) => state.codec === "VAE" && better(data).some((/** @type {any} */ { size, step }) => size === state.latents && step === state.step),
      answer: ({ data }) => {
        const curve = vae(data, 16);
        const row = curve.settings.values.indexOf(2);
        const found = better(data).map((/** @type {any} */ { size, step, bytes, psnr }) => `${size} latents at a step of ${step} (${text(bytes)} bytes, ${number(psnr, 1)} dB)`);
        return `16 latents at a step of 2 take ${text(rates(curve, NOT_COUNTED)[row])} bytes at ${number(decibels(curve.mse.values[row]), 1)} dB. Better in both: ${found.join("; ")}. At so coarse a step, fewer latents save bytes at less loss. From a fine step it is the other way round: there a coarser step costs little (the first task).`;
      },
    },
    {
      key: "by-hand",
      text: "Choose the VAE with 16 latents. Change a symbol of the digit's code by hand, so that its squared error *falls*.",
      predict: { question: "The encoder made this code. Can you make a better one?", choices: ["yes", "no"] },
      start: {},
      check: ({ state, view, data }) => isLive(data, state) && state.shifts.some((/** @type {number} */ shift) => shift) && view.digit.mse < untouched(data, state) - 1e-9,
      answer: ({ data, state }) => {
        /** @type {State} */
        const at = isLive(data, state) ? { ...state, shifts: zeros(data) } : { ...state, codec: "VAE", latents: liveSize(data), shifts: zeros(data) };
        const [old, best] = [untouched(data, at), bestChange(data, at)];
        const code = best.error < old ? `latent ${best.latent + 1} by ${number(best.by, 0, true)} changes the MSE from ${number(old, 4)} to ${number(best.error, 4)}` : "no single change by one helps at this step: try another step or digit";
        return `Often yes. For this ${at.digit} at a step of ${at.step}: ${code}. Two reasons add up: an encoder is one network for all digits, and it does not find the best code of each; and each number is rounded for itself, although the picture depends on all of them together. Part two searches for better codes.`;
      },
    },
    {
      key: "seventeen",
      text: "Move the level of PSNR to where JPEG, in one mosaic, is 17 times smaller than the raw pictures.",
      predict: { question: "How many of the five trainings of the VAE reach that PSNR?", choices: ["all", "some", "none"] },
      check: ({ state, view }) => state.measure === "PSNR" && Math.abs(view.levels.JPEG.mean - 17) < 0.5,
      answer: ({ data, state }) => {
        const at = (/** @type {number} */ psnr, /** @type {string} */ kind) => level(data, { ...state, measure: "PSNR", psnr, served: NOT_COUNTED }, kind);
        let psnr = 19;
        while (at(psnr, "JPEG").mean > 17) psnr = Math.round(10 * psnr + 1) / 10;
        const { ratios } = at(psnr, "VAE");
        const reached = ratios.filter((ratio) => !Number.isNaN(ratio)).length;
        return `JPEG has 17× at about ${number(psnr, 1)} dB, and ${reached} of ${ratios.length} trainings reach that. At 19 dB the VAEs have ${times(at(19, "VAE").mean)} and JPEG ${times(at(19, "JPEG").mean)}. Two ratios can be compared at the same distortion only.`;
      },
    },
    {
      key: "decoder",
      text: "At 20 dB, let fewer images share the decoder, until JPEG takes fewer bytes than the VAEs.",
      predict: { question: "For about how many images does the VAE pay off against JPEG?", choices: ["50", "5,000", "500,000"] },
      start: { psnr: 20 },
      check: ({ state, view }) => state.served !== NOT_COUNTED && state.measure === "PSNR" && Math.abs(state.psnr - 20) < 0.05 && view.levels.VAE.mean < view.levels.JPEG.mean,
      answer: ({ data, state }) => {
        const at = (/** @type {string | number} */ served) => level(data, { ...state, measure: "PSNR", psnr: 20, served }, "VAE").mean;
        const jpeg = level(data, { ...state, measure: "PSNR", psnr: 20 }, "JPEG").mean;
        const steps = [1_000, 3_000, 10_000, 100_000].map((served) => `${times(at(served))} for ${served.toLocaleString("en")} images`);
        return `JPEG has ${times(jpeg)}, and every machine has its decoder. The VAEs have ${times(at(NOT_COUNTED))} without their decoders, with them ${steps.join(", ")}. A ratio without the decoder assumes infinitely many images.`;
      },
    },
    {
      key: "header",
      text: "Choose JPEG with a file for each digit, and the setting with the largest ratio.",
      predict: { question: "How many times smaller than 784 bytes do the files get?", choices: ["about 4 times", "about 12 times", "about 40 times"] },
      check: ({ state, data }) => {
        if (state.codec !== FILES) return false;
        const { curve, row } = position(data, state);
        const bytes = rates(curve, NOT_COUNTED);
        return bytes[row] === Math.min(...bytes);
      },
      answer: ({ data }) => {
        const [files, mosaic] = [FILES, "JPEG"].map((kind) => data.curves.find((/** @type {any} */ curve) => curve.kind === kind));
        const header = files.header.values[0] / files.n;
        return `About 4 times: at quality ${files.settings.values[0]} a file takes ${text(rates(files, NOT_COUNTED)[0])} bytes, of which ${text(header)} are header. In one mosaic the same quality takes ${text(rates(mosaic, NOT_COUNTED)[0])} bytes per digit. To compare a latent code with single files is to compare it with headers.`;
      },
    },
  ],

  build(ui) {
    const { data } = ui;
    const kinds = /** @type {string[]} */ (data.kinds);
    const controls = kinds.map((kind) => {
      const { setting, size } = data.fields[kind];
      const parts = [];
      if (size) parts.push(ui.choice(size, { label: size === "latents" ? "Latents" : "Directions" }));
      const label = kind === "VAE" || kind === "PCA" ? "Step of the quantiser" : kind === "JPEG 2000" ? "Target PSNR of the file" : "Quality of the file";
      parts.push(ui.slider(setting, { label, text: (value) => (kind === "JPEG 2000" ? `${value} dB` : String(value)) }));
      return { kind, parts };
    });
    ui.onRefresh(() => {
      for (const { kind, parts } of controls) for (const part of parts) part.style.display = kind === ui.state.codec ? "" : "none";
    });
    const served = ui.slider("served", { label: "Decoder shared by", text: (value) => (value === NOT_COUNTED ? "not counted" : `${value.toLocaleString("en")} images`) });
    const digit = onePicture(ui);
    const plane = planePanel(ui);
    const bytes = bytesBar(ui);
    ui.add(ui.columns(
      ui.stack(ui.choice("codec", { label: "Codec" }), ui.row(...controls.flatMap(({ parts }) => parts)), ui.choice("digit", { label: "Digit" }), digit.element, bytes.element),
      plane.element,
    ));
    plane.below.append(served);
    return (scene) => {
      digit.draw(scene);
      bytes.draw(scene);
      plane.draw(scene);
    };
  },
});

/** Settings of a VAE that beat 16 latents at a step of 2 in bytes and in PSNR. @param {any} data */
function better(data) {
  const reference = vae(data, 16);
  const row = reference.settings.values.indexOf(2);
  const [bytes, error] = [rates(reference, NOT_COUNTED)[row], reference.mse.values[row]];
  return data.curves.filter((/** @type {any} */ curve) => curve.kind === "VAE" && curve.seed === 0).flatMap((/** @type {any} */ curve) =>
    rates(curve, NOT_COUNTED).map((rate, i) => ({ size: curve.size, step: curve.settings.values[i], bytes: rate, psnr: decibels(curve.mse.values[i]) })))
    .filter((/** @type {any} */ point) => point.bytes < bytes && point.psnr > decibels(error));
}

/** The squared error of the digit without changes by hand. @param {any} data @param {State} state @returns {number} */
const untouched = (data, state) => changed(data, state, zeros(data));

/** @param {any} data @param {State} state @param {number[]} shifts @returns {number} squared error of the digit */
function changed(data, state, shifts) {
  const { curve, row } = position(data, state);
  return decoded(data, curve, row, data.names.indexOf(state.digit), shifts).digit.mse;
}

/** The single change by one with the smallest squared error. @param {any} data @param {State} state */
function bestChange(data, state) {
  let best = { latent: 0, by: 0, error: Infinity };
  for (const latent of zeros(data).keys()) {
    for (const by of [-1, 1]) {
      const shifts = zeros(data);
      shifts[latent] = by;
      const error = changed(data, state, shifts);
      if (error < best.error) best = { latent, by, error };
    }
  }
  return best;
}

/** The digit: original, restored, difference; its code. @param {Ui} ui */
function onePicture(ui) {
  const { data } = ui;
  const [, height, width] = data.originals.shape;
  const pictures = ["original", "restored", "difference"].map((name) => {
    const canvas = h("canvas", { width, height, role: "img", "aria-label": name, style: "width: 100%; max-width: 168px; image-rendering: pixelated; border: 1px solid var(--line)" });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const pixels = context.createImageData(width, height);
    const element = h("figure", { style: "flex: 1 1 80px; min-width: 80px; max-width: 168px" }, h("figcaption", { class: "caption", text: name }), canvas);
    return {
      element, canvas,
      draw(/** @type {(i: number) => number[]} */ colour) {
        for (let i = 0; i < width * height; i++) pixels.data.set([...colour(i), 255], 4 * i);
        context.putImageData(pixels, 0, 0);
      },
    };
  });
  const scores = h("p", { class: "caption" });
  const heading = h("p", { class: "heading", text: "Code" });
  const code = codeGrid(ui);
  const element = ui.stack(
    ui.element("div", { style: "display: flex; gap: 8px" }, ...pictures.map((picture) => picture.element)),
    scores, heading, code.element,
  );
  return {
    element,
    /** @param {import("./figure.js").Scene} scene */
    draw({ state, view }) {
      const place = data.names.indexOf(state.digit);
      const first = original(data, place);
      const grey = (/** @type {ArrayLike<number>} */ image) => (/** @type {number} */ i) => new Array(3).fill(255 * (1 - image[i]));
      pictures[0].draw(grey(first));
      pictures[1].draw(grey(view.picture));
      // Too much ink is blue, missing ink orange; the hue turns with the sign, and strength is the size.
      pictures[2].draw((i) => {
        const difference = Math.max(-1, Math.min(1, view.picture[i] - first[i]));
        const [r, g, b] = difference > 0 ? [0, 114, 178] : [213, 94, 0];
        const share = Math.abs(difference);
        return [r, g, b].map((channel) => 255 + share * (channel - 255));
      });
      pictures[0].canvas.setAttribute("aria-label", `original ${state.digit}`);
      pictures[1].canvas.setAttribute("aria-label", `${state.digit} restored by ${title(data, state)}`);
      pictures[2].canvas.setAttribute("aria-label", "difference: blue where ink was added, orange where it is missing");
      scores.textContent = `This digit: MSE ${number(view.digit.mse, 4)}, PSNR ${number(view.digit.psnr, 1)} dB, SSIM ${number(view.digit.ssim)}. Difference: blue is ink too much, orange is ink missing.`;
      heading.textContent = view.symbols
        ? `Code: ${view.symbols.length} symbols, ${number(view.bits, 1)} bits (${text(view.bits / 8)} bytes)`
        : "Code: an image file";
      code.draw(state, view);
    },
  };
}

/** The symbols: eight buttons in a row, four where it is narrow, if they can be changed; text if not. @param {Ui} ui */
function codeGrid(ui) {
  const { data } = ui;
  const shift = (/** @type {number} */ by) => {
    const shifts = [...ui.state.shifts];
    shifts[ui.state.chosen] += by;
    ui.set({ shifts });
  };
  const limit = /** @type {any} */ (ui.field("shifts").item).high;
  const buttons = zeros(data).map((_, latent) => {
    const symbol = h("span", { style: "font-weight: 650" });
    const bits = h("span", { style: "font-size: 12px" });
    const bar = h("span", { "aria-hidden": "true", style: "display: block; height: 5px; background: var(--s0)" });
    const button = h("button", { type: "button", style: "padding: 2px 3px; display: flex; flex-direction: column; gap: 1px; align-items: stretch", onclick: () => ui.set({ chosen: latent }) }, symbol, bits, bar);
    return { button, symbol, bits, bar };
  });
  const grid = h("div", { role: "group", "aria-label": "symbols of the code", style: "display: grid; grid-template-columns: repeat(auto-fill, minmax(max((100% - 29px) / 8, min((400px - 100%) * 999, (100% - 13px) / 4)), 1fr)); gap: 4px" }, ...buttons.map(({ button }) => button));
  const which = h("span", { class: "caption" });
  const tools = ui.buttons(
    ui.button("−1", () => shift(-1), { enabled: () => ui.state.shifts[ui.state.chosen] > -limit }),
    ui.button("+1", () => shift(1), { enabled: () => ui.state.shifts[ui.state.chosen] < limit }),
    ui.button("As the encoder had it", () => ui.set({ shifts: zeros(data) }), { enabled: () => ui.state.shifts.some((/** @type {number} */ value) => value) }),
    which,
  );
  const edit = ui.stack(grid, tools, h("p", { class: "caption", text: "Each field: a symbol, and its bits as number and bar. Choose one, then change it by 1. An asterisk marks a changed symbol." }));
  const plain = h("p", { class: "scroll", tabindex: 0, role: "region", "aria-label": "symbols of the code", style: "max-height: 8.5em; overflow-y: auto; font: 13px/1.5 ui-monospace, monospace" });
  const note = h("p", { class: "caption" });
  const element = ui.stack(edit, plain, note);
  return {
    element,
    draw(/** @type {State} */ state, /** @type {View} */ view) {
      const live = view.symbol_bits !== null;
      edit.style.display = live ? "" : "none";
      plain.style.display = !live && view.symbols ? "" : "none";
      note.style.display = live ? "none" : "";
      if (!live) {
        if (view.symbols) plain.textContent = view.symbols.map((/** @type {number} */ symbol) => number(symbol, 0)).join(" ");
        note.textContent = view.symbols
          ? `For the VAE with ${liveSize(data)} latents the decoder is in this figure, and its symbols can be changed. This picture was restored beforehand.`
          : Number.isNaN(view.bits)
            ? "All digits are one large picture, a mosaic, in one file. What a single digit takes of it is not defined."
            : `This digit's own file takes ${text(view.bits / 8)} bytes.`;
        return;
      }
      buttons.forEach(({ button, symbol, bits, bar }, latent) => {
        const mark = state.shifts[latent] ? "*" : "";
        symbol.textContent = number(view.symbols[latent], 0) + mark;
        bits.textContent = number(view.symbol_bits[latent], 1);
        bar.style.width = `${Math.min(100, 10 * view.symbol_bits[latent])}%`;
        const pressed = latent === state.chosen;
        bar.style.background = pressed ? "var(--on-accent)" : "var(--s0)";
        button.setAttribute("aria-pressed", String(pressed));
        button.setAttribute("aria-label", `latent ${latent + 1}: symbol ${number(view.symbols[latent], 0)}, ${number(view.symbol_bits[latent], 1)} bits${mark ? ", changed" : ""}`);
      });
      const by = state.shifts[state.chosen];
      which.textContent = `latent ${state.chosen + 1}${by ? `, changed by ${number(by, 0, true)}` : ""}`;
    },
  };
}

/** Bytes per image of all digits: header, payload, decoder. @param {Ui} ui */
function bytesBar(ui) {
  const { data } = ui;
  const names = ["header", "payload", "decoder"];
  const colours = ["var(--s3)", "var(--s0)", "var(--s1)"];
  const parts = names.map((_, i) => h("span", { style: `background: ${colours[i]}; border-right: 1px solid var(--paper)` }));
  const values = names.map(() => h("span"));
  const legend = h("p", { class: "legend" }, ...names.map((_, i) => h("span", {}, h("span", { "aria-hidden": "true", style: `width: 12px; height: 12px; background: ${colours[i]}` }), values[i])));
  const heading = h("p", { class: "heading" });
  return {
    element: ui.stack(heading, h("div", { "aria-hidden": "true", style: "display: flex; height: 16px; background: var(--panel)" }, ...parts), legend),
    /** @param {import("./figure.js").Scene} scene */
    draw({ state, view }) {
      const { curve, row } = position(data, state);
      heading.textContent = `Bytes per image of all ${curve.n.toLocaleString("en")} digits: ${text(view.rate)}`;
      const weights = curve.decoder.values[row];
      const shared = !weights ? "0 (every machine has it)" : state.served === NOT_COUNTED ? `not counted (${number(weights / 1000, 0)} kB)` : `${text(view.decoder)} (${number(weights / 1000, 0)} kB for ${state.served.toLocaleString("en")} images)`;
      names.forEach((name, i) => {
        parts[i].style.width = `${(100 * view[name]) / view.rate}%`;
        values[i].textContent = name === "decoder" ? `decoder ${shared}` : `${name} ${text(view[name])}`;
      });
    },
  };
}

/** The plane, and the reading of all curves at a level. @param {Ui} ui */
function planePanel(ui) {
  const { data } = ui;
  const kinds = /** @type {string[]} */ (data.kinds);
  const plot = ui.plot({
    label: "rate–distortion plane", aspect: 0.72, least: 300,
    x: { label: "bytes per image", log: true, domain: [1, 1000] }, y: { label: "PSNR (dB)" },
    caption: "Each curve is a codec at all its settings; numbers are sizes, thin lines other trainings of the VAEs. The ring is the chosen setting: tap a point to choose another. The dotted line is the level: drag the dot at its right end. Large marks: where a codec passes through the level. A large hollow mark is the end of a codec that does not pass through the level: there is nothing to compare.",
  });
  const legend = h("div", { class: "legend" }, ...kinds.map((kind, series) => h("span", {}, swatch(kind, DASHES[series]), kind)));
  const handle = plot.handle({
    label: "level of quality", axis: "y", step: 0.1,
    text: (value) => (ui.state.measure === "PSNR" ? `${number(value, 1)} dB` : `SSIM ${number(value)}`),
    onMove: (value) => ui.set(ui.state.measure === "PSNR" ? { psnr: clamp("psnr", Math.round(10 * value) / 10) } : { ssim: clamp("ssim", Math.round(100 * value) / 100) }),
  });
  const clamp = (/** @type {string} */ name, /** @type {number} */ value) => Math.min(Number(ui.field(name).high), Math.max(Number(ui.field(name).low), value));
  const levels = [ui.slider("psnr", { label: "Level of PSNR", text: (value) => `${number(value, 1)} dB` }), ui.slider("ssim", { label: "Level of SSIM", text: (value) => number(value) })];
  ui.onRefresh(() => { levels.forEach((control, i) => { control.style.display = (ui.state.measure === "PSNR") === (i === 0) ? "" : "none"; }); });
  const below = ui.row(ui.choice("measure", { label: "Quality" }), ...levels);
  const table = ratioTable(ui);
  const chosen = () => data.curves.filter((/** @type {any} */ curve) => curve.seed === 0);

  plot.onTap((x, y) => {
    const [px, py] = [plot.X(x), plot.Y(y)];
    let nearest = { far: 30, patch: /** @type {State | null} */ (null) };
    for (const curve of chosen()) {
      const { setting, size } = data.fields[curve.kind];
      const [bytes, quality] = [rates(curve, ui.state.served), qualities(curve, ui.state)];
      bytes.forEach((value, i) => {
        const far = Math.hypot(plot.X(value) - px, plot.Y(quality[i]) - py);
        const patch = { codec: curve.kind, [setting]: curve.settings.values[i], ...(size ? { [size]: curve.size } : {}) };
        if (far < nearest.far) nearest = { far, patch };
      });
    }
    if (nearest.patch) ui.set(nearest.patch);
  });

  let painted = "";
  return {
    element: ui.stack(plot.element, legend, below, table.element),
    below,
    /** @param {import("./figure.js").Scene} scene */
    draw({ state, view, before }) {
      const psnr = state.measure === "PSNR";
      const here = position(data, state).curve;
      plot.frameAxes({ y: psnr ? { label: "PSNR (dB)", domain: [10, 31] } : { label: "SSIM", domain: [0.2, 1] } });
      const [[left, right], [bottom, top]] = [plot.x.domain, plot.y.domain];
      const inside = (/** @type {number} */ x, /** @type {number} */ y) => x >= left && x <= right && y >= bottom && y <= top;
      const key = [state.measure, state.served, plot.width, plot.height].join();
      if (key !== painted) {
        painted = key;
        const other = plot.layer("trainings");
        for (const curve of data.curves) {
          const [bytes, quality] = [rates(curve, state.served), qualities(curve, state)];
          const ys = quality.map((value, i) => (inside(bytes[i], value) ? value : NaN));
          if (curve.seed === 0) {
            plot.line(`${curve.kind}${curve.size}`, bytes, ys, { series: LOOKS[curve.kind].marker, color: colourOf(curve.kind), dash: DASHES[kinds.indexOf(curve.kind)], width: 1.3, markers: true });
          } else {
            const path = ys.map((value, i) => (Number.isNaN(value) ? "" : `${i && !Number.isNaN(ys[i - 1]) ? "L" : "M"}${plot.X(bytes[i]).toFixed(1)} ${plot.Y(value).toFixed(1)}`)).join("");
            other.append(s("path", { d: path, fill: "none", style: `stroke: ${colourOf(curve.kind)}`, "stroke-width": 0.8, opacity: 0.35 }));
          }
        }
      }
      const at = levelOf(state);
      const line = plot.layer("level");
      line.append(s("path", { d: `M${plot.left} ${plot.Y(at)}H${plot.right}`, style: "stroke: var(--ink)", "stroke-width": 1.2, "stroke-dasharray": "2 3" }));
      for (const kind of kinds) {
        const { marker } = LOOKS[kind];
        const { mean } = view.levels[kind];
        const bytes = rawBytes(data) / mean;
        if (!Number.isNaN(mean)) {
          if (inside(bytes, at)) line.append(s("path", { d: markerPath(marker, plot.X(bytes), plot.Y(at), 7), style: `fill: ${colourOf(kind)}; stroke: var(--ink); stroke-width: 1.5px` }));
          continue;
        }
        const end = nearestEnd(data, state, kind);
        if (inside(end.bytes, end.quality)) line.append(s("path", { d: markerPath(marker, plot.X(end.bytes), plot.Y(end.quality), 7), style: `fill: var(--paper); stroke: ${colourOf(kind)}; stroke-width: 2.5px` }));
      }
      const ring = plot.layer("here");
      const value = (/** @type {View} */ one) => (psnr ? one.psnr : one.ssim);
      if (before && before.state.measure === state.measure && inside(before.view.rate, value(before.view))) {
        ring.append(s("circle", { cx: plot.X(before.view.rate), cy: plot.Y(value(before.view)), r: 7, fill: "none", style: "stroke: var(--soft)", "stroke-width": 1.5, "stroke-dasharray": "2 2" }));
      }
      if (inside(view.rate, value(view))) ring.append(s("circle", { cx: plot.X(view.rate), cy: plot.Y(value(view)), r: 10, fill: "none", style: "stroke: var(--ink)", "stroke-width": 2.5 }));
      // Sizes at the finest steps of the chosen kind, the chosen size first; a label that would touch another is left out.
      const own = chosen().filter((/** @type {any} */ curve) => curve.size && curve.kind === state.codec);
      own.sort((/** @type {any} */ a, /** @type {any} */ b) => Number(b === here) - Number(a === here) || b.size - a.size);
      /** @type {{x: number, y: number, text: string, dy: number, bold: boolean}[]} */
      const labels = [];
      for (const curve of own) {
        const [x, y] = [rates(curve, state.served)[0], qualities(curve, state)[0]];
        const free = labels.every((label) => Math.abs(plot.X(label.x) - plot.X(x)) > 26 || Math.abs(plot.Y(label.y) - plot.Y(y)) > 14);
        if (inside(x, y) && free) labels.push({ x, y, text: String(curve.size), dy: curve.kind === "PCA" ? 18 : -8, bold: curve === here });
      }
      plot.labels("sizes", labels);
      handle.place(at, right);
      plot.describe(`rate–distortion plane of ${kinds.join(", ")}; chosen: ${title(data, state)} at ${text(view.rate)} bytes per image and ${psnr ? `${number(view.psnr, 1)} dB` : `SSIM ${number(view.ssim)}`}; level ${number(at, psnr ? 1 : 2)}`);
      table.draw(state, view);
    },
  };
}

/** The measured point of a kind that is nearest to the level, on the side where it ends. @param {any} data @param {State} state @param {string} kind */
function nearestEnd(data, state, kind) {
  let best = { bytes: NaN, quality: NaN };
  for (const curve of data.curves) {
    if (curve.kind !== kind || curve.seed !== 0) continue;
    const bytes = rates(curve, state.served);
    qualities(curve, state).forEach((quality, i) => {
      if (Number.isNaN(best.quality) || Math.abs(quality - levelOf(state)) < Math.abs(best.quality - levelOf(state))) best = { bytes: bytes[i], quality };
    });
  }
  return best;
}

/** @param {string} kind @param {string} dash */
function swatch(kind, dash) {
  return s("svg", { width: 26, height: 14, "aria-hidden": "true" },
    s("path", { d: "M0 7H26", style: `stroke: ${colourOf(kind)}`, "stroke-width": 1.6, "stroke-dasharray": dash || null }),
    s("path", { d: markerPath(LOOKS[kind].marker, 13, 7, 4), style: `fill: ${colourOf(kind)}` }));
}

/** Compression ratios at the level, one row per kind. @param {Ui} ui */
function ratioTable(ui) {
  const { data } = ui;
  const kinds = /** @type {string[]} */ (data.kinds);
  const title = h("p", { class: "heading" });
  const across = (/** @type {number} */ ratio) => 100 * Math.min(1, Math.max(0, Math.log10(ratio) / 3));
  const rows = kinds.map((kind) => {
    const [bar, range] = [h("b", { style: `background: ${colourOf(kind)}` }), h("u", { style: "background: var(--ink); top: 4px; height: 6px" })];
    const words = h("span", { role: "cell", style: "font-variant-numeric: tabular-nums" });
    const shown = h("span", { role: "cell", class: "bar", "aria-hidden": "true" }, bar, range);
    const row = h("div", { role: "row", style: "display: contents" }, h("span", { role: "rowheader", text: kind }), shown, words);
    return { kind, bar, range, words, row, shown };
  });
  const element = ui.stack(title,
    h("div", { class: "bars", role: "table", "aria-label": "compression ratios at the level", style: "grid-template-columns: max-content minmax(40px, 1fr) minmax(9em, max-content)" }, ...rows.map(({ row }) => row)),
    h("p", { class: "caption", text: "How many times smaller than 784 raw bytes, on a logarithmic scale from 1 to 1,000. VAE: mean and 95 % interval over five trainings. Each training, and PCA, uses the size that takes the fewest bytes on these digits, which flatters both. The lecture reads the VAEs off at steps from 0.1 to 1; here steps of 2 and 4 are added." }));
  return {
    element,
    draw(/** @type {State} */ state, /** @type {View} */ view) {
      const at = levelOf(state);
      title.textContent = state.measure === "PSNR" ? `Compression ratio at ${number(at, 1)} dB` : `Compression ratio at an SSIM of ${number(at)}`;
      for (const { kind, bar, range, words } of rows) {
        const { mean, low, high, ratios } = view.levels[kind];
        const none = Number.isNaN(mean);
        bar.style.display = none ? "none" : "";
        range.style.display = none || low === high ? "none" : "";
        if (none) {
          words.textContent = absence(data, state, kind, ratios);
          continue;
        }
        Object.assign(bar.style, { left: "0", width: `${across(mean)}%` });
        Object.assign(range.style, { left: `${across(Math.max(1, low))}%`, width: `${across(high) - across(Math.max(1, low))}%` });
        words.textContent = low === high ? times(mean) : `${times(mean)} (${number(low, 0)} to ${number(high, 0)})`;
      }
    },
  };
}
