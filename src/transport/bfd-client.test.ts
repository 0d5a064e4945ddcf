import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { BfdClient } from "./bfd-client.ts";
import type { BfdSession } from "./bfd-messages.ts";

const SESSION: BfdSession = {
  multihop: false,
  local: Uint8Array.of(127, 0, 0, 1),
  remote: Uint8Array.of(127, 0, 0, 2),
  scope: 0,
  settings: { desiredMinTx: 300, requiredMinRx: 300, detectMultiplier: 3, passive: false },
};

/** Eventfds of this process. */
function events(): number {
  const directory = "/proc/self/fd";
  return readdirSync(directory).filter((fd) => isEvent(`/proc/self/fdinfo/${fd}`)).length;
}

function isEvent(file: string): boolean {
  try {
    return readFileSync(file, "utf8").includes("eventfd-count");
  } catch {
    return false; // Closed meanwhile.
  }
}

test("a thread that dies is reported, leaves no descriptor, and the next one can be started", async () => {
  const program = new URL("data:text/javascript,throw new Error('a mistake')");
  let died: (error: Error) => void = () => {};
  const client = new BfdClient(
    {
      onChange: () => assert.fail("nothing was found out"),
      onProblem: () => assert.fail("no session was begun"),
      onNotPreferred: () => assert.fail("it has not come that far"),
      onError: (error) => died(error),
    },
    program,
  );
  const before = events();
  for (let i = 0; i < 2; i++) {
    const death = new Promise<Error>((resolve) => (died = resolve));
    client.set("a", SESSION);
    assert.match((await death).message, /a mistake/);
    assert.equal(client.view("a"), undefined);
    assert.equal(events(), before);
  }
  await client.close();
});

test("a thread that takes its turn among all others says so", async () => {
  const text =
    'import { parentPort } from "node:worker_threads"; parentPort.postMessage({ kind: "not-preferred" })';
  const told = new Promise<void>((onNotPreferred) => {
    const wrong = (): void => assert.fail("it says nothing else");
    const handlers = { onChange: wrong, onProblem: wrong, onError: wrong };
    const program = new URL(`data:text/javascript,${encodeURIComponent(text)}`);
    new BfdClient({ ...handlers, onNotPreferred }, program).set("a", SESSION);
  });
  await told;
});
