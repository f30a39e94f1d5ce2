// Which statements of the suite's policies any test needed, in the documents' own text.

const MARKS = { hit: "needed", part: "looked at, and needed in part", miss: "never needed" };

// A policy is {name, where, tests, statements: [done, all], lines: [[text, "hit" | "part" | "miss" | "", note]]}.
function policiesView() {
  const all = DATA.policies;
  if (!all.length) {
    return [h("h2", {}, "Policies"), h("p", { class: "note" }, "This run did not look at which statements of its policies were needed: run pytest with --kmsmock-cov.")];
  }
  const asked = { text: "", missing: false };
  const place = h("div", {});
  function draw() {
    const found = all.filter((each) => (!asked.missing || each.statements[0] < each.statements[1]) && (!asked.text || `${each.name} ${each.where}`.toLowerCase().includes(asked.text)));
    place.replaceChildren(counted(found.length, "policy"), some(found, 30, (part) => h("div", {}, part.map(policyCard)), "policy"));
  }
  draw();
  return [
    h("h2", {}, "Policies"),
    h("p", { class: "soft" }, "Each document as the tests wrote it. A statement that no decision needed could be deleted, and no test would notice."),
    h("ul", { class: "legend" }, Object.entries(MARKS).map(([kind, words]) => h("li", {}, h("pre", { class: "swatch" }, h("span", { class: `line ${kind}` }, words))))),
    h("div", { class: "filters" }, search("Policy or place", (value) => { asked.text = value; draw(); }), check("only those with statements that were not needed", (value) => { asked.missing = value; draw(); })),
    place,
  ];
}

function policyCard(policy) {
  const [done, of] = policy.statements;
  const lines = policy.lines.map(([words, kind, note]) => h("span", { class: `line ${kind}`, title: note || null }, words || " ", kind && kind !== "hit" ? h("span", { class: "hidden" }, ` (${MARKS[kind]})`) : null));
  return h("details", { class: "card" },
    h("summary", {}, h("strong", {}, policy.name), " ", badge(`${done} of ${of} statements`, done < of ? "warn" : "good"), policy.where ? h("span", { class: "soft" }, ` ${policy.where}`) : ""),
    h("pre", { tabindex: "0" }, lines));
}
