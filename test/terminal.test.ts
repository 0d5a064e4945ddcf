import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { RouteView } from "../src/control/index.ts";
import { FixedViews, ROUTES } from "../src/control/fixture.test.ts";
import { type TestServer, serve } from "../src/control/serve.test.ts";
import { missing } from "./support/packages.ts";
import { Terminal, type TerminalOptions } from "./support/terminal.ts";
import { CLI } from "./support/underlay.ts";
import { until } from "./support/wait.ts";

const absent = missing(["tmux", "less", "procps"]);

/** `underlayctl` as whoever sits before it sees it; the daemon's side are views with fixed contents. */
describe(
  "underlayctl on a terminal",
  { skip: absent.length > 0 && `needs ${absent.join()}` },
  () => {
    const folder = mkdtempSync(join(tmpdir(), "underlay-terminal-test-"));
    const views = new FixedViews();
    let server: TestServer;
    let terminal: Terminal;
    /** Routes that were made for the listing that never ends. */
    let made = 0;
    before(async () => {
      server = await serve(views);
    });
    beforeEach(() => {
      views.table = ROUTES;
      views.runs = { ...views.runs, generation: 1, undoIn: 60_000 };
    });
    afterEach(() => terminal.close());
    after(async () => {
      await server.close();
      rmSync(folder, { recursive: true });
    });

    async function ctl(words: readonly string[], options: TerminalOptions = {}): Promise<Terminal> {
      const env = {
        XDG_STATE_HOME: folder,
        UNDERLAY_PAGER: "less -FRX",
        NO_COLOR: "",
        ...options.env,
      };
      const command = [process.execPath, CLI, "--socket", server.path, ...words];
      terminal = await Terminal.open(command, { ...options, env });
      return terminal;
    }

    function neverEnding(): void {
      made = 0;
      views.table = {
        *[Symbol.iterator](): Generator<RouteView> {
          for (;;) {
            made++;
            yield ROUTES[0];
          }
        },
      };
    }

    describe("the prompt", () => {
      it("commands in short, Tab for names, ? for help, an error, and the end", async () => {
        const it = await ctl([]);
        await it.shows(/^underlay>$/m);
        await it.type("sh pr", "Enter");
        await it.shows(/^NAME +STATE[^]*^Mesh_10_0_0_2 +Established/m);
        await it.type("disable No", "Tab");
        await it.shows(/^underlay> disable Node_10_0_0_99$/m);
        await it.type("?");
        await it.shows(
          /^ {2}enable \| disable \| restart NAME[^]*^underlay> disable Node_10_0_0_99$/m,
        );
        await it.type("C-c", "re x", "Enter");
        await it.shows(/^underlayctl: re may be reload, restart, restrict/m);
        await it.type("show route for 10.99.0.0/16", "Enter");
        await it.shows(/^Network not found$/m);
        await it.type("exit", "Enter");
        assert.equal(await it.ended(), 1, "the status is that of the last command");
      });

      it("the history is there the next time", async () => {
        const first = await ctl([]);
        await first.shows(/^underlay>$/m);
        await first.type("show memory", "Enter");
        await first.shows(/Total:/);
        await first.type("C-d");
        assert.equal(await first.ended(), 0);
        first.close();
        const second = await ctl([]);
        await second.shows(/^underlay>$/m);
        await second.type("Up");
        await second.shows(/^underlay> show memory$/m);
        assert.match(readFileSync(join(folder, "underlay/history"), "utf8"), /^show memory$/m);
      });

      it("lines that are pasted together are carried out one after the other", async () => {
        const it = await ctl([], { rows: 40 });
        await it.shows(/^underlay>$/m);
        await it.type("show memory\nshow bfd sessions\nshow sta");
        const text = await it.shows(/^underlay> show sta$/m);
        assert.match(text, /BIRD memory usage[^]*^NEIGHBOUR +ADDRESS/m);
      });

      it("Ctrl-C ends a reply, and the session goes on", async () => {
        neverEnding();
        const it = await ctl(["--no-pager"]);
        await it.shows(/^underlay>$/m);
        await it.type("show route", "Enter");
        await until("routes come", () => made > 1000);
        await it.type("C-c");
        await it.shows(/^underlay>\n*$/m);
        const then = made;
        await it.type("show status", "Enter");
        await it.shows(/^Daemon is up and running$/m);
        assert.equal(made, then, "no route was made for nobody");
      });

      it("-r: nothing can be changed", async () => {
        const it = await ctl(["-r"]);
        await it.shows(/^underlay>$/m);
        await it.type("disable all", "Enter");
        await it.shows(/^Access denied\n[^]*^underlay>$/m);
        await it.type("down", "Enter");
        await it.shows(/^underlayctl: Access denied/m);
        assert.deepEqual(views.done, []);
      });
    });

    describe("the pager", () => {
      it("is for what is longer than the screen; left, it ends the question", async () => {
        neverEnding();
        const it = await ctl(["show", "route"]);
        await it.shows(/^NETWORK [^]*^:$/m);
        const then = made;
        assert.ok(then < 100_000, `${then} routes were made for one screen`);
        await it.type("q");
        assert.equal(await it.ended(), 0);
        assert.ok(made < 100_000, `${made} routes`);
      });

      it("is not there for what fits, nor for who does not want it", async () => {
        const it = await ctl(["show", "protocols"], { env: { UNDERLAY_PAGER: "echo paged" } });
        assert.equal(await it.ended(), 0);
        assert.doesNotMatch(await it.text(), /paged/);
        it.close();
        const other = await ctl(["--no-pager", "show", "protocols", "all"], {
          env: { UNDERLAY_PAGER: "echo paged" },
        });
        assert.equal(await other.ended(), 0);
        assert.doesNotMatch(await other.text(), /paged/);
        other.close();
        const third = await ctl(["show", "protocols", "all"], {
          env: { UNDERLAY_PAGER: "echo paged" },
        });
        assert.equal(await third.ended(), 0);
        assert.match(await third.text(), /^paged$/m);
      });

      it("that is not there costs a line on standard error, and none of the answer", async () => {
        const all = await ctl(["--no-pager", "show", "protocols", "all"], { rows: 200 });
        await all.ended();
        const answer = (await all.text()).split("\n[ended")[0];
        all.close();
        const it = await ctl(["show", "protocols", "all"], {
          env: { UNDERLAY_PAGER: "/no/such/pager -x" },
        });
        assert.equal(await it.ended(), 0);
        await it.resize(80, 200);
        const text = await it.shows(/the pager \/no\/such\/pager -x cannot be run; without it:$/m);
        assert.ok(text.includes(answer) && answer.split("\n").length > 24, text);
      });
    });

    it("colours: as the terminal, NO_COLOR and the user say", async () => {
      for (const [words, env, isColoured] of [
        [[], {}, true],
        [[], { NO_COLOR: "1" }, false],
        [["--colour", "always"], { NO_COLOR: "1" }, true],
        [["--colour", "never"], {}, false],
      ] as const) {
        const it = await ctl([...words, "show", "protocols"], { env });
        assert.equal(await it.ended(), 0);
        assert.equal(
          (await it.coloured()).includes("\x1b[32mEstablished"),
          isColoured,
          words.join(),
        );
        it.close();
      }
    });

    describe("--watch", () => {
      it("marks what changes, fits a new size, and leaves the screen as it was", async () => {
        const it = await ctl(["--watch", "0.2", "show", "protocols"]);
        await it.shows(/^Every 0\.2 s: show protocols[^]*^Mesh_10_0_0_2 +Established/m);
        assert.equal(await it.is("alternate_on"), "1");
        views.list = views.list.filter(({ name }) => name !== "off1");
        await it.shows(/^(?![^]*off1)/);
        views.list = new FixedViews().list;
        await until("the new line is marked", async () => {
          return /\x1b\[[\d;]*7m(\x1b\[\S+m)?off1/.test(await it.coloured());
        });
        await it.resize(50, 10);
        const text = await it.shows(/more lines below|^nodes/m);
        assert.ok(
          text.split("\n").every((line) => line.length <= 50),
          text,
        );
        await it.type("q");
        assert.equal(await it.ended(), 0);
        assert.deepEqual([await it.is("alternate_on"), await it.is("cursor_flag")], ["0", "1"]);
      });

      it("a long reply can be read to its end, up to ten thousand lines", async () => {
        views.table = Array.from({ length: 12_000 }, () => ROUTES[0]);
        const it = await ctl(["--watch", "60", "show", "route"]);
        await it.shows(/more lines below/);
        await it.type("G");
        await it.shows(/^\.\.\. more than 10000 lines: ask for less$/m);
        await it.type("g");
        await it.shows(/^\d+ more lines below/m);
        await it.type("q");
        assert.equal(await it.ended(), 0);
      });

      it("a signal, too, leaves the screen as it was", async () => {
        const it = await ctl(["--watch", "show", "protocols"]);
        await it.shows(/^Mesh_10_0_0_2/m);
        await it.signal("TERM");
        assert.equal(await it.ended(), 143);
        assert.deepEqual([await it.is("alternate_on"), await it.is("cursor_flag")], ["0", "1"]);
      });

      it("what would change something is refused", async () => {
        const it = await ctl(["--watch", "disable", "all"]);
        await it.shows(/^Access denied$/m);
        await it.type("q");
        await it.ended();
        assert.deepEqual(views.done, []);
      });
    });

    it("top: sorted, filtered, paused, resized, left", async () => {
      const it = await ctl(["top", "--interval", "0.2"]);
      await it.shows(/^vm +underlayd 0\.1\.0[^]*^Kernel 5 routes[^]*^Mesh_10_0_0_2 +Established/m);
      const wide = await it.text();
      assert.ok(
        wide.split("\n").every((line) => line.length <= 80),
        wide,
      );
      await it.type("n");
      await it.type("/mesh", "Enter");
      const text = await it.shows(/filter: mesh \(1 of 3\)/);
      assert.doesNotMatch(text, /^Node_/m);
      await it.type("p");
      await it.shows(/paused at/);
      await it.resize(160, 12);
      await it.shows(/ADDRESS[^]*10\.0\.0\.2/);
      await it.type("C-c");
      assert.equal(await it.ended(), 0);
      assert.equal(await it.is("alternate_on"), "0");
    });

    it("Ctrl-Z gives the shell its terminal, and fg brings it all back", async () => {
      const program = [process.execPath, CLI, "--socket", server.path, "top"];
      terminal = await Terminal.open(["sh", "-i"], { env: { ENV: "" } });
      await terminal.shows(/^[#$]$/m);
      await terminal.type(program.join(" "), "Enter");
      for (let times = 0; times < 2; times++) {
        await terminal.shows(/^vm +underlayd/m);
        await terminal.type("C-z");
        await terminal.shows(/Stopped[^]*^[#$]$/m);
        assert.deepEqual(
          [await terminal.is("alternate_on"), await terminal.is("cursor_flag")],
          ["0", "1"],
        );
        await terminal.type("clear", "Enter", "fg", "Enter");
      }
      await terminal.shows(/^vm +underlayd/m);
      await terminal.type("q");
      await terminal.shows(/^[#$]$/m);
      assert.equal(await terminal.is("alternate_on"), "0");
    });

    it("Ctrl-Z at the prompt: after fg it goes on with what was typed", async () => {
      const program = [process.execPath, CLI, "--socket", server.path];
      terminal = await Terminal.open(["sh", "-i"], { env: { ENV: "", XDG_STATE_HOME: folder } });
      await terminal.shows(/^[#$]$/m);
      await terminal.type(program.join(" "), "Enter");
      await terminal.shows(/^underlay>$/m);
      await terminal.type("show st", "C-z");
      await terminal.shows(/Stopped[^]*^[#$]$/m);
      assert.equal(await terminal.isCooked(), true);
      await terminal.type("clear", "Enter", "fg", "Enter");
      await terminal.shows(/^underlay> show st$/m);
      await terminal.type("atus", "Enter");
      await terminal.shows(/^Daemon is up and running$[^]*^underlay>$/m);
    });

    it("stopped from elsewhere, the prompt and apply's question give the terminal back, too", async () => {
      for (const [words, waits] of [
        ["", /^underlay>$/m],
        ["apply --confirm-within 60s", /it runs: keep it\? \[y\/N\]/],
      ] as const) {
        const program = [process.execPath, CLI, "--socket", server.path, words];
        terminal = await Terminal.open(["sh", "-i"], {
          env: { ENV: "", XDG_STATE_HOME: folder },
        });
        await terminal.shows(/^[#$]$/m);
        await terminal.type(program.join(" "), "Enter");
        await terminal.shows(waits);
        assert.equal(await terminal.isCooked(), false);
        await terminal.stop();
        await terminal.shows(/Stopped[^]*^[#$]$/m);
        assert.equal(await terminal.isCooked(), true, words);
        await terminal.type("clear", "Enter", "fg", "Enter");
        await terminal.shows(waits);
        await until("the keys are its own again", async () => !(await terminal.isCooked()));
        terminal.close();
      }
    });

    it("apply: an answer is one to what runs now, and undoes nobody else's configuration", async () => {
      const it = await ctl(["apply", "--confirm-within", "60s"]);
      await it.shows(/it runs: keep it\? \[y\/N\]/);
      views.done.length = 0;
      views.runs = { ...views.runs, generation: 2 };
      await it.type("n");
      await it.shows(/^not kept: something else runs again$/m);
      assert.equal(await it.ended(), 1);
      assert.deepEqual(views.done, []);
    });

    it("watch and top give the prompt its terminal back", async () => {
      const it = await ctl([]);
      await it.shows(/^underlay>$/m);
      await it.type("top", "Enter");
      await it.shows(/^vm +underlayd/m);
      await it.type("q");
      await it.shows(/^underlay>$/m);
      await it.type("show status --watch", "Enter");
      await it.shows(/^Every 2 s: show status/m);
      await it.type("q");
      await it.shows(/^underlay>$/m);
      await it.type("show memory", "Enter");
      await it.shows(/^BIRD memory usage$/m);
    });
  },
);
