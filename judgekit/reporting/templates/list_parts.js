"use strict";
// What the lists of verdicts and of changes share: their search, their controls, and the address that keeps their state.

const byId = (id) => document.getElementById(id);

// The rows that hold the text, or null where none is asked for.
function rowsHolding(given) {
  const text = given.trim().toLowerCase();
  if (!text) return null;
  const found = details.holding(text), texts = messages.holding(text), inText = new Set();
  const several = texts.size ? columns.transcript.reduce((most, one) => Math.max(most, one), -1) : -1;
  for (let i = 0; i <= several; i++) if (transcripts.read(i).messages.some((one) => texts.has(one[2]))) inText.add(i);
  const named = (row) => `${columns.id[row]}\n${titles[columns.question[row]]}`.toLowerCase().includes(text);
  return new Set(rows.filter((row) => found.has(row) || inText.has(columns.transcript[row]) || named(row)));
}

// What is set in the state stands in the address, so that a view can be linked.
function keepInAddress(state) {
  const kept = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) if (value) kept.set(name, value);
  history.replaceState(null, "", String(kept) ? `#${kept}` : location.pathname + location.search);
}

function showPlace(page, pages) {
  byId("place").textContent = `page ${page + 1} of ${pages}`;
  byId("before").disabled = page === 0;
  byId("after").disabled = page === pages - 1;
  byId("pages").hidden = pages === 1;
}

function showControls(filters, state) {
  for (const name of filters) byId(`by-${name}`).value = state.by[name];
  byId("by-text").value = state.text;
  byId("order").value = state.order;
}

// Typing, order, clearing, turning of pages, opening of all that is listed, and the key that goes to the search.
function listen({ typed, ordered, cleared, turned, openable }) {
  let waiting = 0;
  byId("by-text").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => typed(event.target.value), 200);
  });
  byId("order").addEventListener("change", (event) => ordered(event.target.value));
  byId("clear").addEventListener("click", cleared);
  for (const [id, step] of [["before", -1], ["after", 1]]) byId(id).addEventListener("click", () => turned(step));
  byId("open-all").addEventListener("click", () => {
    for (const node of byId("list").querySelectorAll(openable)) node.open = true;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || /^(INPUT|SELECT)$/.test(event.target.tagName)) return;
    event.preventDefault();
    byId("by-text").focus();
  });
}
