import { join } from "node:path";
import type { Host } from "./net.ts";
import type { Running } from "./process.ts";
import { must } from "./process.ts";
import { until } from "./wait.ts";

/** What tshark complains about in BGP: what it cannot decode, and warnings and errors of its experts. */
const COMPLAINTS = "bgp && (_ws.malformed || _ws.expert.severity >= 0x00600000)";

/** All BGP that crosses an interface, kept in a file and dissected afterwards. */
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

  /** Ends it; answers how many messages were seen, and what of them does not decode. */
  async end(): Promise<{ messages: number; complaints: string[] }> {
    await this.#program.end("SIGINT");
    const count = await this.dissect("-Y", "bgp", "-T", "fields", "-e", "bgp.type");
    const fields = ["frame.number", "_ws.expert.message"].flatMap((name) => ["-e", name]);
    const complaints = await this.dissect("-Y", COMPLAINTS, "-T", "fields", ...fields);
    const lines = (text: string, by: RegExp) => text.split(by).filter((each) => each !== "");
    return { messages: lines(count, /[\n,]/).length, complaints: lines(complaints, /\n/) };
  }

  /** What tshark says about what has been recorded so far. */
  dissect(...words: string[]): Promise<string> {
    return must(["tshark", "-n", "-r", this.file, ...words]);
  }
}
