import { secretValue } from "../../../workspace/secret-list.ts";
import { rotateSecret } from "../../../workspace/secret-values.ts";
import { setSecret, unsetSecret } from "../../../workspace/secrets-file.ts";
import type { Action } from "../../keys/action.ts";
import type { Session } from "../../session.ts";
import { askSecret } from "../../ui/ask-secret.tsx";
import { askText } from "../../ui/ask-text.tsx";
import { askConfirm } from "../../ui/confirm.tsx";
import { revealSecret } from "./reveal.tsx";
import type { SecretRow } from "./secret-rows.ts";

export function secretActions(session: Session, row: SecretRow | undefined): Action[] {
  const none = row === undefined ? "there is no secret yet; n makes one" : undefined;
  return [
    setAction(session, row, none),
    newAction(session),
    rotateAction(session, row, none),
    ...removal(session, row, none),
    ...looks(session, row, none),
  ];
}

function setAction(session: Session, row: SecretRow | undefined, none: string | undefined): Action {
  const { owner = "", field = "", secret } = row ?? {};
  const command = `sluice secrets set ${owner} ${field}`;
  return {
    ...{ id: "secrets.set", keys: ["s", "enter"], title: "set", footer: 100, disabled: none, command },
    help: "Write a value into the secrets file. env:NAME and file:PATH say where it is instead.",
    run: () => secret && ask(session, secret.path, command),
  };
}

async function ask(session: Session, path: readonly string[], command: string): Promise<void> {
  const { workspace, secrets, notices } = session;
  const name = path.join(".");
  const value = await askSecret(session, {
    title: `Value of ${name}`,
    lines: [
      `It goes into ${workspace.paths.secrets}, which only its owner may read; a backup is kept.`,
      "env:NAME takes it from a variable, file:PATH from a file.",
    ],
    command,
  });
  if (value === undefined) return;
  await setSecret(workspace, path, value);
  await secrets.reload();
  notices.say(`${name} is set`, "good");
}

function newAction(session: Session): Action {
  return {
    ...{ id: "secrets.new", keys: ["n"], title: "new", footer: 70 },
    help: "Set a secret that is not in the list: of a connection, a connector, or a destination.",
    run: async () => {
      const written = await askText(session, {
        title: "Name of the new secret",
        effects: ["Whose it is and what it is called: `orders token`, or `destination.warehouse password`."],
        problemOf: (text) => (pathOf(text) === undefined ? "must be two words: whose it is, and its name" : undefined),
        commandFor: (text) => `sluice secrets set ${text}`,
      });
      const path = written === undefined ? undefined : pathOf(written);
      if (path !== undefined) await ask(session, path, `sluice secrets set ${written}`);
    },
  };
}

function pathOf(text: string): string[] | undefined {
  const [, owner, field] = /^(\S+) +(\S+)$/.exec(text.trim()) ?? [];
  if (owner === undefined || field === undefined) return undefined;
  if (!owner.startsWith("destination.")) return ["sources", owner.replace(/^sources\./, ""), field];
  return ["destination", owner.slice("destination.".length), "credentials", field];
}

function rotateAction(session: Session, row: SecretRow | undefined, none: string | undefined): Action {
  const { wanted, origin } = row?.secret ?? {};
  const where =
    origin?.from === "file" ? "into the secrets file" : "into the token store, as its own place cannot be written to";
  return {
    ...{ id: "secrets.rotate", keys: ["R"], title: "rotate", footer: 60 },
    help: "Put a new value in the place of one that the service has replaced, wherever it comes from.",
    disabled:
      none ??
      (wanted === undefined
        ? "no connection asks for it"
        : origin === undefined
          ? "it has no value; s sets one"
          : undefined),
    run: async () => {
      if (wanted === undefined) return;
      const value = await askSecret(session, {
        title: `New value of ${row?.id}`,
        lines: [`It goes ${where}.`, "It holds until the configured value itself is changed."],
        command: `sluice secrets set ${wanted.connection} ${wanted.field}`,
      });
      if (value === undefined) return;
      await rotateSecret(session.workspace, { ...wanted, value });
      await session.secrets.reload();
      session.notices.say(`${row?.id} is rotated`, "good");
    },
  };
}

function removal(session: Session, row: SecretRow | undefined, none: string | undefined): Action[] {
  const { workspace, secrets, notices } = session;
  const { owner = "", field = "", secret, id = "" } = row ?? {};
  const isInFile = secrets.get().state === "ready" && namesInFile(session).has(id);
  return [
    {
      ...{ id: "secrets.unset", keys: ["D"], title: "unset", footer: 40 },
      help: "Take the value out of the secrets file; a backup is kept. Asks for the field's name.",
      disabled: none ?? (isInFile ? undefined : whyNotInFile(row)),
      command: `sluice secrets unset ${owner} ${field}`,
      run: async () => {
        const sure = await askConfirm(session, {
          title: `Unset ${id}?`,
          effects: [`It is taken out of ${workspace.paths.secrets}; a backup of the file is kept.`],
          command: `sluice secrets unset ${owner} ${field}`,
          typeName: field,
        });
        if (!sure || secret === undefined) return;
        await unsetSecret(workspace, secret.path);
        await secrets.reload();
        notices.say(`${id} is gone`, "good");
      },
    },
  ];
}

function namesInFile({ secrets }: Session): Set<string> {
  const known = secrets.get();
  return new Set(known.state === "ready" ? known.names.map((path) => path.join(".")) : []);
}

function whyNotInFile(row: SecretRow | undefined): string {
  const { origin } = row?.secret ?? {};
  return origin === undefined ? "it has no value" : `its value comes from ${origin.where}: change it there`;
}

function looks(session: Session, row: SecretRow | undefined, none: string | undefined): Action[] {
  return [
    {
      ...{ id: "secrets.reveal", keys: ["v"], title: "hold to see", footer: 50 },
      help: "Show the value for as long as the key is held.",
      disabled: none ?? (row?.secret.origin === undefined ? "it has no value" : undefined),
      run: async () => {
        const value = row && (await secretValue(session.workspace, row.secret));
        if (row !== undefined && value !== undefined) revealSecret(session, row.id, value);
      },
    },
    {
      ...{
        id: "secrets.copy-name",
        keys: ["y"],
        title: "copy name",
        help: "Put its name, not its value, on the clipboard.",
      },
      disabled: none,
      run: () => {
        if (row !== undefined && session.terminal.copy(row.id)) session.notices.say(`${row.id} is copied`, "good");
      },
    },
  ];
}
