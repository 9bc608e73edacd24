import { randomUUID } from "node:crypto";
import { processStatus, thisProcess } from "../../system/process-identity.ts";

/**
 * Names that say which process made something that has to go with it, so that the next one can clear away what a killed
 * one has left: `<pid>-<start time>-a1b2c3`.
 */
const NAME = /^(\d+)-(.*)-[^-]+$/;

export function ownedName(): string {
  const { pid, started } = thisProcess();
  return `${pid}-${encodeURIComponent(started)}-${randomUUID().slice(0, 6)}`;
}

/** Whether the process that made it is no more. */
export function isLeftBehind(name: string): boolean {
  const [, pid, started = ""] = NAME.exec(name) ?? [];
  return pid !== undefined && processStatus({ pid: Number(pid), started: decodeURIComponent(started) }) === "dead";
}
