import assert from "node:assert/strict";
import { test } from "node:test";
import { addressed } from "./snmp-engine.ts";

const OURS = Buffer.from("8000b98380aabbccddeeff001122334455", "hex");

interface Oddities {
  readonly version?: readonly number[];
  readonly tag?: number;
  readonly model?: readonly number[];
  /** Behind the fields of the header. */
  readonly more?: Buffer;
}

function octets(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, 0x81, content.length]), content]);
}

const integer = (...bytes: readonly number[]): Buffer => octets(2, Buffer.from(bytes));

function security(engine: Buffer): Buffer {
  const user = octets(4, Buffer.from("nms"));
  return octets(4, octets(0x30, octets(4, engine), integer(0), integer(0), user));
}

/** The beginning of a message of SNMPv3 (RFC 3412 §6): msgID 0x01020304, the flags, who it is for. */
function message(flags: number, engine: Buffer, odd: Oddities = {}): Buffer {
  const { version = [3], tag = 0x30, model = [3], more = Buffer.alloc(0) } = odd;
  const header = octets(
    tag,
    ...[integer(1, 2, 3, 4), integer(0, 255, 227), octets(4, Buffer.from([flags]))],
    ...[integer(...model), more],
  );
  const rest = octets(4, Buffer.alloc(40, 7));
  return octets(tag, integer(...version), header, security(engine), rest);
}

test("what is for this engine, or for no one yet, is answered as it is", () => {
  for (const engine of [OURS, Buffer.alloc(0)]) {
    const bytes = message(7, engine);
    assert.equal(addressed(bytes, OURS), bytes);
  }
});

test("who takes this engine for another one is told which it is, by his question's number", () => {
  const other = Buffer.from(OURS);
  other[16]++;
  const question = addressed(message(7, other), OURS) ?? assert.fail();
  const expected = [
    "303b 020103", // version
    "3011 020401020304 020300ffe3 040104 020103", // msgID, msgMaxSize, msgFlags, msgSecurityModel
    "0410 300e 0400 020100 020100 0400 0400 0400", // no engine, no user
    "3011 0400 0400 a00b 020100 020100 020100 3000", // GetRequest
  ];
  assert.equal(question.toString("hex"), expected.join("").replaceAll(" ", ""));
  // Who does not want to hear what is wrong hears nothing.
  assert.equal(addressed(message(3, other), OURS), undefined);
});

test("what cannot be read is answered by nobody", () => {
  const whole = message(7, OURS);
  const isRead = (bytes: Buffer): boolean => addressed(bytes, OURS) !== undefined;
  // All of it has to be there, whatever is behind the engine.
  for (let length = 0; length < whole.length; length++) {
    assert.equal(isRead(whole.subarray(0, length)), false);
  }
  for (const garbage of [Buffer.alloc(100, 0x30), Buffer.from("30840fffffff", "hex")]) {
    assert.equal(isRead(garbage), false);
  }
});

test("what net-snmp would read in another way is answered by nobody", () => {
  const oddities: readonly Oddities[] = [
    { version: [1] },
    { version: [0, 3] },
    { tag: 0x31 },
    { model: [2] },
    { model: [0, 3] },
    // It reads on where the header's last field ends: there is another engine.
    { more: security(Buffer.alloc(12, 1)) },
  ];
  for (const odd of oddities) {
    assert.equal(addressed(message(7, OURS, odd), OURS), undefined, JSON.stringify(odd));
  }
});
