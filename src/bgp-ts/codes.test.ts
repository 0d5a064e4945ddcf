import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CEASE,
  describeNotification,
  ERROR,
  FSM_ERROR,
  HEADER_ERROR,
  OPEN_ERROR,
  ROUTE_REFRESH_ERROR,
  UPDATE_ERROR,
} from "./codes.ts";

test("codes and subcodes in words", () => {
  assert.equal(describeNotification(6, 2), "Cease/Administrative Shutdown");
  assert.equal(describeNotification(6, 9), "Cease/Hard Reset");
  assert.equal(describeNotification(6, 10), "Cease/BFD Down");
  assert.equal(describeNotification(2, 11), "OPEN Message Error/Role Mismatch");
  assert.equal(describeNotification(3, 11), "UPDATE Message Error/Malformed AS_PATH");
  assert.equal(describeNotification(4, 0), "Hold Timer Expired");
  assert.equal(describeNotification(6, 0), "Cease");
  assert.equal(describeNotification(6, 99), "Cease/subcode 99");
  assert.equal(describeNotification(8, 0), "Send Hold Timer Expired");
  assert.equal(describeNotification(77, 3), "Error code 77/subcode 3");
});

test("every constant has the name that belongs to it", () => {
  const tables = [
    [ERROR.MESSAGE_HEADER, HEADER_ERROR],
    [ERROR.OPEN, OPEN_ERROR],
    [ERROR.UPDATE, UPDATE_ERROR],
    [ERROR.CEASE, CEASE],
    [ERROR.ROUTE_REFRESH, ROUTE_REFRESH_ERROR],
  ] as const;
  const words = (text: string) => text.toUpperCase().replace(/[^A-Z]/g, "");
  for (const [code, subcodes] of tables) {
    for (const [key, subcode] of Object.entries(subcodes)) {
      const name = describeNotification(code, subcode).split("/")[1];
      assert.equal(words(name), words(key), `${code}/${subcode}`);
    }
  }
  const state = describeNotification(ERROR.FSM, FSM_ERROR.UNEXPECTED_MESSAGE_IN_OPEN_CONFIRM);
  assert.match(state, /OpenConfirm/);
});
