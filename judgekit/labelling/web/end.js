// What stands there when all is labelled: how far people agree, and the judge, where it may be seen.

import { el } from "./parts.js";

export function endParts(told, total, reveal, again) {
  const parts = [
    el("h2", { tabIndex: -1 }, total === 1 ? "The transcript is labelled" : `All ${total} transcripts are labelled`),
    el("p", {}, "Thank you. Every answer is on the disk; you can close the page."),
    el("h3", {}, "How far people agree"), el("p", {}, told.said),
  ];
  for (const task of told.tasks) {
    parts.push(el("section", { className: "agreement" }, el("h4", {}, task.title), el("p", {}, task.said),
      el("ul", {}, ...task.rows.map((row) => el("li", {},
        el("b", {}, `${row.name} ${row.value}`), `, ${row.interval}`, row.note ? `: ${row.note}` : "")))));
  }
  const buttons = el("div", { className: "row" });
  if (!told.revealed) {
    buttons.append(el("button", { type: "button", onclick: again }, "Look at your answers again"));
  }
  if (told.can_reveal) {
    const text = told.revealed ? "Show the judge" : "Show the judge, and close the labels";
    buttons.append(el("button", { type: "button", className: "main", onclick: reveal }, text));
  }
  return [...parts, buttons];
}

export function judgeParts(told, open) {
  const rows = told.rows.map((row) => el("tr", { className: row.differs ? "differs" : "" },
    el("th", { scope: "row" }, el("button", { type: "button", onclick: () => open(row.number) }, String(row.number))),
    el("td", {}, row.ask), el("td", {}, row.mine), el("td", {}, row.judge),
    el("td", {}, row.differs === null ? "–" : row.differs ? "differs" : "same"),
    el("td", { dir: "auto" }, row.why)));
  const names = ["Transcript", "Question", "You", "The judge", "", "What the judge says"];
  return [
    el("h2", { tabIndex: -1 }, "You and the judge"), el("p", {}, told.said),
    el("p", { className: "soft" }, "The labels are closed: what is labelled now would not be blind."),
    el("div", { className: "scroll", role: "group", tabIndex: 0, "aria-label": "You and the judge" },
      el("table", {}, el("thead", {}, el("tr", {}, ...names.map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, ...rows))),
  ];
}
