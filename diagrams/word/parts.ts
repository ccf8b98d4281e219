/** The parts that every document has besides its text: namespaces, page size, settings, footer and properties. */
import { element, xmlFile } from '../scene/xml.ts';
import { paragraphElement } from './text.ts';

const office = 'http://schemas.openxmlformats.org';
const microsoft = 'http://schemas.microsoft.com/office';
export const wordNamespace = `${office}/wordprocessingml/2006/main`;
export const namespaces = {
  'xmlns:w': wordNamespace,
  'xmlns:r': `${office}/officeDocument/2006/relationships`,
  'xmlns:mc': `${office}/markup-compatibility/2006`,
  'xmlns:wp': `${office}/drawingml/2006/wordprocessingDrawing`,
  'xmlns:a': `${office}/drawingml/2006/main`,
  'xmlns:pic': `${office}/drawingml/2006/picture`,
  'xmlns:wpg': `${microsoft}/word/2010/wordprocessingGroup`,
  'xmlns:wps': `${microsoft}/word/2010/wordprocessingShape`,
  'xmlns:asvg': `${microsoft}/drawing/2016/SVG/main`,
};

/** A4 with the margins of a 3GPP specification. */
export const sectionXml = () =>
  element(
    'w:sectPr',
    {},
    element('w:footerReference', { 'w:type': 'default', 'r:id': 'footer' }),
    element('w:pgSz', { 'w:w': 11907, 'w:h': 16840 }),
    element('w:pgMar', {
      'w:top': 1416,
      'w:right': 1133,
      'w:bottom': 1133,
      'w:left': 1133,
      'w:header': 850,
      'w:footer': 340,
      'w:gutter': 0,
    }),
  );

/** Declares a document of Word 2013 or later, so that Word does not open it in compatibility mode. */
export function settingsXml(): string {
  const mode = { 'w:name': 'compatibilityMode', 'w:uri': `${microsoft}/word`, 'w:val': 15 };
  const compatible = element('w:compat', {}, element('w:compatSetting', mode));
  return xmlFile(
    element('w:settings', { 'xmlns:w': wordNamespace }, element('w:defaultTabStop', { 'w:val': 284 }), compatible),
  );
}

export function footerXml(): string {
  const number = element('w:fldSimple', { 'w:instr': 'PAGE' }, element('w:r', {}, element('w:t', {}, '1')));
  return xmlFile(element('w:ftr', { 'xmlns:w': wordNamespace }, paragraphElement('Footer', number)));
}

export function propertiesXml(title: string): string {
  const date = (name: string) => element(`dcterms:${name}`, { 'xsi:type': 'dcterms:W3CDTF' }, '2026-01-01T00:00:00Z');
  return xmlFile(
    element(
      'cp:coreProperties',
      {
        'xmlns:cp': `${office}/package/2006/metadata/core-properties`,
        'xmlns:dc': 'http://purl.org/dc/elements/1.1/',
        'xmlns:dcterms': 'http://purl.org/dc/terms/',
        'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
      },
      element('dc:title', {}, title),
      element('dc:creator', {}, 'capif-machines'),
      date('created'),
      date('modified'),
    ),
  );
}
