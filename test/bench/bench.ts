import type { PackageName } from "../support/packages.ts";

/**
 * What a bench is. Each has a file of its own and a line in registry.ts; main.ts runs it, and
 * report.ts, page.ts and plot.ts make of its results what a reader sees.
 */

/** Who is measured: the three daemons, and a C program that does what only the kernel must see. */
export const SUBJECTS = ["underlay", "bird", "frr", "c"] as const;
export type SubjectName = (typeof SUBJECTS)[number];
export type DaemonName = Exclude<SubjectName, "c">;

/** What most of them need: the other daemons, and a compiler for the bench's own C programs. */
export const NEEDS = ["iproute2", "procps", "bird2", "frr", "build-essential"] as const;

export interface Bench<Key extends string = string> {
  readonly name: string;
  /** What is measured, from which moment to which, in a sentence. */
  readonly what: string;
  readonly needs: readonly PackageName[];
  readonly subjects: readonly SubjectName[];
  /** What is measured apart from each other ("50 clients"); one empty name where there is one. */
  readonly variants: readonly string[];
  /** Ascending; the last one is the full size that `reach` speaks of. Usually {@link tenth}. */
  readonly sizes: readonly number[];
  /** What is counted by the size: "routes". */
  readonly unit: string;
  readonly figures: Readonly<Record<Key, Figure>>;
  /** Measures once. What a subject has no figure for is left out. */
  run(task: Task): Promise<Values<Key>>;
}

export interface Task {
  readonly subject: SubjectName;
  readonly variant: string;
  readonly size: number;
}

export type Values<Key extends string = string> = Readonly<Partial<Record<Key, number>>>;

export interface Figure {
  readonly title: string;
  readonly unit: "s" | "ms" | "MiB" | "%" | "";
  /** What may never happen: of several runs the worst counts, and not the median. */
  readonly worst?: true;
  /** Of the bench's own tools: how it grows is none of underlay's faults. */
  readonly tool?: true;
  /** What underlay's figure has to keep, all of it. */
  readonly reach?: readonly Reach[];
  /** Drawn over the size, one line a subject. */
  readonly plot?: true;
}

/**
 * A bound. `of`: underlay's figure divided by that subject's is at most `most`, at the full size.
 * `apart`: underlay's figures at all sizes are at most so far from each other. `variant`: only there.
 * With none of these: the figure itself, at every size.
 */
export interface Reach {
  readonly most: number;
  readonly of?: SubjectName;
  readonly apart?: true;
  readonly variant?: string;
}

/** A size and a tenth of it: what growth is read from. */
export const tenth = (full: number): readonly number[] => [Math.round(full / 10), full];
