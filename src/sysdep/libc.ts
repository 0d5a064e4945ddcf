/**
 * The C library's functions, and the only place that knows koffi. Every function here returns what
 * the call returned, or the negated errno when it failed, so that callers never read errno later
 * than the call that set it.
 *
 * The libc of the running process is used (glibc or musl, whichever Node was linked with); types
 * are spelled by width, for the ABI of 64-bit Linux. Byte arrays are passed in place, not copied.
 */
import koffi from "koffi";

const library = koffi.load(null);

type NativeFunction = (...args: readonly unknown[]) => unknown;

function native(definition: string): NativeFunction {
  return library.func(definition) as NativeFunction;
}

/** Undefined where this libc does not have it. */
function optional(definition: string): NativeFunction | undefined {
  try {
    return native(definition);
  } catch {
    return undefined;
  }
}

function result(value: unknown): number {
  const returned = Number(value);
  return returned < 0 ? -koffi.errno() : returned;
}

const nativeSocket = native("int socket(int family, int type, int protocol)");
const nativeBind = native("int bind(int fd, const void *address, uint32 length)");
const nativeGetsockname = native("int getsockname(int fd, void *address, void *length)");
const nativeSetsockopt = native(
  "int setsockopt(int fd, int level, int option, const void *value, uint32 length)",
);
const nativeGetsockopt = native(
  "int getsockopt(int fd, int level, int option, void *value, void *length)",
);
const nativeSend = native("int64 send(int fd, const void *bytes, uint64 length, int flags)");
const nativeSendto = native(
  "int64 sendto(int fd, const void *bytes, uint64 length, int flags, const void *address, uint32 addressLength)",
);
const nativeRecvfrom = native(
  "int64 recvfrom(int fd, void *bytes, uint64 length, int flags, void *address, void *addressLength)",
);
const nativePoll = native("int poll(void *descriptors, uint64 count, int timeout)");
const nativeEventfd = native("int eventfd(uint32 initial, int flags)");
const nativeRead = native("int64 read(int fd, void *bytes, uint64 length)");
const nativeWrite = native("int64 write(int fd, const void *bytes, uint64 length)");
const nativeClose = native("int close(int fd)");
const nativeSetScheduler = native(
  "int sched_setscheduler(int thread, int policy, const void *parameters)",
);

const nativeExit = native("void _exit(int status)");

/** musl has neither: its allocator keeps no arenas. */
const nativeMallopt = optional("int mallopt(int parameter, int value)");
const nativeMallocTrim = optional("int malloc_trim(size_t pad)");
const nativeMadvise = native("int madvise(uint64 start, uint64 length, int advice)");

// struct sock_fprog { unsigned short len; struct sock_filter *filter; } (linux/filter.h)
const filterProgram = koffi.struct({ length: "uint16", filter: "void *" });
const nativeAttachFilter = library.func("setsockopt", "int", [
  "int",
  "int",
  "int",
  koffi.pointer(filterProgram),
  "uint32",
]) as NativeFunction;

export function socket(family: number, type: number, protocol: number): number {
  return result(nativeSocket(family, type, protocol));
}

export function bind(fd: number, address: Uint8Array): number {
  return result(nativeBind(fd, address, address.length));
}

/** Fills `address`. */
export function getsockname(fd: number, address: Uint8Array): number {
  return result(nativeGetsockname(fd, address, new Uint32Array([address.length])));
}

export function setsockopt(fd: number, level: number, option: number, value: Uint8Array): number {
  return result(nativeSetsockopt(fd, level, option, value, value.length));
}

export function setsockoptInt(fd: number, level: number, option: number, value: number): number {
  return result(nativeSetsockopt(fd, level, option, new Int32Array([value]), 4));
}

/** @returns the option's value, or the negated errno; for options that are never negative. */
export function getsockoptInt(fd: number, level: number, option: number): number {
  const value = new Int32Array(1);
  const failed = result(nativeGetsockopt(fd, level, option, value, new Uint32Array([4])));
  return failed < 0 ? failed : value[0];
}

export function attachFilter(
  fd: number,
  level: number,
  option: number,
  instructions: Uint8Array,
): number {
  const program = { length: instructions.length / 8, filter: instructions };
  return result(nativeAttachFilter(fd, level, option, program, koffi.sizeof(filterProgram)));
}

/** Of the calling thread. */
export function setScheduler(policy: number, priority: number): number {
  return result(nativeSetScheduler(0, policy, new Int32Array([priority])));
}

export function send(fd: number, bytes: Uint8Array, length: number, flags: number): number {
  return result(nativeSend(fd, bytes, length, flags));
}

export function sendto(fd: number, bytes: Uint8Array, flags: number, address: Uint8Array): number {
  return result(nativeSendto(fd, bytes, bytes.length, flags, address, address.length));
}

/** @param addressLength one element: the room in `address`, on return the length that was written */
export function recvfrom(
  fd: number,
  bytes: Uint8Array,
  flags: number,
  address: Uint8Array,
  addressLength: Uint32Array,
): number {
  return result(nativeRecvfrom(fd, bytes, bytes.length, flags, address, addressLength));
}

/** @param descriptors struct pollfd, two words each: fd, then events | revents << 16 */
export function poll(descriptors: Int32Array, timeout: number): number {
  return result(nativePoll(descriptors, descriptors.length / 2, timeout));
}

export function eventfd(initial: number, flags: number): number {
  return result(nativeEventfd(initial, flags));
}

export function read(fd: number, bytes: Uint8Array): number {
  return result(nativeRead(fd, bytes, bytes.length));
}

export function write(fd: number, bytes: Uint8Array): number {
  return result(nativeWrite(fd, bytes, bytes.length));
}

export function close(fd: number): number {
  return result(nativeClose(fd));
}

/** Without atexit(3)'s functions, and for no thread to be waited for. */
export function exit(code: number): never {
  nativeExit(code);
  throw new Error("_exit(2) has returned");
}

/** False: refused, or this libc has no mallopt(3). */
export function mallopt(parameter: number, value: number): boolean {
  return nativeMallopt?.(parameter, value) === 1;
}

/** False: this libc has no malloc_trim(3). */
export function mallocTrim(): boolean {
  return nativeMallocTrim?.(0) !== undefined;
}

export function madvise(start: number, length: number, advice: number): number {
  return result(nativeMadvise(start, length, advice));
}
