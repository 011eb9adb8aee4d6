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
  sortable(table);
})();
