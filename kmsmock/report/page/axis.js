// The time axis of a world's keys: their states as bars, rotations as marks, uses as ticks.

const STEPS = [1, 2, 5, 10, 20, 60, 120, 300, 600, 1200, 3600, 7200, 14400, 28800, 86400, 172800, 432000, 864000, 1728000, 2629800, 5259600, 7889400, 15778800, 31557600, 63115200, 157788000];

function ticks(begin, length) {
  const step = STEPS.find((size) => length / size <= 6) || Math.ceil(length / 5);
  const found = [];
  for (let at = Math.ceil(begin / step) * step; at <= begin + length; at += step) found.push(at);
  const form = step >= 86400 ? (at) => date(at).slice(0, 10) : step >= 60 ? (at) => date(at).slice(5, 16) : (at) => date(at).slice(11);
  return found.slice(0, 8).map((at) => [at, form(at)]);
}

function axis(world) {
  const planned = world.keys.map((key) => key.deletion || 0);
  const first = Math.min(0, ...world.keys.map((key) => (key.states.length ? key.states[0].at : 0)));
  const length = Math.max(world.length, 1, ...planned) - first;
  const percent = (at) => `${Math.min(100, Math.max(0, (100 * (at - first)) / length)).toFixed(3)}%`;
  const rows = h("div", { class: "axis", "aria-hidden": "true" }, h("span", { class: "gap" }), scale(world, first, length, percent));
  const draw = (key) => row(world, key, percent, Math.max(world.length, 1));
  const place = some(world.keys, 40, (keys) => h("div", { class: "axis" }, keys.map(draw)), "key");
  return h("div", {}, rows, place, stateLegend(world));
}

function scale(world, first, length, percent) {
  let last = -1;
  const marks = ticks(world.begun + first, length).map(([at, label]) => {
    const x = percent(at - world.begun);
    const near = (at - world.begun - first) / length;
    if (near - last < 0.3) return null; // no room for its label
    last = near;
    const anchor = near > 0.9 ? "end" : near < 0.08 ? "start" : "middle";
    return [s("line", { class: "grid", x1: x, x2: x, y1: 16, y2: 20 }), s("text", { class: "tick", x, y: 12, "text-anchor": anchor }, label)];
  });
  return s("svg", { height: 20, "aria-hidden": "true" }, marks);
}

function row(world, key, percent, end) {
  const told = key.states.map((each, n) => `${each.state} from ${date(world.begun + each.at)}`).join(", then ");
  const turned = key.rotations.length ? `; rotated ${many(key.rotations.length, "time")}` : "";
  const detail = h("div", { class: "detail", id: newId("key"), hidden: true });
  const button = h(
    "button",
    {
      type: "button",
      class: "keyname",
      "aria-expanded": "false",
      "aria-controls": detail.id,
      onclick: () => {
        detail.hidden = !detail.hidden;
        button.setAttribute("aria-expanded", String(!detail.hidden));
        if (!detail.hidden && !detail.firstChild) detail.append(keyDetail(world, key));
      },
    },
    h("span", { class: "what" }, key.name),
    h("span", { class: "where" }, `${key.account} · ${key.region}${key.manager === "AWS" ? " · AWS managed" : ""}`),
    h("span", { class: "hidden" }, `: ${told}${turned}`),
  );
  const bars = key.states.map((each, n) => {
    const until = n + 1 < key.states.length ? key.states[n + 1].at : end;
    const width = `calc(max(2px, ${percent(until)} - ${percent(each.at)}))`;
    const bar = s("rect", { class: each.state, x: percent(each.at), y: 6, height: 18, rx: 2 }, s("title", {}, each.state));
    bar.style.width = width;
    return bar;
  });
  if (key.deletion !== undefined) {
    const bar = s("rect", { class: "mark planned", x: percent(end), y: 7, height: 16 });
    bar.style.width = `calc(${percent(key.deletion)} - ${percent(end)})`;
    bars.push(bar);
  }
  const uses = world.events.filter((event) => event.keys.includes(key.arn));
  const marks = uses.flatMap((event) => {
    const kind = event.error ? "mark refused" : "mark use";
    return [event.at, ...(event.later ? [event.at + event.later] : [])].map((at) =>
      s("line", { class: kind, x1: percent(at), x2: percent(at), y1: 24, y2: event.error ? 2 : 29 }),
    );
  });
  const turns = key.rotations.map((at) =>
    s("svg", { x: percent(at), y: 15 }, s("path", { class: "mark turn", d: "M0 -6 L6 0 L0 6 L-6 0 Z" }, s("title", {}, `rotated ${date(world.begun + at)}`))),
  );
  return [button, s("svg", { height: 32, "aria-hidden": "true" }, bars, marks.slice(0, 400), turns), detail];
}

