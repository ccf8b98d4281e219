/** A state chart whose states and transitions carry marks: what a run did with them, or what became of them. */
import type { Change } from './changes.ts';
import type { ChartState, ChartTransition, StateChart } from './chart.ts';

/** What a run or an exploration did, by the ids of transitions and states. */
export type RunMarks =
  /** `steps`: the numbers of the steps that took a transition. `ends`: the innermost states in which the run ends. */
  | { kind: 'path'; steps: ReadonlyMap<string, readonly number[]>; ends: ReadonlySet<string> }
  /** `times`: how many times a transition was taken. */
  | { kind: 'coverage'; times: ReadonlyMap<string, number> };

export type ChangeKind = Exclude<Change<unknown, unknown>['change'], 'same'>;

/** `old`: the version before, of a transition that changed. */
type TransitionMark =
  | { kind: 'path'; steps: readonly number[] }
  | { kind: 'coverage'; times: number }
  | { kind: 'difference'; change: ChangeKind | 'same'; old?: ChartTransition };
type StateMark =
  | { kind: 'path'; isEnd: boolean }
  | { kind: 'difference'; change: ChangeKind | 'same'; old?: ChartState };

export type MarkedTransition = ChartTransition & { mark?: TransitionMark };
export type MarkedState = ChartState & { mark?: StateMark };
export type MarkKind = TransitionMark['kind'];

/** A chart without marks is one of these too. */
export type MarkedChart = Omit<StateChart, 'states' | 'transitions'> & {
  states: readonly MarkedState[];
  transitions: readonly MarkedTransition[];
  /** The kind of all its marks. */
  marks?: MarkKind;
  /** Of a difference, the names of its versions: "as written → with all amendments". */
  versions?: string;
};

export function withRunMarks(chart: StateChart, run: RunMarks): MarkedChart {
  if (run.kind === 'coverage') {
    const marked = (each: ChartTransition): MarkedTransition => ({
      ...each,
      mark: { kind: 'coverage', times: run.times.get(each.id) ?? 0 },
    });
    return { ...chart, marks: 'coverage', transitions: chart.transitions.map(marked) };
  }
  const marked = (each: ChartTransition): MarkedTransition => ({
    ...each,
    mark: { kind: 'path', steps: run.steps.get(each.id) ?? [] },
  });
  return {
    ...chart,
    marks: 'path',
    states: chart.states.map((each) => ({ ...each, mark: { kind: 'path', isEnd: run.ends.has(each.id) } })),
    transitions: chart.transitions.map(marked),
  };
}

/** The change of a state or transition, in a difference. */
export const changeOf = ({ mark }: MarkedState | MarkedTransition): ChangeKind | undefined =>
  mark?.kind === 'difference' && mark.change !== 'same' ? mark.change : undefined;

/** The version before the change; without a change, the thing itself. */
export const oldTransition = (transition: MarkedTransition): ChartTransition =>
  (transition.mark?.kind === 'difference' && transition.mark.old) || transition;
export const oldState = (state: MarkedState): ChartState =>
  (state.mark?.kind === 'difference' && state.mark.old) || state;

/** Whether a run took the transition, or the transition is not the same in both versions. */
export function standsOut({ mark }: MarkedTransition): boolean {
  switch (mark?.kind) {
    case 'path':
      return mark.steps.length > 0;
    case 'coverage':
      return mark.times > 0;
    case 'difference':
      return mark.change !== 'same';
    case undefined:
      return false;
  }
}
