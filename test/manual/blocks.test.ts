import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { formatProblem, parseBgpFilter, parseConfig } from "../../src/config/index.ts";
import { type Block, blocksOf, pages } from "./pages.ts";

/** Every piece of configuration in a page is read by what reads it in the daemon. */

/** Keys that a piece of a configuration may leave out. */
const COMPLETION = [
  { key: "node", text: "node: { asn: 64512, routerId: 192.0.2.1 }\n" },
  { key: "pods", text: "pods: { pool: [172.16.0.0/12, 'fd10::/16'], blocks: [172.16.1.0/24] }\n" },
];

function problemsOf(page: string, { text, line }: Block): string[] {
  const documents = parseAllDocuments(text);
  const errors = documents.flatMap((document) => document.errors.map(String));
  if (errors.length > 0) return errors;
  const file = `${page}:${line}`;
  if (/^apiVersion:/m.test(text)) return resourceProblems(text, file);
  const missing = COMPLETION.filter(({ key }) => !new RegExp(`^${key}:`, "m").test(text));
  const whole = text + missing.map((each) => each.text).join("");
  const result = parseConfig(whole, { file, hostname: "node1" });
  return result.ok ? [] : result.problems.map(formatProblem);
}

/** A resource of Kubernetes: what the daemon reads itself is read; of the others the YAML is good. */
function resourceProblems(text: string, file: string): string[] {
  if (!/^kind: BGPFilter$/m.test(text)) return [];
  return parseBgpFilter(text, file).flatMap((each) =>
    "message" in each ? formatProblem(each) : [],
  );
}

describe("blocks of YAML", () => {
  let count = 0;
  for (const page of pages()) {
    const blocks = blocksOf(page).filter(({ language }) => language === "yaml");
    if (blocks.length === 0) continue;
    it(`of ${page} are good configuration`, () => {
      for (const block of blocks) {
        assert.deepEqual(problemsOf(page, block), [], `${page}:${block.line}`);
        count++;
      }
    });
  }

  it("are looked at: a wrong one is found", () => {
    const wrong = { language: "yaml", text: "peers: [{ name: a, adress: 192.0.2.1 }]\n", line: 1 };
    assert.match(problemsOf("x.md", wrong).join(), /unknown key "adress"/);
    assert.ok(count > 10);
  });
});
