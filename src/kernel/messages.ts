/**
 * Who says what to whom: every message and every shared slot between the main thread and the
 * netlink worker is named here.
 *
 *      main thread                                    worker thread (no event loop, blocks in poll)
 *      KernelClient                                   worker.ts
 *        submit(batch)  ---- ToWorker "batch" ------>  requests: send, answers by sequence
 *        dump(what)     ---- ToWorker "dump" ------->  a socket for each dump, strict filters
 *        follow(tables) ---- ToWorker "follow" ----->  others' routes in these tables from now on
 *        inquire(...)   ---- Question "inquire" --->  one route, read back now
 *        count()        ---- Question "count" ----->  what has gone by each link until now
 *        close()        ---- ToWorker "close" ------>  leaves its loop
 *                       ==== wake eventfd =========>   (after each of them; poll returns)
 *                       ==== slot CLOSING =========>   (process is ending; seen after a wake-up)
 *        start()        <--- FromWorker "ready" -----  once, first
 *        onResult       <--- "result" ---------------  one for each batch, in order; its array is free
 *        onFacts        <--- "facts" ----------------  dumps, events, read-sysctl
 *        onOwnRoutes    <--- "own-routes" -----------  packed, transferred
 *        onDumpBegin    <--- "dump-begin" -----------  again when the kernel's table changed under
 *        onDumpEnd      <--- "dump-end" -------------  the dump and it starts over
 *        (count)        <--- "counters" -------------  the answer to a "count" or none, by its number
 *        onOverrun      <--- "overrun" --------------  events were lost, all others have been told: dump again
 *        (inquire)      <--- "report" ---------------  the answer to an "inquire" or none, by its number
 *        onProblem      <--- "problem" --------------  for the log
 *        onError        <--- 'error' / 'exit' -------  the worker died
 *
 * Questions have a port of their own and are answered between two sends: people wait for them.
 * The worker answers with postMessage, which does not need its event loop; it takes messages with
 * receiveMessageOnPort. Order is kept in each direction; a result comes after all that the kernel
 * has said by itself until then. A fact that an event brought is at least as
 * new as anything dumped before it: events are not read while a dump runs.
 */
import type { MessagePort } from "node:worker_threads";
import type { BatchResult, DumpKind, FibBatch, KernelFact } from "../fib/index.ts";
import type { LinkCounters } from "rtnetlink-ts";
import type { Inquiry, InquiryReport } from "./inquiry.ts";

/** Slots of the shared Int32Array. */
export const SLOT = {
  /** Not 0: leave at once, nobody reads messages any more. */
  CLOSING: 0,
  COUNT: 1,
} as const;

export interface WorkerData {
  readonly settings: KernelSettings;
  readonly slots: Int32Array<SharedArrayBuffer>;
  /** The eventfd, which both threads have as the same descriptor. */
  readonly wake: number;
  /** By which Questions come. */
  readonly questions: MessagePort;
}

export interface KernelSettings {
  /** Our routes' table; others' routes in it, and in the main table, are followed. */
  readonly table: number;
  /** Further tables that routes of ours may be in. Ours are followed wherever they are. */
  readonly tables: readonly number[];
  /** rtm_protocol of everything that is ours. */
  readonly protocol: number;
  /** "auto": nexthop objects where the kernel has them (5.3). */
  readonly nexthopObjects: "auto" | "off";
}

export interface KernelInfo {
  /** Whether routes go by nexthop objects; false: the worker expands them into plain routes. */
  readonly nexthopObjects: boolean;
  /** Whether groups may be resilient. */
  readonly resilientGroups: boolean;
}

export type ToWorker =
  | { readonly kind: "batch"; readonly batch: FibBatch }
  | { readonly kind: "dump"; readonly what: readonly DumpKind[] }
  | { readonly kind: "follow"; readonly tables: readonly number[] }
  | { readonly kind: "close" };

export type Question =
  | { readonly kind: "inquire"; readonly number: number; readonly inquiry: Inquiry }
  | { readonly kind: "count"; readonly number: number };

export type FromWorker =
  | { readonly kind: "ready"; readonly info: KernelInfo }
  | { readonly kind: "result"; readonly result: BatchResult }
  | { readonly kind: "facts"; readonly facts: readonly KernelFact[] }
  /** `count` routes of ROUTE_WORDS words; kind is 0, the nexthop id 0 where there is none. */
  | {
      readonly kind: "own-routes";
      readonly packed: Uint32Array<ArrayBuffer>;
      readonly count: number;
    }
  | { readonly kind: "dump-begin"; readonly what: DumpKind }
  | { readonly kind: "dump-end"; readonly what: DumpKind }
  | { readonly kind: "report"; readonly number: number; readonly report: InquiryReport | undefined }
  | {
      readonly kind: "counters";
      readonly number: number;
      readonly counters: readonly LinkCounters[] | undefined;
    }
  | { readonly kind: "overrun" }
  | { readonly kind: "problem"; readonly message: string };
