import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { FixedViews, PROTOCOLS, ROUTES, converse } from "./fixture.test.ts";
import { ControlConnection, type RouteView } from "./index.ts";
import { globMatcher } from "./pattern.ts";
import { type ReplyLine, ReplyWriter, last, more, utf8Length, wrapped } from "./reply.ts";

const COMMANDS = "show status\nshow protocols\r\n\nshow route all\nunderlay json show interfaces\n";

function drain(connection: ControlConnection, characters?: number): string[] {
  const chunks: string[] = [];
  while (connection.pending) chunks.push(connection.pull(characters));
  return chunks;
}

describe("a connection", () => {
  test("greets before it is asked", () => {
    const connection = new ControlConnection(new FixedViews());
    assert.deepEqual(drain(connection), ["0001 BIRD 2.0.12 ready.\n"]);
    assert.equal(connection.pending, false);
  });

  test("commands may be cut at every place", () => {
    const whole = converse(COMMANDS);
    for (let cut = 0; cut <= COMMANDS.length; cut++) {
      const connection = new ControlConnection(new FixedViews());
      connection.receive(COMMANDS.slice(0, cut));
      let text = drain(connection).join("");
      connection.receive(COMMANDS.slice(cut));
      text += drain(connection).join("");
      assert.equal(text.slice(text.indexOf("\n") + 1), whole);
    }
  });

  test("chunks of any size are whole lines and the same text", () => {
    const whole = converse(COMMANDS);
    for (const size of [1, 7, 100, 5000]) {
      const connection = new ControlConnection(new FixedViews());
      connection.receive(COMMANDS);
      const chunks = drain(connection, size);
      assert.ok(chunks.every((chunk) => chunk === "" || chunk.endsWith("\n")));
      assert.equal(
        chunks
          .slice(size === 1 ? 1 : 0)
          .join("")
          .replace(/^0001.*\n/, ""),
        whole,
      );
    }
  });

  test("however many commands are waiting, one is answered at a time", () => {
    const connection = new ControlConnection(new FixedViews());
    connection.receive("eval 1\neval 2\nhelp\neval 3\n");
    assert.deepEqual(drain(connection), [
      "0001 BIRD 2.0.12 ready.\n",
      ...["0023 1\n", "0023 2\n", "", "0023 3\n"],
    ]);
  });

  test("a command is carried out when its turn comes, and once", () => {
    const views = new FixedViews();
    const connection = new ControlConnection(views);
    drain(connection);
    connection.receive("disable off1\nenable off1\n");
    assert.deepEqual(views.done, []);
    connection.pull(1);
    assert.deepEqual(views.done, ["disable off1"]);
    drain(connection);
    assert.deepEqual(views.done, ["disable off1", "enable off1"]);
  });

  test("a client that has gone stops its listing", () => {
    const views = new FixedViews();
    let closed = false;
    views.table = {
      *[Symbol.iterator](): Generator<RouteView> {
        try {
          for (;;) yield ROUTES[0];
        } finally {
          closed = true;
        }
      },
    };
    const connection = new ControlConnection(views);
    drain(connection);
    connection.receive("show route\nshow status\n");
    connection.pull(1000);
    connection.end();
    assert.deepEqual([connection.pending, connection.closed, closed], [false, true, true]);
    connection.receive("down\n");
    assert.equal(connection.pull(), "");
    assert.deepEqual(views.done, []);
  });

  test("a command of 4096 bytes is read, a longer one ends the connection", () => {
    const long = `show route ${"x".repeat(4096 - 11)}`;
    assert.match(converse(`${long}\nshow nothing\n`), /^9001 .*xxx\.\.\.\n9001 .*nothing\n$/);
    for (const text of [`${long}x\nshow nothing\n`, `show status\n${"y".repeat(5000)}`]) {
      const connection = new ControlConnection(new FixedViews());
      connection.receive(text);
      assert.equal(connection.closed, true);
      assert.match(drain(connection).join(""), /\n9000 Command too long\n$/);
      connection.receive("show status\n");
      assert.equal(connection.pending, false);
    }
  });

  test("says when a client sends faster than it reads", () => {
    const connection = new ControlConnection(new FixedViews());
    for (let i = 0; i < 8000; i++) connection.receive("echo off\n");
    assert.equal(connection.full, true);
    assert.equal(drain(connection).join("").split("0000 \n").length, 8001);
    assert.equal(connection.full, false);
  });

  test("whatever is sent, every reply is well formed", () => {
    const words = ["show", "route", "protocols", "all", "for", "10.0.0.1", "in", "0.0.0.0/0"];
    const more = ["'", '"', "*", "configure", "underlay", "json", "restrict", "echo", "{", "\t"];
    const line = fc.array(fc.oneof(fc.constantFrom(...words, ...more), fc.string()), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
        const text = converse(`${lines.map((parts) => parts.join(" ")).join("\n")}\n`);
        for (const one of text.split("\n").slice(0, -1)) {
          assert.match(one, /^(\d{4}[ -]| )/);
        }
        assert.ok(text === "" || text.endsWith("\n"));
      }),
    );
  });
});

