"use strict";
// One verdict: a line, which opens to its transcript with the evidence marked, and to what was found.

// What a node opens to is made when it is opened.
function opening(node, fill) {
  node.addEventListener("toggle", () => {
    if (node.open && node.children.length === 1) node.append(fill());
  });
  return node;
}

function verdictNode(row, alone) {
  const level = columns.level[row] < 0 ? "–" : `level ${columns.level[row]}`;
  const kind = words("failure", row), provenance = words("provenance", row);
  const who = el("span", { class: "cell who" }, foreign((!alone && words("label", row)) || columns.id[row]));
  const whose = provenance === "unknown" ? "provenance unknown" : plainly(provenance);
  if (provenance !== "verbatim") who.append(" ", pill("soft", whose));
  for (const flag of columns.flags[row]) who.append(" ", pill("flag", plainly(names.flag[flag])));
  const status = pill(words("status", row), kind ? `failed: ${plainly(kind)}` : null);
  const summary = el("summary", null, who, el("span", { class: "cell rubric" }, foreign(words("rubric", row))),
    el("span", { class: "cell" }, status), el("span", { class: "cell level" }, level), meter(scoreOf(row)));
  return opening(el("details", { class: "verdict", "data-row": row }, summary), () => inside(row));
}

function inside(row) {
  const found = details.read(row);
  const transcript = columns.transcript[row] < 0 ? null : transcripts.read(columns.transcript[row]);
  const marks = transcript === null ? [] : transcript.marks.filter((mark) => mark[0] === row);
  const node = el("div", { class: "inside" });
  const part = (title, nodes) => (nodes.length ? [el("h3", null, title), ...nodes] : []);
  const small = (text) => el("p", { class: "small" }, foreign(text));
  const facts = el("dl", { class: "small" });
  for (const [name, text] of found.facts) facts.append(el("dt", null, foreign(name)), el("dd", null, foreign(text)));
  const findings = el("div", { class: "findings" });
  if (found.failure) findings.append(...failure(found.failure));
  if (found.explanation) findings.append(el("p", null, foreign(found.explanation)));
  findings.append(...part("Criteria", found.criteria.map((one, i) => criterion(node, marks, i, one))),
    ...part("Checks, decided by code", found.checks.map(check)),
    ...part("Rules that applied", found.rules.map(small)), ...part("About this verdict", [facts]));
  node.append(conversation(row, transcript, marks), findings);
  return node;
}

function failure({ kind, detail, attempts }) {
  const tries = attempts.map((one, i) => el("p", { class: "soft small" }, `attempt ${i + 1}: `, foreign(one)));
  return [el("h3", null, `Failed: ${plainly(kind)}`), el("p", null, foreign(detail)), ...tries];
}

function criterion(node, marks, i, [name, answer, status, reason, quotes, lost]) {
  const said = el("p", null, el("span", { class: "ref" }, String(i + 1)), " ", foreign(name), ": ",
    el("b", null, foreign(answer)), " ", pill(status, status === "ok" ? "counts" : null));
  const finding = el("div", { class: "finding" }, said);
  quotes.forEach((quote, k) => {
    const block = el("blockquote", null, foreign(quote));
    if (marks.some((mark) => mark[1] === i && mark[2] === k)) {
      const show = el("button", { type: "button", class: "show" }, "show in the text");
      show.addEventListener("click", () => showMark(node, `${i}-${k}`));
      block.append(" ", show);
    }
    finding.append(block);
  });
  const missing = (quote) => el("blockquote", { class: "lost" }, foreign(quote), " ", pill("unsupported", "not in the response"));
  finding.append(...lost.map(missing));
  if (reason) finding.append(el("p", { class: "soft small" }, foreign(reason)));
  return finding;
}

function showMark(node, key) {
  node.querySelectorAll("mark.now").forEach((mark) => mark.classList.remove("now"));
  const pieces = [...node.querySelectorAll("mark")].filter((mark) => mark.dataset.of.split(" ").includes(key));
  for (const piece of pieces) piece.classList.add("now");
  pieces[0].closest("details").open = true;
  pieces[0].scrollIntoView({ block: "center" });
  pieces[0].focus();
}

