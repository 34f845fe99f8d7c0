// One transcript after another, from the keyboard.

import { Clock } from "./clock.js";
import { endParts, judgeParts } from "./end.js";
import { Marks } from "./marks.js";
import { el, helpRows, known, question, talk, words } from "./parts.js";
import { Refused, ask } from "./server.js";

const by = (id) => document.getElementById(id);
const clock = new Clock();
const marks = new Marks(() => { listMarks(); saveNotes(); });
let annotator = document.body.dataset.annotator;
let asks = [];
let item = null;
let progress = { total: 0, labelled: 0, open: [] };
let saved = "";
let closed = false;
let line = Promise.resolve();
let waiting = 0;

// One thing after another: an answer never overtakes the comment that was written before it.
function inLine(act) {
  waiting += 1;
  line = line.then(act).then(() => complain(""), (error) => {
    complain(error instanceof Refused ? error.message : `Something is wrong with this page: ${error.message}`);
  }).finally(() => { waiting -= 1; });
  return line;
}

function complain(text) {
  by("alert").textContent = text;
  by("alert").hidden = !text;
}

function say(text) {
  by("status").textContent = text;
}

async function told(name, body = {}) {
  const answer = await ask(name, { annotator, ...body });
  if ("total" in answer) {
    progress = { total: answer.total, labelled: answer.labelled, open: answer.open };
    by("progress").textContent = `${progress.labelled} of ${progress.total} labelled · ${annotator}`;
    by("meter").max = Math.max(progress.total, 1);
    by("meter").value = progress.labelled;
  }
  if (answer.warning) {
    setTimeout(() => complain(answer.warning));
  }
  return answer;
}

async function begin(name) {
  annotator = name;
  const answer = await told("begin");
  annotator = answer.annotator;
  sessionStorage.setItem("annotator", annotator);
  asks = answer.asks;
  by("keys").replaceChildren(...helpRows(asks));
  by("who").hidden = true;
  if (!progress.total) {
    show("end");
    by("end").replaceChildren(el("h2", {}, "There is nothing for you to label"),
      el("p", {}, "The transcripts were dealt to others. Ask whoever started the page."));
    return;
  }
  await (progress.open.length ? open(progress.open[0]) : finish());
}

function show(id) {
  for (const one of ["who", "work", "end"]) {
    by(one).hidden = one !== id;
  }
  by("ways").hidden = id !== "work";
}

async function open(number) {
  item = await told("item", { number });
  show("work");
  by("talk").replaceChildren(...talk(item));
  by("known").replaceChildren(...known(item.inputs));
  marks.show(by("response"), item.messages.at(-1).text, item.marks);
  by("comment").value = item.comment;
  saved = notes();
  listMarks();
  drawAsks();
  for (const long of by("talk").querySelectorAll(".turn .text")) {
    if (long.scrollHeight > long.clientHeight) { // it scrolls by itself, so the keyboard has to reach it
      long.tabIndex = 0;
      long.setAttribute("role", "group");
      long.setAttribute("aria-label", "A long message");
    }
  }
  by("where").textContent = `Transcript ${number} of ${progress.total}`;
  document.title = `${number} of ${progress.total} · Labelling`;
  by("back").disabled = number === 1;
  by("to-open").disabled = !progress.open.some((one) => one !== number);
  scrollTo(0, 0);
  by("question").scrollTop = 0;
  by("where").focus({ preventScroll: true });
  clock.start();
}

function drawAsks() {
  const held = document.activeElement?.closest?.(".choice")?.dataset.value;
  const within = document.activeElement?.closest?.(".ask")?.dataset.place;
  by("asks").replaceChildren(...asks.map((one, place) => question(one, place, item.answers[one.criterion], choose)));
  if (held !== undefined) {
    by("asks").querySelector(`[data-place="${within}"] [data-value="${CSS.escape(held)}"]`)?.focus();
  }
}

function choose(asked, value) {
  if (waiting > 3) {
    return;
  }
  const about = item;
  inLine(async () => {
    if (about !== item) {
      return; // a second key, meant for a transcript that is gone
    }
    await keepNotes();
    const wasOpen = asks.some((one) => !(one.criterion in about.answers));
    const seconds = clock.take();
    const body = { number: item.number, item: item.item, criterion: asked.criterion, value, seconds };
    await told("answer", body).catch((error) => { clock.giveBack(seconds); throw error; });
    item.answers[asked.criterion] = value;
    say(`Saved ${words(value)} for transcript ${item.number}. ${progress.labelled} of ${progress.total} labelled.`);
    drawAsks();
    if (wasOpen && asks.every((one) => one.criterion in item.answers)) {
      await onwards();
    }
  });
}

async function onwards() {
  const after = progress.open.find((one) => one > item.number) ?? progress.open[0];
  await (after === undefined ? finish() : open(after));
}

