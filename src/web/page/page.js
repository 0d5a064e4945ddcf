// The page for people: asks for the state every few seconds while somebody looks, and for an explanation
// when that is wanted. Whatever comes from the network is put in as text, never as HTML.

/**
 * @typedef {{ from: string, isOwn: boolean, nextHop?: string, interface?: string, asPath?: string }} Way
 * @typedef {{ network: string, ways: Way[], since: number, kernel?: string, kernelReason?: string,
 *   stale: boolean, isAway?: boolean, block?: string }} Place
 * @typedef {{ name: string, description?: string, message?: string, since: number, range?: string,
 *   address?: string, interface?: string, asn?: number, members?: number, state: string, isUp: boolean,
 *   isEnabled: boolean, imported: number, filtered: number, exported: number, stale: number,
 *   error?: string }} Session
 * @typedef {{ kind: string, at: number, until: number, count: number, subject: string, detail: string,
 *   things: string[] }} Happening
 * @typedef {{ version: string, name: string, asn: number, mode: string, startedAt: number,
 *   configuredAt: number, routerId: string, pods: number, stale: number,
 *   kernel: { installed: number, pending: number, unresolved: number, failed: number },
 *   recovery: { waitingFor: number, remaining: number } | null,
 *   settings: { path: string, found: string | null, wanted: string }[] }} Router
 * @typedef {{ now: number, node: Router, warnings: string[], sessions: Session[], moreSessions: number,
 *   pool: string[], blocks: Place[], moreBlocks: number, singles: Place[], moreSingles: number,
 *   happenings: Happening[] }} State
 * @typedef {{ network: string, sections: { title: string, lines: string[] }[],
 *   broken?: { link: string, words: string, advice: string, section: string }, summary: string }} Report
 */

const INTERVAL = 5000;
const LONGEST_INTERVAL = 30_000;
const PATIENCE = 15_000;

// Making elements

/** @param {string} id */
function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 */
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** @type {Map<string, string>} */
const shown = new Map();

/**
 * Puts other children in, if what they are made of is another: whoever reads, selects or has the focus is
 * not disturbed for nothing.
 *
 * @param {string} id
 * @param {unknown} facts
 * @param {() => (Node | string)[]} make
 */
function show(id, facts, make) {
  const text = JSON.stringify(facts);
  if (shown.get(id) === text) return;
  shown.set(id, text);
  const place = byId(id);
  const focused = place.contains(document.activeElement)
    ? document.activeElement?.getAttribute("href")
    : null;
  place.replaceChildren(...make());
  if (typeof focused !== "string") return;
  for (const link of place.querySelectorAll("a")) {
    if (link.getAttribute("href") === focused) link.focus();
  }
}

// Words

const numbers = new Intl.NumberFormat("en-GB");
/** @param {number} value */
const number = (value) => numbers.format(value);

/** @param {number} count @param {string} one @param {string} many */
const counted = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;

/** The time of day, or the date where that was another one. @param {number} at */
function time(at, isRecent = false) {
  const date = new Date(at);
  const isToday = isRecent || date.toDateString() === new Date().toDateString();
  const text = isToday ? date.toLocaleTimeString("en-GB") : date.toLocaleDateString("en-CA");
  return element("time", { datetime: date.toISOString(), title: date.toISOString() }, text);
}

/** @param {number} milliseconds */
function duration(milliseconds) {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(milliseconds / 1000))} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

/** A network, by which it can be explained. @param {string} network */
function explained(network) {
  const target = network.replace(/\/(32|128)$/, "");
  const href = `#explain=${encodeURIComponent(target)}`;
  return element("a", { href, class: "mono", title: `Explain ${target}` }, network);
}

// Status

/** @param {State} state */
function showStatus({ now, node, warnings, sessions }) {
  const { name, asn, routerId, mode, version } = node;
  document.title = `${name} – underlay`;
  show("name", name, () => [name]);
  const facts = `AS ${asn}, router id ${routerId}, mode ${mode}`;
  byId("identity").textContent = `${facts}, up for ${duration(now - node.startedAt)}`;
  show("version", version, () => [`underlayd ${version}.`]);
  showFigures(node, sessions);
  const settings = node.settings.map(
    ({ path, found, wanted }) => `${path} is ${found ?? "not there"}, must be ${wanted}`,
  );
  const { recovery } = node;
  const waiting = recovery
    ? [`Just started: waits for ${counted(recovery.waitingFor, "neighbour", "neighbours")}`]
    : [];
  const all = [...warnings, ...settings, ...waiting];
  show("warnings", all, () => all.map((text) => element("li", {}, text)));
}

