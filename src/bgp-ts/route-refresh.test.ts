import assert from "node:assert/strict";
import { test } from "node:test";
import { message } from "./annotated.test.ts";
import { decodeRouteRefresh, encodeRouteRefresh, ROUTE_REFRESH } from "./route-refresh.ts";

test("a request and the marks around its answer, both ways", () => {
  const cases = [
    [{ afi: 1, safi: 1, subtype: ROUTE_REFRESH.REQUEST }, "0001 00 01"],
    [{ afi: 2, safi: 1, subtype: ROUTE_REFRESH.BEGIN }, "0002 01 01"],
    [{ afi: 16388, safi: 71, subtype: ROUTE_REFRESH.END }, "4004 02 47"],
  ] as const;
  for (const [value, body] of cases) {
    const bytes = message(5, `${body} // AFI, subtype, SAFI`);
    assert.deepEqual(encodeRouteRefresh(value), bytes);
    assert.deepEqual(decodeRouteRefresh(bytes, 19, 23), { kind: "route-refresh", ...value });
  }
});

test("BEGIN and END of the wrong length bring the complete message (RFC 7313 §5)", () => {
  for (const body of ["0001 01 01 00", "0001 02"]) {
    const bytes = message(5, body);
    const fault = decodeRouteRefresh(bytes, 19, bytes.length);
    assert.ok(fault.kind === "fault");
    assert.deepEqual([fault.code, fault.subcode, fault.offset], [7, 1, 16]);
    assert.deepEqual(fault.data, bytes);
  }
});

test("a request of the wrong length is a bad header", () => {
  const bytes = message(5, "0001 00 01 40 80 0000");
  const fault = decodeRouteRefresh(bytes, 19, bytes.length);
  assert.ok(fault.kind === "fault");
  assert.deepEqual([fault.code, fault.subcode], [1, 2]);
  assert.deepEqual(fault.data, Uint8Array.of(0, 27));
  assert.equal(decodeRouteRefresh(bytes, 19, 19).kind, "fault");
});

test("a subtype that is not known is for the reader to ignore, however long (RFC 7313 §5)", () => {
  const bytes = message(5, "0001 03 01 40 80 0000"); // AFI 1, subtype 3, SAFI 1, and something
  assert.deepEqual(decodeRouteRefresh(bytes, 19, bytes.length), {
    kind: "route-refresh",
    afi: 1,
    safi: 1,
    subtype: 3,
  });
  const short = message(5, "0001 03");
  assert.equal(decodeRouteRefresh(short, 19, short.length).kind, "fault");
});
