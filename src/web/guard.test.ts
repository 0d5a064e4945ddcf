import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { served } from "./fixture.test.ts";

/** fetch() does not let its Host be chosen. */
function status(base: string, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(base + path, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on("error", reject);
    asked.end();
  });
}

test("it answers by an address, localhost, and names that are given", async (t) => {
  const base = await served(t, undefined, { names: ["glass.example.net"] });
  for (const host of [
    ...["127.0.0.1", "127.0.0.1:29184", "localhost", "LocalHost:1", "[::1]", "[::1]:29184"],
    ...["192.0.2.1:80", "glass.example.net", "Glass.Example.net:8080", "node1:29184"],
  ]) {
    assert.equal(await status(base, "/status", { host }), 200, host);
  }
  for (const host of [
    ...["evil.example", "evil.example:29184", "127.0.0.1.evil.example", "localhost.evil.example"],
    ...["x.glass.example.net", "127.0.0.1@evil.example", ":29184", "[evil]", "1.2.3"],
  ]) {
    assert.equal(await status(base, "/status", { host }), 421, host);
  }
});

test("a page from elsewhere cannot make a browser ask, but may link to it", async (t) => {
  const base = await served(t, undefined, { page: true });
  const from = (site: string, mode: string, dest: string) => ({
    ...{ "sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest },
  });
  for (const site of ["cross-site", "same-site"]) {
    assert.equal(await status(base, "/routes/table/master", from(site, "no-cors", "image")), 403);
    assert.equal(await status(base, "/routes/dump", from(site, "navigate", "iframe")), 403);
    assert.equal(await status(base, "/", from(site, "navigate", "document")), 200);
  }
  assert.equal(await status(base, "/page/state", from("same-origin", "cors", "empty")), 200);
  assert.equal(await status(base, "/status", from("none", "navigate", "document")), 200);
});

test("every answer tells browsers to take nothing from elsewhere", async (t) => {
  const base = await served(t);
  for (const path of ["/status", "/nothing", "/routes/table/master"]) {
    const { headers } = await fetch(base + path);
    assert.match(
      headers.get("content-security-policy") ?? "",
      /^default-src 'none'; script-src 'self';/,
    );
    assert.doesNotMatch(headers.get("content-security-policy") ?? "", /unsafe|http|\*/);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("access-control-allow-origin"), null);
  }
  const refused = await fetch(`${base}/status`, { method: "POST" });
  assert.deepEqual(
    [refused.status, refused.headers.get("x-content-type-options")],
    [405, "nosniff"],
  );
});
