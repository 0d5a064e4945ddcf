import { isDeepStrictEqual } from "node:util";
import {
  type Config,
  type ConfigChange,
  diffConfig,
  formatProblem,
  parseConfig,
} from "../config/index.ts";
import { FIXED_SETTINGS } from "../fib/index.ts";
import type { KernelInfo } from "../kernel/index.ts";
import { readConfigFile, systemText } from "./files.ts";
import { type Privileges, missingPrivileges } from "./privileges.ts";
import { SettingsError, fibSettings, passwordWarnings } from "./settings.ts";
import { type WholeConfig, wholeConfig } from "./whole-config.ts";

/** What runs now, as far as a new configuration is held against it. */
export interface Running {
  readonly whole: WholeConfig;
  /** What is used in the kernel. */
  readonly kernel: KernelInfo;
  readonly privileges: Privileges;
}

/** A new configuration that can be applied as a whole. */
export interface PreparedReload {
  readonly kind: "prepared";
  readonly whole: WholeConfig;
  /** The changes and warnings, a line each. */
  readonly notes: readonly string[];
}

export interface RefusedReload {
  readonly kind: "refused";
  readonly problems: readonly string[];
}

/** Reads and checks a file, and everything that it names. Changes nothing. */
export function prepareReload(
  file: string,
  hostname: string,
  running: Running,
): PreparedReload | RefusedReload {
  const refused = (...problems: string[]): RefusedReload => ({ kind: "refused", problems });
  let text: string;
  try {
    text = readConfigFile(file);
  } catch (error) {
    return refused(systemText(file, error));
  }
  const parsed = parseConfig(text, { file, hostname });
  if (!parsed.ok) return refused(...parsed.problems.map(formatProblem));
  const { config } = parsed;
  const fixed = fixedChanges(running, config);
  if (fixed.length > 0) return refused(...fixed);
  const missing = missingPrivileges(config, running.privileges);
  if (missing !== undefined) return refused(missing);
  try {
    const whole = wholeConfig(config, running.whole.speaker.routerId);
    const notes = [...changeNotes(running.whole, whole), ...passwordWarnings(config)];
    return { kind: "prepared", whole, notes };
  } catch (error) {
    if (error instanceof SettingsError) return refused(error.message);
    throw error;
  }
}

/** Keys of what is in the kernel, and the places where log and socket are, cannot change under way. */
function fixedChanges({ whole, kernel }: Running, config: Config): string[] {
  const old = whole.config;
  const before = fibSettings(old, kernel);
  const nexthopObjects = kernel.nexthopObjects && config.kernel.nexthopObjects === "auto";
  const after = fibSettings(config, { ...kernel, nexthopObjects });
  const names: string[] = FIXED_SETTINGS.filter((key) => before[key] !== after[key]).map(
    (key) => `kernel.${key}`,
  );
  for (const key of ["socket", "calico"] as const) {
    if (config.control[key] !== old.control[key]) names.push(`control.${key}`);
  }
  if (config.log.file !== old.log.file) names.push("log.file");
  return names.map((name) => `${name} cannot change while the daemon runs: restart it`);
}

/** What is different in `b`, a line each. */
export function changeNotes(a: WholeConfig, b: WholeConfig): string[] {
  return [...diffConfig(a.config, b.config).map(noteOf), ...fileNotes(a, b)];
}

/** What is different in files that both name. No word of what stands in them: most are secrets. */
function* fileNotes(a: WholeConfig, b: WholeConfig): Iterable<string> {
  const before = namings(a);
  for (const [subject, { words, meaning }] of namings(b)) {
    const old = before.get(subject);
    const isSame = old !== undefined && isDeepStrictEqual(old.words, words);
    if (isSame && !isDeepStrictEqual(old.meaning, meaning)) yield `${subject}: its file changed`;
  }
}

/** The words of the configuration that name files, and what these make of them. */
function namings({ config, speaker, snmp }: WholeConfig) {
  const found = new Map<string, { readonly words: unknown; readonly meaning: unknown }>();
  const neighbours = new Map(speaker.neighbours.map((each) => [each.name, each]));
  for (const { name, password, bfd } of config.peers) {
    const { key, bfd: watch } = neighbours.get(name) ?? {};
    found.set(`peers ${name}: password`, { words: password, meaning: key });
    const auth = { words: bfd?.auth, meaning: watch?.authentication?.key };
    found.set(`peers ${name}: bfd.auth`, auth);
  }
  const filters = new Map(speaker.filters?.map((each) => [each.name, each]));
  for (const filter of config.filters) {
    found.set(`filters ${filter.name}`, { words: filter, meaning: filters.get(filter.name) });
  }
  return found.set("snmp", { words: config.snmp, meaning: snmp });
}

function noteOf({ section, name, change, keys }: ConfigChange): string {
  const what = name === undefined ? section : `${section} ${name}`;
  return keys.length === 0 ? `${what}: ${change}` : `${what}: ${keys.join(", ")} ${change}`;
}
