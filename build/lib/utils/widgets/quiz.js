// @ts-check
/** Questions: predict, commit, compare; an earlier answer shown again; and the progress of a lecture. See quiz.py. */
import { h, memory, onMemory, rich } from "./dom.js";
import { KINDS } from "./questions.js";
import { CSS, followTheme } from "./style.js";

/**
 * What a learner committed to. `first` is the first response, which a second try does not change.
 * @typedef {{kind: string, question: string, response: any, right: boolean | null, first: any, firstRight: boolean | null, at?: number}} Commitment
 */

const EXTRA = `
.root { max-width: 46em; padding: 12px 16px; border-left: 5px solid var(--accent); }
.question { font-weight: 650; margin-bottom: 8px; }
.options { display: flex; flex-direction: column; gap: 6px; margin-bottom: 8px; }
.options label { display: flex; gap: 10px; align-items: center; min-height: var(--target); padding: 4px 10px; border: 1px solid var(--edge); border-radius: 6px; background: var(--panel); cursor: pointer; }
.options input { width: 18px; height: 18px; margin: 0; accent-color: var(--accent); flex: none; }
.options label:has(input:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.options label:has(input:disabled) { cursor: default; }
.verdict { font-weight: 650; margin: 8px 0 4px; }
.verdict.right { color: var(--good); }
.verdict.wrong { color: var(--bad); }
.reveal { border-top: 1px solid var(--line); margin-top: 10px; display: flex; flex-direction: column; gap: 6px; }
.order { list-style: none; display: flex; flex-direction: column; gap: 6px; margin-bottom: 8px; }
.order li { display: flex; gap: 8px; align-items: center; border: 1px solid var(--edge); border-radius: 6px; background: var(--panel); padding: 4px 6px 4px 12px; touch-action: none; cursor: grab; user-select: none; }
.order li .place { font-variant-numeric: tabular-nums; color: var(--soft); min-width: 1.4em; }
.order li .item { flex: 1; }
.order li.held { border-color: var(--accent); box-shadow: 0 2px 8px rgb(0 0 0 / .25); }
.order.locked li { cursor: default; touch-action: auto; }
.line { display: flex; gap: 8px; align-items: center; margin-bottom: 8px; }
.entries { padding-left: 1.2em; margin: 6px 0; }
`;

export default {
  /** @param {{model: any, el: HTMLElement}} context */
  render({ model, el }) {
    return begin(el, model.get("_question"), model);
  },
  /** @param {HTMLElement} host @param {any} payload */
  mount(host, payload) {
    return begin(host, payload.question, null);
  },
};

/**
 * Put a question into its place.
 * @param {HTMLElement} host
 * @param {any} question
 * @param {any} model the widget's model where a kernel runs, or null
 * @returns {() => void} ends it
 */
function begin(host, question, model) {
  memory.merge(model?.get("remembered"));
  host.classList.add("which-is-better-question");
  host.dataset.lmSuppressShortcuts = "true"; // JupyterLab takes keys for commands to the notebook
  for (const kind of ["keydown", "keyup", "keypress"]) host.addEventListener(kind, (event) => event.stopPropagation());
  host.replaceChildren();
  const root = h("section", { class: "root", "aria-label": question.question });
  (host.shadowRoot ?? host.attachShadow({ mode: "open" })).replaceChildren(h("style", { text: CSS + EXTRA }), root);
  const ends = [followTheme(root, () => {})];
  if (question.kind === "progress") ends.push(progress(root, question, model));
  else if (question.kind === "recall") ends.push(recall(root, question));
  else ends.push(ask(root, question, model));
  return () => ends.forEach((end) => end());
}

/** A question with its control, the commitment and what follows. @param {HTMLElement} root @param {any} question @param {any} model */
function ask(root, question, model) {
  const kind = KINDS[question.kind](question);
  const commit = h("button", { type: "button", text: "Commit my answer" });
  const again = h("button", { type: "button", class: "plain", text: "Answer again", hidden: true });
  const hint = h("span", { class: "caption" });
  const reveal = h("div", { class: "reveal", hidden: true });
  const spoken = h("p", { class: "hidden", role: "status", "aria-live": "polite" });
  root.append(h("p", { class: "question" }, ...rich(question.question)), kind.element, h("div", { class: "toolbar" }, commit, again, hint), reveal, spoken);

  const refresh = () => {
    const ready = kind.response() !== null;
    commit.disabled = !ready;
    hint.textContent = ready || commit.hidden ? "" : "Answer first; the explanation follows.";
  };
  kind.element.addEventListener("answered", refresh);

  /** @param {Commitment | null} record @param {boolean} aloud */
  const show = (record, aloud) => {
    commit.hidden = record !== null;
    again.hidden = record === null;
    reveal.hidden = record === null;
    kind.lock(record !== null);
    refresh();
    if (record === null) return;
    kind.show(record.response);
    const right = kind.right(record.response);
    const verdict = right === null ? "Your decision is kept." : right ? "✓ Right." : "✗ Not right.";
    const before = JSON.stringify(record.first) === JSON.stringify(record.response) ? null
      : h("p", { class: "caption", text: `Your first answer was: ${kind.say(record.first)}.` });
    reveal.replaceChildren(
      h("p", { class: right === null ? "verdict" : right ? "verdict right" : "verdict wrong", text: verdict }),
      ...kind.explain(record.response), ...(before ? [before] : []),
    );
    if (aloud) spoken.textContent = reveal.textContent;
  };
  commit.addEventListener("click", () => {
    const response = kind.response();
    const old = memory.get(question.key);
    const right = kind.right(response);
    memory.set(question.key, {
      kind: question.kind, question: question.question, response, words: kind.say(response), right,
      first: old ? old.first : response, firstRight: old ? old.firstRight : right,
    }, model);
    show(memory.get(question.key), true);
    again.focus();
  });
  again.addEventListener("click", () => {
    show(null, false);
    spoken.textContent = "You can answer again.";
    commit.focus();
  });
  const end = onMemory(question.key, () => {
    const record = memory.get(question.key);
    if (!record) show(null, false);
    else if (commit.hidden) show(record, false);
  });
  show(memory.get(question.key), false);
  return end;
}

