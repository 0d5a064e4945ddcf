import { join } from "node:path";
import type { Host } from "./net.ts";
import type { Running } from "./process.ts";
import { must } from "./process.ts";
import { until } from "./wait.ts";

/** All BGP that crosses an interface, kept in a file: for what a test has to see on the wire (what does not decode is sent.ts's affair). */
export class Recording {
  readonly file: string;
  readonly #program: Running;

  private constructor(file: string, program: Running) {
    this.file = file;
    this.#program = program;
  }

  static async start(host: Host, interfaceName: string): Promise<Recording> {
    const file = join(host.net.folder, `${host.name}-${interfaceName}.pcap`);
    const words = [
      "tcpdump",
      "-U",
      "--immediate-mode",
      "-s",
      "0",
      "-i",
      interfaceName,
      "-w",
      file,
      "tcp port 179",
    ];
    const program = host.start(words);
    await until("tcpdump listens", () => program.output.includes("listening on"), {
      detail: () => program.output,
    });
    return new Recording(file, program);
  }

  end(): Promise<number> {
    return this.#program.end("SIGINT");
  }

  /** What tshark says about what has been recorded so far. */
  dissect(...words: string[]): Promise<string> {
    return must(["tshark", "-n", "-r", this.file, ...words]);
  }
}
