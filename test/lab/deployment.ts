import type { Answer, Running } from "../support/process.ts";

/** A topology that is up, however that was done: all that its checks need of it. */
export interface Deployment {
  /** Runs a command in a node to its end; `underlayctl` is that of the node's daemon. */
  run(node: string, ...words: string[]): Promise<Answer>;
  /** A command in a node that goes on; it must end by itself. */
  start(node: string, ...words: string[]): Running;
  /** What `underlayctl QUESTION` prints in a node. */
  ask(node: string, question: string): Promise<string>;
  /** Stops all processes of a node where they are; its kernel goes on. */
  freeze(node: string): Promise<void>;
  thaw(node: string): Promise<void>;
  /** What the daemons have said, for the message of a failure. */
  logs(): Promise<string>;
  /** The words that give a shell in a node. */
  shell(node: string): string;
  /** The words that ask its daemon, to be followed by a command of underlayctl's. */
  ctl(node: string): string;
  close(): Promise<void>;
}

/** In a node, and it must succeed; answers its standard output. */
export async function mustIn(
  { run }: Pick<Deployment, "run">,
  node: string,
  ...words: string[]
): Promise<string> {
  const { code, stdout, stderr } = await run(node, ...words);
  if (code === 0) return stdout;
  throw new Error(`${words.join(" ")} (in ${node}): exit code ${code}\n${stderr}${stdout}`.trim());
}
