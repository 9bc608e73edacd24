import { expect, test } from "vitest";
import { stateForEvent } from "../../src/runner/event-state.ts";

test("an event shows small cursors whole and large ones by their length", () => {
  const large = Array.from({ length: 2000 }, (_, index) => index);
  const streams = { small: { cursor: 5 }, large: { cursor: large } };
  const state = { version: 1 as const, revision: 3, destination_id: null, global: {}, streams };
  expect(stateForEvent(state)).toEqual({
    ...state,
    streams: { small: { cursor: 5 }, large: { cursor: { abridged: true, characters: JSON.stringify(large).length } } },
  });
  expect(stateForEvent(undefined)).toBeNull();
});
