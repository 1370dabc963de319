// @ts-check
/** What the course adds to the theme: scrolling areas can be reached by keyboard, and a definition can be dismissed. */

function addTabStops() {
  for (const area of document.querySelectorAll(".scrolls, .cell_output .output, .cell_output figure > div, pre")) {
    const scrolls = area.scrollWidth > area.clientWidth + 1;
    if (scrolls) area.setAttribute("tabindex", "0");
    else area.removeAttribute("tabindex");
    area.classList.toggle("sideways", scrolls);
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

// On paper a link shows its address in a list at the end, and what is folded in the prose is open.
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("article details:not(.hide)")) fold.setAttribute("open", "");
  const article = document.querySelector("article");
  if (!article || article.querySelector(".printed-links")) return;
  /** @type {string[]} */
  const addresses = [];
  for (const link of article.querySelectorAll("a[href^='http']")) {
    const href = link.getAttribute("href") ?? "";
    if (!addresses.includes(href)) addresses.push(href);
    link.insertAdjacentHTML("afterend", `<sup class="printed-links">${addresses.indexOf(href) + 1}</sup>`);
  }
  if (!addresses.length) return;
  const list = document.createElement("ol");
  list.className = "printed-links";
  list.append(...addresses.map((address) => Object.assign(document.createElement("li"), { textContent: address })));
  article.append(list);
});
