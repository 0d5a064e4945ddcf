import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { SUBJECTS, type Bench, type SubjectName, type Task, type Values } from "./bench.ts";
import type { Machine } from "./machine.ts";
import { median } from "./statistics.ts";

/** What was measured, as it lies in a file. Each bench bears its own date and machine. */
export type Results = Readonly<Record<string, Measured>>;

export interface Measured {
  /** ISO 8601. */
  readonly at: string;
  readonly machine: Machine;
  readonly runs: readonly Run[];
}

export interface Run extends Task {
  readonly values: Values;
  /** The load of a machine that has not become idle before it. */
  readonly busy?: number;
  /** Why there are no values. */
  readonly failed?: string;
}

/** JSON lines: one for a bench, then one for each of its runs, so that files can be compared. */
export function readResults(file: string): Results {
  const results: Record<string, Measured & { readonly runs: Run[] }> = {};
  let runs: Run[] = [];
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  for (const line of text.split("\n").filter(Boolean)) {
    const read = JSON.parse(line) as Head | Run;
    if (!("bench" in read)) {
      runs.push(read);
      continue;
    }
    runs = [];
    results[read.bench] = { at: read.at, machine: read.machine, runs };
  }
  return results;
}

interface Head extends Omit<Measured, "runs"> {
  readonly bench: string;
}

/** Other benches' results in the file stay. */
export function writeResults(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true });
  const all = Object.entries({ ...readResults(file), ...results });
  const lines = all.flatMap(([bench, { at, machine, runs }]) => [{ bench, at, machine }, ...runs]);
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** Of the runs with one variant at one size: the median, or the worst. */
export class Medians {
  readonly #bench: Bench;
  readonly #runs: readonly Run[];

  constructor(bench: Bench, runs: readonly Run[]) {
    this.#bench = bench;
    this.#runs = runs;
  }

  get subjects(): SubjectName[] {
    return SUBJECTS.filter((name) => this.#runs.some(({ subject }) => subject === name));
  }

  /** Ascending. */
  get sizes(): number[] {
    return [...new Set(this.#runs.map(({ size }) => size))].sort((a, b) => a - b);
  }

  of(task: Task, key: string): number | undefined {
    const values = this.#values(task, key);
    if (values.length === 0) return undefined;
    return this.#bench.figures[key].worst === true ? Math.max(...values) : median(values);
  }

  /** The least and the most of several runs. */
  range(task: Task, key: string): readonly [number, number] | undefined {
    const values = this.#values(task, key);
    return values.length < 2 ? undefined : [Math.min(...values), Math.max(...values)];
  }

  /** How many runs of a task there are, and how many of them gave nothing. */
  count(task: Task): { readonly runs: number; readonly failed: number } {
    const runs = this.#at(task);
    return { runs: runs.length, failed: runs.filter((run) => run.failed !== undefined).length };
  }

  /**
   * The exponent of a figure over the size, 1 is linear and 0 is flat: from a tenth of the full size to
   * this, or over all sizes where there is no tenth (least squares of logarithms).
   */
  growth(subject: SubjectName, variant: string, key: string): number | undefined {
    const full = this.sizes.at(-1) ?? 0;
    const sizes = this.sizes.includes(full / 10) ? [full / 10, full] : this.sizes;
    const points = sizes.flatMap((size) => {
      const value = this.of({ subject, variant, size }, key);
      return value === undefined || value <= 0 ? [] : [[Math.log(size), Math.log(value)] as const];
    });
    if (points.length < 2) return undefined;
    const mean = (of: 0 | 1): number => points.reduce((sum, p) => sum + p[of], 0) / points.length;
    const [x, y] = [mean(0), mean(1)];
    const over = points.reduce((sum, p) => sum + (p[0] - x) * (p[1] - y), 0);
    return over / points.reduce((sum, p) => sum + (p[0] - x) ** 2, 0);
  }

  #values(task: Task, key: string): number[] {
    return this.#at(task).flatMap(({ values }) => values[key] ?? []);
  }

  #at({ subject, variant, size }: Task): Run[] {
    return this.#runs.filter(
      (run) => run.subject === subject && run.variant === variant && run.size === size,
    );
  }
}

/** The sizes of a bench, scaled. */
export function scaled({ sizes }: Bench, scale: number): number[] {
  return sizes.map((size) => Math.max(1, Math.round(size * scale)));
}
