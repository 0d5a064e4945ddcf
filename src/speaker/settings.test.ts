import assert from "node:assert/strict";
import { test } from "node:test";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import { socketSettings } from "./settings.ts";

const SPEAKER = { asn: 64512 } as SpeakerConfig;
const settings = (neighbour: Partial<NeighbourConfig>) =>
  socketSettings(SPEAKER, { asn: 64600, ...neighbour } as NeighbourConfig);

test("TTL: one hop for eBGP, as many as are said, the system's for iBGP, 255 for GTSM (RFC 5082 §3)", () => {
  const ttls = (neighbour: Partial<NeighbourConfig>) => {
    const { ttl, minimumTtl } = settings(neighbour);
    return [ttl, minimumTtl];
  };
  assert.deepEqual(ttls({}), [1, 0]);
  assert.deepEqual(ttls({ multihop: 3 }), [3, 0]);
  assert.deepEqual(ttls({ asn: 64512 }), [0, 0]);
  assert.deepEqual(ttls({ ttlSecurity: 1 }), [255, 255]);
  assert.deepEqual(ttls({ asn: 64512, ttlSecurity: 2 }), [255, 254]);
});

test("TCP gives up what nobody takes when the hold timer and the send hold timer have had their say", () => {
  assert.equal(settings({}).userTimeout, 480_000);
  assert.equal(settings({ holdTime: 9 }).userTimeout, 480_000);
  assert.equal(settings({ holdTime: 9, ttlSecurity: 1 }).userTimeout, 480_000);
  assert.equal(settings({ holdTime: 300 }).userTimeout, 600_000);
  assert.equal(settings({ holdTime: 9, sendHoldTime: 20 }).userTimeout, 20_000);
  assert.equal(settings({ holdTime: 30, sendHoldTime: 20 }).userTimeout, 30_000);
  assert.equal(settings({ holdTime: 0 }).userTimeout, 0);
});
