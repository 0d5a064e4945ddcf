import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KernelObject } from "./forwarding.ts";
import { ObjectSlots } from "./object-slots.ts";

const step = fc.record({
  what: fc.constantFrom("take", "take", "adopt", "free", "reserve", "unreserve"),
  slot: fc.integer({ min: 1, max: 12 }),
});

test("a slot that is in use or reserved is given to nobody, and those that are free come again", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const slots = new ObjectSlots();
      const used = new Set<number>();
      const reserved = new Set<number>();
      for (const { what, slot } of steps) {
        const isTaken = used.has(slot) || reserved.has(slot);
        if (what === "take") {
          const found = slots.allocate();
          ok(found > 0 && !used.has(found) && !reserved.has(found), `slot ${found}`);
          slots.set(found, new KernelObject(found, false));
          used.add(found);
        } else if (what === "adopt" && !isTaken) {
          slots.set(slot, new KernelObject(slot, false));
          used.add(slot);
        } else if (what === "free" && used.delete(slot)) {
          slots.free(slot);
        } else if (what === "reserve" && !isTaken) {
          slots.reserve(slot);
          reserved.add(slot);
        } else if (what === "unreserve") {
          equal(slots.unreserve(slot), reserved.delete(slot));
        }
      }
      deepEqual(new Set([...slots.all()].map((object) => object.slot)), used);
      // All below the limit are in use before the limit grows.
      const { limit } = slots;
      for (let free = limit - 1 - used.size - reserved.size; free > 0; free--) {
        const found = slots.allocate();
        ok(found < limit, `slot ${found} of ${limit}`);
        slots.set(found, new KernelObject(found, false));
      }
    }),
  );
});
