import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../../test/support/wait.ts";
import { config, folderOf } from "./fixture.test.ts";
import { SettingsError, passwordWarnings } from "./settings.ts";
import { SnmpKeeper, snmpSettings } from "./snmp-keeper.ts";
import { Warnings } from "./warnings.ts";

function settings(folder: string, auth: string) {
  writeFileSync(join(folder, "auth"), `${auth}\n`, { mode: 0o600 });
  writeFileSync(join(folder, "privacy"), "also long enough\n", { mode: 0o644 });
  const read = config(`
snmp:
  listen: 127.0.0.1:1161
  users: [{ name: nms, auth: { type: sha256, file: ${folder}/auth }, privacy: { type: aes, file: ${folder}/privacy } }]
  targets: [{ to: 127.0.0.1:162, user: nms }]
`);
  return { read, snmp: read.snmp ?? assert.fail() };
}

test("secrets come out of their files, and short ones are refused", (t) => {
  const folder = folderOf(t);
  const { read, snmp } = settings(folder, "long enough");
  const { users, targets, listen } = snmpSettings(snmp, "node");
  assert.deepEqual(listen, { host: "127.0.0.1", port: 1161 });
  assert.equal(users[0].auth.key, "long enough");
  assert.deepEqual(targets[0].by, { kind: "user", user: users[0] });
  assert.match(
    passwordWarnings(read).join(),
    /everybody .* \/\S+\/privacy: give it to .* chmod 400 \/\S+\/privacy\)$/,
  );
  const short = settings(folder, "short").snmp;
  assert.throws(
    () => snmpSettings(short, "node"),
    (error: Error) =>
      error instanceof SettingsError &&
      error.message === `snmp: user nms: the pass phrase in ${folder}/auth has less than 8 bytes`,
  );
});

test("a master agent that is not there is a warning; without SNMP there is none", async (t) => {
  const logged: string[] = [];
  const warnings = new Warnings({
    error: (_: unknown, text?: string) => void logged.push(text ?? ""),
  } as ConstructorParameters<typeof Warnings>[0]);
  const unused = (): never => assert.fail("nobody asks");
  const views = {
    ...{ daemon: unused, unready: unused, protocols: () => [], bfdSessions: unused },
    ...{ routes: unused, tableSize: unused, interfaces: () => [] },
  };
  const keeper = new SnmpKeeper({ views, warnings, clock: () => 0 });
  t.after(() => keeper.close());
  const { snmp } = config(`snmp: { agentx: ${folderOf(t)}/master }`);
  const wanted = snmpSettings(snmp ?? assert.fail(), "node");
  await keeper.update(wanted);
  await until("it is said", () => warnings.list().length > 0);
  assert.match(warnings.list()[0], /^snmp: master agent at \/\S+: there is no such socket/);
  keeper.changed("tor", false);
  await keeper.update(wanted);
  await keeper.update(undefined);
  assert.deepEqual(warnings.list(), []);
  assert.equal(logged.length, 1);
});
