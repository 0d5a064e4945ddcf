import assert from "node:assert/strict";
import { after, before, describe, mock, test } from "node:test";
import fc from "fast-check";
import { at, converse } from "../control/fixture.test.ts";
import { columnWidths, formatRow } from "./columns.ts";
import type { Output } from "./output.ts";
import { ReplyReader, type ReplyRow } from "./reply-reader.ts";
import { Value, age, printTable, tableFor } from "./tables.ts";
import { commandLine } from "./words.ts";

/** What a command shows on a terminal. */
async function shown(command: string, columns: number, colours = false): Promise<string> {
  const table = tableFor(command);
  assert.ok(table !== undefined);
  async function* rows(): AsyncGenerator<ReplyRow> {
    yield* new ReplyReader().read(converse(`underlay json ${command}\n`));
  }
  let text = "";
  const output = {
    broken: false,
    columns,
    colours,
    write: (more: string) => {
      text += more;
      return Promise.resolve();
    },
    flush: () => Promise.resolve(),
  };
  await printTable(table, rows(), output as unknown as Output);
  return text;
}

describe("tables", () => {
  // What is so many hours ago takes so much room.
  before(() => mock.timers.enable({ apis: ["Date"], now: at("21:22:38.819") + 15 * 3_600_000 }));
  after(() => mock.timers.reset());

  test("show protocols", async () => {
    const text = await shown("show protocols", 100);
    const [head, device, mesh, node, range] = text.split("\n");
    assert.match(head, /^NAME +STATE +NEIGHBOUR +AS +FOR +IN +OUT +NOTE$/);
    assert.match(device, /^device1 +up +/);
    assert.match(mesh, /^Mesh_10_0_0_2 +Established +10.0.0.2 +65001 .* 6 +6 +rack1 tor$/);
    assert.match(node, /^Node_10_0_0_99 +Active +10.0.0.99 +65001 +\w+ +Socket: No route to host$/);
    assert.match(range, /^nodes +Active +10.0.0.0\/24 /);
  });

  test("show route", async () => {
    const lines = (await shown("show route", 100)).split("\n");
    assert.match(lines[1], /^0.0.0.0\/0 +\* +10.0.0.2 +vA +Mesh_10_0_0_2 +installed +65001$/);
    assert.match(lines[2], /^ {18}10.0.0.2 +vA +Mesh_10_0_1_2 +65001$/);
    assert.match(lines[3], /^10.244.1.0\/24 +\* +blackhole +blocks$/);
    assert.match(lines[4], /^10.244.2.0\/26 +! +10.0.0.2 \+1 +vA .* failed +File exists, owner/);
  });

  test("show interfaces", async () => {
    const lines = (await shown("show interfaces", 60)).split("\n");
    assert.match(lines[1], /^lo +up +65536 +127.0.0.1\/8 ::1\/128$/);
    assert.ok(
      lines.every((line) => line.length <= 60),
      lines.join("\n"),
    );
    assert.match(lines[2], /…$/);
  });

  test("colours are around the text and change no width", async () => {
    const plain = await shown("show protocols", 100);
    const coloured = await shown("show protocols", 100, true);
    assert.ok(coloured.includes("\x1b[32mEstablished\x1b[0m"));
    assert.equal(coloured.replaceAll(/\x1b\[\d+m/g, ""), plain);
  });

  test("nobody else's text steers the terminal", () => {
    const value = new Value({ a: "x\x1b[2J\n\x9b", b: ["\x07"] });
    assert.deepEqual([value.text("a"), value.texts("b")], ["x?[2J??", ["?"]]);
  });

  test("what has no table", () => {
    for (const line of ["show status", "show route all", "show route count", "configure", "show"]) {
      assert.equal(tableFor(line), undefined);
    }
  });

  test("rows fit the terminal as far as columns may be cut", () => {
    const columns = [
      { title: "A", cut: false },
      { title: "B", cut: true },
    ];
    const cell = fc.string({ maxLength: 30, unit: "grapheme-ascii" });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell)),
        fc.integer({ min: 1, max: 80 }),
        (rows, width) => {
          const cells = rows.map((row) => row.map((text) => ({ text: text.trim() })));
          const widths = columnWidths(columns, cells, width);
          const fixed = Math.max(0, ...cells.map(([first]) => first.text.length)) + 2 + 8;
          for (const row of cells) {
            const line = formatRow(columns, row, widths).slice(0, -1);
            assert.ok(line.length <= Math.max(width, fixed), JSON.stringify(line));
            assert.equal(line, line.trimEnd());
          }
        },
      ),
    );
  });

  test("a narrow terminal: columns are left out, the least needed first", async () => {
    const widest = async (command: string, columns: number): Promise<number> =>
      Math.max(...(await shown(command, columns)).split("\n").map(({ length }) => length));
    for (const columns of [40, 60, 80, 120]) {
      assert.ok((await widest("show protocols", columns)) <= Math.max(columns, 42));
      assert.ok((await widest("show route", columns)) <= columns);
      assert.ok((await widest("show interfaces", columns)) <= columns);
      assert.ok((await widest("show bfd sessions", columns)) <= columns);
    }
    const head = async (columns: number): Promise<string> =>
      (await shown("show protocols", columns)).split("\n")[0].replaceAll(/ +/g, " ");
    assert.equal(await head(80), "NAME STATE NEIGHBOUR AS FOR IN OUT NOTE");
    assert.equal(await head(65), "NAME STATE NEIGHBOUR FOR IN NOTE");
    assert.equal(await head(20), "NAME STATE NEIGHBOUR");
    const route = (await shown("show route", 50)).split("\n")[0];
    assert.match(route, /^NETWORK +VIA +FROM/);
  });

  test("a neighbour that was disabled says why", async () => {
    assert.match(await shown("show protocols", 100), /^off1 +down .* moving racks$/m);
  });

  test("how long ago", () => {
    const ago = (seconds: number) => age(new Date(0).toISOString(), seconds * 1000);
    assert.deepEqual([-5, 0, 59, 60, 3599, 3600, 86_399, 86_400, 1e7].map(ago), [
      "0s",
      "0s",
      "59s",
      "1m0s",
      "59m59s",
      "1h0m",
      "23h59m",
      "1d0h",
      "115d17h",
    ]);
    assert.equal(age("nonsense"), "");
  });
});

