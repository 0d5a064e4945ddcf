import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ServiceManager } from "./service-manager.ts";

/** What is told a real socket is in test/service.test.ts. */
describe("ServiceManager", () => {
  it("is silent where nobody listens, and starts no timer", () => {
    const problems: string[] = [];
    const manager = new ServiceManager({ WATCHDOG_USEC: "1000" }, (text) => problems.push(text));
    manager.ready("");
    manager.reloading();
    manager.stopping();
    manager.close();
    assert.deepEqual(problems, []);
  });

  it("takes what it was told out of the environment", () => {
    const environment = {
      NOTIFY_SOCKET: "/nowhere",
      WATCHDOG_USEC: "x",
      WATCHDOG_PID: "1",
      A: "b",
    };
    new ServiceManager(environment, () => undefined).close();
    assert.deepEqual(environment, { A: "b" });
  });

  it("says once that its manager is gone", () => {
    const problems: string[] = [];
    const manager = new ServiceManager({ NOTIFY_SOCKET: "/nowhere/notify" }, (text) =>
      problems.push(text),
    );
    manager.ready("");
    manager.stopping();
    manager.close();
    assert.equal(problems.length, 1);
    assert.match(problems[0], /cannot be told: .*ENOENT/);
  });

  it("refuses a name that is none", () => {
    for (const name of ["/", `/${"x".repeat(107)}`, "@\0"]) {
      const problems: string[] = [];
      new ServiceManager({ NOTIFY_SOCKET: name }, (text) => problems.push(text)).close();
      assert.match(problems[0] ?? "", /^NOTIFY_SOCKET=/);
    }
  });
});
