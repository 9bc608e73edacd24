import { Box } from "ink";
import { type ReactNode, useMemo } from "react";
import type { Action } from "../keys/action.ts";
import { KeyScope } from "../keys/key-scope.tsx";
import { useRemembered } from "../state/visit-context.ts";
import { Toned } from "../theme/toned.tsx";
import { type Findable, matchesFilter, parseFilter } from "./filter.ts";
import { useBodySize } from "./layout.tsx";
import { newEdit, type TextEdit } from "./text-edit.ts";
import { TextField } from "./text-field.tsx";

export interface FilterOptions<T> {
  rows: readonly T[];
  /** By these fields a row is found. */
  fieldsOf(row: T): Findable;
  /** For the help: `status, type`. */
  fields: string;
}

export interface Filter<T> {
  rows: readonly T[];
  isOn: boolean;
  /** One line while a filter is written or on, else nothing. */
  line: ReactNode;
  /** Lines that `line` takes. */
  height: 0 | 1;
  actions: readonly Action[];
}

interface FilterState {
  edit: TextEdit;
  isWriting: boolean;
}

/** Filters a list by a line that `/` opens. Kept for as long as the screen is on the stack. */
export function useFilter<T>({ rows, fieldsOf, fields }: FilterOptions<T>): Filter<T> {
  const [state, setState] = useRemembered<FilterState>("filter", { edit: newEdit(), isWriting: false });
  const { text } = state.edit;
  const terms = parseFilter(text);
  // Thousands of rows need not be looked through for each key, as long as `fieldsOf` is the same function.
  const found = useMemo(() => {
    const wanted = parseFilter(text);
    return wanted.length === 0 ? rows : rows.filter((row) => matchesFilter(wanted, fieldsOf(row)));
  }, [rows, text, fieldsOf]);
  const isShown = state.isWriting || terms.length > 0;
  const write = (isWriting: boolean) => setState((before) => ({ ...before, isWriting }));
  const clear = () => setState({ edit: newEdit(), isWriting: false });
  return {
    rows: found,
    isOn: terms.length > 0,
    height: isShown ? 1 : 0,
    line: isShown ? (
      <FilterLine
        {...state}
        count={`${found.length} of ${rows.length}`}
        onChange={(edit) => setState((before) => ({ ...before, edit }))}
        onDone={() => write(false)}
        onClear={clear}
      />
    ) : null,
    actions: [
      {
        ...{ id: "list.filter", keys: ["/"], title: "filter", footer: 30 },
        help: `Show only rows with these words. field:value looks at one field (${fields}), !word leaves rows out.`,
        run: () => write(true),
      },
      ...(terms.length === 0 || state.isWriting
        ? []
        : [
            {
              id: "list.unfilter",
              keys: ["esc"],
              title: "clear filter",
              footer: 80,
              help: "Show all rows again.",
              run: clear,
            },
          ]),
    ],
  };
}

interface FilterLineProps extends FilterState {
  count: string;
  onChange(edit: TextEdit): void;
  onDone(): void;
  onClear(): void;
}

function FilterLine({ edit, isWriting, count, onChange, onDone, onClear }: FilterLineProps): ReactNode {
  const { columns } = useBodySize();
  const field = <TextField edit={edit} onChange={onChange} isFocused={isWriting} width={columns - count.length - 6} />;
  const keys: Action[] = [
    {
      id: "filter.done",
      keys: ["enter", "down", "up"],
      title: "to the list",
      footer: 100,
      help: "Keep the filter and go back to the list.",
      run: onDone,
    },
    {
      id: "filter.clear",
      keys: ["esc"],
      title: "clear filter",
      footer: 99,
      help: "Show all rows again.",
      run: onClear,
    },
  ];
  return (
    <Box flexShrink={0} height={1} justifyContent="space-between">
      <Box>
        <Toned tone="key">/ </Toned>
        {isWriting ? (
          <KeyScope title="Filter" actions={keys}>
            {field}
          </KeyScope>
        ) : (
          field
        )}
      </Box>
      <Toned tone="dim">{count}</Toned>
    </Box>
  );
}
