import { Box, useWindowSize } from "ink";
import { createContext, type ReactNode, useContext } from "react";
import { useSession } from "../session-context.ts";
import type { TerminalSize } from "../terminal/capabilities.ts";
import { Toned } from "../theme/toned.tsx";
import { Footer } from "./footer.tsx";
import { Header } from "./header.tsx";
import { NoticeLine } from "./notice-line.tsx";

/** Below this nothing can be read. */
const SMALLEST: TerminalSize = { columns: 60, rows: 15 };
/** From here on a screen may stand in two panes. */
const TWO_PANES_COLUMNS = 90;
/** Header, notices, footer. */
const CHROME_ROWS = 3;

/** A row that is a sentence takes about so many lines, and what has scrolled away is read anew with each drawing. */
const SPOKEN_LINES = 2;

const Body = createContext<TerminalSize>({ columns: 80, rows: 20 });

/** The room that a screen has. */
export function useBodySize(): TerminalSize {
  return useContext(Body);
}

/** Whether there is room for a second pane beside the first. */
export function useTwoPanes(): boolean {
  const { columns } = useBodySize();
  const { isScreenReader } = useSession();
  return columns >= TWO_PANES_COLUMNS && !isScreenReader;
}

/** Header, body, notices and footer; the footer is always there. A window that is too small keeps the screen's state. */
export function Layout({ children }: { children: ReactNode }): ReactNode {
  const { columns, rows } = useWindowSize();
  const { isScreenReader } = useSession();
  const isTooSmall = !isScreenReader && (columns < SMALLEST.columns || rows < SMALLEST.rows);
  const height = Math.max(rows, SMALLEST.rows) - CHROME_ROWS;
  const body = {
    columns: Math.max(columns, SMALLEST.columns),
    rows: isScreenReader ? Math.floor(height / SPOKEN_LINES) : height,
  };
  return (
    <Box flexDirection="column" width={columns} {...(isScreenReader ? {} : { height: rows })}>
      {isTooSmall ? <TooSmall columns={columns} rows={rows} /> : <Header columns={columns} />}
      <Body value={body}>
        <Box
          flexDirection="column"
          flexGrow={1}
          flexShrink={1}
          overflow="hidden"
          display={isTooSmall ? "none" : "flex"}
        >
          {children}
        </Box>
      </Body>
      {isTooSmall ? null : <NoticeLine columns={columns} />}
      {isTooSmall ? null : <Footer columns={columns} />}
    </Box>
  );
}

function TooSmall({ columns, rows }: TerminalSize): ReactNode {
  return (
    <Box flexDirection="column" flexGrow={1} overflow="hidden">
      <Toned tone="warn">{`${columns}×${rows} is too small.`}</Toned>
      <Toned>{`Make it ${SMALLEST.columns}×${SMALLEST.rows}; nothing is lost.`}</Toned>
    </Box>
  );
}

/** Two parts side by side where there is room, else the first alone. `share` is the first one's part of the width. */
export function Panes({
  first,
  second,
  share = 0.6,
}: {
  first: ReactNode;
  second: ReactNode;
  share?: number;
}): ReactNode {
  const size = useBodySize();
  if (!useTwoPanes()) return first;
  const left = Math.floor(size.columns * share) - 1;
  const right = size.columns - left - 2;
  return (
    <Box height={size.rows}>
      <Body value={{ columns: left, rows: size.rows }}>
        <Box width={left} flexShrink={0} flexDirection="column" overflow="hidden">
          {first}
        </Box>
      </Body>
      <Box width={2} flexShrink={0} />
      <Body value={{ columns: right, rows: size.rows }}>
        <Box width={right} flexShrink={0} flexDirection="column" overflow="hidden">
          {second}
        </Box>
      </Body>
    </Box>
  );
}
