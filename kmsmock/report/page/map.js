// The map: accounts as columns, Regions as rows, and what goes from one place to another as arrows.

const KINDS = {
  share: "share", grant: "grant", copy: "copy", replication: "replication", replica: "replica of a key",
  use: "use of another account's key", refused: "refused use",
};

// What worlds link, counted: {what, from, to, times, about}. Places are "account Region".
function linksOf(worlds) {
  const found = new Map();
  const add = (what, from, to, times, about, world) => {
    if (from === to) return;
    const name = `${what}|${from}|${to}`;
    const link = found.get(name) || { what, from, to, times: 0, about: new Set(), tests: new Set() };
    link.times += times;
    if (link.about.size < 6) link.about.add(about);
    link.tests.add(world.test);
    found.set(name, link);
  };
  for (const world of worlds) {
    for (const link of world.links) {
      const about = [what(link.about, world), link.why].filter(Boolean).join(", ");
      add(link.what, `${link.account} ${link.region}`, `${link.toAccount} ${link.toRegion}`, 1, about, world);
    }
    for (const each of world.decisions) {
      const [, , service, region, owner] = each.resource.split(":");
      const [, , , , caller] = each.caller.split(":");
      if (service === "kms" && caller && owner && caller !== owner && region) {
        add(each.allowed ? "use" : "refused", `${caller} ${region}`, `${owner} ${region}`, each.times, each.action, world);
      }
    }
  }
  return [...found.values()];
}

function placesOf(worlds, links) {
  const keys = new Map();
  for (const world of worlds) for (const key of world.keys) {
    const place = `${key.account} ${key.region}`;
    keys.set(place, (keys.get(place) || 0) + 1);
  }
  for (const link of links) for (const place of [link.from, link.to]) if (!keys.has(place)) keys.set(place, 0);
  return keys;
}

const WIDE = 170, GAP_X = 190, GAP_Y = 40, TOP = 36, SIDE = 14, LANE = 20;

function mapOf(worlds, withTests) {
  const links = linksOf(worlds);
  const keys = placesOf(worlds, links);
  if (!keys.size) return h("p", { class: "soft" }, "No key, and nothing that goes from one place to another.");
  const accounts = [...new Set([...keys.keys()].map((place) => place.split(" ")[0]))].sort();
  const regions = [...new Set([...keys.keys()].map((place) => place.split(" ")[1]))].sort();
  const at = (place, HIGH) => {
    const [account, region] = place.split(" ");
    return { x: SIDE + accounts.indexOf(account) * (WIDE + GAP_X), y: TOP + regions.indexOf(region) * (HIGH + GAP_Y) };
  };
  const lanes = new Map();
  for (const link of links) {
    const pair = [link.from, link.to].sort().join("|");
    lanes.set(pair, (lanes.get(pair) || 0) + 1);
  }
  const HIGH = Math.max(54, 14 + LANE * Math.max(0, ...lanes.values()));
  const width = 2 * SIDE + accounts.length * WIDE + (accounts.length - 1) * GAP_X + 110;
  const height = TOP + regions.length * HIGH + (regions.length - 1) * GAP_Y + 24;
  const boxes = accounts.map((account, n) => [
    s("rect", { class: "account", x: SIDE + n * (WIDE + GAP_X) - 12, y: 2, width: WIDE + 24, height: height - 6, rx: 8 }),
    s("text", { class: "title", x: SIDE + n * (WIDE + GAP_X), y: 21 }, account),
  ]);
  const nodes = [...keys].map(([place, number]) => {
    const { x, y } = at(place, HIGH);
    return [
      s("rect", { class: "region", x, y, width: WIDE, height: HIGH, rx: 6 }),
      s("text", { x: x + 12, y: y + 23 }, place.split(" ")[1]),
      s("text", { class: "small", x: x + 12, y: y + 41 }, number ? many(number, "key") : "no key of its own"),
    ];
  });
  const between = new Map();
  const edges = links.map((link) => {
    const pair = [link.from, link.to].sort().join("|");
    const number = between.get(pair) || 0;
    between.set(pair, number + 1);
    return edge(link, at(link.from, HIGH), at(link.to, HIGH), number, HIGH);
  });
  const name = `${many(accounts.length, "account")}, ${many(regions.length, "Region")}, ${many(links.length, "link")}; the table below has them all`;
  const drawn = s("svg", { class: "map", role: "img", "aria-label": name, width, height, viewBox: `0 0 ${width} ${height}` }, boxes, edges, nodes, edges.map((each) => each.label));
  return h(
    "div",
    {},
    h("div", { class: "scroll card", tabindex: "0", role: "group", "aria-label": "Map of accounts and Regions" }, drawn),
    linkLegend(links),
    links.length ? linkTable(links, withTests) : h("p", { class: "soft" }, "Nothing goes from one place to another."),
  );
}

function edge(link, from, to, number, high) {
  const label = `${link.what}${link.times > 1 ? ` ×${link.times}` : ""}`;
  let path, mid, head;
  const shift = number * LANE;
  if (from.x === to.x) {
    // the same account: around the side
    const x = from.x + WIDE, down = to.y > from.y, bend = 34 + shift * 1.6;
    const y1 = from.y + high / 2 + (down ? 8 : -8), y2 = to.y + high / 2 + (down ? -8 : 8);
    path = `M${x} ${y1} C${x + bend} ${y1} ${x + bend} ${y2} ${x + 6} ${y2}`;
    mid = { x: x + bend * 0.78, y: (y1 + y2) / 2, anchor: "start" };
    head = `M${x} ${y2} l9 -4.5 v9 Z`;
  } else {
    const right = to.x > from.x;
    const x1 = right ? from.x + WIDE : from.x, x2 = right ? to.x : to.x + WIDE;
    const y1 = from.y + 12 + shift, y2 = to.y + 12 + shift, way = right ? 1 : -1;
    path = `M${x1} ${y1} C${x1 + way * 50} ${y1} ${x2 - way * 50} ${y2} ${x2 - way * 6} ${y2}`;
    mid = { x: (x1 + x2) / 2, y: (y1 + y2) / 2 - 4, anchor: "middle" };
    head = `M${x2} ${y2} l${-9 * way} -4.5 v9 Z`;
  }
  const drawn = s("g", {}, s("path", { class: `edge ${link.what}`, d: path }), s("path", { class: `head ${link.what}`, d: head }));
  drawn.label = s("text", { class: "small halo", x: mid.x, y: mid.y, "text-anchor": mid.anchor }, label);
  return drawn;
}

function linkLegend(links) {
  const seen = Object.keys(KINDS).filter((kind) => links.some((link) => link.what === kind));
  return h("ul", { class: "legend" }, seen.map((kind) =>
    h("li", {}, s("svg", { "aria-hidden": "true" }, s("path", { class: `edge ${kind}`, d: "M0 6 H22" })), KINDS[kind])));
}

function linkTable(links, withTests) {
  return some(links, 50, (part) => table("What goes from one account or Region to another", [
    ["What", (each) => KINDS[each.what] || each.what],
    ["From", (each) => each.from, "tight"],
    ["To", (each) => each.to, "tight"],
    ["About", (each) => [...each.about].join("; "), "any"],
    ["Times", (each) => each.times, "num"],
    ...(withTests ? [["Tests", (each) => testLinks([...each.tests]), "any"]] : []),
  ], part), "link");
}
