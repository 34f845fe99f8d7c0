// Pieces of the page. Foreign text only ever becomes a text node.

export function el(tag, more = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(more)) {
    if (name in made) {
      made[name] = value;
    } else {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.filter((one) => one !== null));
  return made;
}

export function words(value) {
  return String(value).replaceAll("_", " ");
}

export function key(name) {
  return el("kbd", {}, name === " " ? "space" : name);
}

const MOST_AT_ONCE = 200_000; // characters: a browser takes long over millions, and who reads them asks for them

// The first part of a text; a button, where there is more, says how much and shows it.
export function firstPart(text, show, atLeast = 0) {
  const end = Math.max(MOST_AT_ONCE, atLeast);
  if (text.length <= end) {
    show(text.length);
    return null;
  }
  show(end);
  const more = el("button", { type: "button", className: "more" },
    `Not all is shown: show the other ${(text.length - end).toLocaleString("en")} characters`);
  more.addEventListener("click", () => { more.remove(); show(text.length); });
  return more;
}

function longText(text) {
  const box = el("div", { className: "text", dir: "auto" });
  return [box, firstPart(text, (end) => box.replaceChildren(text.slice(0, end)))];
}

export function talk(item) {
  const parts = item.messages.map((one) => {
    if (one.judged) {
      const text = el("div", { className: "text", dir: "auto", id: "response" });
      return el("section", { className: "judged", "aria-label": "The response to label" },
        el("h3", {}, "The response to label"), text);
    }
    return el("section", { className: "turn" }, el("h3", {}, one.who), ...longText(one.text));
  });
  const beside = item.beside.map((one) => el("details", { className: "turn" },
    el("summary", {}, one.title), ...longText(one.text)));
  return [...parts, ...beside];
}

export function known(inputs) {
  if (!inputs.length) {
    return [];
  }
  const rows = inputs.flatMap((one) => {
    const lines = one.lines.length > 1
      ? el("ul", {}, ...one.lines.map((line) => el("li", {}, ...longText(line))))
      : el("div", {}, ...longText(one.lines[0]));
    return [el("dt", { title: one.about }, one.name), el("dd", {}, lines)];
  });
  return [el("section", { "aria-labelledby": "known-title" },
    el("h3", { id: "known-title" }, "Known about the prompt ", el("span", { className: "soft" }, "(take it as true)")),
    el("dl", {}, ...rows))];
}

export function question(ask, place, answer, choose) {
  const choices = ask.choices.map((choice) => {
    const value = el("span", { className: "value" }, words(choice.value));
    const isLevel = typeof choice.value === "number";
    const made = el("button", { type: "button", className: "choice" },
      el("span", { className: "keys" }, ...choice.keys.map(key)),
      isLevel ? null : value, choice.text ? el("span", { className: "means" }, choice.text) : null);
    made.setAttribute("aria-pressed", String(choice.value === answer));
    made.dataset.value = String(choice.value);
    if (isLevel) {
      made.setAttribute("aria-label", `Level ${choice.value}: ${choice.text}`);
    }
    made.addEventListener("click", () => choose(ask, choice.value));
    return made;
  });
  return el("fieldset", { className: "ask", "data-place": String(place) },
    el("legend", {}, ask.title), el("p", { className: "asked" }, ask.text), el("div", { className: "choices" }, ...choices));
}

export function helpRows(asks) {
  const rows = [];
  for (const ask of asks) {
    for (const choice of ask.choices) {
      const means = typeof choice.value === "number" ? `level ${choice.value}` : words(choice.value);
      rows.push([choice.keys, asks.length > 1 ? `${ask.title}: ${means}` : means]);
    }
  }
  const more = [
    [["←", "→"], "the transcript before, the next one"], [["o"], "the next one that is open"], [["u"], "take the last thing back"],
    [["e"], "mark what you selected as evidence; with nothing selected, go through the sentences: ↑ ↓, Enter marks, Esc ends"],
    [["c"], "write a comment; Esc ends it"], [["r"], "to the response"], [["?"], "this list"],
  ];
  if (asks.length > 1) {
    more.unshift([["Tab"], "to the next question; keys answer the question where you are, else the first that is open"]);
  }
  return [...rows, ...more].map(([keys, means]) => el("tr", {},
    el("th", { scope: "row" }, ...keys.map(key)), el("td", {}, means)));
}
