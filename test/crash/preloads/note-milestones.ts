import { subscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";

/** Writes every milestone that its process reaches into the file `CRASH_NOTES`, a line each. */
const path = process.env["CRASH_NOTES"] ?? "";

subscribe("sluice:milestone", (name) => appendFileSync(path, `${name}\n`));
