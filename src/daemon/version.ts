import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Of the package, from its package.json: two folders up, from the sources as from dist/bin/. */
export const version: string = (
  JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as {
    version: string;
  }
).version;
