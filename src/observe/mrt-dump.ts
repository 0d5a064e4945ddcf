import { open, rename, rm } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { fileName } from "./file-name.ts";
import { writeWhole } from "./mrt-file.ts";

/** Octets to a write. */
const CHUNK = 1 << 18;

/**
 * Writes the records of a dump into a file, which takes its name when it is complete; the result is
 * the name. `records`: made while they are taken, undefined is a place to stop for other work. Rejects
 * with the system's error.
 */
export async function writeDump(
  pattern: string,
  records: Iterable<Uint8Array | undefined>,
): Promise<string> {
  const file = fileName(pattern, new Date());
  const partial = `${file}.part`;
  const handle = await open(partial, "w", 0o644);
  try {
    let waiting: Uint8Array[] = [];
    let bytes = 0;
    for (const record of records) {
      if (record === undefined) {
        await setImmediate();
        continue;
      }
      waiting.push(record);
      bytes += record.length;
      if (bytes < CHUNK) continue;
      await writeWhole(handle, Buffer.concat(waiting));
      waiting = [];
      bytes = 0;
    }
    await writeWhole(handle, Buffer.concat(waiting));
    await handle.close();
    await rename(partial, file);
    return file;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
}
