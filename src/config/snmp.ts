// `snmp:`. Schema, check and default, in one place.

import type { Checker } from "./checker.ts";
import { present, required } from "./present.ts";
import type { Path } from "./problem.ts";
import { quote, suggestion } from "./problem.ts";
import { readEndpoint, readFilePath } from "./read.ts";
import type { Loose } from "./schema.ts";
import {
  endpoint,
  list,
  name,
  oneOf,
  scalar,
  secretFile,
  secretPath,
  secretSection,
  section,
  target,
  whole,
} from "./schema-kinds.ts";
import type { SnmpConfig } from "./types.ts";

const PASS_PHRASE =
  "A file with the pass phrase, of 8 characters at least, on its first line. Must be there.";

export const SNMP = section(
  {
    agentx: scalar(
      "The master agent (AgentX, RFC 2741), as Debian's snmpd is with `master agentx`.",
      "the whole path of its socket, as /var/agentx/master, or an address and a port, as 127.0.0.1:705",
      (value) => readFilePath(value) ?? readEndpoint(value),
    ),
    listen: endpoint("Present: an agent of its own listens there (UDP), for SNMPv3 alone."),
    users: list(
      section(
        {
          name: name("The user's name (securityName). Must be there."),
          auth: secretOf("How requests are signed. Must be there.", "sha", "sha256", "sha512"),
          privacy: secretOf("How they are encrypted. Must be there.", "aes"),
        },
        "A user of SNMPv3, who may read everything.",
      ),
      "Who may ask the agent, by SNMPv3 with authentication and privacy.",
    ),
    targets: list(
      section(
        {
          to: target("Where it listens (UDP). Must be there."),
          user: name("One of the users: it is told by informs of SNMPv3."),
          community: secretFile(
            "It is told by traps of SNMPv2c, which everybody on their way can read.",
            "A file with the community on its first line. Must be there.",
          ),
        },
        "Somebody who wants to know.",
      ),
      "Who is told when a session comes up or is lost, besides those whom the master agent tells.",
    ),
    notifications: oneOf(
      "The names of the two notifications: bgpEstablishedNotification and bgpBackwardTransNotification (rfc4273), the older bgpEstablished and bgpBackwardTransition (rfc1657), or both. Default: rfc4273.",
      "rfc4273",
      "rfc1657",
      "both",
    ),
    maxPaths: whole(
      "With more IPv4 paths than that, the table of paths (bgp4PathAttrTable) is empty: a walk would take too long. Default: 10000.",
      0,
      100_000,
    ),
  },
  "Present: SNMP.",
);

function secretOf<const T extends string>(description: string, ...types: readonly T[]) {
  const shape = { type: oneOf(description, ...types), file: secretPath(PASS_PHRASE) };
  return secretSection(shape, description);
}

type LooseSnmp = NonNullable<Loose["snmp"]>;

export function checkSnmp(check: Checker): void {
  const { snmp } = check.loose;
  if (snmp === undefined) return;
  const at: Path = ["snmp"];
  if (snmp.agentx === undefined && snmp.listen === undefined && snmp.targets === undefined) {
    const expected = "expected agentx, listen or targets";
    check.missing([...at, "agentx"], `found nothing that SNMP is to do, ${expected}`, [
      ...at,
      "listen",
    ]);
  }
  const users = checkUsers(check, snmp, [...at, "users"]);
  if (snmp.listen !== undefined && (snmp.users ?? []).length === 0) {
    check.missing([...at, "users"], "found listen and no users, expected a user that may ask");
  }
  (snmp.targets ?? []).forEach((target, index) => {
    if (target === undefined) return;
    const path: Path = [...at, "targets", index];
    const { to, user, community } = target;
    if (to === undefined) {
      check.missing(
        [...path, "to"],
        "found no to, expected an address and a port, as 192.0.2.1:162",
      );
    }
    if (user === undefined && community === undefined) {
      const message = "found neither user nor community, expected one of them";
      check.missing([...path, "user"], message, [...path, "community"]);
    }
    if (user !== undefined && community !== undefined) {
      check.problem(path, "found user and community, expected one of them");
    }
    if (community !== undefined && community.file === undefined) {
      check.missing(
        [...path, "community", "file"],
        "found no file, expected community: { file: /... }",
      );
    }
    if (user !== undefined && !users.includes(user)) {
      const hint = users.length === 0 ? "there are no users" : suggestion(user, users);
      check.problem([...path, "user"], `found the unknown user ${quote(user)}, ${hint}`);
    }
  });
}

/** Answers their names. */
function checkUsers(check: Checker, { users = [] }: LooseSnmp, at: Path): string[] {
  const names: string[] = [];
  users.forEach((user, index) => {
    if (user === undefined) return;
    const path: Path = [...at, index];
    if (user.name === undefined) {
      check.missing([...path, "name"], "found no name, expected what the user is called");
    } else if (names.includes(user.name)) {
      check.problem([...path, "name"], `found ${user.name} twice, expected it once`);
    } else names.push(user.name);
    for (const key of ["auth", "privacy"] as const) {
      const type = key === "auth" ? "sha256" : "aes";
      const expected = `expected ${key}: { type: ${type}, file: /... }`;
      for (const part of ["type", "file"] as const) {
        if (user[key]?.[part] !== undefined) continue;
        const missing: Path = user[key] === undefined ? [...path, key] : [...path, key, part];
        check.missing(missing, `found no ${user[key] === undefined ? key : part}, ${expected}`);
        if (user[key] === undefined) break;
      }
    }
  });
  return names;
}

export function buildSnmp(snmp: LooseSnmp): SnmpConfig {
  return {
    agentx: snmp.agentx,
    listen: snmp.listen,
    users: present(snmp.users).map(({ name, auth, privacy }) => ({
      name: required(name),
      auth: { type: required(auth?.type), file: required(auth?.file) },
      privacy: { type: required(privacy?.type), file: required(privacy?.file) },
    })),
    targets: present(snmp.targets).map(({ to, user, community }) => ({
      to: required(to),
      user,
      community: community && { file: required(community.file) },
    })),
    notifications: snmp.notifications ?? "rfc4273",
    maxPaths: snmp.maxPaths ?? 10_000,
  };
}
