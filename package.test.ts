/**
 * The package as it is published: built, packed, checked by publint and Are the Types Wrong, and used as by someone who installed
 * it with `npm install --omit=optional`: beside it are the packages that it cannot do without, and no others.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, test } from 'vitest';

type Manifest = {
  exports: Record<string, { types: string }>;
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
};
type Lock = { packages: Record<string, { dev?: true; optional?: true; devOptional?: true; resolved?: string }> };
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;

const folder = mkdtempSync(join(tmpdir(), 'capif-package-'));
const built = join(folder, 'built');
const user = join(folder, 'user');
const installed = join(user, 'node_modules/capif-machines');
let archive: string;

/** The tool of a devDependency, as `npx` would find it. */
const tool = (name: string) => resolve('node_modules/.bin', name);
const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: user, encoding: 'utf8' });
const capif = (...args: string[]) => node(join(installed, 'dist/capif.js'), ...args);

beforeAll(() => {
  mkdirSync(built);
  for (const file of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']) cpSync(file, join(built, file));
  execFileSync(tool('tsc'), ['-p', 'tsconfig.build.json', '--outDir', join(built, 'dist')]);
  const packing = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(execFileSync('npm', packing, { cwd: built, encoding: 'utf8' })) as [
    { filename: string },
  ];
  archive = join(folder, filename);

  const needed = Object.entries(lock.packages).filter(
    ([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional,
  );
  for (const [path] of needed) {
    // What is nested within another package comes along with it.
    if (path.lastIndexOf('node_modules/') > 0) continue;
    mkdirSync(dirname(join(user, path)), { recursive: true });
    symlinkSync(resolve(path), join(user, path));
  }
  mkdirSync(installed);
  execFileSync('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']);
  writeFileSync(join(user, 'package.json'), '{"type":"module"}');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

test('publint has nothing to say', async () => {
  const { messages } = await publint({ pkgDir: built, pack: false, strict: true });
  expect(messages).toEqual([]);
});

test('the types of each export are found by a module (Are the Types Wrong)', () => {
  const { status, stdout } = spawnSync(tool('attw'), [archive, '--profile', 'esm-only', '--format', 'json'], {
    encoding: 'utf8',
  });
  expect([status, JSON.parse(stdout).analysis.problems.filter(isOfEsm)]).toEqual([0, []]);
});
/** What CommonJS and Node 10 would say: a module has neither. */
const isOfEsm = ({ kind, resolutionKind }: { kind: string; resolutionKind?: string }) =>
  kind !== 'CJSResolvesToESM' && resolutionKind !== 'node10';

test('it has what is built, and no tests', () => {
  const files = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
  expect(files).toContain('capif.js');
  expect(files.filter((file) => /\.test\.|(^|\/)(testing|bench|examples)\//.test(file))).toEqual([]);
});

test("the README's code runs as it stands, without optional packages", () => {
  const [, code = ''] = readFileSync('README.md', 'utf8').match(/^```ts\n([\s\S]*?)^```$/m) ?? [];
  writeFileSync(join(user, 'readme.mjs'), code);
  expect(node('readme.mjs')).toMatchObject({ status: 0, stdout: 'hello, by PSK\nhello, by PKI\n', stderr: '' });
});

test('every name that stands in a signature of an export can be imported from there', () => {
  const lacking = Object.entries(manifest.exports).flatMap(([name, { types }]) => {
    if (!types || name.includes('*')) return [];
    const text = readFileSync(join(installed, types), 'utf8');
    // Those of a machine are exported by ./machines/*.
    const used = namesIn(text, /^import (?:type )?\{([^}]*)\} from '\.(?!.*\/machines\/)[^']*'/gm);
    const exported = namesIn(text, /^export (?:type )?\{([^}]*)\}/gm);
    const spoken = text.replace(/^(import|export) (type )?\{[^}]*\} from .*$/gm, '');
    return used
      .filter((one) => new RegExp(`\\b${one}\\b`).test(spoken) && !exported.includes(one))
      .map((one) => `${name}: ${one}`);
  });
  expect(lacking).toEqual([]);
});

const namesIn = (text: string, lists: RegExp): string[] =>
  [...text.matchAll(lists)].flatMap(([, list = '']) =>
    list.split(',').map(
      (one) =>
        one
          .trim()
          .replace(/^type /, '')
          .split(' as ')[0]!,
    ),
  );

test('an application that imports the invoker alone loads few packages', () => {
  const hook = `import { writeSync } from 'node:fs';
    export const load = (url, context, next) => (writeSync(2, url + '\\n'), next(url, context));`;
  const registering = `import { register } from 'node:module'; register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));`;
  writeFileSync(join(user, 'hook.mjs'), registering);
  writeFileSync(join(user, 'invoker.mjs'), "import 'capif-machines/invoker';\n");
  const { status, stderr } = node('--import', './hook.mjs', 'invoker.mjs');
  const packages = [...stderr.matchAll(/node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\/(?!.*node_modules\/)/g)];
  expect(status).toBe(0);
  expect([...new Set(packages.map(([, name]) => name))].sort()).toEqual(['capif-machines', 'xstate', 'zod']);
});

test('a command that needs an optional package names it, and the others run', () => {
  for (const [command, needed] of [
    ['core', 'libsql'],
    ['draw', 'fflate'],
    ['verify', 'wabt'],
  ] as const) {
    expect(capif(command)).toMatchObject({
      status: 3,
      stderr: `capif: this command needs the package ${needed}, which is not installed: npm install ${needed}\n`,
    });
  }
  expect(capif('run')).toMatchObject({ status: 0, stdout: expect.stringContaining('converged on every change') });
  const help = capif('--help');
  expect(help.stdout).toMatch(/verify \[args...\] +needs the package wabt/);
  expect(help).toMatchObject({ status: 0, stderr: '' });
  for (const command of ['expose', 'invoke', 'discover']) expect(capif(command, '--help').status).toBe(0);
});

test('a scenario with a restart is played over TLS by processes that are built as it is', () => {
  symlinkSync(resolve('node_modules'), join(built, 'node_modules'));
  const scenario = resolve('properties/scenarios/restarted-aef-still-refuses.txt');
  const args = [join(built, 'dist/capif.js'), 'play', scenario, '--over', 'tls'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('are those of the model');
});

test('every optional package is one that some command names, and the lock has no addresses', () => {
  expect(Object.keys(manifest.optionalDependencies)).toEqual([
    ...['@expo-google-fonts/arimo', '@resvg/resvg-js', 'elkjs', 'fast-check', 'fflate', 'kysely', 'libsql', 'pg'],
    'wabt',
  ]);
  expect(Object.keys(lock.packages).filter((path) => lock.packages[path]!.resolved !== undefined)).toEqual([]);
});
