import assert from "node:assert/strict";
import { Fib } from "../fib/index.ts";
import { AttributeTable, NextHopTable, PrefixTable } from "../route/index.ts";
import { Speaker } from "../speaker/index.ts";
import { IDLE_COMMANDS } from "./control-fixture.test.ts";
import { WHOLE_KERNEL, config, prefix } from "./fixture.test.ts";
import { fibSettings, speakerConfig } from "./settings.ts";
import { Views } from "./views.ts";

/** The rooms behind the views, without transport and kernel. */
export function daemon(text: string) {
  const running = config(text);
  const prefixes = [new PrefixTable(0), new PrefixTable(1)] as const;
  const nextHops = new NextHopTable();
  const attributes = new AttributeTable(nextHops);
  const speaker = new Speaker({ tables: { prefixes, attributes, nextHops }, random: () => 0.5 });
  speaker.configure(speakerConfig(running, 0x0a000001), 0);
  const fib = new Fib({ prefixes, nextHops, settings: fibSettings(running, WHOLE_KERNEL) });
  const state = {
    version: "1.2.3",
    routerId: 0x0a000001,
    startedAt: 0,
    configuredAt: 0,
    generation: 1,
    configuration: {
      generation: 1,
      file: "f",
      nextFile: undefined,
      undoIn: undefined,
      ending: false,
    },
    recovery: () => ({ waitingFor: 2, until: 5000 }),
    adopted: 7,
    warnings: ["look at this"],
    nexthopObjects: true,
  };
  const rooms = {
    prefixes,
    attributes,
    survey: speaker.survey,
    transport: { bfdSessions: () => [], output: () => undefined },
    kernel: { inquire: () => Promise.resolve(undefined) },
    drains: { views: () => [], change: () => Promise.resolve() },
    fib,
    config: () => running,
    clock: () => 1000,
    plan: () => assert.fail("nobody asks for a plan"),
    listen: () => assert.fail("nobody listens"),
    state: () => state,
  };
  const views = new Views(rooms, IDLE_COMMANDS, () => assert.fail("nobody asks for the load"));
  const originate = (text: string, origin: "pod" | "block"): void => {
    const own = prefix(text);
    speaker.originate(own.family, prefixes[own.family].internPrefix(own), origin, 0);
  };
  const settle = (): void => {
    while (speaker.work(1000, 0));
  };
  const withdraw = (text: string): void => {
    const own = prefix(text);
    speaker.withdrawOwn(own.family, prefixes[own.family].findPrefix(own), 0);
  };
  return { views, speaker, attributes, fib, originate, withdraw, settle };
}

export const PEERS = `
peers:
  - { name: first, address: 10.0.0.2, asn: 64600 }
  - { name: nodes, range: 10.1.0.0/24, asn: 64512, description: others, max: 5 }
  - { name: closed, range: 10.2.0.0/24, asn: 64512, enabled: false }
  - { name: last, address: fd00::2, asn: 64512, enabled: false }`;
