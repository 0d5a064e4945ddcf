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
  let last: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false && answer !== null) {
        return answer as Exclude<T, false | undefined | null>;
      }
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      const detail = options.detail ? `\n${await options.detail()}` : "";
      throw new Error(`waited in vain: ${what}${last ? `: ${String(last)}` : ""}${detail}`);
    }
    await new Promise((resolve) => setTimeout(resolve, options.interval ?? 50));
  }
}
