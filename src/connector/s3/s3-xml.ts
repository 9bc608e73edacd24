import { parseXml, XmlElement } from "@rgrove/parse-xml";

/** The root of a document; undefined when it is not XML. */
export function xmlRoot(text: string): XmlElement | undefined {
  try {
    return parseXml(text).root ?? undefined;
  } catch {
    return undefined;
  }
}

export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child): child is XmlElement => child instanceof XmlElement && child.name === name);
}

/** The text of the first child of that name. */
export function textIn(element: XmlElement, name: string): string | undefined {
  return childrenOf(element, name)[0]?.text;
}
