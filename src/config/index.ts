/**
 * The configuration: YAML text in, checked and frozen data out.
 *
 *     text ─ readSource ─> values with their places ─ applySchema ─> what every key says
 *          ─ checkConfig ─> what goes together ─ buildConfig ─> Config
 *
 * Rules of the house:
 * - All problems are reported at once, each with file, line and column, what was found and what was
 *   expected. A problem in one value does not hide those of the others.
 * - An unknown key is a problem.
 * - Scalars are read as the text that they are written as (YAML's "failsafe" schema): AS number
 *   1.10 is not the number 1.1. Booleans are `true` and `false` only.
 * - A section with all its lines commented out counts as absent.
 * - Aliases (`*name`) work, 100 of them at most; merge keys (`<<`) do not: groups are for that.
 * - No file is opened here, that of the configuration included; passwords are names of files, and
 *   what stands in a password's place is not repeated in a message.
 * - config/reference.yaml shows every key; a test compares it with the schema.
 *
 * Where two peers claim one neighbour: an address wins over a range, a longer range over a shorter
 * one, and the same address or range twice is refused.
 */
export type * from "./types.ts";
export { parseBgpFilter } from "./bgp-filter.ts";
export { diffConfig } from "./diff.ts";
export { parseConfig } from "./parse.ts";
export { formatProblem } from "./problem.ts";
export { CONFIG as configSchema } from "./schema.ts";