function stateLegend(world) {
  const seen = new Set(world.keys.flatMap((key) => key.states.map((each) => each.state)));
  const boxes = [...seen].map((state) =>
    h("li", {}, s("svg", { "aria-hidden": "true" }, s("rect", { class: state, width: "100%", height: "100%", rx: 2 })), state),
  );
  const marks = [
    ["rotation", world.keys.some((key) => key.rotations.length), s("path", { class: "mark turn", d: "M7 0 L13 6 L7 12 L1 6 Z" })],
    ["call", world.events.length > 0, s("line", { class: "mark use", x1: 7, x2: 7, y1: 3, y2: 12 })],
    ["refused call", world.events.some((each) => each.error), s("line", { class: "mark refused", x1: 7, x2: 7, y1: 0, y2: 12 })],
    ["deletion that is planned", world.keys.some((key) => key.deletion !== undefined), s("rect", { class: "mark planned", width: "100%", height: "100%" })],
  ];
  const others = marks.filter(([, wanted]) => wanted).map(([name, , drawn]) => h("li", {}, s("svg", { "aria-hidden": "true" }, drawn), name));
  return h("ul", { class: "legend" }, boxes, others);
}

function keyDetail(world, key) {
  const facts = [
    ["ARN", h("code", {}, key.arn)],
    ["Kind", [key.spec, key.usage, key.origin].join(" · ") + (key.multiRegion ? ` · multi-Region ${key.multiRegion.toLowerCase()}` : "")],
    ["Aliases", key.aliases.join(", ")],
    ["States", h("ul", { class: "plain" }, key.states.map((each) => h("li", {}, `${date(world.begun + each.at)}  ${each.state}`)))],
    ["Rotated", key.rotations.map((at) => date(world.begun + at).slice(0, 10)).join(", ")],
    ["To be deleted", key.deletion === undefined ? "" : date(world.begun + key.deletion)],
  ];
  const decisions = world.decisions.filter((each) => each.resource === key.arn);
  const events = world.events.filter((each) => each.keys.includes(key.arn));
  return h(
    "div",
    {},
    h("dl", { class: "facts" }, facts.filter(([, value]) => value !== "").map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    decisions.length ? decisionTable(decisions) : h("p", { class: "soft" }, "Nothing was decided about it."),
    events.length ? eventTable(events, "Events of the key", 50) : null,
  );
}

function decisionTable(decisions) {
  return some(decisions, 50, (part) => table("Decisions", [
    ["Answer", (each) => (each.allowed ? badge("allowed", "good") : badge(each.effect === "explicitDeny" ? "denied by a Deny" : "denied", "bad"))],
    ["Action", (each) => h("code", { class: "tight" }, each.action)],
    ["Who", (each) => h("span", { title: each.caller }, who(each.caller))],
    ["By", (each) => [each.by || `no Allow in: ${each.reason}`, each.via ? h("span", { class: "soft" }, ` via ${each.via}`) : ""]],
    ["Times", (each) => each.times, "num"],
  ], part), "decision");
}

function eventTable(events, caption, size, withTest) {
  const columns = [
    ["When (UTC)", (each) => [date(each.world.begun + each.at), each.later ? h("span", { class: "soft" }, ` for ${span(each.later)}`) : ""], "tight"],
    ["What", (each) => [h("strong", {}, each.name), each.source === "kms.amazonaws.com" ? "" : h("span", { class: "soft" }, ` ${each.source.split(".")[0]}`)]],
    ["Who, and where", (each) => [
      h("span", { title: each.who }, who(each.who)), each.via ? h("span", { class: "soft" }, ` via ${each.via}`) : "",
      h("span", { class: "soft under" }, `${each.account} · ${each.region}`),
    ]],
    ["Key", (each) => each.keys.map((arn) => what(arn, each.world)).join(", ")],
    ["Result", (each) => (each.error ? badge(each.error, "bad") : "")],
    ["Times", (each) => (each.times > 1 ? each.times : ""), "num"],
  ];
  if (withTest) columns.push(["Test", (each) => testLink(each.world.test), "any"]);
  return some(events, size, (part) => table(caption, columns, part), "event");
}
