import { type Path, quote, suggestion } from "./problem.ts";
import { RESERVED_NAMES, readName } from "./read.ts";
import type { Loose } from "./schema.ts";

/** Where checks leave what they find. */
export interface Checker {
  readonly loose: Loose;
  /** A problem with the value at the path (or with what it should stand in). */
  readonly problem: (path: Path, message: string) => void;
  /** A problem with the key at the end of the path. */
  readonly keyProblem: (path: Path, message: string) => void;
  /**
   * Something is not there: a problem, unless it (or one of `others`, which would do as well) is
   * there and could not be read, which has been said already.
   */
  readonly missing: (path: Path, message: string, ...others: readonly Path[]) => void;
}

/** A name that nothing has: `kind` is what it should name. */
export function unknownName(
  check: Checker,
  path: Path,
  kind: string,
  name: string,
  known: readonly string[],
): void {
  const hint = known.length === 0 ? `there are no ${kind}s` : suggestion(name, known);
  check.problem(path, `found the unknown ${kind} ${quote(name)}, ${hint}`);
}

/** The name of a group or a filter, which is a key. */
export function checkName(check: Checker, path: Path, name: string): void {
  if (readName(name) !== undefined) return;
  check.keyProblem(
    path,
    `found the name ${quote(name)}, expected letters, digits, _, - and . with a letter first, and none of ${RESERVED_NAMES.join(", ")}`,
  );
}