/** @param {Router} node @param {Session[]} sessions */
function showFigures({ kernel, pods, stale }, sessions) {
  const single = sessions.filter(({ range, isEnabled }) => range === undefined && isEnabled);
  const up = single.filter((each) => each.isUp).length;
  /** @type {[string, string, boolean][]} */
  const figures = [
    ["Sessions up", `${number(up)} of ${number(single.length)}`, up < single.length],
    ["Routes in the kernel", number(kernel.installed), false],
    ["On their way there", number(kernel.pending), false],
    ["Without a next hop", number(kernel.unresolved), kernel.unresolved > 0],
    ["Refused by the kernel", number(kernel.failed), kernel.failed > 0],
    ["Pods here", number(pods), false],
  ];
  if (stale > 0) figures.push(["Of the last run, unclaimed", number(stale), false]);
  show("figures", figures, () =>
    figures.map(([label, value, isBad]) =>
      element(
        "div",
        {},
        element("dt", {}, label),
        element("dd", isBad ? { class: "bad" } : {}, value),
      ),
    ),
  );
}

// Tables

/**
 * @param {string} label what stands above it, and before it where there is no room
 * @param {(Node | string)[]} children
 * @param {string} [className]
 */
function cell(label, children, className) {
  const attributes = { role: "cell", ...(className && { class: className }) };
  // What is empty needs no label.
  if (children.length === 0) return element("td", attributes);
  return element("td", { ...attributes, "data-label": label }, element("div", {}, ...children));
}

/** @param {(Node | string)[]} children */
function head(children) {
  return element("th", { role: "rowheader", scope: "row" }, ...children);
}

/** @param {string} text @param {string} [className] */
const small = (text, className = "quiet") => element("small", { class: className }, text);

/** @param {State} state */
function showSessions({ sessions, moreSessions }) {
  // Trouble first; else as configured.
  const rank = (/** @type {Session} */ { isUp, isEnabled, range }) =>
    isUp || range !== undefined ? 2 : isEnabled ? 0 : 1;
  const sorted = [...sessions].sort((a, b) => rank(a) - rank(b));
  show("session-rows", sorted, () => sorted.map(sessionRow));
  const note =
    moreSessions > 0
      ? `and ${counted(moreSessions, "more", "more")}: underlayctl show protocols`
      : sessions.length === 0
        ? "No neighbours are configured."
        : "";
  show("session-note", note, () => [note]);
}

/** @param {Session} session */
function sessionRow(session) {
  const {
    name,
    description,
    since,
    range,
    address,
    asn,
    members,
    isUp,
    isEnabled,
    error,
    message,
  } = session;
  const zone = session.interface === undefined ? "" : `%${session.interface}`;
  const where = range ?? (address === undefined ? zone.slice(1) : address + zone);
  const who = [where, asn === undefined || asn === 0 ? "" : `AS ${asn}`].filter(
    (word) => word !== "",
  );
  const state =
    range !== undefined
      ? element("span", {}, `listens, ${counted(members ?? 0, "neighbour", "neighbours")}`)
      : element(
          "span",
          { class: `state ${isUp ? "good" : isEnabled ? "bad" : "quiet"}` },
          `${isUp ? "●" : "○"} ${session.state}`,
        );
  const isSession = range === undefined;
  return element(
    "tr",
    { role: "row" },
    head([name, small(who.join(", ")), ...(description === undefined ? [] : [small(description)])]),
    cell("State", [
      state,
      ...(isEnabled ? [] : [small("disabled")]),
      ...(message === undefined ? [] : [small(message)]),
      ...(session.stale > 0 ? [small(`${number(session.stale)} routes kept from before`)] : []),
    ]),
    cell("Since", [time(since)]),
    cell("Accepted", isSession ? [number(session.imported)] : [], "number"),
    cell("Rejected", isSession ? [number(session.filtered)] : [], "number"),
    cell("Announced", isSession ? [number(session.exported)] : [], "number"),
    cell("Last error", error === undefined ? [] : [error], isUp ? "quiet" : "bad"),
  );
}

/** @param {State} state */
function showPlaces({ pool, blocks, moreBlocks, singles, moreSingles }) {
  show("block-rows", blocks, () => blocks.map(blockRow));
  const inside = pool.length === 0 ? "There is no pods.pool." : `Inside ${pool.join(", ")}.`;
  const most = moreBlocks > 0 ? ` And ${number(moreBlocks)} more.` : "";
  const none = blocks.length === 0 && pool.length > 0 ? " Nobody announces a block." : "";
  show("block-note", [inside, none, most], () => [inside + none + most]);
  show("single-rows", singles, () => singles.map(singleRow));
  const rest = moreSingles > 0 ? `And ${number(moreSingles)} more.` : "";
  const text = singles.length === 0 ? "No single pod is announced: each lives in its block." : rest;
  show("single-note", text, () => [text]);
}