/** @param {any} record */
const when = (record) => (record.at ? new Date(record.at).toLocaleDateString(undefined, { day: "numeric", month: "long", year: "numeric" }) : "");

/** An earlier answer. @param {HTMLElement} root @param {any} question */
function recall(root, question) {
  const show = () => {
    const record = memory.get(question.key);
    if (!record) {
      root.replaceChildren(h("p", { text: `You have not answered this question yet: it stands in lecture ${question.key.slice(0, 2)}.` }));
      return;
    }
    root.replaceChildren(
      h("p", { class: "question" }, ...rich(record.question)),
      h("p", {}, `You answered on ${when(record)}: `, h("b", {}, ...rich(record.words ?? String(record.response))), "."),
    );
  };
  show();
  return onMemory(question.key, show);
}

/** What is known of a lecture, with export and clear. @param {HTMLElement} root @param {any} question @param {any} model */
function progress(root, question, model) {
  const prefix = `${question.key.slice(0, 2)}-`;
  const line = h("p", { class: "question", role: "status" });
  const list = h("ul", { class: "entries" });
  const details = h("details", {}, h("summary", { text: "Show them" }), list);
  const save = h("a", { class: "hidden", tabindex: -1, "aria-hidden": "true" });
  const write = h("button", { type: "button", text: "Export", onclick: () => {
    const entries = Object.fromEntries(memory.entries(prefix));
    const address = URL.createObjectURL(new Blob([JSON.stringify({ lecture: question.lecture, entries }, null, 1)], { type: "application/json" }));
    Object.assign(save, { href: address, download: `${question.lecture}-answers.json` });
    save.click();
    URL.revokeObjectURL(address);
  } });
  const clear = h("button", { type: "button", text: "Clear", onclick: () => {
    if (clear.textContent === "Clear") {
      clear.textContent = "Clear for good?";
      setTimeout(() => { clear.textContent = "Clear"; }, 5000);
      return;
    }
    clear.textContent = "Clear";
    memory.clear(prefix, model);
    write.focus();
  } });
  root.append(line, details, h("div", { class: "toolbar" }, write, clear, save), h("p", { class: "caption", text: model ? "Kept in this browser and, as answers.json, in the course's cache folder on this computer. Nothing is sent anywhere." : "Kept in this browser. Nothing is sent anywhere." }));
  const show = () => {
    const entries = memory.entries(prefix).filter(([, value]) => value);
    const tasks = entries.filter(([, value]) => value.kind === "task");
    const answers = entries.filter(([, value]) => value.kind !== "task" && value.response !== undefined);
    const judged = answers.filter(([, value]) => value.firstRight !== null);
    const done = tasks.filter(([, value]) => value.done);
    const plural = (/** @type {number} */ n, /** @type {string} */ word) => `${n} ${word}${n === 1 ? "" : "s"}`;
    const of = tasks.length ? ` of ${tasks[0][1].of}` : "";
    line.textContent = entries.length
      ? `Lecture ${question.key.slice(0, 2)}: ${plural(answers.length, "question")} answered` +
        (judged.length ? `, ${judged.filter(([, value]) => value.firstRight).length} of ${judged.length} right at the first try` : "") +
        `; ${done.length}${of} tasks done.`
      : `Lecture ${question.key.slice(0, 2)}: no question answered and no task done yet.`;
    details.hidden = !entries.length;
    write.disabled = clear.disabled = !entries.length;
    list.replaceChildren(
      ...answers.map(([, value]) => h("li", {}, ...rich(value.question), " ", h("b", {}, ...rich(value.words ?? String(value.response))), value.right === null ? "" : value.right ? " ✓" : " ✗")),
      ...tasks.map(([, value]) => h("li", {}, "Task: ", ...rich(value.text), value.done ? " ✓" : "", value.predicted ? ` (predicted: ${value.predicted})` : "")),
    );
  };
  show();
  return onMemory(prefix, show);
}
