import { Box } from "ink";
import type { ReactNode } from "react";
import { SluiceError } from "../../../core/errors.ts";
import { bootstrapDestination } from "../../../databases/postgres/bootstrap.ts";
import { type TestStep, testConnection } from "../../../databases/postgres/connection-test.ts";
import { holdEmbedded, stopEmbedded } from "../../../databases/postgres/embedded/embedded-postgres.ts";
import { openDestination } from "../../../runner/open-destination.ts";
import type { Action } from "../../keys/action.ts";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { Prose } from "../../theme/toned.tsx";
import { askSecret } from "../../ui/ask-secret.tsx";
import { askText } from "../../ui/ask-text.tsx";
import { askConfirm } from "../../ui/confirm.tsx";
import { ModalFrame } from "../../ui/modal.tsx";
import type { AboutDatabase } from "./database-actions.ts";

/** What is done to the server: testing it, setting it up, starting and stopping the embedded one. */
export function serverActions(session: Session, about: AboutDatabase): Action[] {
  return [testAction(session, about), bootstrapAction(session, about), embeddedAction(session, about)];
}

function testAction(session: Session, { name, lookAgain }: AboutDatabase): Action {
  return {
    ...{ id: "database.test", keys: ["t"], title: "test", footer: 80 },
    help: "Try the destination step by step: name, network, encryption, login, version, rights.",
    disabled: name === "" ? "there is no destination" : undefined,
    command: `sluice db test --destination ${name}`,
    run: async () => {
      session.notices.say(`testing ${name}…`);
      await using destination = await openDestination(session.workspace, name, "a test");
      session.redactor.add([destination.address.password ?? ""]);
      const steps = await testConnection(destination.address);
      session.notices.clear();
      session.modals.open((close) => <Steps title={`Test of ${name}`} steps={steps} onClose={close} />);
      await lookAgain();
    },
  };
}

function Steps({ title, steps, onClose }: { title: string; steps: readonly TestStep[]; onClose(): void }): ReactNode {
  const { redactor } = useSession();
  return (
    <ModalFrame title={title} actions={[]} onClose={onClose}>
      <Box flexDirection="column" marginTop={1} flexShrink={1} overflow="hidden">
        {steps.map(({ step, ok, ms, message, remedy }) => (
          <Box key={step} flexDirection="column" flexShrink={0}>
            <Prose tone={ok ? "plain" : "bad"}>
              {redactor.text(`${ok ? "✓" : "✗"} ${step.padEnd(11)} ${message} (${Math.round(ms)} ms)`)}
            </Prose>
            {remedy === undefined ? null : <Prose tone="warn">{`              → ${remedy}`}</Prose>}
          </Box>
        ))}
      </Box>
    </ModalFrame>
  );
}

function bootstrapAction(session: Session, { name, database, lookAgain }: AboutDatabase): Action {
  const { status } = database;
  const run = async () => {
    if (status?.kind !== "server") return;
    const target = status.address;
    const command = (user: string) => `sluice db bootstrap --destination ${name} --admin-user ${user}`;
    const user = await askText(session, {
      title: `Set up ${name} on ${target.host}`,
      effects: [
        `A role that may create makes the role ${target.username}, the database ${target.database} and Sluice's schemas.`,
        "What is there already stays as it is.",
      ],
      initial: "postgres",
      problemOf: (text) => (text.trim() === "" ? "must name a role" : undefined),
      commandFor: command,
    });
    if (user === undefined) return;
    const lines = [`It is used once and kept nowhere. Enter alone where the server trusts ${user}.`];
    const password = await askSecret(session, {
      title: `Password of ${user}`,
      lines,
      command: command(user),
      mayBeEmpty: true,
    });
    if (password === undefined) return;
    const { password: _unused, ...rest } = target;
    const admin = { ...rest, username: user, database: "postgres", ...(password === "" ? {} : { password }) };
    const steps = await bootstrapDestination({ admin, target, schemas: [] });
    const made = steps.filter(({ outcome }) => outcome === "done").map(({ what }) => what);
    session.notices.say(made.length === 0 ? "everything was there already" : `made: ${made.join(", ")}`, "good");
    await lookAgain();
  };
  return {
    ...{ id: "database.bootstrap", keys: ["b"], title: "set up", footer: 35, run },
    help: "Make the role, the database and the schemas on the server, as a role that may.",
    disabled:
      status?.kind === "server"
        ? undefined
        : status === undefined
          ? "its settings come first: press 4"
          : "the embedded Postgres sets itself up",
  };
}

function embeddedAction(session: Session, { database, lookAgain }: AboutDatabase): Action {
  const { status } = database;
  const isRunning = status?.address !== undefined;
  const start = async (folder: string) => {
    session.notices.say("the embedded Postgres is starting…");
    await holdEmbedded(folder);
    await lookAgain();
    session.notices.say("the embedded Postgres runs until it is stopped", "good");
  };
  const stop = async (folder: string) => {
    const { outcome, users } = await stopEmbedded(folder);
    await lookAgain();
    if (outcome !== "in_use") return session.notices.say("the embedded Postgres has stopped", "good");
    const names = users.map(({ purpose }) => purpose).join(", ");
    const question = {
      title: "Stop the embedded Postgres at once?",
      effects: [
        `It is in use by ${names}, and stops by itself with the last of them.`,
        "Stopped at once, what is going on fails and can be run again.",
      ],
      command: "sluice db stop --force",
    };
    if (!(await askConfirm(session, question))) return;
    await stopEmbedded(folder, { force: true });
    await lookAgain();
    session.notices.say("the embedded Postgres has stopped", "good");
  };
  return {
    ...{ id: "database.server", keys: ["s"], title: isRunning ? "stop" : "start", footer: 85 },
    help: "Start the embedded Postgres and keep it running, or stop it.",
    disabled: status?.kind === "embedded" ? undefined : "it is a server of its own",
    command: isRunning ? "sluice db stop" : "sluice db start",
    run: () => {
      if (status?.kind !== "embedded") throw new SluiceError("internal", "There is no embedded Postgres here.");
      return isRunning ? stop(status.folder) : start(status.folder);
    },
  };
}
