import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, it } from "node:test";
import { anchorsOf, pages, proseOf, TOP } from "./pages.ts";

/** What a page leads to is there. */

const LINK = /\]\(([^)\s]+)\)/g;

/** What is wrong with a link of a page; undefined: nothing. */
function problem(page: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path, anchor] = link.split("#");
  const target = path === "" ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(TOP, target))) return `${link}: there is no ${target}`;
  if (anchor === undefined) return undefined;
  if (!target.endsWith(".md")) return `${link}: no page, and so without anchors`;
  return anchorsOf(target).has(anchor) ? undefined : `${link}: ${target} has no such heading`;
}

describe("links", () => {
  const all = pages();

  for (const page of all) {
    it(`of ${page} lead somewhere`, () => {
      const links = [...proseOf(page).matchAll(LINK)].map(([, link]) => link);
      assert.deepEqual(
        links.flatMap((link) => problem(page, link) ?? []),
        [],
      );
    });
  }

  it("are looked at: a wrong one is found", () => {
    assert.ok(all.length > 10 && all.includes("README.md"));
    assert.equal(problem("README.md", "config/README.md"), undefined);
    assert.match(problem("README.md", "config/none.md") ?? "", /no config\/none\.md/);
    assert.match(problem("config/README.md", "../README.md#none") ?? "", /no such heading/);
    assert.equal(problem("config/README.md", "../README.md#how-fast"), undefined);
  });

  it("reach every page from the README", () => {
    const reached = new Set(["README.md"]);
    for (const page of reached) {
      for (const [, link] of proseOf(page).matchAll(LINK)) {
        const [path] = link.split("#");
        if (/^[a-z]+:/.test(path) || !path.endsWith(".md")) continue;
        reached.add(normalize(join(dirname(page), path)));
      }
    }
    assert.deepEqual(
      all.filter((page) => !reached.has(page)),
      [],
    );
  });
});
