"use strict";
// The list of changes: pair k is row 2k of A and row 2k + 1 of B. Its state is kept in the address.
(() => {
  const FILTERS = ["rubric", "label", "why", "way"];
  const SIZE = 100; // of one page of the list
  const { pairs } = JSON.parse(document.querySelector("script.index").textContent)[0];
  const all = pairs.why.map((_, k) => k);
  const state = { order: "", text: "", page: 0, by: {} };
  let withText = null; // the pairs that hold the text, or null where none is asked for

  // ---- what a pair is
  const sides = (k) => [2 * k, 2 * k + 1];
  function change(k) {
    const [a, b] = sides(k).map(scoreOf);
    return a === null || b === null ? null : b - a;
  }
  function way(k) {
    const [a, b] = sides(k);
    if (words("status", a) !== words("status", b)) return [`${words("status", a)} → ${words("status", b)}`];
    const found = [change(k) > 0 ? "score rose" : change(k) < 0 ? "score fell" : "score is the same"];
    if (columns.passed[a] !== columns.passed[b]) found.push(columns.passed[b] === 1 ? "now passes" : "no longer passes");
    return found;
  }
  const values = {
    rubric: (k) => [words("rubric", 2 * k)],
    label: (k) => [words("label", 2 * k)],
    why: (k) => pairs.why[k],
    way,
  };
  function result(row) {
    if (words("status", row) !== "scored") return plainly(words("failure", row) || words("status", row));
    return columns.level[row] < 0 ? scoreOf(row).toFixed(2) : `level ${columns.level[row]}`;
  }

  // ---- which pairs, in which order
  function pairsHolding(given) {
    const found = rowsHolding(given);
    return found && new Set(all.filter((k) => sides(k).some((row) => found.has(row))));
  }
  function matching() {
    const asked = FILTERS.filter((name) => state.by[name]);
    return all.filter((k) => (withText === null || withText.has(k)) && asked.every((name) => values[name](k).includes(state.by[name])));
  }
  function ordered(found) {
    if (state.order === "name") return found.sort((a, b) => columns.id[2 * a].localeCompare(columns.id[2 * b], "en", { numeric: true }));
    const size = { far: (k) => Math.abs(change(k)), up: change, down: (k) => -change(k) }[state.order];
    if (!size) return found;
    const key = (k) => (change(k) === null ? Number.NEGATIVE_INFINITY : size(k)); // what has no score, last
    return found.sort((a, b) => (key(a) > key(b) ? -1 : key(a) < key(b) ? 1 : a - b));
  }

  // ---- what is seen
  function pairNode(k) {
    const [a, b] = sides(k), by = change(k);
    const sign = by === null || by === 0 ? "" : by > 0 ? "+" : "−";
    const move = el("span", { class: "cell move" }, el("span", { class: "unseen" }, "A "), pill(words("status", a), result(a)), " → ",
      el("span", { class: "unseen" }, "B "), pill(words("status", b), result(b)));
    const summary = el("summary", null, el("span", { class: "cell who" }, foreign(columns.id[a])),
      el("span", { class: "cell rubric" }, foreign(words("rubric", a))), move,
      el("span", { class: "cell by" }, by === null ? "" : sign + Math.abs(by).toFixed(2)),
      el("span", { class: "cell why" }, pairs.why[k].join(", ")));
    return opening(el("details", { class: "change", "data-pair": k }, summary), () => bothSides(k));
  }
  function bothSides(k) {
    const answers = pairs.answers[k].map((one) => el("li", null, foreign(one)));
    const two = el("div", { class: "sides" }, ...sides(k).map((row, i) =>
      el("section", { class: "side", "aria-label": `run ${"AB"[i]}` }, el("h3", null, `${"AB"[i]}: ${result(row)}`), inside(row))));
    const node = el("div", { class: "both" }, el("p", null, "Differs between the runs: ", el("b", null, pairs.why[k].join(", "))), two);
    if (answers.length) two.before(el("p", null, "Answers that came out differently, A → B:"), el("ul", null, ...answers));
    return node;
  }
  function draw() {
    const found = ordered(matching());
    const pages = Math.max(1, Math.ceil(found.length / SIZE));
    state.page = Math.min(Math.max(state.page, 0), pages - 1);
    const nodes = found.slice(state.page * SIZE, (state.page + 1) * SIZE).map(pairNode);
    const none = all.length ? "Nothing passes these filters." : "No verdict changed.";
    byId("list").replaceChildren(...(nodes.length ? nodes : [el("p", { class: "soft empty" }, none)]));
    byId("found").textContent = `${found.length.toLocaleString("en")} changed verdict${found.length === 1 ? "" : "s"}`;
    showPlace(state.page, pages);
  }
  function turnTo(what) {
    Object.assign(state, { page: 0 }, what);
    draw();
    keepInAddress({ ...state.by, order: state.order, text: state.text });
  }

  // ---- what can be done
  const given = new URLSearchParams(location.hash.slice(1));
  state.order = given.get("order") || "";
  state.text = given.get("text") || "";
  for (const name of FILTERS) {
    const select = byId(`by-${name}`);
    const known = [...new Set(all.flatMap(values[name]))].filter((one) => one !== "");
    known.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    select.append(...known.map((one) => el("option", { value: one }, name === "why" || name === "way" ? one : plainly(one))));
    select.parentElement.hidden = known.length < 2;
    state.by[name] = known.includes(given.get(name)) ? given.get(name) : "";
    select.addEventListener("change", () => turnTo({ by: { ...state.by, [name]: select.value } }));
  }
  showControls(FILTERS, state);
  listen({
    typed(text) {
      withText = pairsHolding(text);
      turnTo({ text });
    },
    ordered: (order) => turnTo({ order }),
    cleared() {
      withText = null;
      turnTo({ text: "", order: "", by: Object.fromEntries(FILTERS.map((name) => [name, ""])) });
      showControls(FILTERS, state);
    },
    turned(step) {
      turnTo({ page: state.page + step });
      byId("changes").scrollIntoView();
    },
    openable: ".change",
  });
  withText = pairsHolding(state.text);
  byId("app").before(...document.querySelectorAll("#app ~ p.note"));
  byId("app").hidden = false;
  draw();
})();
