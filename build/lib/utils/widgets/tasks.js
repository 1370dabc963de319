// @ts-check
/** The tasks below a figure: predict, move until the check fires, read the answer. */
import { h, memory, onMemory, rich } from "./dom.js";

/** @typedef {import("./figure.js").Task} Task */

export class Tasks {
  /** @param {import("./figure.js").Mounted} mounted @param {Task[]} tasks */
  constructor(mounted, tasks) {
    this.mounted = mounted;
    this.tasks = tasks;
    this.element = h("div", { class: "tasks", role: "group", "aria-label": "tasks" });
    if (!tasks.length) {
      this.element.hidden = true;
      return;
    }
    this.count = h("span", { class: "state" });
    this.items = tasks.map((task, place) => this.item(task, place));
    this.element.append(h("p", { class: "heading" }, "Tasks ", this.count), h("ol", {}, ...this.items.map(({ element }) => element)));
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
    const rest = { kind: "task", text: task.text, of: this.tasks.length };
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
