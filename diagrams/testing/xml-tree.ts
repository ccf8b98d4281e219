/** For tests: reads XML strictly into a tree. */

export type Node = { name: string; attributes: Record<string, string>; children: (Node | string)[] };

const token =
  /<\?xml [^?<]*\?>\s*|<\/([\w:]+)>|<([\w:]+)((?:\s+[\w:-]+="(?:[^"<&]|&(?:amp|lt|gt|quot);)*")*)\s*(\/?)>|((?:[^<>&]|&(?:amp|lt|gt|quot);)+)/y;

/** Throws if the text is not well-formed, or has comments or other entities, which we never write. */
export function parsed(text: string): Node {
  const top: Node = { name: '', attributes: {}, children: [] };
  const open = [top];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const found = token.exec(text);
    if (!found) throw new Error(`not well-formed at "${text.slice(at, at + 60)}"`);
    const [, closed, name, attributesText = '', empty, content] = found;
    const inside = open.at(-1) ?? top;
    if (closed !== undefined && open.pop()?.name !== closed) throw new Error(`</${closed}> closes another element`);
    if (content !== undefined) inside.children.push(plain(content));
    if (name === undefined) continue;
    const node: Node = { name, attributes: attributesOf(name, attributesText), children: [] };
    inside.children.push(node);
    if (!empty) open.push(node);
  }
  const [root, ...others] = nodes(top);
  if (open.length > 1 || !root || others.length > 0) throw new Error('there must be exactly one root element');
  return root;
}

function attributesOf(name: string, text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, plain(value)]);
  const attributes: Record<string, string> = Object.fromEntries(pairs);
  if (Object.keys(attributes).length < pairs.length) throw new Error(`<${name}> has an attribute twice`);
  return attributes;
}

const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };
const plain = (text: string) => text.replace(/&(\w+);/g, (_, name: string) => characters[name] ?? '');

export const nodes = ({ children }: Node): Node[] => children.filter((child) => typeof child !== 'string');
export const child = (node: Node, name: string) => nodes(node).find((each) => each.name === name);
export const within = (node: Node, ...path: readonly string[]): Node | undefined =>
  path.reduce<Node | undefined>((at, name) => at && child(at, name), node);
export const all = (node: Node): Node[] => [node, ...nodes(node).flatMap(all)];
export const textOf = (node: Node): string =>
  node.children.map((each) => (typeof each === 'string' ? each : textOf(each))).join('');
