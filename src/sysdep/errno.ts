/**
 * Errors of system calls as values: the number, its name, and plain words for the person who reads
 * the log at three in the morning.
 */

/** Linux error numbers (asm-generic/errno-base.h, errno.h) that this daemon can meet. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOSPC: 28,
  EROFS: 30,
  EPIPE: 32,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  EPROTO: 71,
  EOVERFLOW: 75,
  ENOTSOCK: 88,
  EMSGSIZE: 90,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
} as const;

const WORDS: Readonly<Record<keyof typeof ERRNO, string>> = {
  EPERM: "not permitted (is CAP_NET_ADMIN missing?)",
  ENOENT: "does not exist",
  ESRCH: "no such entry",
  EINTR: "interrupted",
  EIO: "input/output error",
  ENXIO: "no such device or address",
  E2BIG: "too long",
  EBADF: "bad file descriptor",
  EAGAIN: "not ready, try again",
  ENOMEM: "out of memory",
  EACCES: "permission denied",
  EFAULT: "bad address",
  EBUSY: "busy",
  EEXIST: "exists already",
  EXDEV: "crosses devices",
  ENODEV: "no such device",
  ENOTDIR: "not a directory",
  EISDIR: "is a directory",
  EINVAL: "invalid argument",
  ENFILE: "too many open files in the system",
  EMFILE: "too many open files",
  ENOSPC: "no space left",
  EROFS: "read-only file system",
  EPIPE: "broken pipe",
  ERANGE: "out of range",
  ENAMETOOLONG: "name too long",
  ENOSYS: "not supported by this kernel",
  EPROTO: "protocol error",
  EOVERFLOW: "value too large",
  ENOTSOCK: "not a socket",
  EMSGSIZE: "message too long",
  ENOPROTOOPT: "option not supported by this kernel",
  EPROTONOSUPPORT: "protocol not supported by this kernel",
  EOPNOTSUPP: "operation not supported",
  EAFNOSUPPORT: "address family not supported",
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "address not available on this host",
  ENETDOWN: "network is down",
  ENETUNREACH: "network unreachable",
  ECONNABORTED: "connection aborted",
  ECONNRESET: "connection reset by the other end",
  ENOBUFS: "no buffer space",
  EISCONN: "already connected",
  ENOTCONN: "not connected",
  ETIMEDOUT: "timed out",
  ECONNREFUSED: "connection refused",
  EHOSTDOWN: "host is down",
  EHOSTUNREACH: "no route to host",
  EALREADY: "already in progress",
  EINPROGRESS: "in progress",
};

const NAMES: ReadonlyMap<number, keyof typeof ERRNO> = new Map(
  (Object.keys(ERRNO) as (keyof typeof ERRNO)[]).map((name) => [ERRNO[name], name]),
);

/** "EEXIST" for 17; "E4095" for a number that is not in the table. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `E${errno}`;
}

/** "exists already" for 17. */
export function errnoWords(errno: number): string {
  const name = NAMES.get(errno);
  return name === undefined ? `error ${errno}` : WORDS[name];
}

/** "exists already (EEXIST)" for 17: the form for logs and replies. */
export function describeErrno(errno: number): string {
  return `${errnoWords(errno)} (${errnoName(errno)})`;
}

/** A system call that failed. A value, not an exception: refusals of the kernel are ordinary. */
export interface SystemFault {
  readonly kind: "system-fault";
  /** What was tried, e.g. "bind" or "setsockopt TCP_MD5SIG". */
  readonly call: string;
  readonly errno: number;
  /** "EADDRINUSE" */
  readonly name: string;
  /** "bind: address already in use (EADDRINUSE)" */
  readonly message: string;
}

export function systemFault(call: string, errno: number): SystemFault {
  return {
    kind: "system-fault",
    call,
    errno,
    name: errnoName(errno),
    message: `${call}: ${describeErrno(errno)}`,
  };
}

/** What a call of libc.ts returned, as a fault when it failed. */
export function check(call: string, returned: number): SystemFault | undefined {
  return returned < 0 ? systemFault(call, -returned) : undefined;
}

export function isSystemFault(value: unknown): value is SystemFault {
  return (
    typeof value === "object" && value !== null && "kind" in value && value.kind === "system-fault"
  );
}
