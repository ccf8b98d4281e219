/** Problems, there and back, and the indicator of an incorrect method (TS 29.122 5.2.6, TS 33.122 6.7). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { securityMethods } from '../../machines/vocabulary.ts';
import { givesBack, optional, text, withstands } from '../testing/wire-values.ts';
import { malformedParam } from './http-message.ts';
import {
  causeOf,
  malformedAnswer,
  problemAnswer,
  readProblemDetails,
  securityMethodMismatch,
  writeProblemDetails,
} from './problem-details.ts';

test('a problem is read as it was written', () => {
  const problem = fc.record({
    status: fc.integer({ min: 400, max: 599 }),
    title: optional(text),
    detail: optional(text),
    cause: optional(text),
    invalidParams: optional(fc.array(fc.record({ param: text, reason: optional(text) }), { minLength: 1 })),
  });
  givesBack(problem, (value) => readProblemDetails(writeProblemDetails(value)));
});

const mismatch = securityMethodMismatch();
const type = 'application/problem+json';

test('the indicator of an incorrect method names no method (6.7)', () => {
  expect(mismatch).toMatchObject({ status: 403, headers: { 'content-type': type } });
  const problem = JSON.parse(mismatch.body ?? '');
  expect(problem).toMatchObject({ status: 403, title: 'Forbidden', cause: 'SECURITY_METHOD_MISMATCH' });
  expect(problem.detail).toContain('not standardised');
  for (const method of securityMethods) expect(mismatch.body).not.toContain(method);
});

test('the indicator is told from every other answer', () => {
  expect(causeOf(403, type, mismatch.body)).toBe('SECURITY_METHOD_MISMATCH');
  expect(causeOf(403, 'Application/Problem+JSON; charset=utf-8', mismatch.body)).toBe('SECURITY_METHOD_MISMATCH');
  expect(causeOf(200, type, mismatch.body)).not.toBe('SECURITY_METHOD_MISMATCH');
  expect(causeOf(403, 'application/json', mismatch.body)).not.toBe('SECURITY_METHOD_MISMATCH');
  expect(causeOf(403, undefined, mismatch.body)).not.toBe('SECURITY_METHOD_MISMATCH');
  expect(causeOf(403, type, '{"cause":["SECURITY_METHOD_MISMATCH"]}')).not.toBe('SECURITY_METHOD_MISMATCH');
  expect(causeOf(403, type, problemAnswer('NOT_AUTHORIZED').body)).not.toBe('SECURITY_METHOD_MISMATCH');
});

test('a cause counts with its own status only', () => {
  const { status, body } = problemAnswer('SECURITY_CONTEXT_NOT_FOUND', 'no such context');
  expect(causeOf(status, type, body)).toBe('SECURITY_CONTEXT_NOT_FOUND');
  expect(causeOf(403, type, body)).toBeUndefined();
  expect(causeOf(404, type, '{"cause":"constructor"}')).toBeUndefined();
});

test('a malformed request is answered with what is wrong and where', () => {
  const answer = malformedAnswer(malformedParam('/regSec', 'is required'));
  expect(JSON.parse(answer.body ?? '')).toEqual({
    status: 400,
    title: 'Bad Request',
    cause: 'MALFORMED',
    detail: '/regSec is required',
    invalidParams: [{ param: '/regSec', reason: 'is required' }],
  });
});

test('no problem makes a reader throw', () => {
  withstands((body) => readProblemDetails({ ...mismatch, body }), mismatch.body ?? '');
});
