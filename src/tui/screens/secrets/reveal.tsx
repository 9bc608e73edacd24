import { Box } from "ink";
import { type ReactNode, useEffect, useState } from "react";
import type { Session } from "../../session.ts";
import { Prose } from "../../theme/toned.tsx";
import { ModalFrame } from "../../ui/modal.tsx";

/** A key that is held comes again sooner than this, also before its first repetition. */
const HELD_MS = 1_500;

/** Shows a value for as long as `v` is held, and a moment longer. It is drawn and kept nowhere else. */
export function revealSecret({ modals }: Session, name: string, value: string): void {
  modals.open((close) => <Revealed name={name} value={value} onClose={close} />);
}

function Revealed({ name, value, onClose }: { name: string; value: string; onClose(): void }): ReactNode {
  const [presses, setPresses] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each press begins the moment anew.
  useEffect(() => {
    const timer = setTimeout(onClose, HELD_MS);
    return () => clearTimeout(timer);
  }, [presses]);
  const hold = {
    ...{ id: "reveal.hold", keys: ["v"], title: "hold to see", footer: 100, help: "Hold the key to go on seeing it." },
    run: () => setPresses((before) => before + 1),
  };
  const hide = {
    ...{ id: "reveal.hide", keys: ["enter", "q", "space"], title: "hide", help: "Hide it at once.", run: onClose },
  };
  return (
    <ModalFrame title={name} actions={[hold, hide]} onClose={onClose}>
      <Box marginY={1} flexDirection="column">
        <Prose tone="strong">{value}</Prose>
      </Box>
      <Prose tone="dim">It hides by itself when v is let go.</Prose>
    </ModalFrame>
  );
}
