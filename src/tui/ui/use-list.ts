import { useEffect, useMemo } from "react";
import type { Action } from "../keys/action.ts";
import type { Visit } from "../state/router.ts";
import { useRemembered } from "../state/visit-context.ts";
import { type ListState, NEW_LIST, placeWindow, selectRow, toggleMark } from "./list-state.ts";

export interface ListOptions<T> {
  /** Unique within the screen; what it remembers is kept under this name. */
  name: string;
  rows: readonly T[];
  idOf(row: T): string;
  /** Rows that there is room for. */
  height: number;
  /** Space marks rows, and what is done is done to the marked. */
  canMark?: boolean;
}

export interface List<T> {
  rows: readonly T[];
  height: number;
  idOf(row: T): string;
  selected: T | undefined;
  /** Of the selected row; -1 in an empty list. */
  index: number;
  /** The first row on the screen. */
  top: number;
  isMarked(row: T): boolean;
  /** The marked rows; without any, the selected one. What an action is for. */
  chosen: readonly T[];
  markedCount: number;
  clearMarks(): void;
  select(id: string): void;
  /** Moving and marking; put them into the screen's scope. */
  actions: readonly Action[];
}

export function useList<T>({ name, rows, idOf, height, canMark = false }: ListOptions<T>): List<T> {
  const [state, setState] = useRemembered<ListState>(nameInMemory(name), NEW_LIST);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a list names its rows in one way, and there may be ten thousand.
  const ids = useMemo(() => rows.map(idOf), [rows]);
  const { index, top } = placeWindow(state, ids, height);
  const shown = ids[index];
  // The row that stood in for a lost one is the selected one from now on, also when the lost one comes back.
  useEffect(() => {
    if (shown !== undefined && state.selected !== shown) setState((before) => ({ ...before, selected: shown, index }));
  });
  const move = (wanted: number) => setState(() => selectRow({ ...state, index, top }, ids, wanted, height));
  const marked = state.marked.size === 0 ? [] : rows.filter((row) => state.marked.has(idOf(row)));
  const selected = rows[index];
  const mark = () => {
    const toggled = toggleMark(state, ids[index]);
    setState(() => selectRow({ ...toggled, index, top }, ids, index + 1, height));
  };
  return {
    ...{ rows, height, idOf, selected, index, top },
    isMarked: (row) => state.marked.has(idOf(row)),
    chosen: marked.length > 0 ? marked : selected === undefined ? [] : [selected],
    markedCount: marked.length,
    clearMarks: () => setState((before) => ({ ...before, marked: new Set() })),
    select: (id) => setState((before) => ({ ...before, selected: id, index: Math.max(0, ids.indexOf(id)) })),
    actions: [...movesOf({ move, index, count: rows.length, height }), ...(canMark ? [markAction(mark)] : [])],
  };
}

/** Selects a row of a list that is not on the screen: it is found so when its screen is come back to. */
export function selectOnReturn({ memory }: Visit, list: string, id: string): void {
  const name = nameInMemory(list);
  const before = (memory.get(name) as ListState | undefined) ?? NEW_LIST;
  memory.set(name, { ...before, selected: id });
}

function nameInMemory(list: string): string {
  return `list:${list}`;
}

interface Moving {
  move(wanted: number): void;
  index: number;
  count: number;
  height: number;
}

function movesOf({ move, index, count, height }: Moving): Action[] {
  const half = Math.max(1, Math.floor(height / 2));
  const page = Math.max(1, height - 1);
  return [
    action("down", ["j", "down"], "Go one row down.", () => move(index + 1)),
    action("up", ["k", "up"], "Go one row up.", () => move(index - 1)),
    action("first", ["g", "home"], "Go to the first row.", () => move(0)),
    action("last", ["G", "end"], "Go to the last row.", () => move(count - 1)),
    action("half-down", ["ctrl+d"], "Go half a page down.", () => move(index + half)),
    action("half-up", ["ctrl+u"], "Go half a page up.", () => move(index - half)),
    action("page-down", ["pagedown"], "Go a page down.", () => move(index + page)),
    action("page-up", ["pageup"], "Go a page up.", () => move(index - page)),
  ];
}

function action(id: string, keys: readonly string[], help: string, run: () => void): Action {
  return { id: `list.${id}`, keys, title: id.replace("-", " "), help, run };
}

function markAction(run: () => void): Action {
  return {
    ...{ id: "list.mark", keys: ["space"], title: "mark", footer: 20 },
    help: "Mark the row, or take its mark away. What you do then is done to all marked rows.",
    run,
  };
}
