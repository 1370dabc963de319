// @ts-check
/** Starts reveal.js; keys that a figure or a question of a slide needs are left to it. */

/** @type {any} */
const { Reveal, RevealNotes } = window;

Reveal.initialize({
  hash: true,
  center: false,
  width: 1280,
  height: 720,
  margin: 0.04,
  transition: "none",
  slideNumber: "c/t",
  plugins: [RevealNotes],
  /** @param {KeyboardEvent} event */
  keyboardCondition: (event) => {
    const target = event.composedPath()[0];
    return !(target instanceof Element && target.matches("input, select, textarea, button, summary, [tabindex]"));
  },
});
