// The views over all tests: who uses what, refusals, events, the bill; each draws itself when it is first looked at.

function testLink(test) {
  return h("button", { type: "button", class: "link", onclick: () => go("tests", test.number) }, breakable(test.name || test.id));
}

function testLinks(tests) {
  if (tests.length === 1) return testLink(tests[0]);
  const all = () => some(tests, 20, (few) => h("ul", { class: "plain" }, few.map((test) => h("li", {}, testLink(test)))), "test");
  return fold(many(tests.length, "test"), all);
}

// --- principals x keys x actions ------------------------------------------------------------------------------------

function usesOf(worlds, named) {
  const rows = new Map();
  for (const world of worlds) for (const each of world.decisions) {
    const about = named(each, world);
    const name = `${who(each.caller)}|${about}`; // all sessions of a role together
    const row = rows.get(name) || { caller: each.caller, about, actions: new Map(), tests: new Set() };
    const action = row.actions.get(each.action) || { allowed: 0, refused: 0 };
    action[each.allowed ? "allowed" : "refused"] += each.times;
    row.actions.set(each.action, action);
    row.tests.add(world.test);
    rows.set(name, row);
  }
  return [...rows.values()].sort((a, b) => (who(a.caller) + a.about).localeCompare(who(b.caller) + b.about));
}

function actionChips(actions) {
  return h("span", { class: "chips" }, [...actions].sort().flatMap(([action, { allowed, refused }]) => [
    allowed ? h("span", { class: "chip good" }, `✓ ${action}${allowed > 1 ? ` ×${allowed}` : ""}`) : null,
    refused ? h("span", { class: "chip bad" }, `✗ ${action}${refused > 1 ? ` ×${refused}` : ""}`, h("span", { class: "hidden" }, " refused")) : null,
  ]));
}

function usesTable(rows, caption, withTests) {
  const columns = [
    ["Who", (each) => h("span", { title: each.caller }, who(each.caller)), "any"],
    ["What", (each) => each.about, "any"],
    ["Actions", (each) => actionChips(each.actions)],
  ];
  if (withTests) columns.push(["Tests", (each) => testLinks([...each.tests]), "any"]);
  return some(rows, 60, (part) => table(caption, columns, part), "row");
}

// Keys differ from test to test: over all of them, one stands for those of its alias, or of its place.
function alike(each, world) {
  const key = world.keys.find((one) => one.arn === each.resource);
  if (key) return key.aliases[0] ? `${key.aliases[0]} of ${key.account}` : `${key.manager === "AWS" ? "managed keys" : "keys"} of ${key.account} in ${key.region}`;
  const parts = each.resource.split(":");
  return parts.length < 6 ? what(each.resource) : `${parts[2]} ${parts.slice(5).join(":").split("/")[0]}`;
}

function usesView() {
  const rows = usesOf(allWorlds(), alike);
  const place = h("div", {});
  const asked = { text: "", refused: false };
  function draw() {
    const found = rows.filter((row) =>
      (!asked.refused || [...row.actions.values()].some((each) => each.refused)) &&
      (!asked.text || `${row.caller} ${row.about} ${[...row.actions.keys()].join(" ")}`.toLowerCase().includes(asked.text)));
    place.replaceChildren(counted(found.length, "row"), found.length ? usesTable(found, "Principals, what they asked for, and what they got", true) : "");
  }
  draw();
  return [
    h("h2", {}, "Who uses what"),
    h("p", { class: "soft" }, "Every principal of the suite, what it asked for, and whether it was allowed. Keys that tests make are named by their alias, or by their account and Region."),
    h("div", { class: "filters" }, search("Principal, key or action", (value) => { asked.text = value; draw(); }), check("only what was refused", (value) => { asked.refused = value; draw(); })),
    place,
  ];
}

const counted = (number, noun, plural) => h("p", { class: "count", role: "status" }, number ? many(number, noun, plural) : `No ${noun} fits.`);

// --- refusals -------------------------------------------------------------------------------------------------------

function refusalCard(refusal, withTest) {
  const words = refusal.world.enforce !== "strict" && refusal.passed ? badge("let pass", "warn") : refusal.expected ? badge("expected") : badge("unexpected", "warn");
  const like = refusal.explanation ? null : explained(refusal);
  return h(
    "details",
    {},
    h("summary", {}, h("code", {}, refusal.asked), ` by ${refusal.principal ? who(refusal.principal) : "somebody unknown"}: ${refusal.code} `, words, refusal.times > 1 ? ` ×${refusal.times}` : ""),
    h("p", {}, refusal.why),
    h("p", { class: "soft" }, `AWS would say: ${refusal.message || refusal.code}`),
    h("p", { class: "soft" }, date(refusal.world.begun + refusal.at), refusal.line ? `, ${refusal.line}` : "", refusal.via ? `, via ${refusal.via}` : ""),
    refusal.key ? h("p", { class: "soft" }, "about ", h("code", {}, refusal.key)) : null,
    withTest ? h("p", {}, "in ", testLink(refusal.world.test)) : null,
    refusal.explanation ? h("pre", { tabindex: "0" }, refusal.explanation) : null,
    like ? h("p", {}, "One of its kind is explained in full in ", testLink(like.world.test), ".") : null,
  );
}

let examples = null;
function explained(refusal) {
  if (!examples) {
    examples = new Map();
    for (const world of allWorlds()) for (const each of world.refusals) {
      const kind = `${each.cause}|${each.service}|${each.operation}|${each.code}`;
      if (each.explanation && !examples.has(kind)) examples.set(kind, each);
    }
  }
  return examples.get(`${refusal.cause}|${refusal.service}|${refusal.operation}|${refusal.code}`);
}

