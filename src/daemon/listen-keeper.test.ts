import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListenConfig } from "../config/index.ts";
import { address } from "./fixture.test.ts";
import { ListenKeeper } from "./listen-keeper.ts";

function keeper() {
  const said: string[] = [];
  const world = { taken: 0 };
  const listening = new ListenKeeper({
    transport: {
      listen: async ({ port }) => {
        said.push(`listen ${port}`);
        await new Promise((resolve) => setImmediate(resolve));
        if (port === world.taken) throw new Error("port is taken");
        said.push(`listens ${port}`);
      },
      updateKeys: () => void said.push("keys"),
    },
    warnings: {
      set: (subject, text) => void said.push(`${subject}: ${text}`),
      clear: (subject) => void said.push(`${subject} clear`),
    },
  });
  return { listening, world, take: (): string[] => said.splice(0) };
}

const at = (port: number): ListenConfig => ({ addresses: [address("0.0.0.0")], port });

test("where nothing about listening changed, only keys are put right", async () => {
  const { listening, take } = keeper();
  await listening.open(at(179));
  take();
  await listening.update(at(179));
  assert.deepEqual(take(), ["keys", "listen clear"]);
  await listening.update(at(1179));
  assert.deepEqual(take(), ["listen 1179", "listens 1179", "listen clear"]);
});

test("a start that cannot listen rejects", async () => {
  const { listening, world } = keeper();
  world.taken = 179;
  await assert.rejects(listening.open(at(179)), /port is taken/);
});

test("what failed stays a warning, and is tried again by the next reload", async () => {
  const { listening, world, take } = keeper();
  await listening.open(at(179));
  world.taken = 1179;
  take();
  await listening.update(at(1179));
  assert.deepEqual(take(), ["listen 1179", "listen: port is taken"]);
  await listening.update(at(1179));
  assert.deepEqual(take(), ["listen 1179", "listen: port is taken"]);
  world.taken = 0;
  await listening.update(at(1179));
  assert.deepEqual(take(), ["listen 1179", "listens 1179", "listen clear"]);
});

test("two reloads at once are done one after the other", async () => {
  const { listening, take } = keeper();
  void listening.update(at(1));
  await listening.update(at(2));
  assert.deepEqual(
    take().filter((line) => line !== "listen clear"),
    ["listen 1", "listens 1", "listen 2", "listens 2"],
  );
});
