import assert from "node:assert/strict";
import { test } from "node:test";
import type { NeighbourView, RangeView } from "../speaker/index.ts";
import type { Phase } from "./life.ts";
import { Readiness } from "./readiness.ts";

type Is = "absent" | "silent" | "complete" | "disabled";

interface Scene {
  peers: Record<string, Is>;
  dynamic: Record<string, Is>;
  ranges: number;
  phase: Phase;
  isIdle: boolean;
  drained?: string | undefined;
}

function neighbour(name: string, is: Is, template?: string): NeighbourView {
  const view: Partial<NeighbourView> = {
    name,
    template,
    enabled: is !== "disabled",
    state: is === "absent" || is === "disabled" ? "Active" : "Established",
    hasSaidAll: is === "complete",
  };
  return view as NeighbourView;
}

function scene(more: Partial<Scene> = {}) {
  const of: Scene = { peers: {}, dynamic: {}, ranges: 0, phase: "running", isIdle: true, ...more };
  const readiness = new Readiness({
    survey: {
      *neighbours() {
        for (const [name, is] of Object.entries(of.peers)) yield neighbour(name, is);
        for (const [name, is] of Object.entries(of.dynamic)) yield neighbour(name, is, "range");
      },
      *ranges() {
        for (let i = 0; i < of.ranges; i++) yield { enabled: true } as RangeView;
      },
    },
    fib: {
      get idle() {
        return of.isIdle;
      },
    },
    caughtUp: () => of.isIdle,
    life: {
      get phase() {
        return of.phase;
      },
      runningSince: 1000,
    },
    patience: () => 120_000,
    drained: () => of.drained,
  });
  return { of, at: (seconds: number) => readiness.missing(1000 + seconds * 1000) };
}

test("before it runs, and when it ends", () => {
  const { of, at } = scene({ phase: "starting" });
  assert.deepEqual(at(0), ["underlayd is starting"]);
  of.phase = "running";
  assert.deepEqual(at(0), [], "nobody is configured");
  of.phase = "ending";
  assert.deepEqual(at(9), ["underlayd is ending"]);
});

test("a node that is drained is not ready, though it was, and is again when it is back", () => {
  const { of, at } = scene();
  assert.deepEqual(at(9), []);
  of.drained = "the node is drained";
  assert.deepEqual(at(10), ["the node is drained"]);
  of.drained = undefined;
  assert.deepEqual(at(11), []);
});

test("a session there must be, and all that it says at the beginning must have come", () => {
  const { of, at } = scene({ peers: { a: "absent", b: "absent" } });
  assert.deepEqual(at(500), ["no session is Established: a, b"]);
  of.peers["a"] = "silent";
  assert.deepEqual(at(1), ["neighbours are given some seconds to come up"]);
  assert.deepEqual(at(4), ["no End-of-RIB yet: a"]);
  of.peers["a"] = "complete";
  of.isIdle = false;
  assert.deepEqual(at(4), ["routes are on their way into the kernel"]);
  of.isIdle = true;
  assert.deepEqual(at(4), [], "b is absent, and waited for by nobody");
  of.peers = { a: "absent", b: "silent" };
  assert.deepEqual(at(5), [], "ready once, ready ever after");
});

test("all are there: no second is waited", () => {
  const { at } = scene({ peers: { a: "complete", b: "complete", off: "disabled" } });
  assert.deepEqual(at(0), []);
});

test("who never says that it has said all is waited for, but not for ever", () => {
  const { at } = scene({ peers: { a: "silent" } });
  assert.deepEqual(at(119), ["no End-of-RIB yet: a"]);
  assert.deepEqual(at(120), []);
});

test("neighbours out of a range: those who come in the first seconds count", () => {
  const { of, at } = scene({ ranges: 1 });
  assert.deepEqual(at(1), ["neighbours are given some seconds to come up"]);
  of.dynamic = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`r-${i}`, "silent"]));
  assert.deepEqual(at(4), ["no End-of-RIB yet: r-0, r-1, r-2, r-3, r-4 and 3 more"]);
  of.dynamic = {};
  assert.deepEqual(at(4), []);
});