async function step(by_) {
  await keepNotes();
  const next = item.number + by_;
  if (next > progress.total && !progress.open.length) {
    await finish();
  } else if (next >= 1 && next <= progress.total) {
    await open(next);
  }
}

function notes() {
  return JSON.stringify([by("comment").value.trim(), marks.places]);
}

async function keepNotes() {
  if (item === null || notes() === saved) {
    return;
  }
  const now = notes();
  await told("note", { number: item.number, item: item.item, comment: by("comment").value.trim(), marks: marks.places });
  saved = now;
  say("Notes saved.");
}

function saveNotes() {
  inLine(keepNotes);
}

function listMarks() {
  by("marks").replaceChildren(...marks.quotes.map((quote, place) => el("li", {},
    el("q", { dir: "auto" }, quote.length > 120 ? `${quote.slice(0, 120)}…` : quote),
    el("button", { type: "button", className: "small", "aria-label": `Remove mark ${place + 1}`, onclick: () => marks.remove(place) }, "Remove"))));
}

function mark() {
  if (marks.cursor !== null) {
    endMarking();
  } else if (marks.markSelection()) {
    say("Marked as evidence.");
  } else if (marks.begin()) {
    say("Marking: up and down go through the sentences, Enter marks, Escape ends.");
  }
}

function endMarking() {
  marks.stop();
  say("Marking has ended.");
}

async function undo() {
  const answer = await told("undo");
  if (answer.number === null) {
    say("There is nothing to take back.");
    return;
  }
  await open(answer.number);
  say(`Taken back: transcript ${answer.number}.`);
}

async function finish() {
  const answer = await told("end");
  show("end");
  closed = answer.revealed;
  by("end").replaceChildren(...endParts(answer, progress.total, () => inLine(showJudge), () => inLine(() => open(1))));
  by("end").querySelector("h2").focus();
  document.title = "All labelled";
}

async function showJudge() {
  const answer = await told("reveal");
  closed = true;
  say("");
  by("end").replaceChildren(...judgeParts(answer, (number) => inLine(() => open(number))));
  by("end").querySelector("h2").focus();
}

// The question where the focus is, else the first that is open, else the first.
function active() {
  const within = document.activeElement?.closest?.(".ask")?.dataset.place;
  return asks[within] ?? asks.find((one) => !(one.criterion in item.answers)) ?? asks[0];
}

const commands = {
  ArrowLeft: () => inLine(() => step(-1)),
  ArrowRight: () => inLine(() => step(1)),
  u: () => inLine(undo),
  o: () => inLine(async () => { await keepNotes(); await onwards(); }),
  e: mark,
  c: () => by("comment").focus(),
  r: () => by("response").closest("section").scrollIntoView({ block: "start" }),
};

function onMarking(event) {
  const step_ = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
  if (step_) {
    say(marks.move(step_).slice(0, 300));
  } else if (event.key === "Enter" || event.key === " ") {
    say(marks.toggle() ? "Marked." : "No longer marked.");
  } else if (event.key === "Escape" || event.key === "e") {
    endMarking();
  } else {
    return false;
  }
  return true;
}

function onKey(event) {
  const typing = event.target.closest("input, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || by("help").open || by("who").contains(event.target)) {
    return;
  }
  if (typing) {
    if (event.key === "Escape") {
      typing.blur();
      by("question").scrollTop = 0;
      by("where").focus({ preventScroll: true });
    }
    return;
  }
  if (event.key === "?") {
    by("help").showModal();
  } else if (!by("keys-on").checked || by("work").hidden) {
    return;
  } else if (marks.cursor === null || !onMarking(event)) {
    const wanted = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (marks.cursor !== null || event.repeat && wanted.length === 1) {
      return;
    }
    const asked = active();
    const choice = asked.choices.find((one) => one.keys.includes(wanted));
    if (choice) {
      choose(asked, choice.value);
    } else if (Object.hasOwn(commands, wanted)) {
      commands[wanted]();
    } else {
      return;
    }
  }
  event.preventDefault();
}

by("who").addEventListener("submit", (event) => {
  event.preventDefault();
  inLine(() => begin(by("name").value));
});
by("comment").addEventListener("change", saveNotes);
by("back").addEventListener("click", commands.ArrowLeft);
by("on").addEventListener("click", commands.ArrowRight);
by("undo").addEventListener("click", commands.u);
by("to-open").addEventListener("click", commands.o);
by("mark").addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
by("mark").addEventListener("click", mark);
by("help-open").addEventListener("click", () => by("help").showModal());
addEventListener("keydown", onKey);
addEventListener("beforeunload", (event) => {
  if (item !== null && !closed && (waiting || notes() !== saved)) {
    event.preventDefault();
  }
});

const before = document.body.dataset.named === "yes" ? annotator : sessionStorage.getItem("annotator");
if (before) {
  inLine(() => begin(before));
} else {
  show("who");
  by("name").focus();
}
