// What the clients of BIRD's socket do with our answers: birdc itself where it is installed, and
// the way that calicoctl, bird_exporter and birdwatcher read, rebuilt from what they are known to
// compare.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { FixedViews, converse } from "./fixture.test.ts";
import { type TestServer, serve } from "./serve.test.ts";

const absent = spawnSync("birdc", ["--help"]).error !== undefined;

describe("birdc", { skip: absent && "birdc is not installed (Debian: bird2)" }, () => {
  const views = new FixedViews();
  let server: TestServer;
  before(async () => {
    server = await serve(views);
  });
  after(() => server.close());

  function birdc(...words: string[]): Promise<{ status: number; out: string }> {
    return new Promise((resolve) => {
      execFile("birdc", ["-s", server.path, ...words], { timeout: 300_000 }, (error, out) => {
        const status = typeof error?.code === "number" ? error.code : error === null ? 0 : -1;
        resolve({ status, out });
      });
    });
  }

  test("shows what was sent, without the codes", async () => {
    for (const command of [
      "show status",
      "show protocols",
      "show protocols all",
      "show route",
      "show route all",
      "show route count",
      "show interfaces",
      "show interfaces summary",
      "configure check",
    ]) {
      const { status, out } = await birdc(...command.split(" "));
      assert.equal(status, 0, command);
      const plain = converse(`${command}\n`)
        .split("\n")
        .slice(0, -1)
        .map((line) => line.replace(/^(\d{4}[ -]| )/, ""));
      if (plain.at(-1) === "") plain.pop();
      assert.deepEqual(out.split("\n").slice(0, -1), ["BIRD 2.0.12 ready.", ...plain], command);
    }
  });

  test("shortened words", async () => {
    const { out } = await birdc("sh", "ro", "for", "10.244.2.5");
    assert.match(out, /^10.244.2.0\/26 {8}unicast /m);
  });

  test("fails when we say so", async () => {
    for (const command of ["show route 10.99.0.0/16", "show protocols nosuch", 'disable "zz*"']) {
      assert.equal((await birdc(...command.split(" "))).status, 1, command);
    }
  });

  test("-r restricts", async () => {
    views.done.length = 0;
    const { status, out } = await birdc("-r", "down");
    assert.equal(status, 1);
    assert.match(out, /Access restricted\nAccess denied/);
    assert.deepEqual(views.done, []);
    assert.equal((await birdc("-r", "show", "status")).status, 0);
  });

  test("cannot send our own commands", async () => {
    const { out } = await birdc("underlay", "json", "show", "status");
    assert.match(out, /No such command/);
  });
});

/** Sends a command and gives all that comes, as separate reads, until the connection is ended. */
async function talk(command: string, stop: (text: string) => boolean): Promise<string[]> {
  const server = await serve(new FixedViews());
  const socket = connect(server.path);
  socket.setEncoding("utf8");
  socket.write(`${command}\n`);
  const chunks: string[] = [];
  for await (const chunk of socket as AsyncIterable<string>) {
    chunks.push(chunk);
    if (stop(chunk)) break;
  }
  await server.close();
  return chunks;
}

describe("calicoctl node status", () => {
  // It writes before it has read the greeting, wants the header to the letter, and knows these
  // codes only.
  test("reads the table", async () => {
    const text = (await talk("show protocols", (chunk) => chunk.includes("\n0000"))).join("");
    const peers: string[][] = [];
    let header = false;
    for (const line of text.split("\n")) {
      if (line.startsWith("0000")) break;
      assert.match(line, /^(0001|2002|1002| )/, `unexpected output line: ${line}`);
      if (line.startsWith("2002")) {
        header = true;
        assert.deepEqual(line.slice(5).split(/\s+/), [
          ...["name", "proto", "table", "state", "since", "info"],
        ]);
      }
      const fields = line
        .replace(/^(1002-| )/, "")
        .split(/\s+/)
        .filter((field) => field !== "");
      if (fields.length < 6 || fields[1] !== "BGP") continue;
      if (!/^(Global|Node|Mesh)_(.+)$/.test(fields[0])) continue;
      peers.push([fields[0], fields[3], fields[4], fields[5], fields.slice(6).join(" ")]);
    }
    assert.equal(header, true);
    assert.deepEqual(peers, [
      ["Mesh_10_0_0_2", "up", "21:22:06.178", "Established", ""],
      ["Node_10_0_0_99", "start", "21:22:01.897", "Active", "Socket: No route to host"],
    ]);
  });

  test("readiness knows every line of show status", () => {
    for (const line of converse("show status\n").split("\n").slice(0, -1)) {
      assert.match(line, /^(0001|1000|1011|0013|0024| )/);
      // This pair of words is the greeting's, wherever it stands.
      assert.ok(!(line.includes("BIRD") && line.includes("ready")));
    }
  });
});

