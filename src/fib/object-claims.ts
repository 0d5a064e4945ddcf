/** Objects that an earlier run has left, by what they do: whoever needs just that takes one over. */
import type { KernelObject } from "./forwarding.ts";
import type { ObjectSlots } from "./object-slots.ts";

export class ObjectClaims {
  readonly #slots: ObjectSlots;
  /** Worked out when the first is asked for. */
  #byContent: Map<string, KernelObject[]> | undefined;

  constructor(slots: ObjectSlots) {
    this.#slots = slots;
  }

  /** There may be others than before. */
  reset(): void {
    this.#byContent = undefined;
  }

  /** An object of this content (singleKey, groupKey) that nobody has claimed yet. */
  claim(key: string, isGroup: boolean): KernelObject | undefined {
    this.#byContent ??= this.#index();
    const same = this.#byContent.get(isGroup ? `group ${key}` : key) ?? [];
    for (let object = same.pop(); object !== undefined; object = same.pop()) {
      // It may have gone, or have been claimed, since they were sorted.
      if (!object.adopted || object.state !== "present" || object.flying !== "") continue;
      object.adopted = false;
      return object;
    }
    return undefined;
  }

  /** Of several with the same content the one with the most routes comes last, and is taken first. */
  #index(): Map<string, KernelObject[]> {
    const adopted = [...this.#slots.all()].filter(({ adopted, leftover }) => adopted && !leftover);
    adopted.sort((a, b) => this.#slots.routes[a.slot] - this.#slots.routes[b.slot]);
    const claims = new Map<string, KernelObject[]>();
    for (const object of adopted) {
      const key = object.isGroup ? `group ${object.contentKey()}` : object.contentKey();
      const same = claims.get(key);
      if (same === undefined) claims.set(key, [object]);
      else same.push(object);
    }
    return claims;
  }
}
