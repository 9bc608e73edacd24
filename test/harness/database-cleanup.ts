import { afterAll } from "vitest";
import { openedDatabases } from "./opened-databases.ts";

interface Task {
  result?: { state: string } | undefined;
  tasks?: Task[];
}

// biome-ignore lint/correctness/noEmptyPattern: the test runner insists on a pattern for fixtures.
afterAll(async ({}, file) => {
  if (openedDatabases.size === 0) return;
  const { finishDatabases } = await import("./postgres.ts");
  await finishDatabases(hasFailure(file as Task));
});

function hasFailure(task: Task): boolean {
  return task.result?.state === "fail" || (task.tasks ?? []).some(hasFailure);
}
