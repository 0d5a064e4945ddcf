import { hostname } from "node:os";
import { parseArgs } from "node:util";
import { type Config, formatProblem, parseConfig } from "../config/index.ts";
import { exitAtOnce } from "../sysdep/index.ts";
import { Daemon } from "./daemon.ts";
import { readConfigFile, systemText } from "./files.ts";
import type { Hangups } from "./hangups.ts";
import { openLog } from "./log.ts";
import { ServiceManager } from "./service-manager.ts";
import { passwordWarnings } from "./settings.ts";
import { version } from "./version.ts";
import { type WholeConfig, wholeConfig } from "./whole-config.ts";

const HELP = `underlayd: a BGP routing daemon for the nodes of container clusters

Usage: underlayd --config FILE [--check]

  -c, --config FILE   the configuration (YAML)
      --check         only check it: print what is wrong and where, change nothing
      --version       print the version
  -h, --help          this text

Signals: SIGTERM and SIGINT end it and leave the routes in the kernel, so that the next start takes
them over; SIGHUP re-reads the configuration and opens the log file anew. "underlayctl down" withdraws
and removes everything.

Exit status: 0 ended as asked; 1 could not start or cannot go on; 2 the configuration or the command
line is wrong.

The manual is in the package: config/README.md for each task, config/reference.yaml for every key of
the configuration.
`;

interface CommandLine {
  readonly file: string;
  readonly check: boolean;
}

function fail(code: number, text: string): never {
  process.stderr.write(`underlayd: ${text}\n`);
  process.exit(code);
}

function commandLine(): CommandLine {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: "string", short: "c" },
        check: { type: "boolean", default: false },
        version: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    if (values.version) {
      process.stdout.write(`underlayd ${version}\n`);
      process.exit(0);
    }
    if (values.config === undefined) throw new Error("--config FILE is missing");
    return { file: values.config, check: values.check };
  } catch (error) {
    fail(2, `${(error as Error).message}\nTry "underlayd --help".`);
  }
}

/** Reads and checks; ends the process with every problem named where there is one. */
function readConfig(file: string): Config {
  let text: string;
  try {
    text = readConfigFile(file);
  } catch (error) {
    fail(2, systemText(file, error));
  }
  const parsed = parseConfig(text, { file, hostname: hostname() });
  if (!parsed.ok) {
    for (const problem of parsed.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    const count = parsed.problems.length;
    fail(2, `${count} ${count === 1 ? "problem" : "problems"} in ${file}; nothing was started`);
  }
  return parsed.config;
}

/** The files that the configuration names are part of it: a password that cannot be read ends it here. */
function readNamedFiles(config: Config): WholeConfig {
  try {
    return wholeConfig(config, 0);
  } catch (error) {
    fail(2, (error as Error).message);
  }
}

/** underlayd, from the command line on; returns when it runs. */
export async function run(hangups: Hangups): Promise<void> {
  const { file, check } = commandLine();
  const config = readConfig(file);
  const first = readNamedFiles(config);
  const warnings = passwordWarnings(config);
  if (check) {
    for (const warning of warnings) process.stderr.write(`${file}: warning: ${warning}\n`);
    process.stdout.write(`${file}: configuration OK\n`);
    process.exit(0);
  }
  const log = await openLog(config.log, config.node.name);
  for (const warning of warnings) log.logger.warn({ event: "password-exposed" }, warning);
  const end = (code: number): never => {
    log.flush();
    exitAtOnce(code);
  };
  process.on("uncaughtException", (error) => {
    log.logger.fatal(
      { event: "crash", stack: error.stack },
      `a fault in underlayd: ${error.message}`,
    );
    end(1);
  });

  const manager = new ServiceManager(process.env, (problem) =>
    log.logger.warn({ event: "notify-failed" }, problem),
  );
  const daemon = new Daemon({
    file,
    first,
    hostname: hostname(),
    version,
    log,
    manager,
    onEnd: end,
  });
  // From the first: what the start has made by then is taken away again.
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void daemon.stop());
  try {
    await daemon.start();
  } catch (error) {
    log.logger.fatal({ event: "start-failed" }, (error as Error).message);
    log.flush();
    fail(1, (error as Error).message);
  }
  hangups.on(() => {
    daemon.hangUp();
  });
}
