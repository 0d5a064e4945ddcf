import type { Bench, Figure, Reach, SubjectName } from "./bench.ts";
import { Medians, type Run } from "./results.ts";

/** Of runs: the rows of the one table, and the sentences on what falls short. */

export interface Row {
  readonly bench: string;
  readonly figure: string;
  readonly size: string;
  /** By subject: its median, and underlay's divided by it. */
  readonly cells: Readonly<Partial<Record<SubjectName, string>>>;
  /** The exponents, in the full size's row. */
  readonly growth: string;
  readonly reach: string;
}

export interface Report {
  readonly rows: readonly Row[];
  readonly shortfalls: readonly string[];
}

/** Above it, time or memory grows faster than what it is spent on: named whatever is to be reached. */
const LINEAR = 1.15;
/** Below these a figure is the machine's noise, and so is its growth. */
const NOISE: Readonly<Record<Figure["unit"], number>> = {
  s: 0.05,
  ms: 5,
  MiB: 20,
  "%": 2,
  "": 100,
};

export function report(bench: Bench, runs: readonly Run[]): Report {
  const medians = new Medians(runs);
  const rows: Row[] = [];
  const shortfalls: string[] = [];
  const sizes = shown(medians.sizes);
  for (const variant of medians.variants) {
    for (const [key, figure] of Object.entries(bench.figures)) {
      const one = new Verdict(bench, medians, variant, key, figure);
      for (const size of sizes) {
        if (!medians.subjects.some((subject) => one.value(subject, size) !== undefined)) continue;
        const isFull = size === sizes.at(-1);
        const verdicts = one.verdicts(size, isFull);
        shortfalls.push(...verdicts.filter(({ isMet }) => !isMet).map(({ text }) => text));
        rows.push({
          bench: [bench.name, variant].filter(Boolean).join(", "),
          figure: [figure.title, figure.unit].filter(Boolean).join(", "),
          size: size.toLocaleString("en"),
          cells: Object.fromEntries(medians.subjects.map((name) => [name, one.cell(name, size)])),
          growth: isFull ? one.growths() : "",
          reach: one.reaches(size, isFull),
        });
      }
    }
  }
  for (const run of runs) {
    if (run.failed === undefined) continue;
    const what = [bench.name, run.variant, run.subject, run.size.toLocaleString("en")];
    shortfalls.push(`${what.filter(Boolean).join(", ")}: a run failed: ${run.failed}`);
  }
  return { rows, shortfalls };
}

/** Of many sizes, which are there for the plot, the full one and its tenth. */
function shown(sizes: readonly number[]): readonly number[] {
  const full = sizes.at(-1) ?? 0;
  return sizes.length <= 3 ? sizes : sizes.filter((size) => size === full || size * 10 === full);
}

/** One figure of one variant. */
class Verdict {
  readonly #bench: Bench;
  readonly #medians: Medians;
  readonly #variant: string;
  readonly #key: string;
  readonly #figure: Figure;

  constructor(bench: Bench, medians: Medians, variant: string, key: string, figure: Figure) {
    this.#bench = bench;
    this.#medians = medians;
    this.#variant = variant;
    this.#key = key;
    this.#figure = figure;
  }

  value(subject: SubjectName, size: number): number | undefined {
    return this.#medians.of({ subject, variant: this.#variant, size }, this.#key);
  }

  cell(subject: SubjectName, size: number): string {
    const [value, ours] = [this.value(subject, size), this.value("underlay", size)];
    if (value === undefined) return "";
    if (subject === "underlay" || ours === undefined || value === 0) return number(value);
    return `${number(value)} (${(ours / value).toFixed(2)})`;
  }

  growths(): string {
    const each = this.#medians.subjects.flatMap((subject) => {
      const exponent = this.#growth(subject);
      return exponent === undefined ? [] : `${subject} ${exponent.toFixed(2)}`;
    });
    return each.join(", ");
  }

  #growth(subject: SubjectName): number | undefined {
    return this.#medians.growth(subject, this.#variant, this.#key);
  }

  #bounds(isFull: boolean): readonly Reach[] {
    const isHere = ({ variant }: Reach): boolean => (variant ?? this.#variant) === this.#variant;
    const isNow = ({ of, growth }: Reach): boolean => isFull || (of ?? growth) === undefined;
    return (this.#figure.reach ?? []).filter((reach) => isHere(reach) && isNow(reach));
  }

  reaches(size: number, isFull: boolean): string {
    return this.#bounds(isFull)
      .map((reach) => {
        const found = this.#found(reach, size);
        const mark = found === undefined ? "not measured" : found <= reach.most ? "met" : "MISSED";
        return `${this.#words(reach)}: ${mark}`;
      })
      .join("; ");
  }

  #words({ most, of, growth }: Reach): string {
    if (of !== undefined) return `≤ ${most} × ${of}`;
    return growth === true ? `growth ≤ ${most}` : `≤ ${most} ${this.#figure.unit}`.trim();
  }

  #found({ of, growth }: Reach, size: number): number | undefined {
    const ours = this.value("underlay", size);
    // What is below the noise does not grow.
    if (growth === true) return this.#isNoise(ours) ? 0 : this.#growth("underlay");
    if (of === undefined || ours === undefined) return ours;
    const theirs = this.value(of, size);
    return theirs === undefined ? undefined : ours / theirs;
  }

  #isNoise(value: number | undefined): boolean {
    return value === undefined || value < NOISE[this.#figure.unit];
  }

  verdicts(size: number, isFull: boolean): { isMet: boolean; text: string }[] {
    const where = [this.#bench.name, this.#variant, this.#figure.title].filter(Boolean).join(", ");
    const name = `${where}, ${size.toLocaleString("en")} ${this.#bench.unit}`;
    const list = this.#bounds(isFull).flatMap((reach) => {
      const found = this.#found(reach, size);
      if (found === undefined) return [];
      const text = `${name}: ${number(found)}, to reach ${this.#words(reach)}`;
      return [{ isMet: found <= reach.most, text }];
    });
    const growth = this.#growth("underlay");
    if (isFull && growth !== undefined && !this.#isNoise(this.value("underlay", size))) {
      const text = `${name}: grows with the power ${growth.toFixed(2)} of the size`;
      list.push({ isMet: growth <= LINEAR, text });
    }
    return list;
  }
}

/** Three digits that say something. */
function number(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