describe("long listings", () => {
  /** Routes of so many networks. */
  function* networks(count: number): Generator<RouteView> {
    for (let i = 0; i < count; i++) {
      yield { ...ROUTES[0], network: { ...ROUTES[0].network, w0: i, length: 32 } };
    }
  }

  test("stop after every 64 networks, and nothing is made ahead", () => {
    const views = new FixedViews();
    let made = 0;
    views.table = {
      *[Symbol.iterator](): Generator<RouteView> {
        for (const route of networks(1000)) {
          made++;
          yield route;
        }
      },
    };
    const connection = new ControlConnection(views);
    drain(connection);
    connection.receive("show route\n");
    connection.pull();
    assert.equal(made, 64);
    connection.pull();
    assert.equal(made, 128);
    assert.equal(drain(connection).length, Math.ceil((1000 - 128) / 64));
  });

  test("a long condition stops sooner", () => {
    const views = new FixedViews();
    views.table = [...networks(20)];
    const connection = new ControlConnection(views);
    drain(connection);
    connection.receive(`show route where ${"net.len = 1 || ".repeat(200)} true\n`);
    assert.ok(drain(connection).length > 20);
  });

  test("a search that finds nothing stops where the views say so", () => {
    const views = new FixedViews();
    views.table = [undefined, undefined, ...ROUTES];
    const connection = new ControlConnection(views);
    drain(connection);
    connection.receive("show route protocol off1\n");
    assert.deepEqual(drain(connection), ["", "", "0000 \n"]);
  });

  test("end with 8004 when a new configuration is applied", () => {
    for (const [command, count] of [
      ["show route", 129],
      ["show route count", 1],
      ["underlay json show route", 65],
      ["underlay json show route count", 2],
    ] as const) {
      const views = new FixedViews();
      views.table = [...networks(200)];
      const connection = new ControlConnection(views);
      drain(connection);
      connection.receive(`${command}\n`);
      const first = connection.pull();
      views.generation++;
      const lines = (first + drain(connection).join("")).split("\n").slice(0, -1);
      assert.equal(lines.at(-1), "8004 Stopped due to reconfiguration");
      assert.ok(lines.length <= count + 1, `${command}: ${lines.length}`);
    }
  });
});

describe("reply lines", () => {
  const write = (...lines: ReplyLine[]): string => {
    const writer = new ReplyWriter();
    return lines.map((line) => writer.write(line)).join("");
  };

  test("a repeated code is one blank, the last line always has its code", () => {
    assert.equal(
      write(more(1002, "a"), more(1002, "b"), more(1006, ""), more(1002, "c"), last(1002, "d")),
      "1002-a\n b\n1006-\n1002-c\n1002 d\n",
    );
  });

  test("512 bytes with the line end; what does not fit is cut, no character in two", () => {
    assert.equal(write(more(1002, "x".repeat(506))), `1002-${"x".repeat(506)}\n`);
    assert.equal(write(more(1002, "x".repeat(507))), `1002-${"x".repeat(503)}...\n`);
    assert.equal(
      write(more(1002, "a"), more(1002, "x".repeat(511)), last(0, "y".repeat(507))),
      `1002-a\n ${"x".repeat(507)}...\n0000 ${"y".repeat(503)}...\n`,
    );
    assert.equal(write(more(1002, "é".repeat(253))), `1002-${"é".repeat(253)}\n`);
    assert.equal(write(more(1002, "é".repeat(254))), `1002-${"é".repeat(251)}...\n`);
    assert.equal(write(more(1002, "😀".repeat(127))), `1002-${"😀".repeat(125)}...\n`);
  });

  test("long texts in several lines keep all their words", () => {
    assert.deepEqual(wrapped("short"), ["short"]);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 700 })), (words) => {
        const text = words.join(" ");
        const lines = wrapped(text);
        assert.ok(lines.every((line) => Buffer.byteLength(line) <= 502));
        assert.equal(lines.join("").replaceAll(/\s/g, ""), text.replaceAll(/\s/g, ""));
      }),
    );
  });

  test("nothing in a text can begin a line of its own", () => {
    const views = new FixedViews();
    const evil = "x\n0000 \r\n1002-evil \x1b[31m\u2028\u0085\u202e";
    views.list = [{ ...PROTOCOLS[1], description: evil }];
    const reply = converse("show protocols all\n", views);
    assert.match(reply, /Description: {4}x\?0000 \?\?1002-evil \?\[31m\?{3}\n/);
  });

  test("bytes in UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        assert.equal(utf8Length(text), Buffer.byteLength(text));
      }),
    );
  });
});

describe("patterns", () => {
  test("as a regular expression would have it", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "."), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
    fc.assert(
      fc.property(letters, text, (pattern, name) => {
        const source = pattern.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
        assert.equal(globMatcher(pattern)(name), new RegExp(`^${source}$`).test(name));
      }),
      { numRuns: 1000 },
    );
  });

  test("no pattern takes forever", () => {
    assert.equal(globMatcher("*a".repeat(2000))("a".repeat(1500) + "b"), false);
  });
});
