/** The errors that the Fib tells apart (asm-generic/errno.h). */
export const ERRNO = {
  ENOENT: 2,
  ESRCH: 3,
  ENOMEM: 12,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  EOPNOTSUPP: 95,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENOBUFS: 105,
  EHOSTUNREACH: 113,
  /** Not the kernel's word but ours: somebody has taken the route away, once too often. */
  ECANCELED: 125,
} as const;

/** The kernel has no memory now; it says nothing about the thing asked for. */
export const isShortage = (errno: number): boolean =>
  errno === ERRNO.ENOMEM || errno === ERRNO.ENOBUFS;

/** What was to be removed is not there: that is as good as removed. */
export const isAbsence = (errno: number): boolean =>
  errno === ERRNO.ESRCH || errno === ERRNO.ENOENT || errno === ERRNO.ENODEV;

/** The interface or the gateway cannot be used as things stand. */
export const isUnreachable = (errno: number): boolean =>
  errno === ERRNO.ENODEV ||
  errno === ERRNO.ENETDOWN ||
  errno === ERRNO.ENETUNREACH ||
  errno === ERRNO.EHOSTUNREACH;

const TEXTS = new Map<number, string>([
  [ERRNO.ENOENT, "ENOENT: no such nexthop object"],
  [ERRNO.ENOMEM, "ENOMEM: the kernel is out of memory"],
  [11, "waits for its nexthop object"],
  [ERRNO.EEXIST, "EEXIST: another route is in the way"],
  [ERRNO.ENODEV, "ENODEV: no such interface"],
  [ERRNO.EINVAL, "EINVAL: the kernel refuses the route"],
  [ERRNO.EOPNOTSUPP, "EOPNOTSUPP: the kernel, or a driver, cannot do it"],
  [ERRNO.ENETDOWN, "ENETDOWN: the interface is down"],
  [ERRNO.ENETUNREACH, "ENETUNREACH: the gateway is not on the link"],
  [ERRNO.EHOSTUNREACH, "EHOSTUNREACH: the gateway cannot be reached"],
  [ERRNO.ECANCELED, "somebody takes it away again and again"],
]);

/** For people. */
export function errnoText(errno: number): string {
  return TEXTS.get(errno) ?? `errno ${errno}`;
}
