"use strict";
// Functions of the browser check, put into the page over the DevTools protocol, which the page's own policy
// does not bind. Those that check return null, or what is wrong.
window.probe = (() => {
  const byId = (id) => document.getElementById(id);
  const settled = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const pick = (input) => {
    input.checked = true;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const visible = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility !== "hidden";

  const channel = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = channel(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const texts = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = new Set();
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (walker.currentNode.data.trim() && !parent.closest("script, style, noscript") && visible(parent)) found.add(parent);
    }
    return [...found];
  };
  const name = (element) => element.tagName.toLowerCase() + (element.id ? "#" + element.id : "") + " " + element.textContent.trim().slice(0, 30);

  const facts = () => {
    const viewer = byId("viewer"), picture = byId("picture");
    const small = [], faint = [];
    for (const element of texts()) {
      const style = getComputedStyle(element);
      const size = parseFloat(style.fontSize);
      if (size < 14) small.push(name(element) + " " + size);
      const [a, b] = [luminance(channel(style.color)), luminance(ground(element))].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) faint.push(name(element) + " " + ratio.toFixed(2));
    }
    const unlabelled = [...document.querySelectorAll("input, select, button, [tabindex]")].filter((element) =>
      !(element.labels && element.labels.length) && !element.getAttribute("aria-label") && !element.textContent.trim()).map(name);
    const levels = [...document.querySelectorAll("h1, h2, h3, h4")].filter(visible).map((h) => Number(h.tagName[1]));
    const headings = levels.filter((level) => level === 1).length === 1 && levels.every((level, i) => i === 0 || level <= levels[i - 1] + 1);
    const verdict = document.querySelector(".verdict");
    return {
      page: document.body.dataset.page, private: "private" in document.body.dataset, headings, small, faint, unlabelled,
      verdict: verdict && visible(verdict) ? verdict.innerText : "", images: document.querySelectorAll("img, svg, canvas").length,
      viewer: !!viewer, hasPicture: !!picture, naturalWidth: picture ? picture.naturalWidth : 0,
      maps: document.querySelectorAll("#layers img.map").length, turn: !!byId("turn"),
      tiny: !!viewer && Math.min(viewer.dataset.width, viewer.dataset.height) < 8,
    };
  };
  const overflow = () => {
    const scroller = document.scrollingElement;
    if (scroller.scrollWidth <= innerWidth) return null;
    const wide = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll, .table"));
    return scroller.scrollWidth + " of " + innerWidth + " pixels: " + wide.slice(0, 4).map(name).join("; ");
  };
  const choose = async (map) => {
    const input = byId(map === null ? "choose-none" : "choose-" + map);
    if (input) pick(input);
    document.querySelectorAll(".outline-choice").forEach((box) => { if (box.checked) box.click(); });
    byId("cross").hidden = true;
    if (map !== null) await byId("map-" + map).decode();
    await settled();
  };
  const opacity = async (map, percent) => {
    const slider = byId("opacity");
    slider.value = percent;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await settled();
    return Number(getComputedStyle(byId("map-" + map)).opacity);
  };
  const read = async () => {
    const frame = byId("frame"), box = frame.getBoundingClientRect();
    frame.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + box.width / 3, clientY: box.top + box.height / 3, bubbles: true }));
    await settled();
    return byId("readout").textContent;
  };
  const clip = () => {
    const box = byId("frame").getBoundingClientRect();
    const scroll = byId("frame").closest(".scroll").getBoundingClientRect();
    const width = Math.max(1, Math.min(box.width, scroll.width)), height = Math.max(1, Math.min(box.height, scroll.height));
    return { x: box.left + scrollX, y: box.top + scrollY, width, height, scale: 1 };
  };
  const state = settled;
  // Picture and map must lie on each other and be turned by the same matrix, the one that the page states.
  const turn = async () => {
    const layers = byId("layers"), viewer = byId("viewer");
    const over = [byId("picture"), ...document.querySelectorAll("#layers img.map")].filter(Boolean);
    if (!over.every((image) => layers.contains(image))) return "picture and maps are not in one turned layer";
    const matrices = () => over.map((image) => {
      let matrix = new DOMMatrix();
      for (let e = image; e && e !== viewer; e = e.parentElement) {
        const own = getComputedStyle(e).transform;
        if (own && own !== "none") matrix = new DOMMatrix(own).multiply(matrix);
      }
      return [matrix.a, matrix.b, matrix.c, matrix.d].map((v) => Math.round(v * 1000) / 1000 + 0).join(",");
    });
    const before = matrices();
    byId("turn").click();
    await settled();
    const after = matrices();
    if (after.some((matrix, i) => matrix === before[i])) return "turning leaves a transform as it was: " + after;
    const turned = byId("turn").getAttribute("aria-pressed") === "true";
    const expected = turned ? viewer.dataset.turn : "1,0,0,1";
    if (after.some((matrix) => matrix !== expected)) return "turned by " + after + ", expected " + expected;
    const frame = byId("frame").getBoundingClientRect(), box = layers.getBoundingClientRect();
    const off = Math.max(Math.abs(frame.left - box.left), Math.abs(frame.top - box.top), Math.abs(frame.width - box.width), Math.abs(frame.height - box.height));
    return off > 1.5 ? "the turned layers are " + off + " pixels off their frame" : null;
  };
  const keyboard = async () => {
    const frame = byId("frame");
    frame.focus();
    if (document.activeElement !== frame) return "the picture cannot be focused";
    const key = (name) => frame.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
    key("ArrowRight");
    const first = byId("readout") ? byId("readout").textContent : "";
    key("ArrowDown");
    await settled();
    if (byId("cross").hidden) return "arrow keys do not show the point";
    const { width, height } = byId("viewer").dataset;
    return byId("readout") && first === byId("readout").textContent && width > 1 && height > 1 ? "arrow keys do not move the point" : null;
  };
  const sideBySide = async () => {
    const side = byId("view-side");
    if (!side) return null;
    pick(side);
    await settled();
    const frames = [...document.querySelectorAll("#viewer .frame")].filter(visible);
    if (frames.length !== 2) return "side by side shows " + frames.length + " frames";
    const [plain, over] = frames.map((frame) => frame.querySelectorAll("img.map").length);
    if (plain !== 0 || over === 0) return "side by side does not separate picture and map";
    if (new Set([...document.querySelectorAll("[id]")].map((e) => e.id)).size !== document.querySelectorAll("[id]").length) return "ids occur twice";
    return null;
  };
  const full = async () => {
    pick(byId("view-over") || byId("size-full"));
    pick(byId("size-full"));
    await settled();
    const expected = Math.max(4, Number(byId("viewer").dataset.width)), got = byId("frame").getBoundingClientRect().width;
    const wrong = Math.abs(got - expected) > 1 ? "at 100 % the picture is " + got + " pixels wide, expected " + expected : null;
    pick(byId("size-fit"));
    await settled();
    return wrong;
  };
  const previews = async () => {
    for (const button of document.querySelectorAll(".preview")) {
      const image = button.querySelector("img");
      await image.decode();
      if (!image.naturalWidth) return "a small map is not drawn";
      button.click();
      await settled();
      if (!visible(byId("map-" + button.dataset.map))) return "a small map does not lead to its overlay";
    }
    return null;
  };
  const reset = async () => {
    scrollTo(0, 0);
    document.activeElement.blur();
    byId("cross").hidden = true;
    document.querySelectorAll(".outline-choice").forEach((box) => { if (!box.checked) box.click(); });
    if (byId("choose-0")) pick(byId("choose-0"));
    await settled();
  };
  const filter = () => {
    const input = byId("metadata-filter");
    if (!input) return null;
    const rows = [...byId("metadata-table").tBodies[0].rows];
    const set = (text) => { input.value = text; input.dispatchEvent(new Event("input", { bubbles: true })); };
    const shown = () => rows.filter((row) => !row.hidden).length;
    set("no field has this text");
    if (shown() !== 0) return "the metadata filter hides nothing";
    set(rows[0].cells[1].textContent);
    if (shown() === 0 || rows[0].hidden) return "the metadata filter hides what it should show";
    set("");
    return shown() === rows.length ? null : "the metadata filter does not let go";
  };
  const index = async () => {
    const faults = [];
    const rows = () => [...byId("table").tBodies[0].rows];
    const all = rows().length;
    for (const button of document.querySelectorAll("th button")) {
      const column = button.closest("th").cellIndex;
      const keys = () => rows().map((row) => row.cells[column].dataset.key);
      button.click();
      const up = keys();
      button.click();
      const down = keys();
      const numeric = button.closest("th").dataset.sort === "number";
      if (numeric && up.some((key, i) => i > 0 && Number(up[i - 1]) > Number(key))) faults.push("column " + column + " is not sorted");
      if (up[0] !== down[down.length - 1] || rows().length !== all) faults.push("column " + column + " does not turn round");
    }
    const input = byId("filter");
    input.value = "no file has this name";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    if (rows().some((row) => !row.hidden)) faults.push("the filter hides nothing");
    input.value = "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await settled();
    return faults;
  };
  // What paper must show: the words, the picture and every map apart from it; no controls.
  const printed = async () => {
    await settled();
    if (!visible(document.querySelector("h1"))) return "the page is blank";
    if ([...document.querySelectorAll("input, select, button:not(th button)")].some(visible)) return "there are controls";
    const images = [...document.querySelectorAll("#layers img")];
    if (!images.every(visible)) return "the picture or a map is missing";
    const boxes = images.map((image) => image.getBoundingClientRect());
    const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
    for (let i = 0; i < boxes.length; i++) {
      for (let j = 0; j < i; j++) if (!apart(boxes[i], boxes[j])) return "pictures " + j + " and " + i + " lie on each other";
    }
    const outlines = document.querySelector("#layers svg"), picture = byId("picture");
    if (outlines && picture) {
      const [a, b] = [outlines, picture].map((element) => element.getBoundingClientRect());
      const off = Math.max(Math.abs(a.left - b.left), Math.abs(a.top - b.top), Math.abs(a.right - b.right), Math.abs(a.bottom - b.bottom));
      if (off > 1) return "the outlines are " + off + " pixels off the picture";
    }
    return null;
  };
  return { printed, facts, overflow, choose, opacity, read, clip, state, turn, keyboard, sideBySide, full, previews, reset, filter, index };
})();
undefined;
