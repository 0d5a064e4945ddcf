import assert from "node:assert/strict";

/** A family of metrics as it stood in a text. */
export interface ParsedFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: ParsedSample[];
}

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const PAIR = String.raw`([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"`;
const SAMPLE = new RegExp(
  String.raw`^(${NAME})(?:\{(${PAIR}(?:,${PAIR})*)\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?|\+Inf|-Inf|NaN)$`,
);
/** Endings that say a unit which is no base unit, or what the type says already. */
const BAD_ENDINGS =
  /_(ms|milliseconds|microseconds|kilobytes|percent|count|sum|bucket|counter|gauge)$/;

/**
 * Prometheus's text format 0.0.4, to the letter; and the rules for names: base units, `_total` at the
 * end of counters and of nothing else. Every family once, in one piece, with HELP, TYPE and at least
 * one sample; no series twice; histograms complete.
 */
export function parseExposition(text: string): Map<string, ParsedFamily> {
  assert.ok(text.endsWith("\n"), "the last line ends as the others do");
  const families = new Map<string, ParsedFamily>();
  const series = new Set<string>();
  let current: { name: string; help: string; family?: ParsedFamily } | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const [, helpName, help] = /^# HELP (\S+) (.+)$/.exec(line) ?? [];
    const [, typeName, type] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (helpName !== undefined) {
      assert.match(helpName, new RegExp(`^${NAME}$`));
      assert.ok(!families.has(helpName), `${helpName} comes twice`);
      current = { name: helpName, help };
    } else if (typeName !== undefined) {
      assert.ok(current?.name === typeName && current.family === undefined, line);
      assert.equal(type === "counter", typeName.endsWith("_total"), typeName);
      assert.doesNotMatch(typeName, BAD_ENDINGS);
      current.family = { type, help: current.help, samples: [] };
      families.set(typeName, current.family);
    } else {
      const sample = parseSample(line);
      const family = current?.family;
      assert.ok(family !== undefined && current !== undefined, `${line}: after HELP and TYPE`);
      const ending = family.type === "histogram" ? /_(bucket|sum|count)$/ : /$/;
      assert.match(sample.name, ending);
      const base = family.type === "histogram" ? sample.name.replace(ending, "") : sample.name;
      assert.equal(base, current.name, `${line}: in its family`);
      const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
      assert.ok(!series.has(key), `${line}: comes twice`);
      series.add(key);
      if (family.type !== "gauge") assert.ok(sample.value >= 0, line);
      family.samples.push(sample);
    }
  }
  for (const [name, { type, samples }] of families) {
    assert.ok(samples.length > 0, `${name} has a sample`);
    const sets = samples.map(({ labels }) => Object.keys(labels).join());
    if (type === "histogram") checkHistogram(name, samples);
    else assert.equal(new Set(sets).size, 1, `${name}: the same labels everywhere`);
  }
  return families;
}

function parseSample(line: string): ParsedSample {
  const match = SAMPLE.exec(line);
  assert.ok(match !== null, `not a sample: ${line}`);
  const labels: Record<string, string> = {};
  for (const [, name, value] of (match[2] ?? "").matchAll(new RegExp(PAIR, "g"))) {
    assert.ok(!(name in labels) && !name.startsWith("__"), line);
    labels[name] = value.replaceAll(/\\(.)/g, (_, each: string) => (each === "n" ? "\n" : each));
  }
  const value = match.at(-1) ?? "";
  return { name: match[1], labels, value: value.endsWith("Inf") ? Infinity : Number(value) };
}

/** Cumulative buckets up to +Inf, which is the count (one series a family is all that we have). */
function checkHistogram(name: string, samples: readonly ParsedSample[]): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const ends = buckets.map(({ labels }) => labels["le"].replace("+Inf", "Infinity")).map(Number);
  assert.deepEqual(
    ends,
    [...ends].sort((a, b) => a - b),
  );
  assert.equal(ends.at(-1), Infinity);
  const counts = buckets.map(({ value }) => value);
  assert.deepEqual(
    counts,
    [...counts].sort((a, b) => a - b),
  );
  const count = samples.find((sample) => sample.name === `${name}_count`);
  assert.equal(count?.value, counts.at(-1));
  assert.equal(samples.filter((sample) => sample.name === `${name}_sum`).length, 1);
}
