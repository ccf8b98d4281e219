/** XML elements as text. The content of an element must already be escaped. */

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escaped = (text: string) =>
  text.replaceAll(notInXml, '\uFFFD').replace(/[&<>"]/g, (character) => entities[character] ?? character);

/** XML 1.0 has no way to write these characters. */
const notInXml = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** An undefined attribute is left out. */
type Attributes = Readonly<Record<string, string | number | undefined>>;

export const attributesText = (attributes: Attributes) =>
  Object.entries(attributes)
    .map(([key, value]) => (value === undefined ? '' : ` ${key}="${escaped(String(value))}"`))
    .join('');

export function element(name: string, attributes: Attributes = {}, ...inside: readonly string[]): string {
  const start = `<${name}${attributesText(attributes)}`;
  return inside.length === 0 ? `${start}/>` : `${start}>${inside.join('')}</${name}>`;
}

export const xmlFile = (root: string) => `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${root}\n`;
