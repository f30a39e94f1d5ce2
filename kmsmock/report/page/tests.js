// The tests: a list to choose from, and what the worlds of the chosen one saw.

const OUTCOMES = { passed: "good", failed: "bad", skipped: "" };

function testsView(chosen) {
  const list = h("ul", { class: "tests", "aria-label": "Tests" });
  const detail = h("div", { class: "chosen" });
  const status = h("p", { class: "count", role: "status" });
  const asked = { text: "", outcome: "", refused: false };
  let found = [], shown = 0;

  function item(test) {
    const marks = [
      test.outcome === "passed" ? null : badge(test.outcome, OUTCOMES[test.outcome]),
      test.refused ? badge(many(test.refused, "refusal"), "warn") : null,
    ].filter(Boolean).flatMap((each) => [" ", each]);
    const button = h("button", { type: "button", tabindex: "-1", "data-test": test.number, onclick: () => go("tests", test.number) },
      h("span", { class: "name" }, breakable(test.name || test.id), marks), h("span", { class: "file" }, test.file));
    return h("li", {}, button);
  }
  function more() {
    const last = list.querySelector(".more");
    if (last) last.remove();
    const next = found.slice(shown, shown + 150);
    shown += next.length;
    list.append(...next.map(item));
    if (shown < found.length) list.append(h("li", { class: "more" }, h("button", { type: "button", class: "link", onclick: more }, `Show more of ${many(found.length - shown, "test")}`)));
    mark();
  }
  function draw() {
    found = TESTS.filter((test) =>
      (!asked.outcome || test.outcome === asked.outcome) && (!asked.refused || test.refused) &&
      (!asked.text || test.id.toLowerCase().includes(asked.text)));
    status.textContent = found.length ? many(found.length, "test") : "No test fits.";
    list.replaceChildren();
    shown = 0;
    more();
  }
  function mark() {
    const buttons = [...list.querySelectorAll("button[data-test]")];
    let stop = null;
    for (const button of buttons) {
      const is = current !== null && Number(button.dataset.test) === current.number;
      if (is) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      button.tabIndex = -1;
      if (is) stop = button;
    }
    stop = stop || buttons[0];
    if (stop) stop.tabIndex = 0;
  }
  let current = null;
  function choose(number, byHand) {
    current = TESTS[number] || null;
    mark();
    detail.replaceChildren(...(current ? testDetail(current) : [h("p", { class: "soft" }, "No test had a world.")]));
    if (byHand && matchMedia("(max-width: 760px)").matches) detail.scrollIntoView();
  }
  list.addEventListener("keydown", (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const buttons = [...list.querySelectorAll("button[data-test]")];
    const at = buttons.indexOf(document.activeElement);
    const next = event.key === "Home" ? buttons[0] : event.key === "End" ? buttons[buttons.length - 1] : move && buttons[at + move];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  draw();
  choose(chosen === undefined ? 0 : chosen, chosen !== undefined);
  const made = h("div", { class: "split" },
    h("div", { class: "list" },
      h("h2", { class: "hidden" }, "Tests"),
      h("div", { class: "filters" },
        search("Find a test", (value) => { asked.text = value; draw(); }),
        select("Outcome", distinct(TESTS, (test) => test.outcome), (value) => { asked.outcome = value; draw(); }),
        check("only those with refusals", (value) => { asked.refused = value; draw(); })),
      status, list),
    detail);
  made.choose = (number) => choose(number, true);
  return made;
}

function testDetail(test) {
  const worlds = worldsOf(test);
  const facts = [badge(test.outcome, OUTCOMES[test.outcome]), ` ${test.seconds.toFixed(2)} s`, test.attempts > 1 ? `, ${many(test.attempts, "attempt")}` : "",
    `, ${many(worlds.length, "world")}`, DATA.runs.length > 1 ? `, run of ${date(test.run.started)} (Python ${test.run.python})` : ""];
  return [
    h("h2", { tabindex: "-1", id: "chosen" }, breakable(test.name || test.id)),
    h("p", { class: "soft" }, h("code", {}, test.file)),
    h("p", {}, facts),
    ...worlds.map((world, number) => worldCard(world, number, worlds.length)),
  ];
}

function worldCard(world, number, all) {
  const length = world.length >= 1 ? `${date(world.begun)} to ${date(world.begun + world.length)} (${span(world.length)})` : date(world.begun);
  const numbers = [many(world.calls, "call"), many(world.decided, "decision"), world.denied ? many(world.denied, "denial") : "", world.refused ? many(world.refused, "refusal") : "",
    world.throttled ? `${world.throttled} throttled` : ""].filter(Boolean).join(", ");
  const cost = world.bill.reduce((sum, line) => sum + line.amount, 0);
  const name = all > 1 ? `World ${number + 1} of ${all}` : "Its world";
  const used = usesOf([world], (each) => what(each.resource, world));
  const left = world.leftOut.reduce((sum, each) => sum + each, 0);
  const part = (title, content) => [h("h4", {}, title), content];
  return h("section", { class: "card" },
    h("h3", {}, name),
    h("p", { class: "soft" }, `${length} · ${world.account} · ${world.region} · ${world.enforce}${world.over ? "" : " · shared with other tests"}`),
    h("p", {}, numbers, cost ? `, ${money(cost)}` : ""),
    left ? h("p", { class: "soft" }, `${many(left, "line")} more than there is room for: the file of results has them.`) : null,
    world.keys.length ? part("Keys over time: choose one to see its decisions and events", axis(world)) : null,
    world.refusals.length ? part("What was refused", some(world.refusals, 20, (few) => h("div", {}, few.map((each) => refusalCard(each, false))), "refusal")) : null,
    used.length ? part("Who used what", usesTable(used, "Principals, what they asked for, and what they got", false)) : null,
    linksOf([world]).length ? part("From place to place", mapOf([world], false)) : null,
    world.events.length ? fold(`Events (${world.events.length})`, () => eventTable(world.events, "Events of the world", 50)) : null,
    world.bill.length ? fold("The bill", () => billTable(world.bill, "What its world would have cost")) : null);
}
