import assert from "node:assert/strict";
import { IPV4, encodeNotification } from "bgp-ts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Browser } from "../support/browser.ts";
import { lacking } from "../support/needs.ts";
import { Net } from "../support/net.ts";
import { announcement } from "../support/neighbour.ts";
import { until } from "../support/wait.ts";
import { Scene } from "./scene.ts";

const URL = "http://127.0.0.1:29184/";
/** Runs if it is ever taken for HTML. */
const MARKUP = `<img src=x onerror="document.title='taken'">`;

/** Seen by a browser; with UNDERLAY_SCREENSHOTS=FOLDER its pictures are kept there. */
describe("the page", { skip: lacking("chromium") }, () => {
  const net = new Net();
  let scene: Scene;
  let browser: Browser;
  before(async () => {
    scene = await Scene.open(net);
    const { node } = scene;
    const pod = await net.host("pod");
    for (const [i, prefix] of ["172.16.1.5/32", "172.16.9.5/32"].entries()) {
      await net.wire([node, `veth${i}`], [pod, `eth${i}`]);
      await node.ip("route", "add", prefix, "dev", `veth${i}`);
    }
    await scene.start();
    scene.underlay.write(config());
    assert.equal((await scene.underlay.ctl("configure")).code, 0);
    scene.neighbour.announce(["172.16.2.0/24", "172.16.3.0/24"], "10.0.0.2");
    scene.neighbour.announce(["172.16.4.0/22"], "10.0.0.4");
    // A pod of block 172.16.2.0/24 that lives behind another next hop.
    scene.neighbour.announce(["172.16.2.9/32"], "10.0.0.3");
    scene.neighbour.endOfRib(IPV4);
    await scene.leads("172.16.2.9/32", "10.0.0.3");
    browser = await Browser.start(node);
    await browser.look(1200, 900, "light");
    await browser.open(URL);
    await browser.shows(`document.querySelectorAll("#block-rows tr").length === 4`);
  });
  after(() => net.close());

  function config(): string {
    return scene
      .config("web: { page: true }")
      .replace(
        "connectRetry: 1",
        `connectRetry: 1, description: '${MARKUP.replaceAll("'", "''")}'`,
      );
  }

  const text = (selector: string): Promise<string> =>
    browser.value(`document.querySelector(${JSON.stringify(selector)}).innerText`);
  /** The rows of a table, each as the texts of its cells. */
  const rows = (selector: string): Promise<string[][]> =>
    browser.value(
      `Array.from(document.querySelectorAll("${selector} tr"), (row) => Array.from(row.children, (each) => each.innerText))`,
    );

  /** Waits until it is shown, without the pauses that the page makes: as if somebody looked away and back. */
  async function comes(expression: string): Promise<void> {
    await until(
      `the page: ${expression}`,
      async () => {
        await browser.value("document.dispatchEvent(new Event('visibilitychange'))");
        return browser.value<boolean>(`!!(${expression})`);
      },
      { interval: 200, detail: () => text("body") },
    );
  }

  async function picture(name: string): Promise<void> {
    const folder = process.env["UNDERLAY_SCREENSHOTS"];
    if (folder !== undefined)
      writeFileSync(join(folder, `${name}.png`), await browser.screenshot());
  }

  it("shows the node, its sessions, and where blocks and single pods are", async () => {
    assert.match(await text("h1"), /^underlay node$/);
    assert.match(await text("#identity"), /^AS 64512, router id 10\.0\.0\.1, mode l3, up for /);
    assert.match(await text("#figures"), /Sessions up\s+1 of 1\s/);
    assert.match(await text("#figures"), /Pods here\s+2/);
    const [[who, state, , accepted, , announced]] = await rows("#session-rows");
    assert.match(who, /^peer\s+10\.0\.0\.2, AS 64600/);
    assert.deepEqual([state, accepted, announced], ["● Established", "4", "2"]);
    const blocks = await rows("#block-rows");
    assert.deepEqual(
      blocks.map(([network, nextHop, from, path, kernel]) => [
        network,
        nextHop,
        from,
        path,
        kernel,
      ]),
      [
        ["172.16.1.0/24", "this node", "", "", ""],
        ["172.16.2.0/24", "10.0.0.2 on eth0", "peer", "64600", "✓ yes"],
        ["172.16.3.0/24", "10.0.0.2 on eth0", "peer", "64600", "✓ yes"],
        ["172.16.4.0/22", "10.0.0.4 on eth0", "peer", "64600", "✓ yes"],
      ],
    );
    const singles = await rows("#single-rows");
    assert.deepEqual(
      singles.map(([network, nextHop, , block]) => [network, nextHop, block.replace(/\s+/g, " ")]),
      [
        ["172.16.2.9/32", "10.0.0.3 on eth0", "172.16.2.0/24 lives outside it"],
        ["172.16.9.5/32", "this node", "none"],
      ],
    );
    assert.deepEqual(browser.complaints, []);
  });

  it("is readable in light and dark, on a desk and on a phone, and never wider than the screen", async () => {
    for (const scheme of ["light", "dark"] as const) {
      for (const [width, height] of [
        [1200, 900],
        [768, 1024],
        [360, 740],
      ]) {
        await browser.look(width, height, scheme);
        const wide = await browser.value<number>("document.documentElement.scrollWidth");
        assert.ok(wide <= width, `${wide} px wide on a screen of ${width}`);
        assert.deepEqual(await browser.value(FAINT), [], `${scheme}, ${width} px`);
        await picture(`${scheme}-${width}`);
      }
    }
    await browser.look(1200, 900, "light");
  });

  it("has a name for all that can be reached by key or read aloud", async () => {
    const named = await browser.names();
    for (const [role, name] of [
      ["textbox", "An address or a network"],
      ["button", "Explain"],
      ["table", "Sessions"],
      ["table", "Where each block lives"],
      ["table", "Single pods"],
      ["navigation", "On this page"],
      ["link", "172.16.2.0/24"],
    ]) {
      assert.ok(named.includes(`${role} ${name}`), `${role} ${name} of ${named.join("; ")}`);
    }
    const nameless = named.filter((each) => /^(textbox|button|link|table|heading) $/.test(each));
    assert.deepEqual(nameless, []);
  });

  it("explains an address that is typed in, and shows where the way is broken", async () => {
    await browser.value("document.getElementById('target').focus()");
    await browser.type("172.16.2.9");
    await browser.press("Enter");
    await browser.shows(`document.querySelector("#answer .steps")`);
    assert.match(await text("#answer"), /^172\.16\.2\.9\/32: /);
    assert.match(await text("#answer .steps"), /Announced by\n.*peer \(10\.0\.0\.2\) since/s);
    await picture("explain");
    await browser.value("document.getElementById('target').value = ''");
    await browser.type("172.17.0.1");
    await browser.press("Enter");
    await browser.shows(`document.querySelector("#answer .steps .broken")`);
    assert.match(await text("#answer .verdict"), /Broken link \(announcement\): no neighbour/);
    assert.match(await text("#answer .steps .broken"), /^Announced by broken here\s+nobody$/);
    await picture("explain-broken");
    await browser.look(360, 740, "dark");
    const wide = await browser.value<number>("document.documentElement.scrollWidth");
    assert.ok(wide <= 360, `${wide} px`);
    await picture("explain-360");
    await browser.look(1200, 900, "light");
    await browser.value(`location.hash = "#explain=nonsense%3Cb%3E"`);
    await browser.shows(`document.querySelector("#answer").innerText.includes("is no address")`);
    assert.equal(
      await text("#answer"),
      "“nonsense<b>” is no address and no network, as 172.16.3.7 or 172.16.3.0/24",
    );
    await browser.value(`document.querySelector("#block-rows a[href*='172.16.3.0']").click()`);
    await browser.shows(
      `document.querySelector("#answer .verdict")?.innerText.startsWith("172.16.3.0/24")`,
    );
    const complaints = browser.complaints.filter((each) => !each.includes("400 (Bad Request)"));
    assert.deepEqual(complaints, []);
  });

  it("tells what changed: networks that move and go, a session that ends, each once", async () => {
    scene.neighbour.announce(["172.16.3.0/24"], "10.0.0.4");
    await comes(`/1 network moved from peer \\(10.0.0.2\\) to 10.0.0.4/.test(${HOUR})`);
    scene.neighbour.withdraw("172.16.2.9/32");
    await comes(`/1 network by way of 10.0.0.3 vanished/.test(${HOUR})`);
    const many = Array.from({ length: 3000 }, (_, i) => `20.0.${i >> 8}.${i & 255}/32`);
    scene.neighbour.send(announcement(64600, many, "10.0.0.6"));
    await comes(`/3,000 networks appeared by way of 10.0.0.6/.test(${HOUR})`);
    assert.match(await text("#happenings"), /20\.0\.\d+\.\d+\/32, .*, and 2,992 more/);
    assert.match(await text("#happenings"), /Configuration applied from /);
    await picture("hour");
  });

  it("never takes what a neighbour or the configuration says for HTML", async () => {
    const words = Buffer.from(MARKUP);
    const data = Uint8Array.from([words.length, ...words]);
    scene.neighbour.send(encodeNotification({ code: 6, subcode: 2, data }));
    await comes(`${HOUR}.includes("is down")`);
    assert.ok((await text("#happenings")).includes(MARKUP));
    assert.ok((await text("#session-rows")).includes(MARKUP));
    assert.equal(await browser.value("document.title"), "node – underlay");
    assert.equal(await browser.value("document.querySelectorAll('img, b, body script').length"), 0);
    await picture("markup");
  });

  it("asks for nothing from elsewhere", () => {
    const elsewhere = browser.requests.filter((url) => !url.startsWith(URL));
    assert.deepEqual(elsewhere, []);
  });

  it("says so when the daemon is away, and goes on when it is back", async () => {
    assert.equal(await scene.underlay.end(), 0);
    await comes(`document.querySelector("#freshness.away")`);
    assert.match(await text("#freshness"), /^underlayd does not answer; .* as of .* ago\.$/);
    await picture("away");
    await scene.underlay.launch();
    await comes(`!document.querySelector("#freshness.away")`);
    assert.match(await text("#freshness"), /^Live/);
  });
});

const HOUR = `document.querySelector("#happenings").innerText`;

/** Texts whose contrast with what is behind them is below 4.5 to 1 (WCAG 2.1 §1.4.3). */
const FAINT = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) =>
    [red, green, blue]
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const colour = channels(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement: element, textContent } = texts.currentNode;
    if (textContent.trim() === "" || element.closest("noscript")) continue;
    const [a, b] = [channels(getComputedStyle(element).color), behind(element)].map(luminance);
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faint.push(textContent.trim() + ": " + contrast.toFixed(2));
  }
  return faint;
})()`;
