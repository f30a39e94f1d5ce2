// The views, and which one is looked at: it stands in the address, as #events or #tests/12.

const VIEWS = {
  tests: ["Tests", testsView],
  map: ["Map", () => [h("h2", {}, "Accounts and Regions"), h("p", { class: "soft" }, "Where the keys of all tests are, and what goes from one place to another."), mapOf(allWorlds(), true)]],
  uses: ["Who uses what", usesView],
  refusals: ["Refusals", refusalsView],
  policies: ["Policies", policiesView],
  events: ["Events", eventsView],
  bill: ["Bill", billView],
};

const panel = document.getElementById("panel");
const tabs = document.getElementById("tabs");
const drawn = new Map();

for (const [name, [title]] of Object.entries(VIEWS)) {
  tabs.append(h("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "panel", tabindex: "-1", onclick: () => go(name) }, title));
}
tabs.addEventListener("keydown", (event) => {
  const all = [...tabs.children];
  const at = all.indexOf(document.activeElement);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = all[(to + all.length) % all.length];
  next.focus();
  next.click();
});

function go(name, number) {
  location.hash = number === undefined ? name : `${name}/${number}`;
}

function show() {
  const [asked, number] = location.hash.slice(1).split("/");
  const name = Object.hasOwn(VIEWS, asked) ? asked : "tests";
  const chosen = number === undefined || number === "" ? undefined : Number(number);
  for (const tab of tabs.children) {
    const is = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(is));
    tab.tabIndex = is ? 0 : -1;
  }
  panel.setAttribute("aria-labelledby", `tab-${name}`);
  if (!drawn.has(name)) drawn.set(name, [VIEWS[name][1](name === "tests" ? chosen : undefined)].flat());
  else if (name === "tests" && chosen !== undefined) drawn.get(name)[0].choose(chosen);
  panel.replaceChildren(...drawn.get(name).filter(Boolean));
}
addEventListener("hashchange", show);
show();

// --- light and dark -------------------------------------------------------------------------------------------------

const THEMES = { "": "system", light: "light", dark: "dark" };
const button = document.getElementById("theme");
function theme(name) {
  if (name) document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
  button.textContent = `Theme: ${THEMES[name]}`;
  try {
    localStorage.setItem("kmsmock-theme", name);
  } catch { /* a page from a file may have none */ }
}
button.addEventListener("click", () => {
  const names = Object.keys(THEMES);
  theme(names[(names.indexOf(document.documentElement.dataset.theme || "") + 1) % names.length]);
});
try {
  const kept = localStorage.getItem("kmsmock-theme");
  if (kept && Object.hasOwn(THEMES, kept)) theme(kept);
} catch { /* likewise */ }
