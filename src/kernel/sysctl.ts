/** /proc/sys, as the thread's network namespace shows it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { ERRNO, describeErrno } from "../sysdep/index.ts";

const FOLDER = "/proc/sys";
/**
 * Where they are written if FOLDER is read-only, as it is in a container that is not privileged. What is
 * mounted here of the host's /proc/sys are the same files: they show everybody his own namespace's values.
 */
const SECOND_FOLDER = "/host/proc/sys";

/**
 * @param path below /proc/sys, with slashes: "net/ipv4/ip_forward"
 * @returns trimmed text; undefined: there is no such file, or it cannot be read
 */
export function readSysctl(path: string): string | undefined {
  if (!isInside(path)) return undefined;
  try {
    return readFileSync(`${FOLDER}/${path}`, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** @returns undefined: done */
export function writeSysctl(
  path: string,
  value: string,
  second = SECOND_FOLDER,
): { errno: number; message: string } | undefined {
  if (!isInside(path)) return failure(ERRNO.EINVAL, path);
  let errno = write(`${FOLDER}/${path}`, value);
  if (errno === ERRNO.EROFS && existsSync(`${second}/${path}`)) {
    errno = write(`${second}/${path}`, value);
  }
  return errno === 0 ? undefined : failure(errno, path);
}

/** @returns 0: done */
function write(file: string, value: string): number {
  try {
    writeFileSync(file, value, { flag: "r+" }); // never creates a file
    return 0;
  } catch (error) {
    return errnoOf(error);
  }
}

/** Interface names are part of paths; a name must not lead elsewhere. */
function isInside(path: string): boolean {
  const parts = path.split("/");
  return !parts.some((part) => part === "" || part === "." || part === ".." || part.includes("\0"));
}

function errnoOf(error: unknown): number {
  const errno: unknown =
    typeof error === "object" && error !== null ? Reflect.get(error, "errno") : undefined;
  return typeof errno === "number" ? Math.abs(errno) : ERRNO.EIO;
}

function failure(errno: number, path: string): { errno: number; message: string } {
  return { errno, message: `${FOLDER}/${path}: ${describeErrno(errno)}` };
}
