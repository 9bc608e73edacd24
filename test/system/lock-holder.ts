import { acquireFileLock } from "../../src/system/file-lock.ts";

/** Takes a lock, says so, and then does as told: `wait` for stdin to end, `block` the event loop, or `exit`. */
const [path = "", then = "wait"] = process.argv.slice(2);
await acquireFileLock(path, { purpose: "holding it for a test" });
process.stdout.write("held\n");
if (then === "block") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000);
if (then === "wait") for await (const _ of process.stdin);
