import { buildConfig } from "./build.ts";
import { checkConfig } from "./check.ts";
import { listProblems } from "./problem.ts";
import { applySchema } from "./schema-problems.ts";
import { Source, readSource } from "./source.ts";
import type { ParseOptions, ParseResult } from "./types.ts";

/**
 * Reads a configuration. Either it is good as a whole, and comes back frozen with all defaults in
 * place, or the problems that could be found come back, in the order of the file.
 */
export function parseConfig(text: string, options: ParseOptions): ParseResult {
  const source = readSource(text, options.file);
  if (!(source instanceof Source)) return { ok: false, problems: listProblems(source) };
  const { loose, problems } = applySchema(source);
  problems.push(...checkConfig(loose, source, problems));
  if (problems.length > 0) return { ok: false, problems: listProblems(problems) };
  return { ok: true, config: buildConfig(loose, options.hostname) };
}
