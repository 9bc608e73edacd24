import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ERROR_PAGE, errorPage } from "../../scripts/error-page.ts";
import { errorCatalogue } from "../../src/core/error-catalogue.ts";
import { asSluiceError, reportError, SluiceError } from "../../src/core/errors.ts";

test("the page of errors and the catalogue say the same", async () => {
  const page = await readFile(ERROR_PAGE, "utf8");
  expect(page).toBe(errorPage());
  const documented = [...page.matchAll(/^## (\S+)$/gm)].map((match) => match[1]);
  expect(documented).toEqual(Object.keys(errorCatalogue));
});

test("an error's code decides its stage, its recovery and the exit code", () => {
  const error = new SluiceError("secret_missing", "no token");
  expect([error.stage, error.recovery, error.exitCode]).toEqual(["config", "stop_run", 3]);
});

test("a report lists the messages of the causes, nearest first", () => {
  const socket = new Error("ECONNRESET");
  const error = new SluiceError("destination_lost", "committing", {
    cause: new Error("query failed", { cause: socket }),
  });
  expect(reportError(error)).toEqual({
    code: "destination_lost",
    stage: "write",
    recovery: "retry",
    message: "committing",
    cause: ["query failed", "ECONNRESET"],
  });
});

test("causes that go round in a circle end", () => {
  const loop = new Error("loop");
  loop.cause = loop;
  expect(reportError(new SluiceError("internal", "x", { cause: loop })).cause.length).toBeLessThan(20);
});

test("what nobody foresaw becomes an internal error with its cause", () => {
  expect(asSluiceError(new TypeError("oops"))).toMatchObject({ code: "internal", message: "oops" });
  expect(asSluiceError("just a text").message).toBe("just a text");
});
