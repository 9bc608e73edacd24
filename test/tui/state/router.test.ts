import { expect, test } from "vitest";
import { placeTitle } from "../../../src/tui/state/place.ts";
import { createRouter } from "../../../src/tui/state/router.ts";

function opened() {
  const router = createRouter();
  return { router, crumbs: () => router.get().map(({ place }) => placeTitle(place)) };
}

test("opening goes deeper, and back to what is open already", () => {
  const { router, crumbs } = opened();
  router.open({ screen: "history" });
  router.open({ screen: "run", run_id: "0123456789" });
  expect(crumbs()).toEqual(["Connections", "Runs", "Run 23456789"]);
  router.open({ screen: "history" });
  expect(crumbs()).toEqual(["Connections", "Runs"]);
});

test("switching leaves nothing open in between, and finds what was there before", () => {
  const { router, crumbs } = opened();
  router.switchTo({ screen: "history" });
  router.current().memory.set("filter", "failed");
  router.open({ screen: "run", run_id: "0123456789" });
  router.switchTo({ screen: "state" });
  router.switchTo({ screen: "secrets" });
  expect(crumbs()).toEqual(["Connections", "Secrets"]);
  router.switchTo({ screen: "history" });
  expect(crumbs()).toEqual(["Connections", "Runs"]);
  expect(router.current().memory.get("filter")).toBe("failed");
  router.switchTo({ screen: "connections" });
  expect(crumbs()).toEqual(["Connections"]);
  expect(router.back()).toBe(false);
});
