import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { describeNotification } from "bgp-ts";
import { ERRNO, errnoText } from "../../src/fib/errno.ts";
import { run } from "../support/process.ts";
import { rowsUnder, TOP, wordsOf } from "./pages.ts";

/** The reference pages say what the code says. */

function sources(...rooms: string[]): { file: string; text: string }[] {
  return rooms.flatMap((room) =>
    readdirSync(join(TOP, "src", room), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => ({
        file: `${room}/${file}`,
        text: readFileSync(join(TOP, "src", room, file), "utf8"),
      })),
  );
}

it("what is made out of the code is as npm run reference makes it", async () => {
  const command = [process.execPath, join(TOP, ".config/reference.js"), "--check"];
  const { code, stderr } = await run(command);
  assert.equal(code, 0, stderr);
});

describe("the log's events", () => {
  /** As the sources write them: a line of pino's, through an outbox, a subject of warnings. */
  const EVENTS = [
    /logger\s*\.(?<level>\w+)\(\s*\{\s*event: (?:\w+ \? "(?<or>[\w-]+)" : )?"(?<name>[\w-]+)"(?<rest>[^]*?)\},/g,
    /event\(\s*(?:\w+,\s*)?"(?<level>trace|debug|info|warn|error)",\s*(?:\w+ \? "(?<or>[\w-]+)" : )?"(?<name>[\w-]+)"/g,
    /level: "(?<level>\w+)",\s*name: "(?<name>[\w-]+)"/g,
    /#event\(neighbour, "(?<name>\w+-[\w-]+)"/g,
    /(?:up|down|failed): \{ event: "(?<name>[\w-]+)" \}/g,
  ];

  /** Name -> levels; "" where the level is decided elsewhere. */
  function eventsInSources(): Map<string, Set<string>> {
    const found = new Map<string, Set<string>>();
    const add = (name: string, level: string): void => {
      found.set(name, (found.get(name) ?? new Set()).add(level));
    };
    for (const { text } of sources("daemon", "speaker", "transport")) {
      for (const pattern of EVENTS) {
        for (const { groups = {} } of text.matchAll(pattern)) {
          for (const name of [groups["name"], groups["or"]]) {
            if (name !== undefined) add(name, groups["level"] ?? "");
          }
        }
      }
      for (const [, name] of text.matchAll(/(?:warnings\.set\(\s*|subject: )"(\w+)"/g)) {
        add(`${name}-failed`, "error");
      }
    }
    return found;
  }

  const rows = rowsUnder("src/daemon/README.md", "## The log");
  const inSources = eventsInSources();

  it("are all in the page, and no others", () => {
    const named = rows.map(([event]) => wordsOf(event)[0]);
    assert.deepEqual(named.sort(), [...inSources.keys()].sort());
  });

  it("have the level that the sources give them", () => {
    for (const [event, level] of rows) {
      const levels = [...(inSources.get(wordsOf(event)[0]) ?? [])].filter((each) => each !== "");
      if (levels.length === 0) continue;
      assert.deepEqual(level.split(", ").sort(), levels.sort(), event);
    }
  });

  it("have fields that the sources know", () => {
    const text = sources("daemon", "speaker", "transport")
      .map((each) => each.text)
      .join("\n");
    for (const [event, , fields] of rows) {
      for (const field of wordsOf(fields)) {
        assert.match(text, new RegExp(`\\b${field}\\b`), `${event} ${field}`);
      }
    }
  });
});

describe("NOTIFICATIONs", () => {
  const PAGE = "src/bgp-ts/README.md";
  const rows = [
    "## Message Header Error, OPEN Message Error",
    "## UPDATE Message Error",
    "## Timers and states",
    "## Cease",
  ].flatMap((heading) => rowsUnder(PAGE, heading));

  it("have the standards' names", () => {
    for (const [codes, name] of rows) {
      const [code, subcode = 0] = codes.split("/").map(Number);
      assert.equal(describeNotification(code, subcode), name, codes);
    }
  });

  it("are all there", () => {
    const known: string[] = [];
    for (let code = 1; code <= 8; code++) {
      for (let subcode = 0; subcode < 16; subcode++) {
        const name = describeNotification(code, subcode);
        const isNamed = !/subcode/.test(name) && (subcode > 0 || name.includes("/"));
        if (isNamed) known.push(name);
      }
    }
    const named = rows.map(([, name]) => name);
    // Those that say no more than their code: not sent, and told like others when they come.
    const bare = ["Message Header Error/Unspecific"];
    const missing = known.filter((name) => !named.includes(name) && !bare.includes(name));
    assert.deepEqual(missing, []);
  });

  it("are sent where the page says so", () => {
    const text = sources("bgp-ts", "speaker")
      .filter(({ file }) => !file.endsWith("/codes.ts"))
      .map((each) => each.text)
      .join("\n");
    const used = new Set(
      [...text.matchAll(/\b(\w*ERROR|CEASE)\.([A-Z_]+)/g)].map(([, , name]) => name),
    );
    const constant = (name: string): string =>
      (name.split("/")[1] ?? name)
        .toUpperCase()
        .replaceAll(/[ -]/g, "_")
        .replace("UNSPECIFIED_ERROR", "UNSPECIFIC")
        .replace("RECEIVE_UNEXPECTED", "UNEXPECTED")
        .replace(/_STATE$/, "")
        .replace("OPENSENT", "OPEN_SENT")
        .replace("OPENCONFIRM", "OPEN_CONFIRM");
    for (const [codes, name, sent] of rows) {
      assert.equal(used.has(constant(name)) ? "yes" : "no", sent, `${codes} ${constant(name)}`);
    }
  });
});

describe("errors of the kernel", () => {
  const rows = rowsUnder("src/fib/README.md", "## Errors of the kernel");

  it("have their numbers", () => {
    const shown = new Map(rows.map(([name, number]) => [name, Number(number)]));
    for (const [name, number] of Object.entries(ERRNO)) {
      if (["ESRCH", "ENOBUFS"].includes(name)) continue; // below the table
      assert.equal(shown.get(name), number, name);
    }
  });

  it("are those that have words of their own", () => {
    for (let errno = 1; errno < 200; errno++) {
      const isTold = errnoText(errno) !== `errno ${errno}`;
      assert.equal(
        rows.some(([, number]) => Number(number) === errno),
        isTold,
        `${errno}`,
      );
    }
  });
});

it("settings of the kernel are those that the Fib wants", () => {
  const named = rowsUnder("src/fib/README.md", "## Settings").map(([name]) => wordsOf(name)[0]);
  const text = readFileSync(join(TOP, "src/fib/sysctls.ts"), "utf8");
  const paths = [...text.matchAll(/"(net\/[\w/]+)"|`(net\/[^`]+)`/g)].map(
    ([, plain, made]) => plain ?? made,
  );
  const wanted = paths
    .filter((path) => path !== "net/ipv4/conf/all/rp_filter") // looked at, never written
    .map((path) => path.replace("${bridge}", "BRIDGE").replace("${name}", "UPLINK"))
    .map((path) => path.replaceAll("/", "."));
  assert.deepEqual(named.sort(), [...new Set(wanted)].sort());
});

describe("the control socket", () => {
  const PAGE = "src/control/README.md";

  it("the codes of replies are those of the sources", () => {
    const codes = new Set<number>();
    for (const { text } of sources("control")) {
      for (const pattern of [
        /\b(?:more|last|ErrorRow)\(\s*(\d+)/g,
        /\bcode: (\d+)/g,
        /(?:done|already): \[(\d+)/g,
        /\b(?:[A-Z]+_ROW|[A-Z]+_LIST|WHOLE|BROKEN|(?:UN|NOT_)?DRAINED|DRAIN_BEGUN) = (\d+)/g,
        /\? last\((\d+)/g,
      ]) {
        for (const [, code] of text.matchAll(pattern)) codes.add(Number(code));
      }
    }
    const named = rowsUnder(PAGE, "## Codes of replies").flatMap(([cell]) =>
      cell.split(", ").map(Number),
    );
    const sorted = (list: Iterable<number>): number[] => [...list].sort((a, b) => a - b);
    assert.deepEqual(sorted(named), sorted(codes));
  });

  it("the links of explain are all there", () => {
    const text = readFileSync(join(TOP, "src/control/explain-link.ts"), "utf8");
    const type = /export type Link =([^;]+);/.exec(text)?.[1] ?? "";
    const links = [...type.matchAll(/"([^"]+)"/g)].map(([, link]) => link);
    const named = rowsUnder(PAGE, "## Explain").map(([cell]) => wordsOf(cell)[0]);
    assert.deepEqual(named.sort(), links.sort());
  });
});

it("every test that the table of standards names is there", () => {
  const table = rowsUnder("src/speaker/README.md", "## Standards").flat().join(" | ");
  const named = [...table.matchAll(/`((?:src|test)\/[^`]+\.ts)`(?:: ([^;|]+))?/g)];
  assert(named.length > 30);
  for (const [, file, name] of named) {
    const text = readFileSync(join(TOP, file), "utf8");
    if (name !== undefined) assert(text.includes(name.trim()), `${file}: ${name.trim()}`);
  }
});
