import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress } from "../route/index.ts";
import { parseConfig } from "./parse.ts";
import type { SnmpConfig } from "./types.ts";

const options = { file: "f", hostname: "h" };
const parse = (snmp: string) => parseConfig(`node: { asn: 64512 }\nsnmp: ${snmp}`, options);

function read(snmp: string): SnmpConfig {
  const result = parse(snmp);
  assert.ok(result.ok && result.config.snmp !== undefined, JSON.stringify(result));
  return result.config.snmp;
}

function problems(snmp: string): string[] {
  const result = parse(snmp);
  assert.equal(result.ok, false, snmp);
  return result.problems.map(({ path, message }) => `${path}: ${message}`);
}

const AUTH = "auth: { type: sha256, file: /a }";
const PRIVACY = "privacy: { type: aes, file: /p }";
const USER = `{ name: nms, ${AUTH}, ${PRIVACY} }`;

test("a master agent by its socket or its address, and what is not said", () => {
  const { agentx, ...rest } = read("{ agentx: /var/agentx/master }");
  assert.equal(agentx, "/var/agentx/master");
  assert.deepEqual(rest, {
    ...{ listen: undefined, users: [], targets: [], notifications: "rfc4273", maxPaths: 10_000 },
  });
  const { agentx: master } = read('{ agentx: "[::1]:705" }');
  assert.ok(typeof master === "object");
  assert.deepEqual([formatAddress(master.address), master.port], ["::1", 705]);
});

test("an agent of its own, with users and targets", () => {
  const { users, targets, listen } = read(
    `{ listen: 127.0.0.1:161, users: [${USER}], targets: [{ to: 10.0.0.1:162, user: nms }, { to: 10.0.0.2:162, community: { file: /c } }] }`,
  );
  assert.equal(listen?.port, 161);
  assert.deepEqual(users, [
    {
      name: "nms",
      auth: { type: "sha256", file: "/a" },
      privacy: { type: "aes", file: "/p" },
    },
  ]);
  assert.deepEqual(
    targets.map(({ user, community }) => [user, community]),
    [
      ["nms", undefined],
      [undefined, { file: "/c" }],
    ],
  );
});

test("what must be there, and what does not go together", () => {
  const wrong: [string, string][] = [
    [
      "{ maxPaths: 5 }",
      "snmp.agentx: found nothing that SNMP is to do, expected agentx, listen or targets",
    ],
    [
      "{ listen: 127.0.0.1:161 }",
      "snmp.users: found listen and no users, expected a user that may ask",
    ],
    [
      `{ listen: 127.0.0.1:161, users: [{ name: a, ${AUTH} }] }`,
      "snmp.users[0].privacy: found no privacy, expected privacy: { type: aes, file: /... }",
    ],
    [
      `{ agentx: /x, users: [{ name: a, auth: { file: /a }, ${PRIVACY} }] }`,
      "snmp.users[0].auth.type: found no type, expected auth: { type: sha256, file: /... }",
    ],
    [
      `{ agentx: /x, users: [${USER}, ${USER}] }`,
      "snmp.users[1].name: found nms twice, expected it once",
    ],
    [
      "{ targets: [{ community: { file: /c } }] }",
      "snmp.targets[0].to: found no to, expected an address and a port, as 192.0.2.1:162",
    ],
    [
      "{ targets: [{ to: 10.0.0.1, community: { file: /c } }] }",
      'snmp.targets[0].to: found "10.0.0.1", expected an address and a port from 1 to 65535, as 192.0.2.7:162 or [2001:db8::7]:162',
    ],
    [
      "{ targets: [{ to: 10.0.0.1:162 }] }",
      "snmp.targets[0].user: found neither user nor community, expected one of them",
    ],
    [
      `{ users: [${USER}], targets: [{ to: 10.0.0.1:162, user: nsm }] }`,
      'snmp.targets[0].user: found the unknown user "nsm", did you mean "nms"?',
    ],
    [
      `{ users: [${USER}], targets: [{ to: 10.0.0.1:162, user: nms, community: { file: /c } }] }`,
      "snmp.targets[0]: found user and community, expected one of them",
    ],
    [
      "{ agentx: master }",
      'snmp.agentx: found "master", expected the whole path of its socket, as /var/agentx/master, or an address and a port, as 127.0.0.1:705',
    ],
  ];
  for (const [text, problem] of wrong) assert.deepEqual(problems(text), [problem], text);
});

test("a secret that stands in the file itself is not repeated", () => {
  for (const text of [
    `{ agentx: /x, users: [{ name: a, auth: verysecret, ${PRIVACY} }] }`,
    `{ agentx: /x, users: [{ name: a, auth: { type: sha, file: verysecret }, ${PRIVACY} }] }`,
    "{ targets: [{ to: 10.0.0.1:162, community: verysecret }] }",
  ]) {
    const found = problems(text).join("\n");
    assert.match(found, /expected the whole path of a file that holds it/);
    assert.doesNotMatch(found, /verysecret/);
  }
});
