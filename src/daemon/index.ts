/**
 * daemon: underlayd, put together from the rooms.
 *
 * - main.ts           the entry point; engine.ts sets V8 first, hangups.ts catches an early SIGHUP,
 *                     then run.ts does the rest: command line, signals, exit codes
 * - daemon.ts         start, reload, stop, down; life.ts: which of them it is at
 * - rehearsal.ts      made-up routes through rooms of their own, so that the code is compiled in time
 * - assembly.ts       builds the rooms and wires them to each other
 * - flow.ts           moves ids from room to room, in one visible function
 * - kernel-events.ts  what the netlink worker says, to the rooms that it concerns
 * - privileges.ts     what the process must be allowed to do; ownership.ts: what two daemons must not
 *                     share
 * - reload.ts         a new configuration: read and checked as a whole before anything is applied;
 *                     whole-config.ts: with what its files say; reconfiguration.ts: the one that runs,
 *                     the one before it, and how long there is to confirm it
 * - settings.ts       the configuration as each room wants to be told; reads password files
 * - host.ts           what the daemon itself must know of the node: way out, router id
 * - recovery.ts       when the routes of an earlier run that nobody claims are removed, recovery-watch.ts
 *                     looks for it; removal.ts: all of ours is taken out, at the end
 * - control-server.ts the Unix socket; views*.ts are what the control room sees through, made from
 *                     rooms.ts; commands.ts what it may do
 * - listen-keeper.ts  listening as the configuration says
 * - watchers.ts       those who are told what the daemon does: http-keeper.ts for metrics, that
 *                     observed.ts and readiness.ts are read for, and for web.ts, which journal-keeper.ts
 *                     tells what happens; bmp-keeper.ts: monitoring stations;
 *                     mrt-keeper.ts: MRT files, table-dump.ts: what a dump of the routes holds
 * - cni.ts            the node's CNI network list; cni-keeper.ts keeps it as it should be
 * - log.ts, log-sink.ts  pino, and a destination that never holds up routing; fib-log.ts: what is
 *                     said about the kernel; warnings.ts: what `show status` warns of
 * - service-manager.ts  what systemd is told, and its watchdog
 *
 * Threads: everything runs in the main thread in turns of a few milliseconds (transport/turn.ts), but
 * for the netlink worker (kernel/messages.ts names all that passes between the two).
 */
export { Daemon, type DaemonOptions } from "./daemon.ts";
