"use strict";
// Elements, made of text: whatever a name is, it is put in as text.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

let lastId = 0;
const newId = (what) => `${what}-${++lastId}`;

function many(count, noun, plural) {
  return `${count.toLocaleString("en")} ${count === 1 ? noun : plural || `${noun}s`}`;
}

// A long name of Python's breaks at its underscores.
function breakable(name) {
  return name.split("_").flatMap((part, n) => (n ? ["_", h("wbr"), part] : [part]));
}

// What is made when it is opened.
function fold(title, make) {
  const made = h("details", { ontoggle: () => { if (made.open && made.children.length === 1) made.append(make()); } }, h("summary", {}, title));
  return made;
}

function badge(text, kind) {
  return h("span", { class: `badge ${kind || ""}` }, text);
}

// columns: [title, value of a row (text or node), class]; a narrow screen shows a row as a list of its cells.
function table(caption, columns, rows, foot) {
  const head = h("tr", {}, columns.map(([title, , kind]) => h("th", { scope: "col", class: kind }, title)));
  const cell = (row) => ([title, value, kind], place) => {
    const found = value(row);
    const label = found === "" || found === null ? null : title;
    return place ? h("td", { class: kind, "data-label": label }, found) : h("th", { class: kind, scope: "row" }, found);
  };
  const body = h("tbody", {}, rows.map((row) => h("tr", {}, columns.map(cell(row)))));
  const made = h("table", { class: "stack" }, h("caption", {}, caption), h("thead", {}, head), body, foot);
  return h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption }, made);
}

// As many of a list as one wants to see; the rest comes when it is asked for.
function some(items, size, draw, noun) {
  const place = h("div", {});
  let shown = 0;
  function more() {
    const next = items.slice(shown, shown + size);
    shown += next.length;
    const left = items.length - shown;
    button.remove();
    place.append(draw(next));
    if (left > 0) {
      button.textContent = `Show ${Math.min(size, left)} more of ${many(left, noun)}`;
      place.append(button);
    }
  }
  const button = h("button", { type: "button", onclick: more });
  more();
  return place;
}

function select(label, values, change, all) {
  const box = h(
    "select",
    { onchange: () => change(box.value) },
    h("option", { value: "" }, all || "all"),
    values.map((value) => (Array.isArray(value) ? h("option", { value: value[0] }, value[1]) : h("option", { value }, value))),
  );
  return h("label", {}, label, box);
}

function search(label, change) {
  let waiting = 0;
  const box = h("input", {
    type: "search",
    oninput: () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => change(box.value.trim().toLowerCase()), 80);
    },
  });
  return h("label", { class: "wide" }, label, box);
}

function check(label, change) {
  const box = h("input", { type: "checkbox", onchange: () => change(box.checked) });
  return h("label", { class: "check" }, box, label);
}

const count = (items, value) => {
  const found = new Map();
  for (const item of items) found.set(value(item), (found.get(value(item)) || 0) + 1);
  return found;
};
const distinct = (items, value) => [...new Set(items.map(value))].filter((each) => each !== "").sort();
