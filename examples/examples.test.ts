/** Every example runs and prints what it says; the README's code is that of an example. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const printed: Record<string, RegExp> = {
  'embed-the-roles.ts': /^hello, by PSK\nhello, by PKI\n$/,
  'be-notified.ts': /^hello, by PSK\nnotified, and asking the core\nhello, by PKI\n$/,
  'invoke-like-fetch.ts': /^ab by PKI\nletters: PKI → OAUTH\ncd by OAUTH\ntrue\noffboarded\n$/,
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
