"use strict";
// What the page knows, and how nodes are made. Everything foreign is text: no markup is ever parsed.

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
}

// Isolated, so that its direction cannot reorder what stands around it.
const foreign = (text) => el("bdi", { dir: "auto" }, text);
const plainly = (name) => name.replaceAll("_", " ");
const pill = (kind, text) => el("span", { class: `pill ${kind}` }, text || plainly(kind));

function meter(score) {
  if (score === null) return el("span", { class: "score" }, "–");
  const drawn = (tag, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const svg = drawn("svg", { class: "meter", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" });
  svg.append(drawn("rect", { class: "track", width: 100, height: 8 }));
  svg.append(drawn("rect", { class: "value", width: 100 * score, height: 8 }));
  return el("span", { class: "score" }, svg, score.toFixed(2));
}

// Entries of JSON, a line each: one is parsed when it is needed, and its neighbours stay unread.
function store(name) {
  const LINES = 200; // of one element, as report_data.py writes them
  const elements = document.querySelectorAll(`script.${name}`);
  const held = new Map();
  const parsed = (line) => JSON.parse(line.replace(/,$/, ""));
  function lines(block) {
    if (!held.has(block)) {
      if (held.size > 8) held.clear();
      held.set(block, elements[block].textContent.trim().split("\n").slice(1, -1));
    }
    return held.get(block);
  }
  return {
    read: (i) => parsed(lines(Math.floor(i / LINES))[i % LINES]),
    // The numbers of all entries with the text in a value; most are ruled out before they are parsed.
    holding(text) {
      const found = new Set();
      const escape = (character) => `\\u00${character.charCodeAt(0).toString(16)}`;
      const raw = JSON.stringify(text).slice(1, -1).replace(/[<>&]/g, escape).toLowerCase();
      const holds = (value) => typeof value === "string" ? value.toLowerCase().includes(text)
        : value !== null && typeof value === "object" && Object.values(value).some(holds);
      elements.forEach((element, block) => {
        if (!element.textContent.toLowerCase().includes(raw)) return;
        lines(block).forEach((line, k) => {
          if (line.toLowerCase().includes(raw) && holds(parsed(line))) found.add(block * LINES + k);
        });
      });
      return found;
    },
  };
}

const details = store("verdicts"), messages = store("messages"), transcripts = store("transcripts");
const [{ names, columns, titles, asks }] = JSON.parse(document.querySelector("script.index").textContent);
const rows = [...columns.id.keys()];
const words = (name, row) => names[name][columns[name][row]];
const scoreOf = (row) => (columns.score[row] < 0 ? null : columns.score[row]);
