import { setFlagsFromString } from "node:v8";
import { returnMemory } from "../sysdep/index.ts";

/**
 * V8, as a daemon wants it whose tables are typed arrays and whose code is small and hot: memory
 * that buys no speed here is not taken. For all threads, and before the program itself is read. Node
 * takes these flags at run time; V8 reads them anew at each use, and no object that exists depends
 * on them.
 *
 * (measured: `npm run bench`, 1,000,000 routes: peak 30 MiB less, the same CPU time)
 */

// The middle compiler takes functions that are called three times as often as it would by default:
// many jobs at once, on several threads, hold tens of MiB of working memory that the C library then
// keeps. Without it altogether the first 100,000 routes take 0.1 s longer (measured).
setFlagsFromString("--invocation-count-for-maglev=1200");

// The young generation stays at the size that it starts with, 1 MiB a half, instead of growing to
// 16: hardly an object survives a turn.
setFlagsFromString("--semi-space-growth-factor=1");

// The old generation is collected when it has doubled. Left to itself, V8 lets it become four times as
// large, the further the less the program is busy: what a thousand next hops leave behind that come and go
// again, 2.4 MiB (measured: `memory`, 100,000 routes again and again: peak 110 MiB in the second round, 148
// from the 22nd on; with this 114 in the tenth. Where half as much more is enough, 104, but `fib-pods` takes
// a tenth longer).
setFlagsFromString("--heap-growing-percent=100");

// What this thread stands still for, it does alone: where processors are short, a helper without one
// would be waited for, 10 to 35 ms for half a millisecond of work (measured: `questions`, beside two busy
// programs: the loop held over 15 ms 10 times instead of 44; `fib-pods` takes no longer). What goes on
// beside the program (marking, sweeping) still does.
for (const part of ["scavenge", "compaction", "pointer-update"]) {
  setFlagsFromString(`--no-parallel-${part}`);
}

returnMemory();
