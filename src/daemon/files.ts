import { readFileSync, statSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** What the config room takes at most; more is not even read. */
const LARGEST_CONFIG = 4 << 20;

/** The text of a configuration file; throws as readSmallFile does. */
export function readConfigFile(file: string): string {
  return readSmallFile(file, LARGEST_CONFIG).toString("utf8");
}

/**
 * The bytes of a file that a person wrote. Throws what the system says, or an Error where it is no
 * ordinary file of sensible size: reading a device or a pipe would hold up the daemon for ever.
 */
export function readSmallFile(file: string, largest: number): Buffer {
  const found = statSync(file);
  if (found.isDirectory()) throw new Error("Is a directory");
  if (!found.isFile()) throw new Error("Not an ordinary file");
  if (found.size > largest) throw new Error(`Larger than ${largest} bytes`);
  return readFileSync(file);
}

/**
 * Makes a folder and those above it where they are missing. Node's own `recursive` never returns
 * where a file system has no room for folders and says ENOENT, as /proc does.
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const above = dirname(folder);
  if (above !== folder) await makeFolder(above);
  await mkdir(folder).catch(async (error: unknown) => {
    // Somebody else may have been faster.
    if (!(await isFolder(folder))) throw error;
  });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** An error about a file in plain words: `FILE: No such file or directory`, as BIRD says it. */
export function systemText(file: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return `${file}: No such file or directory`;
  if (code === "EACCES") return `${file}: Permission denied`;
  return `${file}: ${(error as Error).message}`;
}