describe("bird_exporter", () => {
  const PROTOCOL =
    /^(?:1002-)?([^\s]+)\s+(BGP|Direct|Device|Kernel|Static)\s+([^\s]+)\s+([^\s]+)\s+(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}|[^\s]+)(?:\s+(.*?))?$/;
  const ROUTES =
    /^\s+Routes:\s+(\d+) imported, (?:(\d+) filtered, )?(\d+) exported(?:, (\d+) preferred)?/;
  const CHANGES =
    /(Import|Export) (updates|withdraws):\s+(\d+|---)\s+(\d+|---)\s+(\d+|---)\s+(\d+|---)\s+(\d+|---)\s*$/;

  test("finds the end in one read, and only there", async () => {
    const chunks = await talk("show protocols all", (chunk) => /^[089]\d{3} \n/m.test(chunk));
    const text = chunks.join("");
    assert.ok(text.endsWith("\n0000 \n"));
    assert.equal(text.match(/^[089]\d{3}/gm)?.length, 2, "the greeting and the end, nothing else");
  });

  test("reads protocols, channels and counters", () => {
    const found: Record<string, unknown[]> = {};
    let current: string | undefined;
    for (const raw of converse("show protocols all\n").split("\n")) {
      const line = raw.trimEnd();
      const protocol = PROTOCOL.exec(line);
      const routes = ROUTES.exec(line);
      const changes = CHANGES.exec(line);
      if (line === "") current = undefined;
      else if (protocol !== null) found[(current = protocol[1])] = [protocol[4]];
      else if (/Description:\s+(.*)/.test(line)) assert.notEqual(current, undefined);
      if (current === undefined) continue;
      if (routes !== null) found[current].push(routes.slice(1, 5));
      if (changes !== null) found[current].push(changes[7]);
    }
    assert.deepEqual(Object.keys(found), [
      ...["device1", "Mesh_10_0_0_2", "Node_10_0_0_99", "nodes", "off1"],
    ]);
    assert.deepEqual(found["Mesh_10_0_0_2"], [
      "up",
      ["3", "1", "3", "3"],
      ...["3", "0", "3", "0"],
      ["3", undefined, "3", "3"],
      ...["3", "0", "3", "0"],
    ]);
  });
});

describe("birdwatcher", () => {
  const plain = (command: string): string[] =>
    converse(`${command}\n`)
      .split("\n")
      .map((line) => line.replace(/^(\d{4}[ -]| )/, ""));

  test("knows the dialect by the first line", () => {
    assert.match(plain("show status")[0], /^BIRD\s([0-9.]+)\s*$/);
    assert.equal(plain("show status").at(-2), "Daemon is up and running");
  });

  test("reads routes, their next hops and attributes", () => {
    const route =
      /^([0-9a-f.:/]+)?\s+unicast\s+\[([\w.:]+)\s+([0-9\-:\s.]+)(?:\s+from\s+([0-9a-f.:/]+))?\]\s+(?:(\*)\s+)?\((\d+)(?:\/\d+)?(?:\/[^)]*)?\).*$/;
    const lines = plain("show route all");
    const networks = lines.map((line) => route.exec(line)).filter((match) => match !== null);
    assert.deepEqual(
      networks.map(([, network, protocol, , from, best]) => [network, protocol, from, best]),
      [
        ["0.0.0.0/0", "Mesh_10_0_0_2", undefined, "*"],
        [undefined, "Mesh_10_0_1_2", undefined, undefined],
        ["fd01::/64", "Mesh_10_0_0_2", "10.0.0.2", "*"],
      ],
    );
    assert.ok(lines.some((line) => /^\s+via\s+([0-9a-f.:]+)\s+on\s+([^/\s]+)\s*$/.test(line)));
    const attributes = lines.flatMap((line) => /^\s+BGP.(\w+):\s+(.+)\s*$/.exec(line)?.[1] ?? []);
    assert.deepEqual(attributes.slice(0, 7), [
      ...["origin", "as_path", "next_hop", "local_pref"],
      ...["community", "ext_community", "large_community"],
    ]);
  });
});
