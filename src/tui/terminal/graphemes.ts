/** Made when first needed: it takes longer than anything else before the first picture, which needs none. */
let segmenter: Intl.Segmenter | undefined;

/** What people take for single characters, however many code points they are. */
export function graphemesOf(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}
