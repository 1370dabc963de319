// @ts-check
/** What the course adds to the theme: scrolling areas can be reached by keyboard, and a definition can be dismissed. */

function addTabStops() {
  for (const area of document.querySelectorAll(".scrolls, .cell_output .output, .cell_output figure > div, pre")) {
    const scrolls = area.scrollWidth > area.clientWidth + 1;
    if (scrolls) area.setAttribute("tabindex", "0");
    else area.removeAttribute("tabindex");
  }
}
addTabStops();
addEventListener("load", addTabStops);
addEventListener("resize", addTabStops);
document.addEventListener("toggle", addTabStops, true);

document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") for (const term of document.querySelectorAll(".term")) term.classList.add("closed");
});
for (const kind of ["pointerenter", "focusin"]) {
  document.addEventListener(kind, ({ target }) => {
    if (target instanceof Element) target.closest(".term")?.classList.remove("closed");
  }, true);
}
