/**
 * Where a person is in a list. The selection stays with its row, by id, while rows come and go around it; when the row
 * itself goes, the one that takes its place is selected.
 */
export interface ListState {
  selected: string | undefined;
  /** Where the selected row was last. */
  index: number;
  /** The first row on the screen. */
  top: number;
  marked: ReadonlySet<string>;
}

export interface ListWindow {
  /** Of the selected row; -1 in an empty list. */
  index: number;
  top: number;
}

export const NEW_LIST: ListState = { selected: undefined, index: 0, top: 0, marked: new Set() };

/** The selection and the window for the rows that there are now. Only rows of the window need be drawn. */
export function placeWindow(state: ListState, ids: readonly string[], height: number): ListWindow {
  if (ids.length === 0) return { index: -1, top: 0 };
  const index = indexOf(state, ids);
  const lastTop = Math.max(0, ids.length - height);
  const lowest = Math.max(0, index - height + 1);
  return { index, top: Math.min(Math.max(Math.min(state.top, index, lastTop), lowest), lastTop) };
}

/** Selects another row, counted from the top of the list. */
export function selectRow(state: ListState, ids: readonly string[], wanted: number, height: number): ListState {
  if (ids.length === 0) return state;
  const index = Math.min(Math.max(wanted, 0), ids.length - 1);
  const { top } = placeWindow(state, ids, height);
  const moved = { ...state, selected: ids[index], index, top };
  return { ...moved, top: placeWindow(moved, ids, height).top };
}

export function toggleMark(state: ListState, id: string | undefined): ListState {
  if (id === undefined) return state;
  const marked = new Set(state.marked);
  if (!marked.delete(id)) marked.add(id);
  return { ...state, marked };
}

function indexOf({ selected, index }: ListState, ids: readonly string[]): number {
  if (selected !== undefined && ids[index] !== selected) {
    const found = ids.indexOf(selected);
    if (found !== -1) return found;
  }
  return Math.min(index, ids.length - 1);
}
