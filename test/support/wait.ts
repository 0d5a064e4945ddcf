/**
 * Waits until `probe` answers something other than undefined, false or an exception, and returns
 * that. Tests wait for conditions, never for a time; the limit only ends a test that will not pass.
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  options: { timeout?: number; interval?: number; detail?: () => string | Promise<string> } = {},
): Promise<Exclude<T, false | undefined | null>> {
  const deadline = performance.now() + (options.timeout ?? 30_000);
  let last = "";
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false && answer !== null) {
        return answer as Exclude<T, false | undefined | null>;
      }
      last = "";
    } catch (error) {
      last = `: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (performance.now() >= deadline) {
      const detail = options.detail ? `\n${await options.detail()}` : "";
      throw new Error(`waited in vain: ${what}${last}${detail}`);
    }
    await new Promise((resolve) => setTimeout(resolve, options.interval ?? 50));
  }
}
