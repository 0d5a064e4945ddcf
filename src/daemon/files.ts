import { readFileSync, statSync } from "node:fs";

/** What the config room takes at most; more is not even read. */
const LARGEST = 1 << 20;

/**
 * The text of a configuration file. Throws what the system says, or an Error where it is no ordinary
 * file of sensible size: reading a device or a pipe would hold up the daemon for ever.
 */
export function readConfigFile(file: string): string {
  const found = statSync(file);
  if (found.isDirectory()) throw new Error("Is a directory");
  if (!found.isFile()) throw new Error("Not an ordinary file");
  if (found.size > LARGEST) throw new Error(`Larger than ${LARGEST} bytes`);
  return readFileSync(file, "utf8");
}

/** An error about a file in plain words: `FILE: No such file or directory`, as BIRD says it. */
export function systemText(file: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return `${file}: No such file or directory`;
  if (code === "EACCES") return `${file}: Permission denied`;
  return `${file}: ${(error as Error).message}`;
}
