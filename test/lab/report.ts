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

  check(what: string, good: boolean, detail = ""): void {
    if (!good) this.failures++;
    const mark = good ? paint("32", "ok") : paint("31", "FAILED");
    console.log(`   ${mark}  ${what}${detail === "" ? "" : `: ${detail}`}`);
  }
}
