"use strict";
// The list of verdicts: tabs, filters, search, order, pages. Its state is kept in the address, so that a view can be linked.
(() => {
  const FILTERS = ["rubric", "label", "status", "level", "passed", "provenance", "flag", "failure"];
  const VIEWS = ["questions", "verdicts", "failures"];
  const SIZE = { questions: 50, verdicts: 100, failures: 100 }; // of one page of the list
  const state = { view: "questions", order: "", text: "", page: 0, by: {} };
  let textRows = null; // the rows that hold the text, or null where none is asked for

  function fromAddress() {
    const given = new URLSearchParams(location.hash.slice(1));
    if (VIEWS.includes(given.get("view"))) state.view = given.get("view");
    for (const name of FILTERS) state.by[name] = given.get(name) || "";
    if (["low", "high", "apart", "name"].includes(given.get("order"))) state.order = given.get("order");
    state.text = given.get("text") || "";
  }
  function toAddress() {
    keepInAddress({ view: state.view === "questions" ? "" : state.view, ...state.by, order: state.order, text: state.text });
  }

  // ---- which rows
  function values(name, row) {
    if (name === "level") return [columns.level[row] < 0 ? "none" : String(columns.level[row])];
    if (name === "passed") return [["", "no", "yes"][columns.passed[row] + 1]];
    if (name === "flag") return columns.flags[row].map((flag) => names.flag[flag]);
    return [words(name, row) || ""];
  }
  function matching() {
    const asked = FILTERS.filter((name) => state.by[name]);
    return rows.filter((row) => (state.view !== "failures" || words("status", row) === "failed")
      && (textRows === null || textRows.has(row)) && asked.every((name) => values(name, row).includes(state.by[name])));
  }

  // ---- in which order
  function grouped(found) {
    const groups = new Map();
    for (const row of found) {
      if (!groups.has(columns.question[row])) groups.set(columns.question[row], []);
      groups.get(columns.question[row]).push(row);
    }
    return [...groups.values()];
  }
  function mean(group) {
    const known = group.map(scoreOf).filter((score) => score !== null);
    return known.length ? known.reduce((a, b) => a + b) / known.length : null;
  }
  function apart(group) { // how far scores lie apart under one rubric, where that is most
    const ends = new Map();
    for (const row of group.filter((one) => scoreOf(one) !== null)) {
      const [low, high] = ends.get(columns.rubric[row]) || [1, 0];
      ends.set(columns.rubric[row], [Math.min(low, scoreOf(row)), Math.max(high, scoreOf(row))]);
    }
    return ends.size ? Math.max(...[...ends.values()].map(([low, high]) => high - low)) : null;
  }
  function ordered(groups) {
    const [measure, sign] = { low: [mean, 1], high: [mean, -1], apart: [apart, -1] }[state.order] || [];
    const named = (group) => columns.id[group[0]];
    if (state.order === "name") return groups.sort((a, b) => named(a).localeCompare(named(b), "en", { numeric: true }));
    if (!measure) return groups;
    const keyed = groups.map((group) => [measure(group), group]);
    const last = Number.POSITIVE_INFINITY; // what has no score
    const key = ([found]) => (found === null ? last : sign * found);
    return keyed.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)).map(([, group]) => group);
  }

  // ---- what is seen
  const many = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
  function questionNode(group) {
    const question = columns.question[group[0]];
    const counts = { scored: 0, abstained: 0, failed: 0 };
    for (const row of group) counts[words("status", row)] += 1;
    const said = Object.entries(counts).filter(([, n]) => n).map(([status, n]) => `${n} ${status}`).join(", ");
    const who = el("span", { class: "cell who" }, el("b", null, foreign(names.question[question])), " ", foreign(titles[question]));
    const summary = el("summary", null, who,
      el("span", { class: "cell counts" }, mean(group) === null ? said : `${said} · mean`), meter(mean(group)));
    const ask = asks[question] ? [el("p", { class: "ask soft small" }, "What it tests: ", foreign(asks[question]))] : [];
    return opening(el("details", { class: "question" }, summary),
      () => el("div", { class: "group" }, ...ask, ...group.map((row) => verdictNode(row, false))));
  }
  function draw() {
    const byQuestion = state.view === "questions", size = SIZE[state.view];
    const found = matching();
    const groups = ordered(byQuestion ? grouped(found) : found.map((row) => [row]));
    const pages = Math.max(1, Math.ceil(groups.length / size));
    state.page = Math.min(Math.max(state.page, 0), pages - 1);
    const shown = groups.slice(state.page * size, (state.page + 1) * size);
    const nodes = shown.map((group) => (byQuestion ? questionNode(group) : verdictNode(group[0], true)));
    if (!nodes.length) nodes.push(el("p", { class: "soft empty" }, "Nothing passes these filters."));
    byId("list").replaceChildren(...nodes);
    byId("list").setAttribute("aria-labelledby", `tab-${state.view}`);
    byId("found").textContent = many(found.length, "verdict") + (byQuestion ? ` of ${many(groups.length, "question")}` : "");
    showPlace(state.page, pages);
    for (const view of VIEWS) {
      byId(`tab-${view}`).setAttribute("aria-selected", String(view === state.view));
      byId(`tab-${view}`).tabIndex = view === state.view ? 0 : -1;
    }
  }
  function change(what) {
    Object.assign(state, { page: 0 }, what);
    draw();
    toAddress();
  }

  // ---- what can be done
  function fillControls() {
    for (const name of FILTERS) {
      const select = byId(`by-${name}`);
      const known = [...new Set(rows.flatMap((row) => values(name, row)))].filter((one) => one !== "");
      if (name === "level" || name === "label") known.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
      const asIs = name === "rubric" || name === "label";
      select.append(...known.map((one) => el("option", { value: one }, asIs ? one : plainly(one))));
      select.parentElement.hidden = known.length < (name === "flag" || name === "failure" ? 1 : 2);
      if (!known.includes(state.by[name])) state.by[name] = "";
      select.addEventListener("change", () => change({ by: { ...state.by, [name]: select.value } }));
    }
  }
  function listenToTabs() {
    VIEWS.forEach((view, i) => {
      byId(`tab-${view}`).addEventListener("click", () => change({ view }));
      byId(`tab-${view}`).addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = VIEWS[(i + step + VIEWS.length) % VIEWS.length];
        change({ view: next });
        byId(`tab-${next}`).focus();
      });
    });
  }

  fromAddress();
  fillControls();
  showControls(FILTERS, state);
  listenToTabs();
  listen({
    typed(text) {
      textRows = rowsHolding(text);
      change({ text });
    },
    ordered: (order) => change({ order }),
    cleared() {
      textRows = null;
      change({ text: "", order: "", by: Object.fromEntries(FILTERS.map((name) => [name, ""])) });
      showControls(FILTERS, state);
    },
    turned(step) {
      change({ page: state.page + step });
      byId("verdicts").scrollIntoView();
    },
    openable: ".question, .verdict",
  });
  textRows = rowsHolding(state.text);
  byId("app").before(...document.querySelectorAll("#app ~ p.note"));
  byId("app").hidden = false;
  draw();
})();
