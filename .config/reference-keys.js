// The keys of the configuration as tables, one for each section, out of the schema and its descriptions.

import { configSchema } from "../src/config/index.ts";
import { FIXED_SETTINGS } from "../src/fib/index.ts";
import { compareNeighbours } from "../src/speaker/difference.ts";

/** @typedef {{ path: string, description: string, isLeaf: boolean }} Key */

const AT_ONCE = "at once";
const NEW_SESSION = "new session";
const RESTART = "restart";

/**
 * What a change costs where the code has no table of it; the longest path counts. Those of neighbours
 * are asked of the speaker, those of the kernel's keys of the Fib.
 */
const COSTS = new Map([
  ["node.asn", "new session, of all but peers with localAsn"],
  ["node.routerId", "new session, of all"],
  ["restart.time", "next session"],
  ["control.socket", RESTART],
  ["control.calico", RESTART],
  ["log.file", RESTART],
  ["kernel.nexthopObjects", RESTART],
  ...FIXED_SETTINGS.map((key) => /** @type {const} */ ([`kernel.${key}`, RESTART])),
  // Part of the OPEN only in some of their values (session/settings.ts, changeNeedsReset).
  ["peers.gracefulRestart", "new session, unless between full and helper with one family set"],
  ["peers.longLivedStaleTime", "at once; new session from 0 or to 0"],
  ["peers.extendedNextHop", "new session where it changes what is offered"],
  ["peers.group", "as the keys that it changes"],
  ["peers.password", NEW_SESSION],
]);

/** What is said of many keys, and once at the top of the page. */
const SHORT = [
  [/ of letters, digits, _, - and \. that begins with a letter and is not reserved \([^)]*\)/, ""],
  [/ from 1 to 4294967294 that is not reserved \(23456, 65535\), as 64512 or 1\.10/, ""],
  [/, as 172\.16\.0\.0\/12 or fd00:1::\/64$/, ""],
  [/graceful-shutdown, llgr-stale, .*, no-peer/, "a name"],
  [/the whole path of a file, from the root(: \/\.\.\.)?/, "a file's whole path"],
];

/**
 * Every key below a schema, in the order of the schema.
 * @param {any} schema
 * @param {string} path
 * @param {string} [given] the description that a wrapper has
 * @returns {Generator<Key>}
 */
function* keysOf(schema, path, given) {
  const { def } = schema._zod;
  const description = given ?? schema.description;
  switch (def.type) {
    case "optional":
      yield* keysOf(def.innerType, path, description);
      return;
    case "pipe":
      // What is read is a text in the end, or a section with a short form.
      if (def.out._zod.def.type === "transform") yield leaf(path, description);
      else yield* keysOf(def.out, path, def.out.description);
      return;
    case "array":
      yield* listOf(def.element, path, description ?? "");
      return;
    case "record":
      yield* keysOf(def.valueType, `${path}.NAME`);
      return;
    case "union":
      for (const option of def.options) yield* keysOf(option, path);
      return;
    case "object":
      if (path !== "") yield { path, description: description ?? "", isLeaf: false };
      for (const [key, inner] of Object.entries(def.shape)) {
        yield* keysOf(inner, path === "" ? key : `${path}.${key}`);
      }
      return;
    default:
      yield leaf(path, description);
  }
}

/** @param {string} path @param {string} [description] @returns {Key} */
function leaf(path, description = "") {
  // Of files with secrets no message repeats anything, so that they have no words for what is expected.
  const isSecret = path.endsWith(".file") && !description.includes(" Expected: ");
  const expected = isSecret ? " Expected: the whole path of a file, from the root." : "";
  return { path, description: `${description}${expected}`, isLeaf: true };
}

/** A list of values is one key; one of sections is that, and their keys. */
function* listOf(/** @type {any} */ element, /** @type {string} */ path, /** @type {string} */ of) {
  const [first, ...rest] = keysOf(element, path);
  const expected = partsOf(first.description).expected;
  const description = first.isLeaf ? `${of} Expected: a list, each ${expected}.` : of;
  yield { path, description, isLeaf: first.isLeaf };
  yield* rest;
}

/** A description's sentences: what it is, its default, what is expected. @param {string} text */
function partsOf(text) {
  const [said, expected = ""] = text.split(" Expected: ");
  const found = / ?Default: ((?:\[[^\]]*\]|"[^"]*"|.)*?)\.(?= |$)/.exec(said);
  const isRequired = said.includes(" Must be there.");
  const what = said.replace(found?.[0] ?? "", "").replace(" Must be there.", "");
  const standard = isRequired ? "**must be there**" : (found?.[1] ?? "");
  const short = SHORT.reduce(
    (text, [from, to]) => text.replace(from, to),
    expected.replace(/\.$/, ""),
  );
  return { what: what.trim(), standard, expected: short };
}

/** @param {string} path as `peers.bfd.interval` */
function costOf(path) {
  for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const known = COSTS.get(at);
    if (known !== undefined) return known;
  }
  const [section, key] = path.split(".");
  if (section !== "peers" || key === undefined) return AT_ONCE;
  const old = /** @type {any} */ ({});
  const { session } = compareNeighbours(old, /** @type {any} */ ({ [key]: "other" }));
  return session.length > 0 ? NEW_SESSION : AT_ONCE;
}

/** @param {string} text */
const cell = (text) =>
  text.replaceAll("|", "\\|").replaceAll("*", "\\*").replaceAll("\\*\\*", "**");

/** @param {Key} key @param {string} section */
function row({ path, description }, section) {
  const { what, standard, expected } = partsOf(description);
  const short = path.slice(section.length + 1);
  const cells = [`\`${short === "" ? path : short}\``, cell(expected), cell(standard), cell(what)];
  return `| ${[...cells, costOf(path)].join(" | ")} |`;
}

/** All keys, in Markdown. */
export function keyTables() {
  const all = [...keysOf(configSchema, "")].filter(({ path }) => !path.startsWith("groups.NAME."));
  const sections = [...new Set(all.map(({ path }) => path.split(".")[0]))];
  return sections.map((section) => sectionOf(section, all)).join("\n\n");
}

/** @param {string} section @param {Key[]} all */
function sectionOf(section, all) {
  const keys = all.filter(({ path }) => path === section || path.startsWith(`${section}.`));
  const [head, ...inner] = keys;
  const text = partsOf(head.description).what;
  const title = `### \`${section}\`\n\n${head.isLeaf ? "" : `${text}\n\n`}`;
  if (section === "groups")
    return `${title}The keys are those of [\`peers\`](#peers), but for name, address, range, interface and group.`;
  const rows = (head.isLeaf ? keys : inner).map((key) => row(key, section));
  return `${title}| key | type | default | what | a change |\n| --- | --- | --- | --- | --- |\n${rows.join("\n")}`;
}
