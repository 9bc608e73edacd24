import stringWidth, { type Options } from "string-width";
import { Remembered } from "./remembered.ts";
import { isSingleColumns } from "./single-columns.ts";

/** The texts of some screens: lines, their parts, single characters. */
const widths = new Remembered<number>(1_000);

/**
 * `string-width`, which the build puts this in the place of (`scripts/package-changes.ts`): each text is measured once,
 * and most of them by their length.
 */
// biome-ignore lint/style/noDefaultExport: it stands for a module that has one.
export default function rememberedWidth(text: string, options?: Options): number {
  if (options !== undefined) return stringWidth(text, options);
  return isSingleColumns(text) ? text.length : widths.of(text, () => stringWidth(text));
}
