// A server over views with fixed contents.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { FixedViews, prefix } from "../control/fixture.test.ts";
import { type Happening, WebServer, type WebServerOptions, type WebViews } from "./index.ts";

export class FixedWebViews extends FixedViews implements WebViews {
  pools = [prefix("10.244.0.0/16")];
  lines: Happening[] = [];

  pool() {
    return this.pools;
  }

  happenings() {
    return this.lines;
  }
}

export async function served(
  t: TestContext,
  views: WebViews = new FixedWebViews(),
  more: Partial<WebServerOptions> = {},
): Promise<string> {
  const server = await WebServer.open({
    ...{ host: "127.0.0.1", port: 0, page: false, names: [], views, version: "1.2.3" },
    onError: (error) => assert.fail(error),
    ...more,
  });
  t.after(() => server.close());
  return `http://127.0.0.1:${server.port}`;
}

/** The answer, which must be one. */
export async function ask(base: string, path: string): Promise<Record<string, unknown>> {
  const answer = await fetch(base + path);
  assert.equal(answer.status, 200, path);
  assert.equal(answer.headers.get("content-type"), "application/json; charset=utf-8");
  return (await answer.json()) as Record<string, unknown>;
}
