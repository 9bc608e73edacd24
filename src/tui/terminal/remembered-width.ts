import stringWidth, { type Options } from "string-width";
import { Remembered } from "./remembered.ts";

/** The texts of some screens: lines, their parts, single characters. */
const widths = new Remembered<number>(4_000);

/** `string-width`, which the build puts this in the place of (`tsdown.config.ts`): each text is measured once. */
// biome-ignore lint/style/noDefaultExport: it stands for a module that has one.
export default function rememberedWidth(text: string, options?: Options): number {
  return options === undefined ? widths.of(text, () => stringWidth(text)) : stringWidth(text, options);
}
