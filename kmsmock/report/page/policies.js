// Which statements of the suite's policies any test needed, in the documents' own text.

const STATES = {
  allowed: ["hit", "allowed what a test asked for"],
  denied: ["hit", "denied what a test asked for"],
  "not matched": ["part", "looked at, and never matched"],
  "never looked at": ["miss", "never looked at"],
  missing: ["gap", "no test needed this part"],
};

function policiesView() {
  const all = DATA.policies;
  if (!all.length) return [h("h2", {}, "Policies"), h("p", { class: "note" }, "No test used a policy of its own: what AWS makes, such as default key policies, is left out.")];
  const asked = { text: "", kind: "", missing: false };
  const place = h("div", {});
  function draw() {
    const found = all.filter((each) =>
      (!asked.kind || each.kind === asked.kind) && (!asked.missing || each.missing.length) &&
      (!asked.text || `${each.name} ${each.about.join(" ")} ${each.missing.join(" ")}`.toLowerCase().includes(asked.text)));
    place.replaceChildren(counted(found.length, "policy", "policies"), some(found, 30, (part) => h("div", {}, part.map(policyCard)), "policy"));
  }
  draw();
  const done = all.reduce((sum, each) => sum + each.statements[0], 0), of = all.reduce((sum, each) => sum + each.statements[1], 0);
  const legend = [["hit", "a test needed it"], ["part", "looked at, and never matched"], ["miss", "never looked at"], ["gap", "a part that no test needed"]];
  return [
    h("h2", {}, "Policies"),
    h("p", { class: "soft" }, `${done} of ${many(of, "statement")} took part in a decision. What did not could be deleted from the policy, and no test would fail.`),
    h("ul", { class: "legend" }, legend.map(([kind, words]) => h("li", {}, h("span", { class: `span ${kind}` }, words)))),
    h("div", { class: "filters" },
      search("Policy, place or what is missing", (value) => { asked.text = value; draw(); }),
      select("Kind", distinct(all, (each) => each.kind), (value) => { asked.kind = value; draw(); }),
      check("only those with something missing", (value) => { asked.missing = value; draw(); })),
    place,
  ];
}

function policyCard(policy) {
  const [done, of] = policy.statements;
  const made = h("details", { class: "card" },
    h("summary", {}, h("strong", {}, policy.name), " ", badge(`${done} of ${many(of, "statement")}`, done < of ? "bad" : policy.missing.length ? "warn" : "good"), " ", badge(policy.kind)));
  made.addEventListener("toggle", () => {
    if (!made.open || made.children.length > 1) return;
    made.append(
      policy.about.length ? h("p", { class: "soft" }, policy.about.join(", ")) : "",
      policy.missing.length ? h("ul", {}, policy.missing.map((each) => h("li", {}, each))) : h("p", {}, "Nothing is missing."),
      h("pre", { tabindex: "0" }, policy.spans.map(([words, state, note]) =>
        state ? h("span", { class: `span ${STATES[state][0]}`, title: note || STATES[state][1] }, words) : words)));
  });
  return made;
}
