import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { until } from "../../test/support/wait.ts";
import type { Tap } from "../speaker/index.ts";
import { MrtKeeper } from "./mrt-keeper.ts";

describe("MRT files, as the configuration says", () => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-mrt-keeper-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function keeper() {
    const taps: (Tap | undefined)[] = [];
    const logged: string[] = [];
    const note = ({ event }: { event: string }): number => logged.push(event);
    const mrt = new MrtKeeper({
      speaker: { setTap: (tap) => void taps.push(tap) },
      dump: function* (families, count) {
        count.routes = families.length;
        yield Buffer.from("records");
        yield undefined;
      },
      warnings: { set: () => undefined, clear: () => undefined },
      logger: { info: note, error: note } as never,
    });
    return { mrt, taps, logged };
  }

  it("nobody looks at UPDATEs without a log, nor after it", async () => {
    const { mrt, taps } = keeper();
    mrt.update({ updates: undefined, dump: undefined });
    assert.equal(taps.length, 0);
    const updates = { file: join(folder, "updates"), rotate: undefined };
    mrt.update({ updates, dump: undefined });
    mrt.update({ updates: { ...updates }, dump: undefined });
    assert.equal(taps.length, 2, "off and on, once");
    const tap = taps.at(-1);
    const peer = { name: "a", asn: 1, localAsn: 2, interface: 0, local: undefined };
    tap?.state({ ...peer, remote: { family: 0, w0: 1, w1: 0, w2: 0, w3: 0 } }, "Idle", "Connect");
    await until("it is written", () => existsSync(updates.file));
    mrt.update({ updates: undefined, dump: undefined });
    assert.equal(taps.at(-1), undefined);
    await mrt.close();
  });

  it("the end waits for a disk that hangs, but not for long", async () => {
    const { mrt, taps, logged } = keeper();
    const file = join(folder, "hangs");
    execFileSync("mkfifo", [file]); // to open it takes until somebody reads
    mrt.update({ updates: { file, rotate: undefined }, dump: undefined });
    const peer = { name: "a", asn: 1, localAsn: 2, interface: 0, local: undefined };
    const remote = { family: 0, w0: 1, w1: 0, w2: 0, w3: 0 } as const;
    taps.at(-1)?.state({ ...peer, remote }, "Idle", "Connect");
    await mrt.close();
    assert.deepEqual(logged, ["mrt-unfinished"]);
    assert.ok((await readFile(file)).length > 0, "what was under way");
  });

  it("one dump to a file at a time; dumps from time to time", async () => {
    const { mrt, logged } = keeper();
    const file = join(folder, "rib");
    const job = mrt.dump(file, [0, 1]);
    assert.equal(await mrt.dump(file, [0]), `a dump to ${file} is under way`);
    assert.deepEqual(await job, { file, networks: 0, routes: 2 });
    assert.equal(readFileSync(file, "utf8"), "records");
    const failed = await mrt.dump(join(folder, "none/rib"), [0]);
    assert.ok(typeof failed === "string");
    assert.match(failed, /ENOENT/);
    const timed = join(folder, "timed");
    mrt.update({ updates: undefined, dump: { file: timed, every: 20 } });
    await until("a timed one", () => existsSync(timed));
    await mrt.close();
    assert.deepEqual(logged.slice(0, 2), ["mrt-dumped", "mrt-dump-failed"]);
  });
});