function refusalsView() {
  const all = allWorlds().flatMap((world) => world.refusals);
  const place = h("div", {});
  const asked = { text: "", cause: "", unexpected: false };
  function draw() {
    const found = all.filter((each) =>
      (!asked.cause || each.cause === asked.cause) && (!asked.unexpected || !each.expected) &&
      (!asked.text || `${each.asked} ${each.principal} ${each.key} ${each.code} ${each.why} ${each.message} ${each.world.test.id}`.toLowerCase().includes(asked.text)));
    const causes = new Map();
    for (const each of found) causes.set(each.cause, [...(causes.get(each.cause) || []), each]);
    const sections = [...causes].sort((a, b) => b[1].length - a[1].length).map(([cause, group]) => h(
      "section", { class: "card" },
      h("h3", {}, cause, " ", badge(many(group.length, "refusal"))),
      h("p", { class: "soft" }, group[0].general),
      some(group, 20, (part) => h("div", {}, part.map((each) => refusalCard(each, true))), "refusal"),
    ));
    place.replaceChildren(counted(found.length, "refusal"), ...sections);
  }
  draw();
  return [
    h("h2", {}, "Refusals"),
    h("p", { class: "soft" }, "What was refused, by its cause: why, and what would have to change. A refusal is expected where the test was prepared for it, as with pytest.raises."),
    h("div", { class: "filters" },
      search("Action, principal, key, code or test", (value) => { asked.text = value; draw(); }),
      select("Cause", distinct(all, (each) => each.cause), (value) => { asked.cause = value; draw(); }),
      check("only unexpected ones", (value) => { asked.unexpected = value; draw(); })),
    place,
  ];
}

// --- events ---------------------------------------------------------------------------------------------------------

function eventsView() {
  const all = allWorlds().flatMap((world) => world.events);
  const place = h("div", {});
  const asked = { text: "", refused: false };
  const told = new Map();
  const words = (each) => {
    if (!told.has(each)) told.set(each, `${each.name} ${each.who} ${each.via} ${each.keys.join(" ")} ${each.error} ${each.address} ${each.world.test.id}`.toLowerCase());
    return told.get(each);
  };
  const fields = { name: "Event", account: "Account", region: "Region", via: "Through" };
  function draw() {
    const found = all.filter((each) =>
      Object.keys(fields).every((name) => !asked[name] || each[name] === asked[name]) &&
      (!asked.refused || each.error) && (!asked.text || words(each).includes(asked.text)));
    const times = found.reduce((sum, each) => sum + each.times, 0);
    place.replaceChildren(counted(times, "event"), found.length ? eventTable(found, "Events of all tests, in their worlds' own time", 100, true) : "");
  }
  draw();
  return [
    h("h2", {}, "Events"),
    h("p", { class: "soft" }, "The audit trail of every world, as CloudTrail has it. Events of a test that are alike are one row."),
    h("div", { class: "filters" },
      search("Who, which key, what error, which test", (value) => { asked.text = value; draw(); }),
      Object.entries(fields).map(([name, label]) => select(label, distinct(all, (each) => each[name]), (value) => { asked[name] = value; draw(); })),
      check("only refused ones", (value) => { asked.refused = value; draw(); })),
    place,
  ];
}

// --- the bill -------------------------------------------------------------------------------------------------------

function billTable(lines, caption) {
  const rows = new Map();
  for (const line of lines) {
    const name = [line.account, line.region, line.item, line.via].join("|");
    const row = rows.get(name) || { ...line, quantity: 0, amount: 0, free: 0 };
    row.quantity += line.quantity;
    row.amount += line.amount;
    row.free += line.free;
    rows.set(name, row);
  }
  const total = lines.reduce((sum, line) => sum + line.amount, 0);
  const sorted = [...rows.values()].sort((a, b) => b.amount - a.amount || b.quantity - a.quantity);
  const foot = h("tfoot", {}, h("tr", {}, h("th", { scope: "row", colspan: "5" }, "Total"), h("td", { class: "num" }, money(total))));
  const hours = (line) => ["key", "rotation", "managed"].some((kind) => line.item.startsWith(kind));
  return table(caption, [
    ["Item", (each) => each.item],
    ["Account", (each) => each.account],
    ["Region", (each) => each.region],
    ["Through", (each) => each.via],
    ["Quantity", (each) => `${each.quantity.toLocaleString("en")} ${hours(each) ? "hours" : "requests"}${each.free ? `, ${each.free.toLocaleString("en")} free` : ""}`, "num"],
    ["US dollars", (each) => money(each.amount), "num"],
  ], sorted, foot);
}

function billView() {
  const lines = allWorlds().flatMap((world) => world.bill);
  const tests = new Map();
  for (const line of lines) tests.set(line.world.test, (tests.get(line.world.test) || 0) + line.amount);
  const dear = [...tests].filter(([, amount]) => amount > 0).sort((a, b) => b[1] - a[1]);
  return [
    h("h2", {}, "The bill"),
    h("p", { class: "soft" }, "What KMS would have cost in AWS, had all that the tests did been done there, in the time of their worlds: a key that a test keeps for ten years is paid for ten years."),
    lines.length ? h("div", { class: "card" }, billTable(lines, "All tests together")) : h("p", {}, "Nothing that costs anything was done."),
    dear.length ? h("div", { class: "card" }, some(dear, 25, (part) => table("The dearest tests", [["Test", ([test]) => testLink(test)], ["US dollars", ([, amount]) => money(amount), "num"]], part), "test")) : null,
  ];
}
