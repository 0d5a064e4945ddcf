/**
 * daemon: underlayd, put together from the rooms.
 *
 * - main.ts           the entry point; engine.ts sets V8 first, then run.ts does the rest:
 * - run.ts            command line, signals, exit codes
 * - daemon.ts         builds the rooms; start, reload, stop, down
 * - reload.ts         a new configuration: read and checked as a whole before anything is applied
 * - flow.ts           moves ids from room to room, in one visible function
 * - settings.ts       the configuration as each room wants to be told; reads password files
 * - host.ts           what the daemon itself must know of the node: way out, router id
 * - recovery.ts       when the routes of an earlier run that nobody claims are removed
 * - control-server.ts the Unix socket; views*.ts are what the control room sees through, made from
 *                     rooms.ts
 * - cni.ts            the node's CNI network list
 * - log.ts, log-sink.ts  pino, and a destination that never holds up routing; fib-log.ts: what is
 *                     said about the kernel
 *
 * Threads: everything runs in the main thread in turns of a few milliseconds (transport/turn.ts), but
 * for the netlink worker (kernel/messages.ts names all that passes between the two).
 */
export { Daemon, type DaemonOptions } from "./daemon.ts";
