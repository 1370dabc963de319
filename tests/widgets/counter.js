// @ts-check
/** A figure for tests: every control, a handle on a plot, a task, and a question to Python. */
import { figure, number } from "./figure.js";

export default figure({
  name: "99-counter",
  compute(data, state) {
    if (state.k === 29) throw new Error("29 is unlucky: choose another k.");
    const sums = Object.fromEntries(Object.entries(data.arrays).map(([name, array]) => {
      const values = /** @type {number[]} */ (Array.from(/** @type {any} */ (array).values));
      return [name, values.reduce((sum, value) => sum + value, 0)];
    }));
    return { twice: 2 * state.k, position: state.position, sums, shapes: Object.values(data.arrays).map((array) => array.shape) };
  },
  change: (next, previous) => (next.k === previous.k ? next : { ...next, marks: [] }),
  describe: ({ state, view }) => `k = ${state.k}: twice is *${view.twice}*; position ${number(state.position)}; word “${state.word}”.`,
  tasks: [
    {
      key: "double",
      text: "Find a k whose double is 20.",
      predict: { question: "Is there one?", choices: ["yes", "no"] },
      start: { k: 2 },
      check: ({ view }) => view.twice === 20,
      answer: ({ view }) => `It is \`${view.twice / 2}\`.`,
    },
    { key: "right", text: "Move the point to the right half.", check: ({ state }) => state.position > 0.5, answer: "Done." },
  ],
  build(ui) {
    const plot = ui.plot({ label: "positions", height: 240, x: { label: "position (m)", domain: [0, 1] }, y: { label: "k", domain: [0, 30] } });
    const handle = plot.handle({ label: "position", step: 0.05, text: (value) => `${number(value)} m`, onMove: (value) => ui.set({ position: value }) });
    const bars = ui.bars({ title: "Values", rows: [{ name: "k", label: "k" }], high: 30, digits: 0 });
    const heard = ui.element("p", { class: "heard" });
    const ask = (/** @type {any} */ request) => ui.ask(request, { progress: (text, share) => { heard.textContent = `${text} ${share}`; } })
      .then((answer) => { heard.textContent = `answer ${answer.text} ${answer.numbers ? Array.from(answer.numbers.values).join(" ") : ""}`; })
      .catch((error) => { if (error.message !== "outdated") heard.textContent = `failed: ${error.message}`; });
    plot.onTap((x) => ui.set({ position: x }));
    const image = ui.canvas({ width: 4, height: 2, label: "a ramp", scale: 10 });
    const slow = ui.element("p", { class: "slow" });
    ui.add(
      ui.row(
        ui.slider("k", { label: "Clusters k" }),
        ui.slider("scale", { label: "Scale", text: (value) => `× ${value}` }),
        ui.choice("model", { label: "Model" }),
        ui.menu("color", { label: "Colour" }),
        ui.toggle("on", { label: "Switch" }),
        ui.number("position", { label: "Position" }),
      ),
      ui.text("word", { label: "Word", rows: 1, pause: 50 }),
      ui.buttons(
        ui.button("Mark", () => ui.set({ marks: [...ui.state.marks, ui.state.k] }), { enabled: () => ui.state.marks.length < 3 }),
        ui.button("Unlucky", () => ui.set({ k: 29 })),
        ui.button("Too large", () => ui.set({ k: 31 })),
        ui.play("k", { label: "Run", stop: "Pause", last: () => 28, first: 2, interval: 20 }),
        ui.button("Count", () => ui.slowly("count", (function* count() {
          const { k } = ui.state;
          for (let i = 0; i < 1500; i++) {
            const end = performance.now() + 1;
            while (performance.now() < end);
            yield null;
          }
          return k;
        })(), (k) => { slow.textContent = `${slow.textContent}counted ${k};`; })),
        ui.button("Ask", () => ask("quick")),
        ui.button("Ask for long", () => ask("slow")),
        ui.button("Ask in vain", () => ask("fail")),
      ),
      heard,
      slow,
      ui.columns(plot.element, bars.element, image.element),
    );
    return ({ state, view, before }) => {
      plot.frameAxes();
      plot.points("point", [state.position], [state.k]);
      plot.line("line", [0, 1], [0, view.twice / 2], { series: 1 });
      plot.band("band", [0, 1], [0, 1], [5, NaN], { series: 2 });
      plot.labels("labels", [{ x: 0.1, y: 25, text: state.model }]);
      image.draw([0, 0.5, 1, 2, state.position, -1, 0.25, 0.75], `a ramp at ${state.position}`);
      handle.place(state.position, state.k);
      bars.draw({ k: state.k }, before ? { k: before.state.k } : null, { k: [2, 28] });
    };
  },
});
