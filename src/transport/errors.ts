// Socket errors as people read them: "connection refused (ECONNREFUSED)".

import { describeErrno, ERRNO } from "../sysdep/index.ts";

/** `error` as plain words with its errno name, where Node gave it one. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code: unknown = "code" in error ? error.code : undefined;
  return isErrnoName(code) ? describeErrno(ERRNO[code]) : error.message;
}

function isErrnoName(code: unknown): code is keyof typeof ERRNO {
  return typeof code === "string" && Object.hasOwn(ERRNO, code);
}
