import type { Bench, Figure, Reach, SubjectName, Task } from "./bench.ts";
import { Medians, type Run } from "./results.ts";
import { NAMES } from "./table.ts";

/** Of runs: the rows of the one table, and the sentences on what falls short. */

export interface Row {
  readonly bench: string;
  readonly figure: string;
  readonly size: string;
  /** By subject: its figure, and underlay's divided by it; of underlay's, how far the runs are apart. */
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
  const medians = new Medians(bench, runs);
  const rows: Row[] = [];
  const shortfalls: string[] = [];
  const sizes = shown(medians.sizes);
  for (const variant of bench.variants) {
    for (const [key, figure] of Object.entries(bench.figures)) {
      const one = new Verdict(bench, medians, variant, key, figure);
      for (const size of sizes) {
        const isFull = size === sizes.at(-1);
        shortfalls.push(...one.shortfalls(size, isFull));
        if (!medians.subjects.some((subject) => one.value(subject, size) !== undefined)) continue;
        const worst = figure.worst === true ? "worst run" : "";
        rows.push({
          bench: [bench.name, variant].filter(Boolean).join(", "),
          figure: [figure.title, worst, figure.unit].filter(Boolean).join(", "),
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
    return this.#medians.of(this.#task(subject, size), this.#key);
  }

  cell(subject: SubjectName, size: number): string {
    const task = this.#task(subject, size);
    const [value, ours] = [this.value(subject, size), this.value("underlay", size)];
    const { runs, failed } = this.#medians.count(task);
    const failures = failed === 0 ? "" : `, ${failed} of ${runs} runs failed`;
    if (value === undefined) return failures.slice(2);
    if (subject === "underlay") return `${number(value)}${this.#range(task)}${failures}`;
    if (ours === undefined || value === 0) return `${number(value)}${failures}`;
    return `${number(value)} (${ratio(ours / value)})${failures}`;
  }

  /** Of what is judged, so that nobody has to believe in a median. */
  #range(task: Task): string {
    const range = this.#medians.range(task, this.#key);
    if (range === undefined || this.#figure.reach === undefined) return "";
    return ` [${number(range[0])}, ${number(range[1])}]`;
  }

  #task(subject: SubjectName, size: number): Task {
    return { subject, variant: this.#variant, size };
  }

  growths(): string {
    if (this.#figure.tool === true) return "";
    const each = this.#medians.subjects.flatMap((subject) => {
      const exponent = this.#growth(subject);
      return exponent === undefined ? [] : `${NAMES[subject]} ${exponent.toFixed(2)}`;
    });
    return each.join(", ");
  }

  #growth(subject: SubjectName): number | undefined {
    return this.#medians.growth(subject, this.#variant, this.#key);
  }

  #bounds(isFull: boolean): readonly Reach[] {
    const isHere = ({ variant }: Reach): boolean => (variant ?? this.#variant) === this.#variant;
    const isNow = ({ of, apart }: Reach): boolean => isFull || (of ?? apart) === undefined;
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

  #words({ most, of, apart }: Reach): string {
    if (of !== undefined) return `≤ ${most} × ${NAMES[of]}`;
    const bound = `≤ ${most} ${this.#figure.unit}`.trim();
    return apart === true ? `all sizes ${bound} apart` : bound;
  }

  #found({ of, apart }: Reach, size: number): number | undefined {
    const ours = this.value("underlay", size);
    if (apart === true) return this.#distance();
    if (of === undefined || ours === undefined) return ours;
    const theirs = this.value(of, size);
    return theirs === undefined ? undefined : ours / theirs;
  }

  /** From the least to the most of underlay's figures over all sizes. */
  #distance(): number | undefined {
    const values = this.#medians.sizes.flatMap((size) => this.value("underlay", size) ?? []);
    return values.length < 2 ? undefined : Math.max(...values) - Math.min(...values);
  }

  shortfalls(size: number, isFull: boolean): string[] {
    const where = [this.#bench.name, this.#variant, this.#figure.title].filter(Boolean).join(", ");
    const name = `${where}, ${size.toLocaleString("en")} ${this.#bench.unit}`;
    const list = this.#bounds(isFull).flatMap((reach) => {
      const found = this.#found(reach, size);
      if (found !== undefined && found <= reach.most) return [];
      const figure = found === undefined ? "not measured" : number(found);
      return [`${name}: ${figure}, to reach ${this.#words(reach)}`];
    });
    const growth = this.#growth("underlay") ?? 0;
    if (isFull && growth > LINEAR && !this.#isNoise(size)) {
      list.push(`${name}: grows with the power ${growth.toFixed(2)} of the size`);
    }
    return list;
  }

  #isNoise(size: number): boolean {
    const { tool, unit } = this.#figure;
    return tool === true || (this.value("underlay", size) ?? 0) < NOISE[unit];
  }
}

function ratio(value: number): string {
  return value > 0 && value < 0.01 ? "<0.01" : value.toFixed(2);
}

/** Three digits that say something. */
function number(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
