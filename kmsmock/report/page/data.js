// The data of the page, unpacked where it is looked at. kmsmock/report/data.py packs it.

const DATA = JSON.parse(document.getElementById("data").textContent);
const text = (number) => DATA.strings[number];
const shape = (number) => DATA.shapes[number].map(text);

const TESTS = DATA.tests.map(([file, name, outcome, attempts, seconds, run, worlds], number) => ({
  number,
  file: text(file),
  name,
  id: `${text(file)}::${name}`,
  outcome: text(outcome),
  attempts,
  seconds,
  run: DATA.runs[run],
  packed: worlds,
  refused: worlds.reduce((sum, world) => sum + world[3][3], 0),
  calls: worlds.reduce((sum, world) => sum + world[3][0], 0),
}));

// ¤0a¤ is the ARN of the world's key 0, ¤0i¤ its id, and the doubled sign stands for itself.
function expand(packed, keys, short) {
  if (!packed.includes("¤")) return packed;
  return packed.replace(/¤¤|¤(\d+)([ai])¤/g, (all, number, part) => {
    if (number === undefined) return "¤";
    const key = keys[number];
    return key ? (short ? key.name : part === "a" ? key.arn : key.id) : all;
  });
}

function worldOf(packed, test) {
  const [what, begun, length, counts, over, number, body, ids, leftOut] = packed;
  const [account, region, enforce] = shape(what);
  const [keys, decisions, events, refusals, bills, links] = DATA.bodies[body];
  const world = { test, account, region, enforce, begun, length, over: Boolean(over), number, leftOut: leftOut || [] };
  [world.calls, world.decided, world.denied, world.refused, world.throttled] = counts;
  world.keys = ids.map((id, place) => ({ id, arn: keys[place] ? text(keys[place][0]) + id : id }));
  const resource = (at) => (at === null ? "" : at >= 0 ? world.keys[at].arn : expand(text(-at - 1), world.keys));
  const say = (part) => expand(part, world.keys);
  const brief = (part) => expand(part, world.keys, true).replace(/^grant ([0-9a-f]{8})[0-9a-f]{56}$/, "grant $1…");

  keys.forEach(([place, kind, aliases, states, rotations, deletion], at) => {
    const key = world.keys[at];
    const [, , , here, owner] = key.arn.split(":");
    [key.spec, key.usage, key.origin, key.manager, key.multiRegion] = shape(kind);
    Object.assign(key, { world, account: owner, region: here, aliases: aliases.map(text), rotations, deletion });
    key.states = [];
    for (let n = 0; n < states.length; n += 2) key.states.push({ at: states[n], state: text(states[n + 1]) });
    key.name = key.aliases[0] || `key ${key.id.startsWith("mrk-") ? key.id.slice(0, 12) : key.id.slice(0, 8)}`;
  });
  world.decisions = decisions.map(([kind, about, times]) => {
    const [caller, action, effect, reason, owner, via, by] = shape(kind);
    const allowed = effect === "allowed";
    return { world, caller, action, effect, allowed, reason, owner, via, by: brief(by), resource: resource(about), times: times || 1 };
  });
  world.events = events.map(([kind, about, at, times, later]) => {
    const [name, source, owner, here, who, via, error, address] = shape(kind);
    const found = (Array.isArray(about) ? about : [about]).map(resource);
    return { world, name, source, account: owner, region: here, who, via, error, address, keys: found, at, times: times || 1, later: later || 0 };
  });
  world.refusals = refusals.map(([kind, about, at, flags, times, told]) => {
    const [cause, general, why, service, operation, asked, code, message, principal, via, line] = shape(kind);
    const explanation = told === undefined ? "" : say(text(told));
    return {
      world, cause, general, why: say(why), service, operation, asked, code, message: say(message), principal, via, line,
      key: resource(about), at, passed: Boolean(flags & 1), expected: Boolean(flags & 2), times, explanation,
    };
  });
  world.bill = bills.map(([kind, quantity, amount, free]) => {
    const [year, owner, here, item, via] = shape(kind);
    return { world, year, account: owner, region: here, item, via, quantity, amount: Number(amount), free: free || 0 };
  });
  world.links = links.map(([kind, about, why, key]) => {
    const [what_, owner, here, toAccount, toRegion] = shape(kind);
    return { world, what: what_, account: owner, region: here, toAccount, toRegion, about: say(text(about)), why: say(text(why)), key: resource(key) };
  });
  return world;
}

const unpacked = new Map();
function worldsOf(test) {
  if (!unpacked.has(test)) unpacked.set(test, test.packed.map((packed) => worldOf(packed, test)));
  return unpacked.get(test);
}
let every = null;
function allWorlds() {
  every = every || TESTS.flatMap(worldsOf);
  return every;
}

// --- how things are called ------------------------------------------------------------------------------------------

const pad = (number) => String(number).padStart(2, "0");
function date(seconds) {
  const day = new Date(seconds * 1000);
  const time = `${pad(day.getUTCHours())}:${pad(day.getUTCMinutes())}:${pad(day.getUTCSeconds())}`;
  return `${day.getUTCFullYear()}-${pad(day.getUTCMonth() + 1)}-${pad(day.getUTCDate())} ${time}`;
}

// A principal for short: its kind, its name and its account.
function who(arn) {
  const [, , service, , account, ...rest] = arn.split(":");
  const name = rest.join(":");
  if (!name) return arn;
  if (name === "root") return `root of ${account}`;
  const [kind, ...parts] = name.split("/");
  if (kind === "assumed-role") return `role ${parts[0]} of ${account}`;
  return service === "iam" || service === "sts" ? `${kind} ${parts[parts.length - 1]} of ${account}` : arn;
}

function what(arn, world) {
  const key = world && world.keys.find((each) => each.arn === arn);
  if (key) return key.name;
  if (arn === "*") return "anything (*)";
  const parts = arn.split(":");
  return parts.length < 6 ? arn : parts.slice(2, 3).concat(parts.slice(5)).join(":");
}

function span(seconds) {
  const units = [["year", 31557600], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, size] = units.find(([, length]) => seconds >= length) || units[units.length - 1];
  return many(Math.round(seconds / size), unit);
}

function money(amount) {
  return `$${amount.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: amount && amount < 0.01 ? 6 : 2 })}`;
}
