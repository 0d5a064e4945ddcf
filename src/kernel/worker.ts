/**
 * The worker thread: a synchronous loop around poll(2). Node's event loop never turns in this
 * thread; messages are taken by receiveMessageOnPort and given by postMessage.
 */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { RT_TABLE_MAIN } from "rtnetlink-ts";
import type { KernelFact } from "../fib/index.ts";
import { Poller, clearEvent } from "../sysdep/index.ts";
import { Applier } from "./apply.ts";
import { findCapabilities } from "./capabilities.ts";
import { Dumper } from "./dump.ts";
import { EventReader } from "./events.ts";
import { NexthopObjects } from "./facts.ts";
import { countLinks, inquire } from "./inquiry.ts";
import { SLOT } from "./messages.ts";
import type { FromWorker, KernelSettings, Question, ToWorker, WorkerData } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { PlainAdoption } from "./plain-adoption.ts";
import { PlainNexthops } from "./plain.ts";
import { RequestSocket } from "./requests.ts";

const READY_WAKE = 2; // a bit of Poller.wait: the second of its descriptors

function run(port: MessagePort, data: WorkerData): void {
  const post = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, [...transfer]);
  const outbox = new Outbox(post);
  const objects = new NexthopObjects();
  // The descriptors belong to the process and would outlive the thread.
  const requests = new RequestSocket();
  try {
    const ownPort = requests.portId;
    const tables = new Set(followed(data.settings, data.settings.tables));
    const events = new EventReader({ ...data.settings, tables, ownPort, outbox, objects });
    try {
      work(port, data, { requests, events, outbox, objects, tables });
    } finally {
      events.close();
    }
  } finally {
    requests.close();
  }
}

interface Parts {
  readonly requests: RequestSocket;
  readonly events: EventReader;
  readonly outbox: Outbox;
  readonly objects: NexthopObjects;
  readonly tables: Set<number>;
}

/** Tables in which others' routes count. */
function followed({ table }: KernelSettings, further: readonly number[]): readonly number[] {
  return [RT_TABLE_MAIN, table, ...further];
}

function work(port: MessagePort, data: WorkerData, parts: Parts): void {
  const { settings, slots, wake } = data;
  const { requests, events, outbox, objects, tables } = parts;
  const { nexthopObjects, resilientGroups, dumpsNexthops } = findCapabilities(settings);
  const fact = (told: KernelFact): void => outbox.fact(told);
  const plain = nexthopObjects ? undefined : new PlainNexthops();
  const adoption = plain && new PlainAdoption({ ...settings, plain, objects, fact });
  const dumper = new Dumper({
    ...{ ...settings, tables, outbox, objects, nexthops: dumpsNexthops, adoption },
  });
  const applier = new Applier({
    requests,
    objects,
    protocol: settings.protocol,
    plain,
    fact,
    between: () => {
      events.drain();
      answerQuestions();
    },
  });
  outbox.post({ kind: "ready", info: { nexthopObjects, resilientGroups } });

  const answerQuestions = (): void => {
    for (;;) {
      const received: { message: Question } | undefined = receiveMessageOnPort(data.questions);
      if (received === undefined) return;
      answer(received.message, outbox);
    }
  };
  /** @returns false: it was the last one */
  const handle = (message: ToWorker): boolean => {
    switch (message.kind) {
      case "batch": {
        adoption?.end();
        const result = applier.apply(message.batch);
        events.catchUp();
        outbox.post({ kind: "result", result });
        return true;
      }
      case "dump":
        dumper.dump(message.what);
        return true;
      case "follow":
        tables.clear();
        for (const table of followed(settings, message.tables)) tables.add(table);
        return true;
      case "close":
        return false;
    }
  };
  const { stale } = events;
  const follow = (): void => {
    events.drain();
    const began = performance.now();
    const due = stale.take(began);
    if (due.length === 0) return;
    dumper.dump(due);
    stale.dumped(due, began, performance.now());
  };

  const poller = new Poller([events.fd, wake]);
  for (let open = true; open && Atomics.load(slots, SLOT.CLOSING) === 0;) {
    const ready = poller.wait(stale.wait(performance.now()));
    if ((ready & READY_WAKE) !== 0) clearEvent(wake);
    if (ready !== READY_WAKE) follow(); // an event, or the time for a dump
    if ((ready & READY_WAKE) === 0) continue;
    answerQuestions();
    open = takeMessages(port, slots, handle, () => {
      follow();
      answerQuestions();
    });
  }
}

function answer(question: Question, outbox: Outbox): void {
  const { number } = question;
  if (question.kind === "count") {
    outbox.post({ kind: "counters", number, counters: answered(countLinks, outbox) });
  } else {
    const report = answered(() => inquire(question.inquiry), outbox);
    outbox.post({ kind: "report", number, report });
  }
}

/** Nobody's routes hang on a question: one that fails (no descriptor is free, say) is a line in the log. */
function answered<Answer>(ask: () => Answer, outbox: Outbox): Answer | undefined {
  try {
    return ask();
  } catch (error) {
    outbox.post({ kind: "problem", message: `the kernel could not be asked: ${String(error)}` });
    return undefined;
  }
}

/** @param follow called after each, so that many small batches do not keep events and questions waiting */
function takeMessages(
  port: MessagePort,
  slots: Int32Array,
  handle: (message: ToWorker) => boolean,
  follow: () => void,
): boolean {
  while (Atomics.load(slots, SLOT.CLOSING) === 0) {
    const received: { message: ToWorker } | undefined = receiveMessageOnPort(port);
    if (received === undefined) return true;
    if (!handle(received.message)) return false;
    follow();
  }
  return false;
}

if (parentPort !== null) run(parentPort, workerData as WorkerData);
