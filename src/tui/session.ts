import { join } from "node:path";
import { createRedactor, type Redactor } from "../core/redaction.ts";
import { type Clock, dayOf, systemClock } from "../core/time.ts";
import { openWorkspace, type Workspace } from "../workspace/locate.ts";
import { ScopeStack } from "./keys/scope-stack.ts";
import { createCoalescer } from "./state/coalescer.ts";
import { type ConfigStore, createConfigStore } from "./state/config-store.ts";
import { FolderWatch } from "./state/folder-watch.ts";
import { createModals, type Modals } from "./state/modals.ts";
import { createNotices, type Notices } from "./state/notices.ts";
import type { Place } from "./state/place.ts";
import { createRouter, type Router } from "./state/router.ts";
import { createRunControl, type RunControl } from "./state/run-control.ts";
import { createRunShelf, type RunShelf } from "./state/run-shelf.ts";
import { createSecretsStore, type SecretsStore } from "./state/secrets-store.ts";
import { createStore, type Store } from "./state/store.ts";
import { backgroundOfEnvironment } from "./terminal/background.ts";
import { type Theme, type ThemeName, themeOf } from "./theme/theme.ts";
import type { TuiHost } from "./tui-host.ts";

/** What a screen may ask of the terminal. */
export interface TerminalControl {
  /** Puts text on the clipboard; false when it is too long for that. */
  copy(text: string): boolean;
  /** Gives the terminal to somebody else while `work` goes on. */
  lend<T>(work: () => Promise<T>): Promise<T>;
  /** Stops the process as ctrl-z does, until it is continued. */
  suspend(): void;
  redraw(): void;
  exit(code: number): void;
}

/** Everything that screens share. Each part is small and has its own subscribers; the session itself never changes. */
export interface Session {
  readonly host: TuiHost;
  readonly workspace: Workspace;
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly keys: ScopeStack;
  readonly router: Router;
  readonly modals: Modals;
  readonly notices: Notices;
  readonly theme: Store<Theme>;
  readonly themeName: ThemeName;
  readonly isScreenReader: boolean;
  readonly config: ConfigStore;
  readonly secrets: SecretsStore;
  readonly runs: RunShelf;
  readonly control: RunControl;
  /** Does nothing until a terminal is attached. */
  readonly terminal: TerminalControl;
  /** The folder that is to be opened when this session is left. */
  readonly nextWorkspace: string | undefined;
  /** Leaves this workspace for that of another folder. */
  moveTo(folder: string): void;
  attach(terminal: TerminalControl): void;
  /** Reads everything once and watches it from then on. */
  open(): void;
  close(): void;
}

export interface SessionOptions {
  workspace?: string | undefined;
  place?: Place | undefined;
  theme?: ThemeName | undefined;
  screenReader?: boolean | undefined;
}

/** Runs come and go in bursts; their folders need not be listed more often. */
const SCAN_PAUSE_MS = 250;

export function createSession(host: TuiHost, options: SessionOptions = {}): Session {
  const workspace = openWorkspace({
    cwd: host.cwd,
    env: host.env,
    ...(options.workspace === undefined ? {} : { workspace: options.workspace }),
  });
  const clock = host.clock ?? systemClock;
  const redactor = createRedactor();
  const notices = createNotices((text) => redactor.text(text));
  const themeName = options.theme ?? "auto";
  const stores = {
    config: createConfigStore(workspace),
    secrets: createSecretsStore(workspace, redactor),
    runs: createRunShelf(workspace),
  };
  const watching = watchWorkspace(workspace, stores);
  const slot = terminalSlot();
  let next: string | undefined;
  return {
    ...{ host, workspace, clock, redactor, notices, themeName, ...stores },
    isScreenReader: options.screenReader === true,
    keys: new ScopeStack({
      onDisabled: (action, reason) => notices.say(`${action.title}: ${reason}`, "warn"),
      onFailure: (_action, error) => notices.fail(error),
    }),
    router: createRouter(options.place),
    modals: createModals(),
    theme: createStore(themeOf(themeName, backgroundOfEnvironment(host.env))),
    control: createRunControl({ workspace, program: host.program, env: host.env, clock }),
    ...slot,
    get nextWorkspace() {
      return next;
    },
    moveTo(folder) {
      next = folder;
      slot.terminal.exit(0);
    },
    open: watching.open,
    close() {
      watching.close();
      stores.runs.stop();
      notices.clear();
    },
  };
}

type Stores = Pick<Session, "config" | "secrets" | "runs">;

function watchWorkspace({ paths }: Workspace, { config, secrets, runs }: Stores): { open(): void; close(): void } {
  let watch: FolderWatch | undefined;
  const reading = [
    createCoalescer(() => void config.reload().then(() => watch?.refresh())),
    createCoalescer(() => void secrets.reload()),
    createCoalescer(() => void scan(), SCAN_PAUSE_MS),
    createCoalescer(() => void runs.lookForLive().then(() => watch?.refresh()), SCAN_PAUSE_MS),
  ] as const;
  const [readConfig, readSecrets, scanRuns, lookForLive] = reading;
  const scan = async () => {
    await runs.scan().catch(() => {});
    watch?.refresh();
  };
  const wanted = () => [
    { path: paths.config, contents: true, onChange: readConfig.ask },
    { path: paths.secrets, contents: true, onChange: readSecrets.ask },
    ...runFolders(paths, runs).map((path) => ({ path, onChange: scanRuns.ask })),
    { path: paths.locks, onChange: lookForLive.ask },
  ];
  return {
    open() {
      for (const each of reading) each.ask();
      watch = new FolderWatch(wanted);
    },
    close() {
      watch?.stop();
      for (const each of reading) each.stop();
    },
  };
}

/** New runs come into the newest day, or make a day of their own. */
function runFolders({ runs, run_logs }: Workspace["paths"], shelf: RunShelf): string[] {
  const [newest] = shelf.get().runs;
  const day = newest === undefined ? [] : [dayOf(newest.at)];
  return [runs, run_logs, ...day.flatMap((name) => [join(runs, name), join(run_logs, name)])];
}

/** Screens are drawn before the terminal can be controlled; what they were handed then must work later. */
function terminalSlot(): Pick<Session, "terminal" | "attach"> {
  let attached: TerminalControl | undefined;
  return {
    attach: (terminal) => {
      attached = terminal;
    },
    terminal: {
      copy: (text) => attached?.copy(text) ?? false,
      lend: (work) => attached?.lend(work) ?? work(),
      suspend: () => attached?.suspend(),
      redraw: () => attached?.redraw(),
      exit: (code) => attached?.exit(code),
    },
  };
}
