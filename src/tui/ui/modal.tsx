import { Box } from "ink";
import type { ReactNode } from "react";
import type { Action } from "../keys/action.ts";
import { KeyLayer, KeyScope } from "../keys/key-scope.tsx";
import { Toned } from "../theme/toned.tsx";
import { useBodySize } from "./layout.tsx";

export interface ModalFrameProps {
  title: string;
  actions: readonly Action[];
  children: ReactNode;
  onClose(): void;
}

/** Fills the body; keys do not reach what lies below. Esc closes it. */
export function ModalFrame({ title, actions, children, onClose }: ModalFrameProps): ReactNode {
  const { columns, rows } = useBodySize();
  const close: Action = {
    id: "modal.close",
    keys: ["esc"],
    title: "close",
    footer: 50,
    help: "Go back without doing anything.",
    run: onClose,
  };
  return (
    <KeyLayer>
      <KeyScope title={title} actions={[...actions, close]} isModal>
        <Box flexDirection="column" width={columns} height={rows} flexShrink={0} overflow="hidden">
          <Toned tone="title">{title}</Toned>
          {children}
        </Box>
      </KeyScope>
    </KeyLayer>
  );
}

/** The room inside a `ModalFrame`. */
export function useModalSize(): { columns: number; rows: number } {
  const { columns, rows } = useBodySize();
  return { columns, rows: rows - 1 };
}
