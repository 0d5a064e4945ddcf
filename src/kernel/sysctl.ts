/** /proc/sys, as the thread's network namespace shows it. */
import { readFileSync, writeFileSync } from "node:fs";
import { ERRNO, describeErrno } from "../sysdep/index.ts";

/**
 * @param path below /proc/sys, with slashes: "net/ipv4/ip_forward"
 * @returns trimmed text; undefined: there is no such file, or it cannot be read
 */
export function readSysctl(path: string): string | undefined {
  const file = fileOf(path);
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** @returns undefined: done */
export function writeSysctl(
  path: string,
  value: string,
): { errno: number; message: string } | undefined {
  const file = fileOf(path);
  if (file === undefined) return failure(ERRNO.EINVAL, path);
  try {
    writeFileSync(file, value, { flag: "r+" }); // never creates a file
    return undefined;
  } catch (error) {
    return failure(errnoOf(error), path);
  }
}

/** Interface names are part of paths; a name must not lead elsewhere. */
function fileOf(path: string): string | undefined {
  const parts = path.split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".." || part.includes("\0"))) {
    return undefined;
  }
  return `/proc/sys/${path}`;
}

function errnoOf(error: unknown): number {
  const errno: unknown =
    typeof error === "object" && error !== null ? Reflect.get(error, "errno") : undefined;
  return typeof errno === "number" ? Math.abs(errno) : ERRNO.EIO;
}

function failure(errno: number, path: string): { errno: number; message: string } {
  return { errno, message: `/proc/sys/${path}: ${describeErrno(errno)}` };
}
