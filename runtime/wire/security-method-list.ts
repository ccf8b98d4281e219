/**
 * Open sets of TS 29.222 on the wire, whose members that are not known here are passed over: SecurityMethod (8.2.4.3) and
 * SupportedFeatures (TS 29.571).
 */
import { z } from 'zod';
import { type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';

const known = (name: string): SecurityMethod | undefined => securityMethods.find((method) => method === name);

/** In the order given, each once; empty if none of the methods is known. */
export const knownMethods = (names: readonly string[]): SecurityMethod[] =>
  [...new Set(names)].flatMap((name) => known(name) ?? []);

export const securityMethodList = z.array(z.string()).transform(knownMethods);

/** `undefined` also for an unknown method, which no invoker of this runtime can have offered. */
export const selectedSecurityMethod = z.string().transform(known).optional();

/** Hexadecimal digits; the lowest bit of the last one is feature 1. */
export const supportedFeatures = z.string().regex(/^[A-Fa-f0-9]*$/, 'must be hexadecimal digits');

/** The features that both have; `undefined` where the peer has not said which it has (TS 29.222 7.8). */
export function commonFeatures(theirs: unknown, ours: readonly number[]): string | undefined {
  if (!supportedFeatures.safeParse(theirs).success) return undefined;
  const all = ours.reduce((bits, feature) => bits | (1n << BigInt(feature - 1)), 0n);
  return (BigInt(`0x0${theirs}`) & all).toString(16).toUpperCase();
}
