"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  document.documentElement.classList.add("js");

  // Metadata filter: every word must occur in the row.
  const filter = byId("metadata-filter");
  if (filter) {
    const rows = [...byId("metadata-table").tBodies[0].rows];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    filter.addEventListener("input", () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, i) => {
        row.hidden = !words.every((word) => texts[i].includes(word));
        shown += row.hidden ? 0 : 1;
      });
      byId("metadata-count").textContent = shown + " of " + rows.length + " fields";
    });
  }

  const viewer = byId("viewer");
  if (!viewer) return;
  const width = Number(viewer.dataset.width), height = Number(viewer.dataset.height);
  const frame = byId("frame"), layers = byId("layers"), cross = byId("cross"), readout = byId("readout");

  // Choice of the map. The style sheet shows what is chosen.
  const chosen = () => {
    const input = viewer.querySelector('input[name="map"]:checked');
    return input && input.value !== "" ? byId("map-" + input.value) : null;
  };
  viewer.querySelectorAll('input[name="map"]').forEach((input) => input.addEventListener("change", () => {
    if (point) read(point[0], point[1]);
    else if (readout) readout.textContent = "Point at the picture to read a value.";
  }));

  // Opacity.
  const opacity = byId("opacity");
  if (opacity) {
    const set = () => {
      viewer.style.setProperty("--opacity", String(opacity.value / 100));
      byId("opacity-value").textContent = opacity.value + " %";
    };
    opacity.addEventListener("input", set);
    set();
  }

  // Side by side: a second pane with the picture alone.
  const side = byId("view-side");
  if (side) {
    let plain = null;
    const set = () => {
      if (side.checked && !plain) {
        const pane = frame.closest(".pane");
        plain = pane.cloneNode(true);
        plain.classList.add("plain");
        plain.querySelector(".pane-title").textContent = "Picture only";
        plain.querySelectorAll("img.map, svg, .cross").forEach((element) => element.remove());
        plain.querySelectorAll("[id]").forEach((element) => element.removeAttribute("id"));
        const copy = plain.querySelector(".frame");
        ["tabindex", "aria-describedby"].forEach((name) => copy.removeAttribute(name));
        copy.setAttribute("aria-label", "Picture without a map");
        pane.parentNode.insertBefore(plain, pane);
        const first = plain.querySelector(".scroll"), second = pane.querySelector(".scroll");
        const follow = (from, to) => from.addEventListener("scroll", () => {
          to.scrollLeft = from.scrollLeft;
          to.scrollTop = from.scrollTop;
        });
        follow(first, second);
        follow(second, first);
      }
      if (plain) plain.hidden = !side.checked;
      viewer.classList.toggle("side", side.checked);
    };
    viewer.querySelectorAll('input[name="view"]').forEach((input) => input.addEventListener("change", set));
    set();
  }

  // Size.
  const full = byId("size-full");
  const resize = () => viewer.classList.toggle("full", full.checked);
  viewer.querySelectorAll('input[name="size"]').forEach((input) => input.addEventListener("change", resize));
  resize();

  // Outlines.
  viewer.querySelectorAll(".outline-choice").forEach((input) => {
    const set = () => { byId("outline-" + input.value).style.display = input.checked ? "" : "none"; };
    input.addEventListener("change", set);
    set();
  });

  // Turning.
  const turn = byId("turn");
  const matrix = (viewer.dataset.turn || "1,0,0,1").split(",").map(Number);
  const turned = () => viewer.classList.contains("turned");
  if (turn) turn.addEventListener("click", () => {
    turn.setAttribute("aria-pressed", String(viewer.classList.toggle("turned")));
    turn.textContent = turned() ? "Show as stored" : "Turn picture and maps upright";
  });

  // Values under the pointer, read back from the colours of the map's picture.
  const pixels = new Map(), palettes = new Map();
  const dataOf = (map) => {
    if (!pixels.has(map)) {
      const canvas = document.createElement("canvas");
      canvas.width = map.dataset.columns;
      canvas.height = map.dataset.rows;
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(map, 0, 0);
      pixels.set(map, context.getImageData(0, 0, canvas.width, canvas.height).data);
    }
    return pixels.get(map);
  };
  const levels = (name) => {
    if (!palettes.has(name)) {
      const hex = viewer.dataset[name], table = new Map();
      for (let i = 0; i < 256; i++) table.set(parseInt(hex.slice(i * 6, i * 6 + 6), 16), i);
      palettes.set(name, table);
    }
    return palettes.get(name);
  };
  const valueAt = (map, x, y) => {
    const cell = Number(map.dataset.cell), columns = Number(map.dataset.columns);
    const column = Math.floor(x / cell), row = Math.floor(y / cell);
    if (column >= columns || row >= Number(map.dataset.rows)) return "no value here";
    const data = dataOf(map), at = (row * columns + column) * 4;
    const level = levels(map.dataset.scale).get(data[at] * 65536 + data[at + 1] * 256 + data[at + 2]);
    if (level === undefined) return "this browser hides colours from scripts, so the value cannot be read";
    const low = Number(map.dataset.low), high = Number(map.dataset.high);
    const text = Number((low + (high - low) * level / 255).toPrecision(3)).toString();
    return (level === 0 ? "at most " : level === 255 ? "at least " : "about ") + text;
  };
  let point = null;
  const read = (x, y) => {
    if (!readout) return;
    const map = chosen();
    readout.textContent = "Column " + x + ", row " + y + (map ? ": " + valueAt(map, x, y) : ". No map is chosen.");
  };
  const place = (x, y) => {
    point = [Math.min(Math.max(x, 0), width - 1), Math.min(Math.max(y, 0), height - 1)];
    read(point[0], point[1]);
  };
  const mark = () => {
    cross.hidden = false;
    cross.style.left = (point[0] + 0.5) / width * 100 + "%";
    cross.style.top = (point[1] + 0.5) / height * 100 + "%";
  };
  // From a place on the screen, 0 to 1, to one on the stored picture: the inverse of a turn is its transpose.
  const stored = (u, v) => {
    const [a, b, c, d] = turned() ? matrix : [1, 0, 0, 1];
    return [a * (u - 0.5) + b * (v - 0.5) + 0.5, c * (u - 0.5) + d * (v - 0.5) + 0.5];
  };
  const follow = (event) => {
    const box = frame.getBoundingClientRect();
    const [x, y] = stored((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    place(Math.floor(x * width), Math.floor(y * height));
  };
  frame.addEventListener("pointermove", follow);
  frame.addEventListener("click", (event) => { follow(event); mark(); });
  frame.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [a, b, c, d] = turned() ? matrix : [1, 0, 0, 1];
    const size = event.shiftKey ? 1 : Math.max(1, Math.round(Math.max(width, height) / 100));
    const from = point || [Math.floor(width / 2), Math.floor(height / 2)];
    place(from[0] + (a * step[0] + b * step[1]) * size, from[1] + (c * step[0] + d * step[1]) * size);
    mark();
  });

  // Small maps beside the findings.
  document.querySelectorAll(".preview").forEach((button) => {
    const map = byId("map-" + button.dataset.map);
    const image = document.createElement("img");
    image.alt = "";
    image.src = map.src;
    button.prepend(image);
    button.addEventListener("click", () => {
      const input = byId("choose-" + button.dataset.map);
      input.checked = true;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      viewer.scrollIntoView();
      frame.focus({ preventScroll: true });
    });
  });
})();
