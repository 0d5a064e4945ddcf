/**
 * Milliseconds that nothing takes: what is waited for comes in a fraction of that on a machine that
 * is ten times slower. (Seen: the kernel holds rtnetlink for all namespaces, for two minutes, while it
 * takes one down that has a million routes.)
 */
const LIMIT = 300_000;

/** What a probe throws where waiting is of no use: the program that it asks has ended. */
export class Hopeless extends Error {}

/**
 * Waits until `probe` answers something other than undefined, false or an exception, and returns
 * that. Tests wait for conditions, never for a time; the limit only ends a test that will not pass,
 * and {@link Hopeless} ends it at once.
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  options: { timeout?: number; interval?: number; detail?: () => string | Promise<string> } = {},
): Promise<Exclude<T, false | undefined | null>> {
  const deadline = performance.now() + (options.timeout ?? LIMIT);
  const inVain = async (why: string): Promise<Error> => {
    const detail = options.detail ? `\n${await text(options.detail)}` : "";
    return new Error(`waited in vain: ${what}${why}${detail}`);
  };
  for (;;) {
    let why = "";
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false && answer !== null) {
        return answer as Exclude<T, false | undefined | null>;
      }
    } catch (error) {
      why = `: ${error instanceof Error ? error.message : String(error)}`;
      if (error instanceof Hopeless) throw await inVain(why);
    }
    if (performance.now() >= deadline) throw await inVain(why);
    await new Promise((resolve) => setTimeout(resolve, options.interval ?? 50));
  }
}

/** What there is to say about a failure; that this cannot be found out must not hide it. */
async function text(detail: () => string | Promise<string>): Promise<string> {
  try {
    return await detail();
  } catch (error) {
    return `(no detail: ${error instanceof Error ? error.message : String(error)})`;
  }
}
