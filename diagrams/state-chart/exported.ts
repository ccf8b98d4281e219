/** Reads a machine exported as JSON: a state chart, or a machine for XState. */
import { createMachine } from 'xstate';
import { z } from 'zod';
import { allAmendments } from '../../machines/vocabulary.ts';
import { type StateChart, stateChartOf, stateDetails } from './chart.ts';

/** Tells what is wrong with the text, and where. */
export class NotAnExport extends Error {}

const amendments = z.array(z.enum(allAmendments));
const effects = z.array(z.object({ name: z.string(), params: z.record(z.string(), z.unknown()).optional() }));
const source = z.looseObject({ clause: z.string() }).optional();
const kinds = ['atomic', 'compound', 'parallel', 'final', 'shallowHistory', 'deepHistory'];

/** The format `chart-json` of `capif draw`. A field that is unknown here could change what the machine does: it is refused. */
const chart = z.object({
  schema: z.literal(1),
  machine: z.string().min(1),
  amendments,
  states: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      parent: z.string().optional(),
      kind: z.enum(kinds),
      initial: z.string().optional(),
      entry: effects,
      exit: effects,
      source,
      ...Object.fromEntries(stateDetails.map((detail) => [detail, z.unknown().optional()])),
    }),
  ),
  transitions: z.array(
    z.strictObject({
      id: z.string(),
      from: z.string(),
      event: z.string(),
      guard: z.string().optional(),
      guardConfig: z.unknown().optional(),
      to: z.array(z.string()),
      effects,
      internal: z.boolean(),
      source,
    }),
  ),
});

/** The format `xstate-json` of `capif draw`, and the export of visual editors. */
const machine = z.looseObject({ id: z.string().min(1), amendments: amendments.default([]) });

export function exportedChart(text: string): StateChart {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === 'object' && read !== null && 'schema' in read) return chart.parse(read) as StateChart;
    const { amendments, ...config } = machine.parse(read);
    return stateChartOf(createMachine(config as Parameters<typeof createMachine>[0]), amendments);
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    throw new NotAnExport(issue ? `/${issue.path.join('/')}: ${issue.message}` : (error as Error).message);
  }
}
