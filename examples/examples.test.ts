/** Every example runs and prints what it says; the README's code is that of an example, and runs with the built package. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const printed: Record<string, RegExp> = {
  'embed-the-roles.ts': /^hello, by PSK\nhello, by PKI\n$/,
  'machine-as-actor.ts': /"SecurityMethodRequest"[\s\S]*\{"type":"deriveAefPsk","credential":1\}\n/,
  'check-your-change.ts': /^FAILS S3 once the AEF has acknowledged a revocation[\s\S]*\nrevoke\n[\s\S]*\nloop\n/,
  'mutual-exclusion.ts':
    /^giving way: 10 states\n( {2}holds .*\n){2}insisting: 9 states\n {2}FAILS .*\n {9}b asks \/ b enters \/ a asks \/ a enters\n/,
};
const examples = readdirSync('examples').filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));

for (const file of examples) {
  test(`examples/${file} opens with how to run it, and prints what it is for`, () => {
    expect(readFileSync(join('examples', file), 'utf8')).toContain(` * Run: node --import tsx examples/${file}\n`);
    expect(execFileSync(process.execPath, ['--import', 'tsx', join('examples', file)], { encoding: 'utf8' })).toMatch(
      printed[file]!,
    );
  });
}

const readmeCode = () => readFileSync('README.md', 'utf8').match(/^```ts\n([\s\S]*?)^```$/m)![1]!;

/** With the names that users import by: `../runtime/invoker/invoker.ts` is `capif-machines/invoker`. */
function publicNames(text: string): string {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, { default?: string }>;
  };
  return Object.entries(exports).reduce((code, [name, { default: built = name }]) => {
    const source = built.replace('./dist/', '../').replace('.js', '.ts');
    return code.replaceAll(`'${source}'`, `'${name.replace('.', 'capif-machines')}'`);
  }, text);
}

test("the README's code is an example, with the package's public names", () => {
  const [, code] = readFileSync('examples/embed-the-roles.ts', 'utf8').split('*/\n');

  expect(readmeCode()).toBe(publicNames(code!));
});

test("the README's code runs as it stands with the built package", () => {
  const folder = mkdtempSync(join(tmpdir(), 'capif-package-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const installed = join(folder, 'user/node_modules/capif-machines');
  mkdirSync(installed, { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  cpSync('package.json', join(installed, 'package.json'));
  const compiler = resolve('node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', join(installed, 'dist')]);
  writeFileSync(join(folder, 'user/embed.mjs'), readmeCode());

  const output = execFileSync(process.execPath, [join(folder, 'user/embed.mjs')], { encoding: 'utf8' });

  expect(output).toMatch(printed['embed-the-roles.ts']!);
  const files = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
  expect(files.filter((file) => /\.test\.|(^|\/)(testing|bench|examples)\//.test(file))).toEqual([]);
});
