/** Packs parts and their relationships into a .docx file (ECMA-376, part 2). The same parts always give the same bytes. */
import { isDeepStrictEqual } from 'node:util';
import { strToU8, unzipSync, type Zippable, zipSync } from 'fflate';
import { element, xmlFile } from '../scene/xml.ts';

const officeDocument = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const openPackage = 'http://schemas.openxmlformats.org/package/2006';

/** The role of a part for the part that refers to it. */
const relations = {
  document: `${officeDocument}/officeDocument`,
  properties: `${openPackage}/relationships/metadata/core-properties`,
  styles: `${officeDocument}/styles`,
  settings: `${officeDocument}/settings`,
  footer: `${officeDocument}/footer`,
  image: `${officeDocument}/image`,
} as const;

export type Part = {
  path: string;
  /** The id by which the document refers to it. */
  id: string;
  relation: keyof typeof relations;
  type: string;
  content: string | Uint8Array;
};

export function docx(parts: readonly Part[]): Uint8Array {
  const ofPackage = parts.filter(({ relation }) => relation === 'document' || relation === 'properties');
  const ofDocument = parts.filter((part) => !ofPackage.includes(part));
  const files: [path: string, content: string | Uint8Array][] = [
    ['[Content_Types].xml', contentTypes(parts)],
    ['_rels/.rels', relationships(ofPackage, '')],
    ['word/_rels/document.xml.rels', relationships(ofDocument, 'word/')],
    ...parts.map(({ path, content }): [string, string | Uint8Array] => [path, content]),
  ];
  // A zip file stores local time: local midnight gives the same bytes in every time zone.
  const mtime = new Date(2026, 0, 1);
  const zipped: Zippable = {};
  for (const [path, content] of files) {
    zipped[path] = typeof content === 'string' ? [strToU8(content), { mtime }] : [content, { mtime, level: 0 }];
  }
  return zipSync(zipped);
}

/** Whether both have the same content. PNGs are not compared, because they are rendered from the SVGs beside them. */
export function sameDocument(one: Uint8Array, other: Uint8Array): boolean {
  const [some, others] = [one, other].map(partsOf);
  return some !== undefined && isDeepStrictEqual(some, others);
}

/** Undefined if it is not a complete zip file. */
function partsOf(file: Uint8Array) {
  try {
    return unzipSync(file, { filter: ({ name }) => !name.endsWith('.png') });
  } catch {
    return undefined;
  }
}

function contentTypes(parts: readonly Part[]): string {
  const defaults = [
    ['rels', 'application/vnd.openxmlformats-package.relationships+xml'],
    ['xml', 'application/xml'],
  ].map(([Extension, ContentType]) => element('Default', { Extension, ContentType }));
  const own = parts.map(({ path, type }) => element('Override', { PartName: `/${path}`, ContentType: type }));
  return xmlFile(element('Types', { xmlns: `${openPackage}/content-types` }, ...defaults, ...own));
}

function relationships(parts: readonly Part[], folder: string): string {
  const own = parts.map(({ id, relation, path }) =>
    element('Relationship', { Id: id, Type: relations[relation], Target: path.slice(folder.length) }),
  );
  return xmlFile(element('Relationships', { xmlns: `${openPackage}/relationships` }, ...own));
}
