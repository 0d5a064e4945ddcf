import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { ControlConnection } from "../control/index.ts";
import { formatPrefix } from "../route/index.ts";
import { config, prefix } from "./fixture.test.ts";
import { speakerConfig } from "./settings.ts";
import { PEERS, daemon } from "./views-fixture.test.ts";

test("explain: a network that nobody announces, a pod's, a block's, by address and by prefix", async () => {
  const { views, originate, settle } = daemon(`${PEERS}
pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }`);
  originate("172.16.1.0/24", "block");
  originate("172.16.2.1/32", "pod");
  settle();
  const explain = (text: string, isAddress: boolean) =>
    views.explain({ target: prefix(text), isAddress });
  const nobody = await explain("172.16.9.9/32", true);
  assert.equal(formatPrefix(nobody.network), "172.16.9.9/32");
  assert.deepEqual(nobody.candidates, []);
  assert.equal(nobody.kernel, undefined);
  assert.deepEqual(
    nobody.neighbours.map(({ name, telling }) => `${name} ${telling}`),
    ["first not told", "last not told"],
  );
  assert.match(nobody.own.podReason, /^the kernel has no route to it on an interface/);
  const block = await explain("172.16.1.9/32", true);
  assert.equal(formatPrefix(block.network), "172.16.1.0/24");
  assert.deepEqual([block.candidates[0].kind, block.candidates[0].reason], ["block", "best"]);
  assert.equal(block.own.block && formatPrefix(block.own.block), "172.16.1.0/24");
  const pod = await explain("172.16.2.1/32", false);
  assert.equal(pod.candidates[0].from, "this node's pod");
  assert.equal(pod.neighbours[0].reason, "its session is not Established but Connect");
  const six = await explain("fd00::/64", false);
  assert.deepEqual([six.candidates.length, six.covering], [0, undefined]);
});

test("explain pauses, and what is gone or another by then is shown as it was", async () => {
  const two = "static: [{ prefix: 172.16.1.0/24, med: 7 }]";
  const { views, speaker, originate, settle } = daemon(two);
  // The first of two, so that there is a pause before the second.
  originate("172.16.1.0/24", "block");
  const announce = (text: string): void => {
    speaker.configure(speakerConfig(config(text), 0x0a000001), 0);
    settle();
  };
  for (const line of ["explain 172.16.1.0/24", "underlay json explain 172.16.1.0/24"]) {
    announce(two);
    const ready = Promise.withResolvers<void>();
    const connection = new ControlConnection(views, ready.resolve);
    connection.receive(`${line}\n`);
    while (connection.pending) connection.pull();
    await ready.promise;
    let [text, pulls] = ["", 0];
    for (; connection.pending; pulls++) {
      text += connection.pull(Infinity);
      announce("");
      announce(`static: [{ prefix: 172.16.2.${pulls}/32, med: 1${pulls} }]`);
    }
    assert.ok(pulls > 3);
    assert.match(text, /"med":7,|BGP\.med: 7\n/);
    assert.doesNotMatch(text, /"med":1|BGP\.med: 1/);
  }
});

test("explain reads hundreds of candidates in turns, and those that go meanwhile are as they were", async () => {
  const communities = Array.from({ length: 100 }, (_, at) => `"64512:${at}"`).join();
  const one = `static: [{ prefix: 172.16.1.1/32, med: 7, communities: [${communities}] }]`;
  const { views, speaker, attributes, settle } = daemon("");
  const sets = attributes.size;
  speaker.configure(speakerConfig(config(one), 0x0a000001), 0);
  settle();
  const explain = speaker.survey.explain.bind(speaker.survey);
  speaker.survey.explain = (family, id) => {
    const { paths, neighbours } = explain(family, id);
    return { neighbours, paths: Array.from({ length: 300 }, () => paths[0]) };
  };
  let isThere = false;
  const asked = views.explain({ target: prefix("172.16.1.1/32"), isAddress: false });
  void asked.then(() => (isThere = true));
  await setImmediate();
  assert.ok(!isThere);
  speaker.configure(speakerConfig(config(""), 0x0a000001), 0);
  settle();
  const { candidates } = await asked;
  assert.equal(candidates.length, 300);
  assert.ok(candidates.every(({ received, bytes }) => received.med === 7 && bytes.length > 400));
  assert.equal(attributes.size, sets);
});
