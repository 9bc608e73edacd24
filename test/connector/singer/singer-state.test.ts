import { expect, test } from "vitest";
import { joinState } from "../../../src/connector/singer/singer-state.ts";

const stream = (name: string, cursor?: object) => ({
  ...{ name, mode: "merge" as const, primaryKey: ["id"], cursorField: undefined },
  cursor: cursor as never,
});

test("the stream that a tap was in is told it again where there is a bookmark to go on from", () => {
  const kept = { state: { currently_syncing: "a", bookmarks: { other: { at: 1 } }, more: true } };
  expect(joinState([stream("a", { at: 5 }), stream("b")], kept)).toEqual({
    currently_syncing: "a",
    bookmarks: { other: { at: 1 }, a: { at: 5 } },
    more: true,
  });
});

test.each([
  ["that is read from its beginning", stream("a")],
  ["whose bookmark says nothing", stream("a", {})],
])("a stream %s is not told as the one that the tap was in: the tap would leave it out", (_, of) => {
  const state = joinState([of, stream("b", { at: 1 })], { state: { currently_syncing: "a" } });
  expect(state).toEqual({ bookmarks: { ...(of.cursor === undefined ? {} : { a: {} }), b: { at: 1 } } });
});

test("a state that holds nothing but what the tap was in is none", () => {
  expect(joinState([stream("a")], { state: { currently_syncing: "a", bookmarks: {} } })).toBeUndefined();
  expect(joinState([stream("a")], { state: { currently_syncing: null } })).toBeUndefined();
});
