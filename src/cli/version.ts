import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Of the package, from its package.json: two folders up, from the sources as from dist/bin/. */
export function version(): string {
  const file = join(import.meta.dirname, "../../package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
