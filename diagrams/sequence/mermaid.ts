/** A message sequence chart in Mermaid, which GitHub shows as a picture. */
import type { Source } from '../../machines/vocabulary.ts';
import type { Sequence, SequenceEvent, SequenceMessage } from '../../properties/traces/sequence.ts';
import { headOf, messageLabel } from './labels.ts';

export function sequenceMermaid({ instances, events }: Sequence): string {
  const names = new Map(instances.map(({ id }, n) => [id, `p${n + 1}`]));
  const participants = instances.map(
    (instance) => `participant ${names.get(instance.id)} as ${plain(headOf(instance).join(' '))}`,
  );
  const lines = events.flatMap((event) => lineOf(event, (id) => names.get(id) ?? id));
  const isEndless = events.some(({ kind }) => kind === 'loop');
  return `${['sequenceDiagram', ...participants, ...lines, ...(isEndless ? ['end'] : [])].join('\n')}\n`;
}

function lineOf(event: SequenceEvent, nameOf: (id: string) => string): string {
  switch (event.kind) {
    case 'message':
      return `${nameOf(event.from)}${arrows[event.fate]}${nameOf(event.to)}: ${plain(messageText(event))}`;
    case 'state':
      return `Note over ${nameOf(event.over)}: ${plain(event.machine ? `${event.machine} ${event.state}` : event.state)}`;
    case 'timer':
      return `Note over ${nameOf(event.over)}: ${timers[event.happens]}`;
    case 'loop':
      return 'loop for ever';
    default:
      return `Note over ${nameOf(event.over)}: ${plain(`${event.words}${clauseText(event.source)}`)}`;
  }
}

const arrows: Record<SequenceMessage['fate'], string> = {
  arrives: '->>',
  late: '->>',
  forged: '-->>',
  lost: '-x',
  delayed: '-x',
  failed: '-x',
};
const timers = { set: 'the pause begins', expires: 'the pause is over', stops: 'the pause is cut short' };

const messageText = (message: SequenceMessage) =>
  `${messageLabel(message)}${message.fate === 'lost' ? ' (lost)' : ''}${clauseText(message.source)}`;

const clauseText = (source: Source | undefined) => (source ? ` \u00B7 ${source.clause}` : '');

/** A semicolon would start another line, and a number sign an escaped character. */
const plain = (text: string) => text.replaceAll(/[#;]/g, (sign) => `#${sign.charCodeAt(0)};`);
