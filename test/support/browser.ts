import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import type { Host } from "./net.ts";
import type { Running } from "./process.ts";
import { Hopeless, until } from "./wait.ts";

// Debian's Chromium, without a window, on a host of a test: by the DevTools protocol over two pipes
// (--remote-debugging-pipe), each message a JSON text that ends with a NUL. No port, and no package
// that drives it: a dozen commands are all that is needed.

type Json = Readonly<Record<string, unknown>>;

interface Waiting {
  readonly resolve: (result: Json) => void;
  readonly reject: (error: Error) => void;
}

export class Browser {
  readonly #program: Running;
  readonly #waiting = new Map<number, Waiting>();
  #serial = 0;
  #session = "";
  /** What the page has said on its console, what it has thrown, and what could not be loaded. */
  readonly complaints: string[] = [];
  /** What the page has asked for. */
  readonly requests: string[] = [];

  private constructor(program: Running) {
    this.#program = program;
    const [, , , , answers] = program.child.stdio;
    let rest = "";
    (answers as Readable).setEncoding("utf8").on("data", (text: string) => {
      const messages = (rest + text).split("\0");
      rest = messages.pop() ?? "";
      for (const message of messages) this.#take(JSON.parse(message) as Json);
    });
  }

  /** One page, empty. */
  static async start(host: Host): Promise<Browser> {
    const words = [
      // Root's, in a namespace of the test's own, and it sees pages of ours only.
      ...["--headless", "--no-sandbox", "--remote-debugging-pipe", "--disable-gpu"],
      // The shared memory of containers is small.
      ...["--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking"],
      `--user-data-dir=${join(host.net.folder, "chromium")}`,
    ];
    const program = host.start(["chromium", ...words, "about:blank"], { pipes: 2 });
    const browser = new Browser(program);
    const targets = await until(
      "Chromium has a page",
      async () => {
        if (program.ended) throw new Hopeless("Chromium ended");
        const { targetInfos } = await browser.#send("Target.getTargets", {});
        return (targetInfos as Json[]).find(({ type }) => type === "page");
      },
      { detail: () => program.output.slice(-3000) },
    );
    const attached = await browser.#send("Target.attachToTarget", {
      targetId: targets["targetId"],
      flatten: true,
    });
    browser.#session = String(attached["sessionId"]);
    for (const domain of ["Page", "Runtime", "Log", "Network"]) {
      await browser.#send(`${domain}.enable`, {});
    }
    return browser;
  }

  /** Answers when the page, its style and its script are there. */
  async open(url: string): Promise<void> {
    await this.#send("Page.navigate", { url });
    await this.shows("document.readyState === 'complete'");
  }

  /** The value of an expression in the page. */
  async value<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#send("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails !== undefined) {
      throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    }
    return (result as { value: T }).value;
  }

  /** Waits until an expression is true in the page. */
  async shows(expression: string): Promise<void> {
    await until(`the page: ${expression}`, () => this.value<boolean>(`!!(${expression})`), {
      detail: () => this.value<string>("document.body.innerText"),
    });
  }

  /** In CSS pixels; `scheme`: what the user is said to prefer. */
  async look(width: number, height: number, scheme: "dark" | "light"): Promise<void> {
    const metrics = { width, height, deviceScaleFactor: 1, mobile: width < 500 };
    await this.#send("Emulation.setDeviceMetricsOverride", metrics);
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.#send("Emulation.setEmulatedMedia", { features });
  }

  /** As a person types: into whatever has the focus. */
  async type(text: string): Promise<void> {
    await this.#send("Input.insertText", { text });
  }

  async press(key: "Enter" | "Tab"): Promise<void> {
    const [code, text] = key === "Enter" ? [13, "\r"] : [9, ""];
    const event = { key, code: key, windowsVirtualKeyCode: code };
    await this.#send("Input.dispatchKeyEvent", {
      type: "keyDown",
      ...event,
      ...(text && { text }),
    });
    await this.#send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  /** What the page says to who does not see it: a role and a name each. */
  async names(): Promise<string[]> {
    const { nodes } = await this.#send("Accessibility.getFullAXTree", {});
    const value = (text: unknown): string => (text as { value?: string } | undefined)?.value ?? "";
    return (nodes as Json[])
      .filter(({ ignored }) => ignored !== true)
      .map(({ role, name }) => `${value(role)} ${value(name)}`);
  }

  /** The whole page as a PNG. */
  async screenshot(): Promise<Buffer> {
    // What has just changed, and what was out of sight, is painted by the second frame.
    await this.value(
      "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
    );
    const { data } = await this.#send("Page.captureScreenshot", { captureBeyondViewport: true });
    return Buffer.from(String(data), "base64");
  }

  async #send(method: string, params: Json): Promise<Json> {
    const id = ++this.#serial;
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    this.#waiting.set(id, { resolve, reject });
    const session = this.#session === "" ? {} : { sessionId: this.#session };
    const commands = this.#program.child.stdio[3] as Writable;
    commands.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    return promise;
  }

  #take({ id, method, params, result, error }: Json): void {
    const waiting = this.#waiting.get(Number(id));
    if (waiting !== undefined) {
      this.#waiting.delete(Number(id));
      if (error === undefined) waiting.resolve((result ?? {}) as Json);
      else waiting.reject(new Error(JSON.stringify(error)));
    } else if (method === "Network.requestWillBeSent") {
      this.requests.push(String(((params as Json)["request"] as Json)["url"]));
    } else if (COMPLAINTS.has(String(method))) {
      this.complaints.push(`${String(method)}: ${JSON.stringify(params)}`);
    }
  }
}

const COMPLAINTS = new Set([
  "Runtime.consoleAPICalled",
  "Runtime.exceptionThrown",
  "Log.entryAdded",
  "Page.javascriptDialogOpening",
]);
