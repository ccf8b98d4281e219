/** For tests: accepts or rejects all revision marks of a document, as a word processor does. */
import { isDeepStrictEqual } from 'node:util';
import { all, child, type Node, nodes, textOf, within } from './xml-tree.ts';

type Choice = { kept: 'w:ins' | 'w:del'; dropped: 'w:ins' | 'w:del' };
export const accepting: Choice = { kept: 'w:ins', dropped: 'w:del' };
export const rejecting: Choice = { kept: 'w:del', dropped: 'w:ins' };

/** The document without marks, in a normal form: runs that look alike are joined, and numbers are removed. */
export const settled = (document: Node, choice: Choice): Node =>
  tidy(resolved(joined(withoutRows(document, choice), choice), choice));

type Child = Node | string;
const isNode = (each: Child | undefined): each is Node => typeof each === 'object';
const withChildren = (node: Node, change: (children: readonly Child[]) => readonly Child[]): Node => ({
  ...node,
  children: [...change(node.children)],
});

function withoutRows(node: Node, choice: Choice): Node {
  const isDropped = (each: Child) => isNode(each) && within(each, 'w:trPr', choice.dropped) !== undefined;
  const isEmptied = (each: Child) => isNode(each) && each.name === 'w:tbl' && !child(each, 'w:tr');
  return withChildren(node, (children) =>
    children
      .filter((each) => !isDropped(each))
      .map((each) => (isNode(each) ? withoutRows(each, choice) : each))
      .filter((each) => !isEmptied(each)),
  );
}

/** A paragraph without its end becomes the start of the next one. */
function joined(node: Node, choice: Choice): Node {
  let carried: readonly Child[] = [];
  const children = node.children.flatMap((each): Child[] => {
    if (!isNode(each) || each.name !== 'w:p') return [isNode(each) ? joined(each, choice) : each];
    const [look, ...words] = each.children;
    if (look === undefined) return [each];
    const inside = [...carried, ...words];
    const isEnded = within(each, 'w:pPr', 'w:rPr', choice.dropped) === undefined;
    carried = isEnded ? [] : inside;
    return isEnded ? [joined({ ...each, children: [look, ...inside] }, choice)] : [];
  });
  if (carried.length > 0) throw new Error('the last paragraph has no end');
  return { ...node, children };
}

/** A mark around words keeps or drops them; a mark in the properties of a row or paragraph is empty. */
const resolved = (node: Node, choice: Choice): Node =>
  withChildren(node, (children) =>
    children.flatMap((each) => {
      if (!isNode(each)) return [each];
      if (each.name === choice.dropped) return [];
      const inside = resolved(each, choice);
      return each.name === choice.kept ? inside.children : [inside];
    }),
  );

function tidy({ name, attributes, children }: Node): Node {
  const { id: _, 'w:id': __, ...others } = attributes;
  const found: Child[] = [];
  for (const each of children.map((one) => (isNode(one) ? tidy(one) : one))) {
    const last = found.at(-1);
    const isEmptyLook = isNode(each) && each.name === 'w:rPr' && each.children.length === 0;
    if (isNode(each) && isNode(last) && isWords(each) && isWords(last) && looksAlike(each, last))
      found[found.length - 1] = withChildren(last, (inside) => [
        ...inside.filter((one) => isNode(one) && one.name === 'w:rPr'),
        { name: 'w:t', attributes: { 'xml:space': 'preserve' }, children: [textOf(last) + textOf(each)] },
      ]);
    else if (!isEmptyLook) found.push(each);
  }
  return { name: name === 'w:delText' ? 'w:t' : name, attributes: others, children: found };
}

const isWords = (node: Node) =>
  node.name === 'w:r' && nodes(node).every(({ name }) => name === 'w:t' || name === 'w:rPr');
const looksAlike = (one: Node, other: Node) => isDeepStrictEqual(child(one, 'w:rPr'), child(other, 'w:rPr'));

/** The order that the schema (ECMA-376, part 1) requires of the children that we write. */
const orders: Record<string, readonly string[]> = {
  'w:pPr': ['pStyle', 'keepNext', 'keepLines', 'widowControl', 'pBdr', 'spacing', 'ind', 'jc', 'outlineLvl', 'rPr'],
  'w:rPr': ['ins', 'del', 'rFonts', 'b', 'i', 'strike', 'color', 'sz', 'lang'],
  'w:tbl': ['tblPr', 'tblGrid', 'tr'],
  'w:tblPr': ['tblW', 'jc', 'tblBorders', 'tblLayout', 'tblCellMar'],
  'w:trPr': ['cantSplit', 'tblHeader', 'jc', 'ins', 'del'],
  'w:tc': ['tcPr', 'p'],
  'w:tcPr': ['tcW', 'gridSpan', 'shd'],
  'w:sectPr': ['footerReference', 'pgSz', 'pgMar'],
  'w:style': ['name', 'basedOn', 'qFormat', 'pPr', 'rPr'],
  'wp:inline': ['extent', 'effectExtent', 'docPr', 'cNvGraphicFramePr', 'graphic'],
  'wps:wsp': ['cNvPr', 'cNvSpPr', 'spPr', 'txbx', 'bodyPr'],
  'wps:spPr': ['xfrm', 'custGeom', 'prstGeom', 'noFill', 'solidFill', 'ln'],
  'wpg:wgp': ['cNvGrpSpPr', 'grpSpPr', ''],
  'wpg:grpSp': ['cNvPr', 'cNvGrpSpPr', 'grpSpPr', ''],
  'a:ln': ['noFill', 'solidFill', 'prstDash', 'round', 'headEnd', 'tailEnd'],
  'a:xfrm': ['off', 'ext', 'chOff', 'chExt'],
  'a:custGeom': ['avLst', 'gdLst', 'ahLst', 'cxnLst', 'rect', 'pathLst'],
  'pic:pic': ['nvPicPr', 'blipFill', 'spPr'],
};

/** Faults that a word processor would refuse or repair. */
export function faultsOf(root: Node): string[] {
  return all(root).flatMap((node) => {
    const names = nodes(node).map(({ name }) => name.replace(/^\w+:/, ''));
    const order = orders[node.name];
    const places = names.map((name) => order?.findIndex((each) => each === name || each === '') ?? 0);
    const isDisordered = places.some((place, n) => place < 0 || place < (places[n - 1] ?? 0));
    const isEmpty = ['w:tc', 'w:tr', 'w:tbl', 'w:txbxContent', 'w:body'].includes(node.name) && names.length === 0;
    const endsWithoutParagraph = node.name === 'w:tc' && names.at(-1) !== 'p';
    const touchingTables = names.some((name, n) => name === 'tbl' && names[n + 1] === 'tbl');
    const sizes = ['x', 'y', 'cx', 'cy', 'w', 'h'].map((name) => node.attributes[name] ?? '0');
    const isBoundless = /^(a|wp):/.test(node.name) && sizes.some((size) => !/^-?\d+$/.test(size));
    const isFault = isDisordered || isEmpty || endsWithoutParagraph || touchingTables || isBoundless;
    return isFault ? [`<${node.name}> with ${names.join(', ')}`] : [];
  });
}
