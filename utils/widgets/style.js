// @ts-check
/**
 * How figures and questions look: the style sheet, and the theme that follows the page.
 *
 * Colours are custom properties, so that a change of theme redraws nothing but canvases: `--ink` text, `--soft` secondary
 * text (contrast 4.5 at least), `--paper` background, `--line` borders and grids, `--accent` chosen controls, `--focus`,
 * `--s0` to `--s5` series and `--c0` to `--c9` classes. They are the colours of utils/plotting.py; in the dark theme those
 * with too little contrast are lighter. Series also differ by marker and dash, and classes by their digit.
 */

export const CSS = `
:host { display: block; container-type: inline-size; margin: 6px 0; }
[hidden] { display: none !important; }
.root {
  --ink: #1c1e22; --soft: #565a63; --paper: #ffffff; --panel: #f4f5f7; --line: #c9ccd3; --edge: #767b86;
  --accent: #005f99; --on-accent: #ffffff; --focus: #c04a00; --good: #00694b; --bad: #a8200d;
  --s0: #0072b2; --s1: #d55e00; --s2: #009e73; --s3: #cc79a7; --s4: #000000; --s5: #56b4e9;
  --c0: #150ae3; --c1: #8a5905; --c2: #1fce77; --c3: #bf43f0; --c4: #377678;
  --c5: #ff7600; --c6: #cd9dfd; --c7: #661a03; --c8: #4c3770; --c9: #fe9ec0;
  color: var(--ink); background: var(--paper); color-scheme: light; border: 1px solid var(--line); border-radius: 8px;
  padding: 12px; font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; text-align: left;
  --target: 34px;
}
.root[data-theme="dark"] {
  --ink: #e9eaee; --soft: #b3b8c2; --paper: #16181d; --panel: #21242b; --line: #454a55; --edge: #8f95a2;
  --accent: #7cc4f5; --on-accent: #0b1117; --focus: #ffb066; --good: #63d3ac; --bad: #ff9a8a;
  --s0: #4aa8e8; --s1: #f58231; --s2: #2fc295; --s3: #e59ac2; --s4: #f2f2f2; --s5: #9ad7fa;
  --c0: #8e83ff; --c1: #95662b; --c2: #21dc64; --c3: #c017c6; --c4: #6a707b;
  --c5: #ff7600; --c6: #cfa0ff; --c7: #c97268; --c8: #9367a7; --c9: #ffa9b3;
  color-scheme: dark;
}
@media (pointer: coarse) { .root { --target: 44px; } }
@container (max-width: 520px) { .root { --target: 44px; padding: 8px; border-radius: 0; border-width: 1px 0; } }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
p, ol, ul, figure, fieldset { margin: 0; padding: 0; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.heading { font-size: 1em; font-weight: 650; margin: 0 0 4px; }
.row { display: flex; flex-wrap: wrap; gap: 6px 18px; align-items: end; margin-bottom: 8px; }
.columns { display: flex; flex-wrap: wrap; gap: 12px 20px; align-items: flex-start; margin-bottom: 8px; }
.columns > * { flex: 1 1 320px; min-width: 0; max-width: 100%; }
.stack { display: flex; flex-direction: column; gap: 10px; min-width: 0; }
.control { display: inline-flex; flex-direction: column; gap: 2px; min-width: 0; border: 0; }
.control > .name, .control > legend { font-size: 13px; font-weight: 600; color: var(--ink); padding: 0; }
.control output { font-weight: 400; font-variant-numeric: tabular-nums; color: var(--soft); margin-left: .5em; }
.control.slider { flex: 1 1 190px; max-width: 300px; }
input[type="range"] { width: 100%; height: var(--target); margin: 0; accent-color: var(--accent); cursor: pointer; }
.choices { display: flex; flex-wrap: wrap; gap: 4px; }
.choices label, .switch { position: relative; display: inline-flex; align-items: center; gap: 6px; cursor: pointer; }
.choices input { position: absolute; inset: 0; opacity: 0; margin: 0; width: 100%; height: 100%; cursor: pointer; }
.choices span, button, select, input[type="number"], textarea, .switch {
  min-height: var(--target); min-width: var(--target); padding: 4px 11px; border: 1px solid var(--edge);
  border-radius: 6px; background: var(--panel); color: var(--ink); font: inherit; line-height: 1.3;
}
.choices span { display: inline-flex; align-items: center; justify-content: center; text-align: center; }
.choices input:checked + span {
  background: var(--accent); color: var(--on-accent); border-color: var(--accent); font-weight: 650;
}
.choices input:focus-visible + span { outline: 3px solid var(--focus); outline-offset: 2px; }
.switch input { width: 18px; height: 18px; accent-color: var(--accent); margin: 0; }
button { cursor: pointer; }
button:hover:enabled, .choices label:hover span { border-color: var(--ink); }
button:disabled { opacity: 1; color: var(--soft); border-style: dashed; cursor: default; }
button[aria-pressed="true"] { background: var(--accent); color: var(--on-accent); border-color: var(--accent); }
button.plain { background: none; border-color: transparent; text-decoration: underline; text-underline-offset: 3px; }
textarea { width: 100%; resize: vertical; line-height: 1.45; }
input[type="number"] { width: 7.5em; }
.toolbar { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin-top: 4px; }
.toolbar input { flex: 1 1 14em; min-height: var(--target); font: 12px ui-monospace, monospace; }
.words { color: var(--ink); margin: 4px 0; min-height: 1.45em; }
.alert { color: var(--bad); font-weight: 650; margin: 4px 0; }
.alert:empty { display: none; }
.plot { position: relative; width: 100%; contain: layout style; }
.plot svg { position: relative; display: block; width: 100%; overflow: visible; }
.plot canvas { position: absolute; pointer-events: none; }
.plot text { fill: var(--ink); font: 12px system-ui, sans-serif; }
.plot text.title { font-weight: 600; }
.plot .axis line, .plot .axis path { stroke: var(--edge); fill: none; shape-rendering: crispEdges; }
.plot .grid line { stroke: var(--line); opacity: .55; shape-rendering: crispEdges; }
.plot .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 3.5px; stroke-linejoin: round; }
.handle {
  position: absolute; width: 44px; height: 44px; margin: -22px 0 0 -22px; border-radius: 50%; cursor: grab;
  touch-action: none; display: grid; place-items: center;
}
.handle::after {
  content: ""; width: 18px; height: 18px; border-radius: 50%; background: var(--accent); border: 3px solid var(--paper);
  box-shadow: 0 0 0 1px var(--edge);
}
.handle.line { width: 32px; margin: 0 0 0 -16px; border-radius: 4px; cursor: ew-resize; touch-action: pan-y; }
.handle.line::after {
  width: 2px; height: 100%; border: 0; border-radius: 0; box-shadow: none; background: var(--ink); opacity: .75;
}
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 13px; }
.legend span { display: inline-flex; align-items: center; gap: 5px; }
.caption { font-size: 13px; color: var(--soft); margin-top: 2px; }
.bars { display: grid; grid-template-columns: max-content minmax(60px, 1fr) 3.4em 3.6em; gap: 5px 10px; align-items: center; }
.bars .value, .bars .change { text-align: right; font-variant-numeric: tabular-nums; }
.bars .change { color: var(--soft); font-size: 13px; }
.bars .bar { position: relative; height: 16px; background: var(--panel); border: 1px solid var(--line); }
.bars .bar b { position: absolute; top: 0; bottom: 0; background: var(--s0); }
.bars .bar i { position: absolute; top: -3px; bottom: -3px; width: 3px; margin-left: -1px; background: var(--ink); }
.bars .bar u { position: absolute; top: 6px; height: 2px; background: var(--s1); }
.scroll { contain: content; overflow-x: auto; max-width: 100%; padding: 4px; margin: -4px; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: 4px; }
td, th { padding: 2px 4px; text-align: right; min-width: 2em; font-weight: 400; }
.contingency { table-layout: fixed; width: max-content; }
.contingency :is(td, th) { width: 2.5em; padding: 2px 1px; }
.contingency :is(td, th):first-child { position: sticky; left: -4px; background: var(--paper); z-index: 1; }
@container (max-width: 520px) {
  .contingency :is(td, th) { width: 31px; min-width: 0; padding: 2px; }
}
th { font-weight: 600; white-space: nowrap; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 6px 18px; }
.prompt {
  margin: 0; padding: 8px; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); max-height: 30em; overflow: auto;
  font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
}
.prompt mark { background: none; color: var(--accent); font-weight: 700; }
.examples { list-style: none; display: flex; flex-direction: column; gap: 4px; }
.examples li {
  display: grid; grid-template-columns: auto auto minmax(0, 1fr) auto auto; gap: 4px 6px; align-items: center;
  padding: 2px; border: 1px solid var(--line); border-radius: 6px; background: var(--paper);
}
.examples li.held { border-color: var(--accent); box-shadow: 0 0 0 2px var(--accent); }
.examples button { padding: 4px; }
.examples .grip { cursor: grab; touch-action: none; border-color: transparent; background: none; }
.examples .switch { border: 0; background: none; padding: 0; justify-content: center; }
.examples .out, .examples .out b { color: var(--soft); font-weight: 400; }
@container (max-width: 520px) {
  .examples li { grid-template: "grip text up" auto "switch text down" auto / auto minmax(0, 1fr) auto; }
  .examples .grip { grid-area: grip; }
  .examples .switch { grid-area: switch; }
  .examples li > span { grid-area: text; }
}
details > summary { cursor: pointer; min-height: var(--target); display: list-item; padding-top: 6px; }
.tasks { border-top: 1px solid var(--line); margin-top: 10px; padding-top: 6px; }
.tasks ol { list-style: none; }
.tasks li > details > summary { font-weight: 600; }
.tasks .body { padding: 0 0 10px 18px; display: flex; flex-direction: column; gap: 8px; }
.state { font-weight: 600; color: var(--soft); }
.state.done { color: var(--good); }
code { font: .93em ui-monospace, monospace; background: var(--panel); padding: 0 3px; border-radius: 3px; }
progress { accent-color: var(--accent); height: 12px; }
@media (forced-colors: active) { .choices input:checked + span { outline: 3px solid Highlight; } }
@media print { .toolbar, .tasks { display: none; } }
`;

/** What the page shows now: JupyterLab and nbconvert say it on the body, pydata's theme on the html element. */
export function pageTheme() {
  const { body, documentElement: html } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false" ? "dark" : "light";
  if (html.dataset.theme === "dark" || html.dataset.theme === "light") return html.dataset.theme;
  if (body.dataset.vscodeThemeKind) return body.dataset.vscodeThemeKind.includes("dark") ? "dark" : "light";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/**
 * Keep an element's `data-theme` that of the page.
 * @param {HTMLElement} root
 * @param {() => void} changed called after each change
 * @returns {() => void} ends it
 */
export function followTheme(root, changed) {
  const update = () => {
    const theme = pageTheme();
    if (root.dataset.theme === theme) return;
    root.dataset.theme = theme;
    changed();
  };
  const observer = new MutationObserver(update);
  const attributeFilter = ["data-theme", "data-jp-theme-light", "data-jp-theme-name", "data-vscode-theme-kind"];
  observer.observe(document.documentElement, { attributes: true, attributeFilter });
  observer.observe(document.body, { attributes: true, attributeFilter });
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", update);
  update();
  return () => {
    observer.disconnect();
    query.removeEventListener("change", update);
  };
}

/** Whether the reader asked for less motion. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
