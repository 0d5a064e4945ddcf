import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { until } from "../../test/support/wait.ts";
import type { Library } from "./library.ts";
import { loadNetSnmp } from "./net-snmp.ts";
import { NotificationTargets } from "./notifications.ts";
import type { SnmpUser } from "./snmp-agent.ts";

const USER: SnmpUser = {
  name: "noc",
  auth: { type: "sha256", key: "authentication" },
  privacy: { type: "aes", key: "encryption" },
};

/** Whose users' sessions are of a community as well: their informs are sent at once, and in the clear. */
async function plainLibrary(): Promise<Library> {
  const library = await loadNetSnmp();
  const version = library.Version2c;
  return {
    ...library,
    createV3Session: (host, _, options) =>
      library.createSession(host, "public", { ...options, version }),
  };
}

test("traps and informs go out after 497 days, when sysUpTime begins anew", async (t) => {
  t.mock.method(process, "uptime", () => 43_000_000);
  const listener = createSocket("udp4").bind(0, "127.0.0.1");
  t.after(() => listener.close());
  await once(listener, "listening");
  const heard: Buffer[] = [];
  listener.on("message", (bytes) => heard.push(bytes));
  const problems: (string | undefined)[] = [];
  const target = { host: "127.0.0.1", port: listener.address().port };
  const targets = new NotificationTargets(
    await plainLibrary(),
    [
      { ...target, by: { kind: "community", community: "public" } },
      { ...target, by: { kind: "user", user: USER } },
    ],
    (text) => problems.push(text),
  );
  t.after(() => targets.close());
  targets.send({ oid: [1, 3, 6, 1, 2, 1, 15, 0, 1], objects: [] });
  assert.deepEqual(problems, []);
  await until("both have come", () => heard.length === 2);
  // sysUpTime.0, TimeTicks: 4,300,000,000 less 2^32.
  const name = [0x06, 8, 0x2b, 6, 1, 2, 1, 1, 3, 0];
  const expected = Buffer.from([...name, 0x43, 3, 0x4c, 0xcb, 0x00]);
  for (const each of heard) assert.ok(each.includes(expected), each.toString("hex"));
});
