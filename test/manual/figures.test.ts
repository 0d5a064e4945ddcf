import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pageText, rowsUnder } from "./pages.ts";

/** Figures that pages repeat are those of the bench's page, which writes its own. */

const ROWS = rowsUnder("test/bench/README.md", "## Figures");
const SUBJECTS = ["underlay", "BIRD", "FRR"] as const;

/** What was measured: without units, and without what stands in brackets. */
function measured(
  bench: string,
  size: string,
  figure: string,
  subject: (typeof SUBJECTS)[number] = "underlay",
): number {
  const row = ROWS.find((cells) => [bench, size, figure].every((word, at) => cells[at] === word));
  assert.ok(row, `${bench}, ${size}: ${figure}`);
  return parseFloat(row[3 + SUBJECTS.indexOf(subject)].replaceAll(",", ""));
}

/** The numbers that a page has where `words` have their brackets. */
function said(page: string, words: RegExp): number[] {
  const match = words.exec(pageText(page).replaceAll(/\s+/g, " "));
  assert.ok(match, `${page}: ${words}`);
  return match.slice(1).map(Number);
}

/** `share`: how far they may be from each other; a page for people rounds. */
function near(shown: readonly number[], measuredOnes: readonly number[], share: number): void {
  assert.equal(shown.length, measuredOnes.length);
  for (const [at, number] of shown.entries()) {
    const distance = Math.abs(number / measuredOnes[at] - 1);
    assert.ok(distance <= share, `the page says ${number}, measured was ${measuredOnes[at]}`);
  }
}

describe("figures", () => {
  const pods = (figure: string, subject: (typeof SUBJECTS)[number] = "underlay"): number =>
    measured("fib-pods", "1,000,000", figure, subject);
  const memory = "peak memory, MiB";

  it("of the README", () => {
    const number = String.raw`([\d.]+)`;
    for (const subject of SUBJECTS) {
      const name = subject.toLowerCase();
      const cell = String.raw`${number} \(${number}\)`;
      const row = said("README.md", new RegExp(`\\b${name} ${cell} ${cell} ${cell}`));
      const all = ["time, s", "CPU, s", memory].map((figure) => [
        pods(figure, subject),
        pods(figure, subject) / pods(figure, "BIRD"),
      ]);
      near(row, all.flat(), 0.02);
    }
    const small = said("README.md", /with 100,000 routes (\d+) MiB against (\d+)/);
    const [bird, own] = (["BIRD", "underlay"] as const).map((subject) =>
      measured("fib-pods", "100,000", memory, subject),
    );
    near(small, [bird, own], 0.05);
  });

  it("of the page about sizing", () => {
    const page = "config/planning.md";
    near(
      said(page, /memory, CPU \| (\d+) MiB and (\d+)% of a core at rest/),
      [measured("idle", "100", memory), measured("idle", "10", "CPU of a core, %")],
      0.2,
    );
    near(
      said(page, /(\d+) MiB with a million routes of all kinds/),
      [measured("fib-table", "1,000,000", memory)],
      0.1,
    );
    const words = ["one second", "two seconds", "three seconds", "four seconds", "five seconds"];
    const [, seconds] = /million \/32s take (\w+ seconds?)/.exec(pageText(page)) ?? [];
    near([words.indexOf(seconds) + 1], [pods("time, s")], 0.25);
    near(
      said(page, /100 sessions with 50 BFD sessions of 300 ms take (\d+)% of a core/),
      [measured("idle", "100", "CPU of a core, %")],
      0.25,
    );
  });

  it("of the page about reflectors", () => {
    near(
      said("config/reflectors.md", /holds 100,000 routes for 400 clients in (\d+) MiB/),
      [measured("reflect, 400 clients", "100,000", memory)],
      0.1,
    );
  });
});
