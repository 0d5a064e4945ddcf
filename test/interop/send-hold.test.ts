import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * The send hold timer (RFC 9687): FRR and BIRD are frozen, so that their windows close, while their hold
 * times are far too long to find that out. What is to be sent are routes with a kilobyte of attributes
 * each, again and again.
 */
const ROUTES = 1000;
const HOLD_TIME = 240;

interface Router {
  readonly pids: readonly number[];
  /** How many of the routes it has. */
  count(): Promise<number>;
  end(signal: NodeJS.Signals): Promise<unknown>;
}

const startFrr = async (host: Host): Promise<Router> => {
  const frr = await Frr.start(
    host,
    `
router bgp 64600
 bgp router-id 10.0.0.2
 no bgp ebgp-requires-policy
 neighbor 10.0.0.1 remote-as 64512
 neighbor 10.0.0.1 timers 80 ${HOLD_TIME}
 neighbor 10.0.0.1 timers connect 1
`,
  );
  return {
    pids: frr.pids,
    count: async () =>
      (await frr.bgp("show bgp ipv4 unicast")).match(/ 10\.0\.0\.1 .* 64512 i/g)?.length ?? 0,
    end: (signal) => frr.end(signal),
  };
};

const startBird = async (host: Host): Promise<Router> => {
  const bird = await Bird.start(
    host,
    `
router id 10.0.0.2;
log stderr all;
protocol device {}
protocol bgp node {
  local 10.0.0.2 as 64600; neighbor 10.0.0.1 as 64512;
  hold time ${HOLD_TIME};
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export none; };
}
`,
  );
  return {
    pids: [bird.program.pid],
    count: async () => Number(/^(\d+) of/m.exec(await bird.ask("show route count"))?.[1]),
    end: (signal) => bird.end(signal),
  };
};

const communities = Array.from({ length: 250 }, (_, i) => `"64512:${i}"`).join(", ");
const routes = Array.from({ length: ROUTES }, (_, i) => {
  const prefix = `10.${100 + (i >> 8)}.${i & 255}.0/24`;
  return `  - { prefix: ${prefix}, med: ${i} }`;
});

const CONFIG = `
node: { name: node, asn: 64512, routerId: 10.0.0.1 }
filters: { loud: [{ then: accept, set: { addCommunities: [${communities}] } }] }
static:
${routes.join("\n")}
peers:
  - name: router
    address: 10.0.0.2
    asn: 64600
    connectRetry: 1
    families: [ipv4]
    holdTime: ${HOLD_TIME}
    sendHoldTime: 5
    export: loud
`;

describe("the send hold timer (RFC 9687)", { skip: lacking("frr", "bird2") }, () => {
  for (const [name, start] of [
    ["FRR", startFrr],
    ["BIRD", startBird],
  ] as const) {
    it(`ends the session of a frozen ${name}, that takes nothing any more, and begins anew when it thaws`, async () => {
      const net = new Net();
      try {
        const [node, host] = [await net.host("node"), await net.host("router")];
        await net.wire([node, "eth0", "10.0.0.1/24"], [host, "eth0", "10.0.0.2/24"]);
        const router = await start(host);
        const underlay = await Underlay.start(node, CONFIG);
        const detail = async (): Promise<string> =>
          `${await router.count()} ${underlay.program.output.slice(-3000)}`;
        const hasAll = async (): Promise<boolean> => (await router.count()) === ROUTES;
        await until("it has all routes", hasAll, { detail });
        for (const pid of router.pids) process.kill(pid, "SIGSTOP");
        try {
          const down = await until(
            "the session is down",
            async () => {
              await underlay.ask("reload out router");
              return underlay.log().find(({ event }) => event === "session-down");
            },
            { interval: 200, detail: () => underlay.program.output.slice(-3000) },
          );
          assert.equal(down["cause"], "send-hold-timer", JSON.stringify(down));
        } finally {
          for (const pid of router.pids) process.kill(pid, "SIGCONT");
        }
        await underlay.established("router");
        await until("it has all routes again", hasAll, { detail });
        await router.end("SIGKILL");
      } finally {
        await net.close();
      }
    });
  }
});