/** @param {Place} place */
function blockRow(place) {
  const paths = new Set(place.ways.flatMap(({ asPath }) => (asPath ? [asPath] : [])));
  return element(
    "tr",
    { role: "row" },
    head([explained(place.network)]),
    ...wayCells(place),
    cell("AS path", [...paths].map(lineOf)),
    kernelCell(place),
    cell("Since", [time(place.since)]),
  );
}

/** @param {Place} place */
function singleRow(place) {
  const { isAway, block } = place;
  const around =
    block === undefined
      ? [element("span", { class: "quiet" }, "none")]
      : [
          explained(block),
          " ",
          ...(isAway === true
            ? [element("span", { class: "mark" }, "lives outside it")]
            : [small("the same way")]),
        ];
  return element(
    "tr",
    { role: "row" },
    head([explained(place.network)]),
    ...wayCells(place),
    cell("Its block", around),
    kernelCell(place),
    cell("Since", [time(place.since)]),
  );
}

/** @param {string} text */
const lineOf = (text) => element("div", {}, text);

/** Where it leads, and who says so: a line for each of its ways. @param {Place} place */
function wayCells({ ways, stale }) {
  const next = ways.map((way) => {
    if (way.isOwn) return lineOf("this node");
    const on = way.interface === undefined ? "" : ` on ${way.interface}`;
    return element(
      "div",
      { class: "way" },
      element("span", { class: "mono" }, way.nextHop ?? "?"),
      on,
    );
  });
  const from = ways.map(({ from, isOwn }) => lineOf(isOwn ? "" : from));
  const kept = stale ? [small("from a session that has ended")] : [];
  const isOwn = ways.every((way) => way.isOwn);
  return [cell("Next hop", next), cell("Learnt from", isOwn ? kept : [...from, ...kept])];
}

/** @param {Place} place */
function kernelCell({ kernel, kernelReason }) {
  if (kernel === undefined) return cell("In the kernel", []);
  const isGood = kernel === "installed";
  const mark = element(
    "span",
    { class: isGood ? "good" : "bad" },
    isGood ? "✓ yes" : `✗ ${kernel}`,
  );
  const reason = kernelReason === undefined ? [] : [small(kernelReason)];
  return cell("In the kernel", [mark, ...reason]);
}

// The last hour

/** @type {Record<string, (line: Happening, hop: (address: string) => string) => string>} */
const SENTENCES = {
  "session-up": ({ subject, detail }) => `Session with ${subject} is ${detail}`,
  "session-down": ({ subject, detail }) => `Session with ${subject} is ${detail}`,
  appeared: ({ count, subject }, hop) => `${networks(count)} appeared by way of ${hop(subject)}`,
  vanished: ({ count, subject }, hop) => `${networks(count)} by way of ${hop(subject)} vanished`,
  moved: ({ count, subject, detail }, hop) => {
    const before = detail === "" ? "" : ` from ${hop(detail)}`;
    return `${networks(count)} moved${before} to ${hop(subject)}`;
  },
  announced: ({ count, subject }) =>
    `This node announces ${counted(count, subject, `${subject}s`)}`,
  withdrawn: ({ count, subject }) =>
    `This node withdraws ${counted(count, subject, `${subject}s`)}`,
  "pod-found": ({ count }) => `${counted(count, "pod was", "pods were")} found here`,
  "pod-gone": ({ count }) => `${counted(count, "pod is", "pods are")} gone from here`,
  configured: ({ detail }) => `Configuration applied from ${detail}`,
  undone: ({ detail }) => `Configuration of ${detail} undone`,
  warning: ({ subject, detail }) =>
    `Warning: ${[subject, detail].filter((word) => word).join(": ")}`,
  over: ({ detail }) => `No longer true: ${detail}`,
};

const BAD = new Set(["session-down", "vanished", "warning"]);
/** Those whose number is in the sentence. */
const COUNTED = /^(appeared|vanished|moved|announced|withdrawn|pod-)/;

/** @param {number} count */
const networks = (count) => counted(count, "network", "networks");

/** @param {State} state */
function showHour({ happenings, sessions }) {
  const names = new Map(sessions.map(({ address, name }) => [address, name]));
  const hop = (/** @type {string} */ address) => {
    if (address === "") return "a blackhole";
    if (address === "several") return "several next hops";
    const name = names.get(address);
    return name === undefined ? address : `${name} (${address})`;
  };
  show("happenings", [happenings, [...names]], () =>
    happenings.map((line) => happeningLine(line, hop)),
  );
  const note = happenings.length === 0 ? "Nothing." : "";
  show("happening-note", note, () => [note]);
}

