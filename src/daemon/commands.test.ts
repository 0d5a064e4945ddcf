import assert from "node:assert/strict";
import { test } from "node:test";
import { controlCommands } from "./commands.ts";

test("names are switched on the speaker's clock, there is work then, and strangers are refused", () => {
  const calls: string[] = [];
  const act =
    (verb: string) =>
    (name: string, now: number, message?: string): "done" | "already" | "unknown" => {
      calls.push(`${verb} ${name} ${now} ${message}`);
      return name === "tor" ? "done" : name === "off" ? "already" : "unknown";
    };
  const commands = controlCommands({
    speaker: {
      enable: act("enable"),
      disable: act("disable"),
      restart: act("restart"),
      reload: (name, direction, now) => act(`reload ${direction}`)(name, now),
      trace: (name, { states, events, packets }) => {
        calls.push(`trace ${name} ${states} ${events} ${packets}`);
        return name === "tor" ? "done" : "unknown";
      },
    },
    clock: () => 7,
    wake: () => calls.push("wake"),
    reconfiguration: {
      configure: ({ file = "own", timeout }) => {
        calls.push(`configure ${file} ${timeout}`);
        return {
          ...{ file, outcome: "applied", problems: [], notes: [] },
          ...{ undoIn: undefined, nextFile: undefined },
        };
      },
      confirm: () => "confirmed",
      undo: () => ({ outcome: "undone", notes: ["x"] }),
    },
    dump: () => Promise.resolve(""),
    drains: {
      drain: (name) => (name === undefined ? "done" : "already"),
      undrain: () => "refused",
    },
    stop: () => calls.push("stop"),
    down: () => calls.push("down"),
  });
  assert.equal(commands.enable("tor", undefined), "done");
  assert.equal(commands.disable("off", "rack 7"), "already");
  assert.equal(commands.restart("kernel1", "x"), "refused");
  assert.equal(commands.reload("tor", "in"), "done");
  assert.equal(commands.reload("kernel1", "both"), "refused");
  assert.equal(commands.drain(undefined), "done");
  assert.equal(commands.drain("tor"), "already");
  assert.equal(commands.undrain(undefined), "refused");
  commands.gracefulRestart();
  commands.down();
  assert.deepEqual(calls, [
    "enable tor 7 undefined",
    "wake",
    "disable off 7 rack 7",
    "wake",
    "restart kernel1 7 x",
    "wake",
    "reload in tor 7 undefined",
    "wake",
    "reload both kernel1 7 undefined",
    "wake",
    "stop",
    "down",
  ]);
  assert.equal(commands.trace("tor", new Set(["states", "packets"])), "done");
  assert.equal(calls.at(-1), "trace tor true false true");
  assert.equal(commands.trace("kernel1", new Set()), "refused");
  const request = { check: false, file: "x", timeout: 5, onExpired: () => undefined };
  assert.equal(commands.configure(request).file, "x");
  assert.equal(calls.at(-1), "configure x 5");
  assert.equal(commands.confirm(), "confirmed");
  assert.deepEqual(commands.undo().notes, ["x"]);
});
