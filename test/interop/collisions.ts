import assert from "node:assert/strict";
import { it } from "node:test";
import type { Bench } from "./bench.ts";
import { connections, hold } from "./wire.ts";

/** Of two connections one stays, on both sides the same (RFC 4271 §6.8). */
export function collisions(get: () => Bench): void {
  for (const [routerId, whose] of [
    ["192.168.1.101", "the node's"],
    ["10.0.0.1", "the router's"],
  ]) {
    it(`both connect at once: ${whose} connection stays, its BGP Identifier is higher`, async () => {
      const bench = get();
      const router = "192.168.1.1"; // address and identifier
      await hold(bench.node, "all messages");
      await bench.start({ peers: [bench.peer(1)], routerId });
      await connections(bench.node, router, 2);
      // Whichever is Established first would stay: none is, before the OPENs have decided.
      await hold(bench.node, "KEEPALIVEs");
      const [byNode] = await connections(bench.node, router, 1);
      await hold(bench.node, "nothing");
      assert.equal(byNode, whose === "the node's");
      await bench.established(1);
      assert.deepEqual(await connections(bench.node, router, 1), [byNode]);
      await bench.torHolds(1, "172.16.1.0/24");
      await bench.nodeHas("10.1.0.0/16", [1]);
      // That an OPEN is late ("session-waiting") is this test's doing.
      const troubles = ["session-down", "session-attempt-failed"];
      const found = bench.underlay.log().filter(({ event }) => troubles.includes(event));
      // Where the router drops our connection with a message of ours unread, its RST may overtake its
      // NOTIFICATION: that one end is then told as it was seen. Whoever wins hears nothing.
      const reset = found.filter(
        ({ event, message }) =>
          event === "session-attempt-failed" && String(message).includes("ECONNRESET"),
      );
      assert.ok(reset.length <= (byNode === true ? 0 : 1), JSON.stringify(reset));
      const others = found.filter((line) => !reset.includes(line));
      assert.deepEqual(others, [], "nobody rests after a collision");
      await bench.stop();
    });
  }
}
