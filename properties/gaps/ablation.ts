/**
 * What fails in a setting under a set of amendments. Each set is searched once; and if, for another set, no machine would
 * have taken any step of a search differently, that search has found its states and verdicts too.
 */
import type { Amendment } from '../../machines/vocabulary.ts';
import type { Verdict } from '../checker/verdicts.ts';
import { type Verification, verify } from '../checker/verify.ts';
import { compose } from '../model/rules/composition.ts';
import type { Configuration, Setting } from '../model/setting.ts';
import { type MachineTables, machineTablesOf, parts } from '../model/state.ts';
import type { CapifModel } from '../requirements/all-properties.ts';
import { methodUpdate } from '../requirements/method-update.ts';
import type { Property } from '../requirements/property.ts';

export type Decision = { states: number; failing: readonly Property[] };
type Search = { setting: string; amendments: ReadonlySet<Amendment>; machines: MachineTables; decision: Decision };

export class Ablations {
  readonly #searches: Search[] = [];

  /** Searches, whether or not it is decided. */
  verified(setting: Setting, amendments: readonly Amendment[]) {
    const configuration: Configuration = { ...setting, amendments };
    const verification = verify({ ...compose(configuration), properties: methodUpdate(setting) });
    const decision = { states: verification.states, failing: failures(verification).map(({ property }) => property) };
    const { machines } = verification.model;
    this.#searches.push({ setting: textOf(setting), amendments: new Set(amendments), machines, decision });
    return { configuration, verification };
  }

  decided(setting: Setting, amendments: readonly Amendment[]): Decision {
    const ofSetting = this.#searches.filter((one) => one.setting === textOf(setting));
    const known = ofSetting.find((one) => isSame(one.amendments, amendments));
    if (known) return known.decision;
    // Only the rules of these notifications ask for amendments; all others are in the machines alone.
    const mayShare = setting.notifications !== 'at any moment';
    const machines = machineTablesOf({ ...setting, amendments });
    const like = mayShare && ofSetting.find((one) => parts.every((part) => one.machines[part].isLike(machines[part])));
    if (like) return like.decision;
    this.verified(setting, amendments);
    return this.#searches.at(-1)!.decision;
  }

  /** How many searches there were. */
  get searches(): number {
    return this.#searches.length;
  }
}

export const failures = ({ verdicts }: Verification<CapifModel>): Verdict<Property>[] =>
  verdicts.filter(({ holds }) => !holds);

const textOf = (setting: Setting) => JSON.stringify({ ...setting, name: '', about: '' });
const isSame = (some: ReadonlySet<Amendment>, others: readonly Amendment[]) =>
  some.size === others.length && others.every((one) => some.has(one));
