/** The paragraph styles of a 3GPP specification (TR 21.801), under the names of 3GPP's template. */
import { element, xmlFile } from '../scene/xml.ts';
import { wordNamespace } from './parts.ts';

type Look = {
  name: string;
  basedOn?: string;
  font?: 'Arial' | 'Times New Roman';
  halfPoints?: number;
  bold?: true;
  align?: 'left' | 'center';
  /** In twentieths of a point. */
  before?: number;
  after?: number;
  hanging?: number;
  ruledAbove?: true;
  withNext?: boolean;
  together?: true;
  outline?: number;
};

const styles: Record<string, Look> = {
  Normal: { name: 'Normal', font: 'Times New Roman', halfPoints: 20, after: 180 },
  Heading1: {
    name: 'heading 1',
    font: 'Arial',
    halfPoints: 36,
    before: 240,
    after: 180,
    hanging: 1134,
    ruledAbove: true,
    withNext: true,
    together: true,
    outline: 0,
  },
  Heading8: { name: 'heading 8', basedOn: 'Heading1', hanging: 0, outline: 7 },
  FP: { name: 'FP', basedOn: 'Normal', after: 0 },
  TH: {
    name: 'TH',
    basedOn: 'Normal',
    font: 'Arial',
    halfPoints: 20,
    bold: true,
    align: 'center',
    before: 60,
    after: 180,
    withNext: true,
    together: true,
  },
  TF: { name: 'TF', basedOn: 'TH', before: 0, after: 240, withNext: false },
  TAL: { name: 'TAL', basedOn: 'Normal', font: 'Arial', halfPoints: 18, after: 0, together: true },
  TAC: { name: 'TAC', basedOn: 'TAL', align: 'center' },
  TAH: { name: 'TAH', basedOn: 'TAC', bold: true, withNext: true },
  Footer: { name: 'footer', basedOn: 'Normal', font: 'Arial', halfPoints: 18, align: 'center', after: 0 },
};

export function stylesXml(): string {
  const plain = element(
    'w:rPr',
    {},
    fonts('Times New Roman'),
    element('w:sz', { 'w:val': 20 }),
    element('w:lang', { 'w:val': 'en-GB' }),
  );
  const defaults = element('w:docDefaults', {}, element('w:rPrDefault', {}, plain), element('w:pPrDefault'));
  return xmlFile(
    element(
      'w:styles',
      { 'xmlns:w': wordNamespace },
      defaults,
      ...Object.entries(styles).map(([id, look]) => style(id, look)),
    ),
  );
}

function style(id: string, { name, basedOn, ...look }: Look): string {
  return element(
    'w:style',
    { 'w:type': 'paragraph', ...(id === 'Normal' && { 'w:default': 1 }), 'w:styleId': id },
    element('w:name', { 'w:val': name }),
    ...(basedOn ? [element('w:basedOn', { 'w:val': basedOn })] : []),
    element('w:qFormat'),
    element('w:pPr', {}, ...paragraphLook(look)),
    element('w:rPr', {}, ...letterLook(look)),
  );
}

/** In the order that the schema requires. */
function paragraphLook({
  withNext,
  together,
  ruledAbove,
  before,
  after,
  hanging,
  align,
  outline,
}: Omit<Look, 'name'>): string[] {
  const rule = { 'w:val': 'single', 'w:sz': 12, 'w:space': 3, 'w:color': 'auto' };
  return [
    ...(withNext === undefined ? [] : [element('w:keepNext', { 'w:val': withNext ? 1 : 0 })]),
    ...(together ? [element('w:keepLines')] : []),
    ...(ruledAbove ? [element('w:pBdr', {}, element('w:top', rule))] : []),
    ...(before === undefined && after === undefined
      ? []
      : [element('w:spacing', { 'w:before': before, 'w:after': after })]),
    ...(hanging === undefined ? [] : [element('w:ind', { 'w:left': hanging, 'w:hanging': hanging })]),
    ...(align ? [element('w:jc', { 'w:val': align })] : []),
    ...(outline === undefined ? [] : [element('w:outlineLvl', { 'w:val': outline })]),
  ];
}

const letterLook = ({ font, bold, halfPoints }: Omit<Look, 'name'>): string[] => [
  ...(font ? [fonts(font)] : []),
  ...(bold ? [element('w:b')] : []),
  ...(halfPoints === undefined ? [] : [element('w:sz', { 'w:val': halfPoints })]),
];

const fonts = (font: string) =>
  element('w:rFonts', { 'w:ascii': font, 'w:hAnsi': font, 'w:eastAsia': font, 'w:cs': font });
