/**
 * The program, compiled once for all tests of a run: a process that tests start is there in half the time that it takes with
 * tsx. Each run compiles into a folder of its own, so that none meets what another has compiled from other sources.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** Within node_modules, because what is compiled there finds its packages. */
const cache = join(root, 'node_modules/.cache');

declare module 'vitest' {
  interface ProvidedContext {
    /** The file of the `capif` command. */
    capif: string;
  }
}

/** For `globalSetup` of vitest.config.ts. Types are checked by `npm test` before. */
export default function setup(project: TestProject): () => void {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'capif-tests-'));
  const compile = () => {
    const options = ['--noCheck', '--declaration', 'false', '--outDir', folder];
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', join(root, 'tsconfig.build.json'), ...options]);
  };
  compile();
  project.onTestsRerun(compile);
  project.provide('capif', join(folder, 'capif.js'));
  return () => rmSync(folder, { recursive: true });
}
