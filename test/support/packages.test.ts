import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { it } from "node:test";
import { missing } from "./packages.ts";

it("an arping that is not of iputils is none", () => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-packages-"));
  const path = process.env["PATH"];
  const says = (text: string): void =>
    writeFileSync(join(folder, "arping"), `#!/bin/sh\necho "${text}"\n`, { mode: 0o755 });
  try {
    process.env["PATH"] = [folder, path].join(delimiter);
    says("arping from iputils 20221126");
    assert.deepEqual(missing(["iputils-arping"]), []);
    says("ARPing 2.23, by Thomas Habets <thomas@habets.se>");
    assert.deepEqual(missing(["iputils-arping"]), ["iputils-arping"]);
  } finally {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  }
});