describe("reply reader", () => {
  const reply = converse("show route all\n");
  const whole = [...new ReplyReader().read(reply)];

  test("the code of a line that begins with a blank is the one before", () => {
    assert.equal(whole.at(-1)?.last, true);
    assert.equal(whole.find(({ text }) => text.includes("local_pref"))?.code, 1012);
    assert.equal(whole.filter(({ code }) => code === 1008).length, 5);
  });

  test("text cut at every place gives the same rows", () => {
    for (let cut = 0; cut <= reply.length; cut++) {
      const reader = new ReplyReader();
      const rows = [...reader.read(reply.slice(0, cut)), ...reader.read(reply.slice(cut))];
      assert.deepEqual(rows, whole);
    }
  });

  test("what steers a terminal is shown as ?, whoever has sent it", () => {
    const said: string[] = [];
    const reader = new ReplyReader((text) => said.push(text));
    const text = "+a\x07\n1012-\t\x1b]0;x\x07 \x9b31m\r\n \u2028é\n0000 \x7f\n";
    assert.deepEqual(
      [...reader.read(text)].map((row) => row.text),
      ["\t?]0;x? ?31m?", "?é", "?"],
    );
    assert.deepEqual(said, ["a?"]);
    assert.throws(() => [...new ReplyReader().read("\x9b2J\n")], /the line "\?2J"/);
  });

  test("log lines are left out, nonsense is an error", () => {
    assert.deepEqual(
      [...new ReplyReader().read("+a log line\n0000 \n")],
      [{ code: 0, text: "", last: true }],
    );
    assert.throws(() => [...new ReplyReader().read("hello\n")], /the line "hello"/);
  });
});

describe("command line", () => {
  const cases: [string[], string][] = [
    [["show", "route"], "show route"],
    [["sh", "pr", "all"], "show protocols all"],
    [["s", "s"], "show status"],
    [["conf", "ch"], "configure check"],
    [["re", "x"], "re x"],
    [["d"], "d"],
    [["di", "x"], "disable x"],
    [["do"], "do"],
    [["sh", "pr", "a"], "show protocols all"],
    [["sh", "pr", "a*"], "show protocols a*"],
    [["sh int s"], "show interfaces summary"],
    [["show", "route", "a"], "show route a"],
    [["disable", "tor-a", 'moving "the" racks'], "disable tor-a \"moving 'the' racks\""],
    [["disable", "tor-a", '"maintenance"'], 'disable tor-a "maintenance"'],
    [['disable tor-a "moving racks"'], 'disable tor-a "moving racks"'],
    [["disable", "tor-a", "tor-b"], "disable tor-a tor-b"],
    [["disable", "tor-*"], "disable tor-*"],
    [["disable", "a b"], 'disable "a b"'],
    [["disable", '"a*"'], 'disable "a*"'],
    [["configure", "check", "/x/y.yaml"], 'configure check "/x/y.yaml"'],
    [["constructor", "x"], "constructor x"],
    [["show", ""], 'show ""'],
  ];
  for (const [words, line] of cases) {
    test(JSON.stringify(words), () => assert.equal(commandLine(words).line, line));
  }
});
