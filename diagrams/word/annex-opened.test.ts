/**
 * LibreOffice opens the annex, shows shapes rather than pictures, knows the revision marks, and prints every figure. Skipped
 * if it is not installed: `apt-get install libreoffice-writer poppler-utils`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DrawnMachine } from '../figure/figures.ts';
import { drawAll } from '../files.ts';
import { fontFiles } from '../scene/font.ts';
import { all, parsed, textOf } from '../testing/xml-tree.ts';
import { annexFile } from './annex-file.ts';

const absent = ['soffice', 'pdftotext'].filter((program) => spawnSync(program, ['--version']).error !== undefined);
if (absent.length > 0) console.log(`skipped: the annex in LibreOffice (not installed: ${absent.join(', ')})`);

describe.skipIf(absent.length > 0)('LibreOffice', () => {
  const folder = mkdtempSync(join(tmpdir(), 'annex-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let drawn: DrawnMachine[];

  beforeAll(async () => {
    // Few machines, which LibreOffice lays out in a few seconds; the amendments change two of them.
    const few = ['publishedService', 'apiPublishingFunction', 'invokerProfile'];
    drawn = (await drawAll()).filter(({ chart }) => few.includes(chart.machine));
    for (const version of ['none', 'change'] as const)
      writeFileSync(join(folder, `${version}.docx`), annexFile(drawn, version));
  }, 60_000);

  /** Substitutes Arimo, which has the widths of Arial, on a machine without Arial. */
  const withArimo = () => {
    const alias = '<alias binding="same"><family>Arial</family><prefer><family>Arimo</family></prefer></alias>';
    const places = `<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>${dirname(fontFiles[0] ?? '')}/..</dir>`;
    writeFileSync(join(folder, 'fonts.conf'), `<fontconfig>${places}${alias}</fontconfig>`);
    return { ...process.env, FONTCONFIG_FILE: join(folder, 'fonts.conf') };
  };

  test('prints every word of every figure and table', () => {
    const printed = execFileSync('pdftotext', ['-raw', converted('none', 'pdf'), '-'], { encoding: 'utf8' });
    const parts = unzipSync(readFileSync(join(folder, 'none.docx')));
    const document = parsed(strFromU8(parts['word/document.xml'] ?? new Uint8Array()));
    const words = all(document)
      .filter(({ name }) => name === 'w:t')
      .flatMap((node) => textOf(node).split(/\s+/))
      .filter((word) => word.length > 3);
    expect(words.filter((word) => word === 'unpublished').length).toBeGreaterThan(2);
    const timesIn = (text: readonly string[], word: string) => text.filter((each) => each === word).length;
    const missing = [...new Set(words)].filter((word) => printed.split(word).length - 1 < timesIn(words, word));
    expect(missing).toEqual([]);
  }, 120_000);

  test('shows editable shapes, no pictures, and every revision mark', () => {
    const opened = readFileSync(converted('change', 'fodt'), 'utf8');
    const count = (pattern: RegExp) => opened.match(pattern)?.length ?? 0;
    const figures = drawn.flatMap((each) => each.figures);
    expect(count(/<draw:image/g)).toBe(0);
    expect(count(/<draw:custom-shape/g)).toBeGreaterThan(10 * figures.length);
    expect(count(/<text:insertion>/g)).toBeGreaterThan(5);
    expect(count(/<text:deletion>/g)).toBeGreaterThan(5);
    const authors = [...opened.matchAll(/<dc:creator>([^<]*)<\/dc:creator>\s*<dc:date>([^<T]*)/g)].map(
      ([, who, when]) => `${who} ${when}`,
    );
    expect([...new Set(authors)]).toEqual(['capif-machines 2026-01-01']);
  }, 120_000);

  function converted(version: 'none' | 'change', form: 'pdf' | 'fodt'): string {
    const own = `-env:UserInstallation=file://${folder}/profile`;
    const file = join(folder, `${version}.docx`);
    execFileSync('soffice', [own, '--headless', '--convert-to', form, '--outdir', folder, file], {
      stdio: 'pipe',
      env: withArimo(),
      timeout: 100_000,
    });
    return join(folder, `${version}.${form}`);
  }
});
