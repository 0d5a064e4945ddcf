// What the clients of BIRD's socket do with our answers: birdc itself where it is installed, and
// the way that calicoctl, bird_exporter, bird-lg-go and birdwatcher read (readers.test.ts).
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { EPOCH_TIMES, FixedViews, LONG_TIMES, at, converse } from "./fixture.test.ts";
import { ControlConnection } from "./index.ts";
import {
  EXPORTER_END,
  birdwatcherRoutes,
  calicoPeers,
  exporterProtocols,
  isReadyForCalico,
  lookingGlass,
  lookingGlassMap,
  lookingGlassSummary,
} from "./readers.test.ts";
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

const plain = (command: string): string[] =>
  converse(`${command}\n`)
    .split("\n")
    .map((line) => line.replace(/^(\d{4}[ -]| )/, ""));

describe("calicoctl", () => {
  // It writes before it has read the greeting.
  test("node status reads the table", async () => {
    const text = (await talk("show protocols", (chunk) => chunk.includes("\n0000"))).join("");
    const rest = { type: "node-to-node mesh", state: "up", since: "21:22:06.178" };
    assert.deepEqual(calicoPeers(text, 4), [
      { address: "10.0.0.2", ...rest, info: "Established" },
      {
        ...{ address: "10.0.0.99", type: "node specific", state: "start", since: "21:22:01.897" },
        info: "Active Socket: No route to host",
      },
    ]);
  });

  test("readiness knows every line of show status, and what is not ready", () => {
    const views = new FixedViews();
    assert.ok(isReadyForCalico(converse("show status\n", views)));
    const recovery = { waitingFor: 3, remaining: 18_269, total: 20_000 };
    views.plainStatus = { ...views.plainStatus, recovery };
    assert.ok(!isReadyForCalico(converse("show status\n", views)));
  });
});

describe("bird_exporter", () => {
  test("finds the end in one read, and only there", async () => {
    const chunks = await talk("show protocols all", (chunk) => /^[089]\d{3} \n/m.test(chunk));
    const text = chunks.join("");
    assert.ok(text.endsWith("\n0000 \n"));
    assert.equal(text.match(new RegExp(EXPORTER_END, "gm"))?.length, 2, "greeting and end");
  });

  test("reads protocols, channels, counters and times", () => {
    const views = new FixedViews();
    const now = at("21:22:38.819");
    const uptimes = (): number[] => {
      const text = converse("show protocols all\n", views);
      return exporterProtocols(text, now).map(({ uptime }) => uptime);
    };
    assert.deepEqual(uptimes(), [0, 0, 0, 0, 0], "BIRD's default is none that it reads");
    views.timeFormats = EPOCH_TIMES;
    assert.deepEqual(uptimes(), [37, 32, 37, 37, 37]);
    views.timeFormats = LONG_TIMES;
    assert.deepEqual(uptimes(), [37, 32, 37, 37, 37]);
    const found = exporterProtocols(converse("show protocols all\n", views), now);
    assert.deepEqual(
      found.map(({ name, up }) => [name, up]),
      [
        ["device1", true],
        ["Mesh_10_0_0_2", true],
        ["Node_10_0_0_99", false],
        ["nodes", false],
        ["off1", false],
      ],
    );
    const [, mesh] = found;
    assert.equal(mesh.description, "rack1 tor");
    assert.deepEqual(
      mesh.channels.map(({ family, routes }) => [family, routes]),
      [
        ["4", [3, 1, 3, 3]],
        ["6", [3, 0, 3, 3]],
      ],
    );
    assert.deepEqual(mesh.channels[0].changes, {
      "Import updates": [4, 0, 1, 0, 3],
      "Import withdraws": [0, 0, 0, 1, 0],
      "Export updates": [7, 3, 1, 0, 3],
      "Export withdraws": [0, 0, 0, 0, 0],
    });
  });
});

describe("bird-lg-go", () => {
  /** All that is asked on one connection, read as its proxy does. */
  function asked(...commands: string[]): string[][] {
    const connection = new ControlConnection(new FixedViews());
    connection.receive(commands.map((command) => `${command}\n`).join(""));
    let text = "";
    while (connection.pending) text += connection.pull();
    let rest = Buffer.from(text);
    const answers: string[][] = [];
    while (rest.length > 0) {
      const { lines, rest: left } = lookingGlass(rest);
      answers.push(lines);
      rest = rest.subarray(rest.length - left);
    }
    return answers;
  }

  test("is restricted, and reads the summary", () => {
    const [greeting, restricted, summary] = asked("restrict", "show protocols");
    assert.deepEqual([greeting, restricted], [["BIRD 2.0.12 ready."], ["Access restricted"]]);
    const rows = lookingGlassSummary(summary);
    assert.deepEqual(rows[1], {
      ...{ name: "Mesh_10_0_0_2", proto: "BGP", table: "---", state: "up" },
      ...{ since: "21:22:06.178", info: "Established" },
    });
    assert.equal(rows.length, 5);
  });

  test("draws its map of a route, and has an answer to each of its questions", () => {
    const [, , map] = asked("restrict", "show route for 10.244.2.5 all");
    assert.deepEqual(lookingGlassMap(map), [
      {
        ...{ protocol: "Mesh_10_0_0_2", via: "172.31.1.1 on vA onlink", path: ["65001"] },
        isBest: false,
      },
    ]);
    for (const question of [
      "show protocols all 'off1'",
      "show route for 10.244.2.5",
      "show route protocol 'Mesh_10_0_0_2' all primary",
      "show route filtered protocol 'Mesh_10_0_0_2' all",
      "show route where net ~ [ 10.244.1.0/24 ] all",
      "show route where bgp_path.last = 65001",
    ]) {
      const [, , lines] = asked("restrict", question);
      assert.ok(lines.length > 0 && !lines[0].startsWith("syntax error"), question);
    }
  });
});

describe("birdwatcher", () => {
  test("knows the dialect by the first line", () => {
    assert.match(plain("show status")[0], /^BIRD\s([0-9.]+)\s*$/);
    assert.equal(plain("show status").at(-2), "Daemon is up and running");
  });

  test("reads routes, their next hops and attributes", () => {
    const routes = birdwatcherRoutes(plain("show route all"));
    assert.deepEqual(
      routes.map(({ network, protocol, from, primary }) => [network, protocol, from, primary]),
      [
        ["0.0.0.0/0", "Mesh_10_0_0_2", undefined, true],
        ["0.0.0.0/0", "Mesh_10_0_1_2", undefined, false],
        ["10.244.1.0/24", "blocks", undefined, true],
        ["fd01::/64", "Mesh_10_0_0_2", "10.0.0.2", true],
      ],
    );
    assert.deepEqual([routes[0].gateway, routes[0].interface], ["10.0.0.2", "vA"]);
    assert.deepEqual(routes[0].bgp, {
      ...{ origin: "IGP", as_path: "65001", next_hop: "10.0.0.2", local_pref: "100" },
      ...{ community: "(65001,100)", ext_community: "(rt, 65001, 7)" },
      large_community: "(65001, 1, 2)",
    });
  });

  test("counts, and lists symbols", () => {
    const [count] = plain("show route table master4 count");
    assert.match(count, /^(\d+) of (\d+) routes.*$/);
    const symbols = plain("show symbols").flatMap((line) => {
      const [, name, kind] = /^([^\s]+)\s+(.+)\s*$/.exec(line) ?? [];
      return kind === "protocol" ? [name] : [];
    });
    assert.deepEqual(symbols.length, 5);
  });
});
