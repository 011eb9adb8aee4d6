"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  document.documentElement.classList.add("js");
  const table = byId("table"), body = table.tBodies[0], rows = [...body.rows];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const filter = byId("filter"), verdict = byId("verdict");
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, i) => {
      const fits = !verdict.value || row.dataset.verdict === verdict.value;
      row.hidden = !(fits && words.every((word) => texts[i].includes(word)));
      shown += row.hidden ? 0 : 1;
    });
    byId("count").textContent = shown + " of " + rows.length + " files";
  };
  filter.addEventListener("input", apply);
  verdict.addEventListener("change", apply);

  const heads = [...table.tHead.rows[0].cells];
  const collator = new Intl.Collator(undefined, { numeric: true });
  heads.forEach((head, column) => {
    if (!head.dataset.sort) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[column].dataset.key;
      const order = head.dataset.sort === "number"
        ? (a, b) => Number(key(a)) - Number(key(b))
        : (a, b) => collator.compare(key(a), key(b));
      const sorted = rows.map((row, i) => [row, i]).sort(([a, i], [b, j]) => (down ? order(b, a) : order(a, b)) || i - j);
      body.append(...sorted.map(([row]) => row));
    });
  });
})();
