// `npm run reference`: writes the parts of the reference pages that are made out of the code, each between
// two comments. With --check nothing is written: the status is 1 if one of them would change.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { DAEMON_COMMANDS } from "../src/cli/help.ts";
import { VERBS } from "../src/cli/verbs.ts";
import { METRICS } from "../src/observe/index.ts";
import { keyTables } from "./reference-keys.js";
import { objectTable } from "./reference-objects.js";

const TOP = join(import.meta.dirname, "..");

/** By page, then by the name in its comments. @type {Record<string, Record<string, () => string>>} */
const PAGES = {
  "src/config/README.md": { keys: keyTables },
  "src/control/README.md": { commands },
  "src/observe/README.md": { metrics, objects: objectTable },
};

function commands() {
  const own = VERBS.flatMap(({ name, help, options }) => [
    ...help,
    ...options.map(([flags, text]) => ({ usage: `${name} ... ${flags}`, text })),
  ]);
  const rows = [...DAEMON_COMMANDS, ...own].map(({ usage, text }) => {
    const cells = [`\`${usage.trim()}\``, text.replace(/[*_]/g, "\\$&")];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return `| command | what |\n| --- | --- |\n${rows.join("\n")}`;
}

function metrics() {
  const rows = METRICS.map(({ name, type, labels, help }) => {
    const names = labels.map((label) => `\`${label}\``).join(" ");
    return `| \`${name}\` | ${type} | ${names} | ${help} |`;
  });
  return `| metric | type | labels | what it is |\n| --- | --- | --- | --- |\n${rows.join("\n")}`;
}

/** @param {string} text @param {string} name @param {string} part */
function replaced(text, name, part) {
  const pattern = new RegExp(`(<!-- begin ${name}: .*? -->\\n)[^]*?(<!-- end ${name} -->)`);
  if (!pattern.test(text)) throw new Error(`no place for "${name}"`);
  return text.replace(pattern, (_, begin, end) => `${begin}\n${part}\n\n${end}`);
}

const isCheck = process.argv.includes("--check");
for (const [page, parts] of Object.entries(PAGES)) {
  const file = join(TOP, page);
  const old = readFileSync(file, "utf8");
  const options = { ...(await resolveConfig(file)), filepath: file };
  let text = old;
  for (const [name, make] of Object.entries(parts)) {
    text = replaced(text, name, (await format(make(), options)).trimEnd());
  }
  if (text === old) continue;
  if (!isCheck) writeFileSync(file, text);
  process.stderr.write(
    `${page} ${isCheck ? "is not what the code says: npm run reference" : "is written"}\n`,
  );
  if (isCheck) process.exitCode = 1;
}