function check([name, result, measured, expected, detail]) {
  const code = (text) => el("code", null, foreign(text));
  const values = el("p", { class: "small" }, "measured ", code(measured), ", expected ", code(expected));
  const finding = el("div", { class: "finding" }, el("p", null, foreign(name), ": ", pill(result)), values);
  if (detail) finding.append(el("p", { class: "soft small" }, foreign(detail)));
  return finding;
}

const SAME = {
  fingerprint: "The text is the one that was judged: it has the same fingerprint.",
  quotes: "Every quote stands where it stood when the text was judged.",
  changed: "This text has changed since it was judged: quotes that are no longer in their place are not marked.",
  unknown: "The verdict quotes nothing, so this text was not checked against what was judged.",
};

function conversation(row, transcript, marks) {
  const node = el("div", { class: "conversation" }, el("h3", null, "Transcript"));
  if (transcript === null) {
    node.append(el("p", { class: "soft" }, "Its text is not on this page: see the notes above the list."));
    return node;
  }
  const state = columns.same[row];
  const lines = transcript.lines ? ` Lines ${transcript.lines[0]} to ${transcript.lines[1]} of its file.` : "";
  if (state === "changed") node.append(el("p", { class: "notice" }, SAME[state]));
  let next = 0;
  transcript.messages.forEach(([i, role, text], entry) => {
    if (i > next) node.append(gap(i - next, "message"));
    if (i >= 0) next = i + 1;
    const judged = i === transcript.judged && role === "assistant";
    node.append(turn(i < 0 ? role : `${i + 1} · ${role}${judged ? " · the response that was judged" : ""}`, judged, text,
      marks.filter((mark) => mark[3] === entry)));
  });
  if (next < transcript.total) node.append(gap(transcript.total - next, "message"));
  node.append(el("p", { class: "soft small" }, (state === "changed" ? "" : SAME[state]) + lines));
  return node;
}

const gap = (n, noun) => el("span", { class: "gap" }, `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"} left out here`);

function turn(title, judged, number, marks) {
  const [text, gaps] = messages.read(number);
  const shown = el("div", { class: "text" }, el("bdi", { dir: "auto" }, ...marked(text, gaps, marks)));
  const lines = text.split("\n").reduce((n, line) => n + 1 + line.length / 35, 0); // on a narrow screen
  if (lines > 18) { // it may scroll, and then has to be reached by keyboard
    shown.tabIndex = 0;
    shown.setAttribute("role", "region");
    shown.setAttribute("aria-label", `text of message ${title}`);
  }
  const node = el("details", { class: judged ? "turn judged" : "turn" }, el("summary", null, title), shown);
  node.open = judged || marks.length > 0 || text.length < 600;
  return node;
}

// The text in pieces between all places where a passage begins or ends, or something was left out.
function marked(text, gaps, marks) {
  const ends = new Set([0, text.length, ...gaps.map(([at]) => at), ...marks.flatMap((mark) => mark.slice(4))]);
  const places = [...ends].sort((a, b) => a - b);
  const pieces = [];
  places.forEach((start, k) => {
    const left = gaps.find(([at]) => at === start);
    if (left) pieces.push(gap(left[1], "character"));
    const end = places[k + 1];
    if (end === undefined) return;
    const over = marks.filter(([, , , , first, after]) => first <= start && end <= after);
    const piece = text.slice(start, end);
    if (!over.length) return void pieces.push(piece);
    const node = el("mark", { tabindex: "-1", "data-of": over.map(([, i, place]) => `${i}-${place}`).join(" ") });
    const begun = new Set(over.filter((mark) => mark[4] === start).map((mark) => mark[1] + 1));
    const unseen = el("span", { class: "unseen" }, "evidence for ");
    if (begun.size) node.append(el("span", { class: "ref" }, unseen, [...begun].join(" ")));
    node.append(piece);
    pieces.push(node);
  });
  return pieces;
}
