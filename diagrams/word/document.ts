/** Writes an annex as a Word document; of two versions, a document with revision marks from the first to the second. */
import { element, xmlFile } from '../scene/xml.ts';
import type { Block, FigureBlock } from './blocks.ts';
import { figureParts, figureRun } from './figure.ts';
import { docx, type Part } from './package.ts';
import { footerXml, namespaces, propertiesXml, sectionXml, settingsXml } from './parts.ts';
import { type Revised, revised } from './revision.ts';
import { stylesXml } from './styles.ts';
import { bothVersions, marked, paragraphElement, paragraphXml, type Revision, tableXml } from './text.ts';

/** Two equal versions give a document without revision marks. */
export function wordDocument(title: string, before: readonly Block[], after: readonly Block[]): Uint8Array {
  const blocks = revised(before, after, keyOf);
  const figures = blocks.flatMap(figuresOf).map(({ figure }) => figure);
  const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml';
  const own = (name: 'document' | 'styles' | 'settings' | 'footer', content: string): Part => ({
    path: `word/${name}.xml`,
    id: name,
    relation: name,
    type: `${word}.${name === 'document' ? 'document.main' : name}+xml`,
    content,
  });
  return docx([
    own('document', documentXml(blocks)),
    {
      path: 'docProps/core.xml',
      id: 'properties',
      relation: 'properties',
      type: 'application/vnd.openxmlformats-package.core-properties+xml',
      content: propertiesXml(title),
    },
    own('styles', stylesXml()),
    own('settings', settingsXml()),
    own('footer', footerXml()),
    ...figures.flatMap(figureParts),
  ]);
}

/** The key of a block. A paragraph that moves to the page of the next block counts as another one. */
const keyOf = (block: Block) =>
  `${block.kind} ${block.id}${block.kind === 'paragraph' && block.withNext ? ' with next' : ''}`;

function documentXml(blocks: readonly Revised<Block>[]): string {
  const body = element('w:body', {}, ...blocks.map(blockXml), sectionXml());
  let next = 0;
  // Shapes and revision marks need unique numbers; they get them in document order.
  const numbered = element('w:document', namespaces, body).replaceAll(/(?<= (?:w:)?id=")#(?=")/g, () => String(++next));
  return xmlFile(numbered);
}

function blockXml(item: Revised<Block>): string {
  const [before, after] = bothVersions(item);
  const block = after ?? before;
  if (block?.kind === 'paragraph') return paragraphXml(narrowed(item, 'paragraph'));
  if (block?.kind === 'table') return tableXml(narrowed(item, 'table'));
  const figures = figuresOf(item).map(({ figure, revision }) => marked(revision, figureRun(figure)));
  return paragraphElement('TH', figures.join(''), item.what, { onPages: true });
}

/** Blocks of one key are of one kind. */
function narrowed<K extends Block['kind']>(item: Revised<Block>, kind: K): Revised<Extract<Block, { kind: K }>> {
  const is = (block: Block): block is Extract<Block, { kind: K }> => block.kind === kind;
  if (item.what === 'kept' && is(item.before) && is(item.after))
    return { ...item, before: item.before, after: item.after };
  if (item.what === 'removed' && is(item.before)) return { ...item, before: item.before };
  if (item.what === 'added' && is(item.after)) return { ...item, after: item.after };
  throw new Error(`a block with the key of a ${kind} has another kind`);
}

/** A figure that looks different replaces the old one in the same paragraph. */
function figuresOf(item: Revised<Block>): { figure: FigureBlock; revision: Revision }[] {
  const [before, after] = bothVersions(item);
  const [old, now] = [before, after].map((block) => (block?.kind === 'figure' ? block : undefined));
  if (old && now && JSON.stringify([old.scene, old.scale]) === JSON.stringify([now.scene, now.scale]))
    return [{ figure: now, revision: 'kept' }];
  return [
    ...(old ? [{ figure: old, revision: 'removed' } as const] : []),
    ...(now ? [{ figure: now, revision: 'added' } as const] : []),
  ];
}