/** @param {Happening} line @param {(address: string) => string} hop */
function happeningLine(line, hop) {
  const { kind, at, count, things } = line;
  const words = SENTENCES[kind]?.(line, hop) ?? kind;
  const isCounted = COUNTED.test(kind);
  const often = count > 1 && !isCounted && things.length === 0 ? ` (${number(count)} times)` : "";
  const rest = isCounted ? count - things.length : 0;
  const more = rest > 0 ? `, and ${number(rest)} more` : "";
  return element(
    "li",
    {},
    time(at, true),
    element(
      "div",
      {},
      element("p", BAD.has(kind) ? { class: "bad" } : {}, words + often),
      ...(things.length === 0 ? [] : [small(things.join(isCounted ? ", " : "; ") + more)]),
    ),
  );
}

// Explain

/** Counts questions, so that a late answer does not overwrite a later one's. */
let asked = 0;

/** @param {string} target */
async function explain(target) {
  const mine = ++asked;
  const button = /** @type {HTMLButtonElement} */ (byId("ask"));
  button.disabled = true;
  byId("answer").replaceChildren(element("p", { class: "quiet" }, `Asking about ${target} …`));
  const children = await answerTo(target);
  if (mine !== asked) return;
  byId("answer").replaceChildren(...children);
  button.disabled = false;
}

/** @param {string} target */
async function answerTo(target) {
  try {
    const url = `page/explain?target=${encodeURIComponent(target)}`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) });
    /** @type {unknown} */
    const body = await answer.json();
    if (!answer.ok) {
      const { error } = /** @type {{ error: string }} */ (body);
      return [element("p", { class: "verdict broken" }, error)];
    }
    return reportOf(/** @type {Report} */ (body));
  } catch {
    return [element("p", { class: "verdict broken" }, "underlayd does not answer.")];
  }
}

/** @param {Report} report */
function reportOf({ network, sections, broken, summary }) {
  const steps = sections.map(({ title, lines }) => {
    const isBroken = broken?.section === title;
    const mark = isBroken ? [" ", element("span", { class: "mark bad" }, "broken here")] : [];
    return element(
      "li",
      isBroken ? { class: "broken" } : {},
      element("h3", {}, title, ...mark),
      element("pre", { class: "facts mono" }, lines.join("\n")),
    );
  });
  return [
    element("p", { class: broken ? "verdict broken" : "verdict" }, `${network}: ${summary}`),
    element("ol", { class: "steps" }, ...steps),
    element("p", { class: "note" }, "As of ", time(Date.now())),
  ];
}

/** `#explain=172.16.3.7` is a question, too. */
function followHash() {
  const [, escaped] = /^#explain=(.+)$/.exec(location.hash) ?? [];
  if (escaped === undefined) return;
  let target = escaped;
  try {
    target = decodeURIComponent(escaped);
  } catch {
    // As it is: it will be said to be no address.
  }
  const input = /** @type {HTMLInputElement} */ (byId("target"));
  input.value = target;
  byId("explain").scrollIntoView();
  void explain(target);
}

byId("question").addEventListener("submit", (event) => {
  event.preventDefault();
  const { value } = /** @type {HTMLInputElement} */ (byId("target"));
  const hash = `#explain=${encodeURIComponent(value.trim())}`;
  if (location.hash === hash) followHash();
  else location.hash = hash;
});
addEventListener("hashchange", followHash);

// Asking for the state

let interval = INTERVAL;
/** @type {number | undefined} */
let timer;
/** @type {number | undefined} */
let answeredAt;

async function refresh() {
  clearTimeout(timer);
  timer = undefined;
  const freshness = byId("freshness");
  try {
    const answer = await fetch("page/state", { signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    /** @type {unknown} */
    const body = await answer.json();
    const state = /** @type {State} */ (body);
    showStatus(state);
    showSessions(state);
    showPlaces(state);
    showHour(state);
    answeredAt = Date.now();
    interval = INTERVAL;
    freshness.className = "";
    const text = "Live: asks again every few seconds while you look.";
    if (freshness.textContent !== text) freshness.textContent = text;
  } catch {
    interval = Math.min(interval * 2, LONGEST_INTERVAL);
    freshness.className = "away";
    const since =
      answeredAt === undefined
        ? ""
        : ` What is shown is as of ${duration(Date.now() - answeredAt)} ago.`;
    freshness.textContent = `underlayd does not answer; it is asked again.${since}`;
  }
  if (!document.hidden) timer = setTimeout(() => void refresh(), interval);
}

// Nobody looks: nobody asks.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else void refresh();
});

followHash();
void refresh();
