import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { type Mapping, programMappings } from "../sysdep/index.ts";
import { Slimming } from "./slimming.ts";

const NO_PREFIXES = [{ size: 0 }, { size: 0 }];
const NONE = { resident: () => 0, trim: () => true, release: () => undefined };

test("memory is given back when the modules are read, when the start is over, whenever there are twice as many prefixes, and when most of them are gone", () => {
  const [ipv4, ipv6] = [{ size: 1_000_000 }, { size: 0 }];
  let times = 0;
  const slimming = new Slimming([ipv4, ipv6], { ...NONE, release: () => times++ });
  const timesAt = (four: number, six: number): number => {
    [ipv4.size, ipv6.size] = [four, six];
    slimming.look();
    return times;
  };
  slimming.prepare();
  assert.equal(times, 1);
  assert.equal(timesAt(1_000_000, 0), 1, "it still starts");
  ipv4.size = 0;
  slimming.begin();
  assert.equal(times, 2);
  assert.equal(timesAt(400_000, 89_999), 2);
  assert.equal(timesAt(400_000, 90_000), 3);
  assert.equal(timesAt(800_000, 100_000), 3);
  assert.equal(timesAt(880_000, 100_000), 4);
  assert.equal(timesAt(98_001, 0), 4);
  assert.equal(timesAt(97_999, 0), 5);
  assert.equal(timesAt(50_000, 0), 5);
  assert.equal(timesAt(9_000, 0), 6);
  assert.equal(timesAt(49_999, 0), 6);
  assert.equal(timesAt(0, 0), 6, "not for a few");
  assert.equal(timesAt(50_000, 0), 6);
  assert.equal(timesAt(5_000, 0), 7);
  assert.equal(timesAt(489_999, 0), 7);
  assert.equal(timesAt(490_000, 0), 8, "and they may come again");
  assert.equal(timesAt(9_800_000, 0), 9);
  assert.equal(timesAt(980_000, 0), 10);
  assert.equal(timesAt(980_000, 0), 10, "once for what is left");
});

test("in the rehearsal memory is given back as it is taken, and what takes more than its room is waited for once", async () => {
  let resident = 50e6;
  /** What is in use, and what of it is free by the next trim after the loop has had a turn. */
  let [used, passing] = [50e6, 0];
  let trims = 0;
  const slimming = new Slimming(NO_PREFIXES, {
    ...NONE,
    resident: () => resident,
    trim: () => {
      trims++;
      resident = used + passing;
      setTimeout(() => (passing = 0), 1);
      return true;
    },
  });
  const trimsAt = async (octets: number): Promise<number> => {
    trims = 0;
    resident = octets;
    await slimming.rest();
    return trims;
  };
  slimming.prepare();
  assert.equal(await trimsAt(52e6), 0, "too little has been taken");
  assert.equal(await trimsAt(54e6), 1);
  passing = 30e6;
  assert.equal(await trimsAt(104e6), 2, "until no more than 25 MB above the first are held");
  used = 200e6;
  assert.equal(await trimsAt(200e6), 6, "it does not go: waited for, with an end");
  assert.equal(await trimsAt(202e6), 0);
  used = 204e6;
  assert.equal(await trimsAt(204e6), 1, "and not again");
  used = 224e6;
  assert.equal(await trimsAt(224e6), 1, "nor what stays on top of it");
  used = 226e6;
  assert.equal(await trimsAt(230e6), 6, "as long as there is room");
});

test("where the C library gives nothing back, or nobody says how much is held, the rehearsal waits for nothing", async () => {
  let trims = 0;
  const trim = (): boolean => trims++ < 0;
  let resident = 0;
  const slimming = new Slimming(NO_PREFIXES, { ...NONE, trim, resident: () => resident });
  slimming.prepare();
  await slimming.rest();
  assert.equal(trims, 1, "at the beginning");
  resident = 100e6;
  await slimming.rest();
  assert.equal(trims, 2);
});

test("what another thread has mapped of the program is not given back: it goes with the thread", async () => {
  let given: readonly Mapping[] = [];
  const slimming = new Slimming(NO_PREFIXES, { ...NONE, release: (program) => (given = program) });
  slimming.prepare();
  const worker = new Worker("setInterval(() => undefined, 60_000)", { eval: true });
  await once(worker, "online");
  slimming.begin();
  await worker.terminate();
  assert(given.length > 0);
  const left = new Set(programMappings().map(({ start }) => start));
  assert.deepEqual(
    given.filter(({ start }) => !left.has(start)),
    [],
  );
});
