/** What the checks have made sure of. */
export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a configuration was built without being checked");
  return value;
}

/** What a list has, without the places of what could not be read. */
export function present<T>(values: readonly (T | undefined)[] = []): T[] {
  return values.filter((value) => value !== undefined);
}
