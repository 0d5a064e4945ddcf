/** How the lab speaks: numbered steps, indented output of real commands, and a closing word. */

const colour = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
const paint = (code: string, text: string): string =>
  colour ? `\x1b[${code}m${text}\x1b[0m` : text;

export class Report {
  #step = 0;
  failures = 0;

  title(text: string): void {
    console.log(`\n${paint("1", text)}\n${"═".repeat(text.length)}`);
  }

  picture(text: string): void {
    console.log(`\n${text}`);
  }

  step(text: string): void {
    console.log(`\n${paint("1;36", `${++this.#step}.`)} ${paint("1", text)}`);
  }

  say(text: string): void {
    console.log(`   ${text}`);
  }

  /** What a command printed, under the words that ran it. */
  output(command: string, text: string, keep: (line: string) => boolean = () => true): void {
    console.log(`   ${paint("2", `$ ${command}`)}`);
    for (const line of text.trimEnd().split("\n")) if (keep(line)) console.log(`     ${line}`);
  }

  /** A check that may take its time: from two seconds on it is said, ever less often, what is waited for. */
  async during(what: string, action: () => Promise<void>): Promise<void> {
    const start = performance.now();
    const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;
    let timer: NodeJS.Timeout | undefined;
    const waiting = (delay: number): void => {
      timer = setTimeout(() => {
        this.say(`... ${what}: waiting for ${seconds()}`);
        waiting(2 * delay);
      }, delay);
    };
    waiting(2000);
    try {
      await action();
    } finally {
      clearTimeout(timer);
    }
    this.check(what, true, performance.now() - start < 500 ? "" : seconds());
  }

  /** The closing word. */
  end(): void {
    this.title(
      this.failures === 0 ? "All checks passed." : `${this.failures} checks FAILED; see above.`,
    );
  }

  check(what: string, good: boolean, detail = ""): void {
    if (!good) this.failures++;
    const mark = good ? paint("32", "ok") : paint("31", "FAILED");
    console.log(`   ${mark}  ${what}${detail === "" ? "" : `: ${detail}`}`);
  }
}
