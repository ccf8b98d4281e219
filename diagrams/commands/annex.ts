/** `capif annex`: writes the machines as an annex of a specification, for Word. */
import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { AnnexVersion } from '../word/annex-file.ts';

const examples = `
Examples:
  capif annex --out annex.docx           the annex as written, and the amendments as revision marks
                                         for the amended annex, or reject all for the annex as written
  capif annex --out annex.docx --amendments none
                                         the annex as written, without marks
  capif annex --out annex.docx --amendments all
                                         the amended annex, without marks
  capif annex --check                    checks diagrams/drawn/annex.docx, which "capif draw" writes too

Figures are editable shapes, with pictures for programs that cannot show them.
The same machines give the same bytes.

Exit codes: 0 written, or up to date; 1 with --check the file differs; 2 wrong usage;
3 the file cannot be written or read.
`;

const committed = 'diagrams/drawn/annex.docx';

type Options = { out: string; amendments?: 'none' | 'all'; check?: true; json?: true; quiet?: true };

export function addCommands(program: Command): void {
  program
    .command('annex')
    .description(
      'writes the machines as an annex of a specification: figures, tables and revision marks in a .docx file',
    )
    .option('--out <file>', 'the file', committed)
    .addOption(
      new Option('--amendments <which>', 'one version without marks (default: both, with marks)').choices([
        'none',
        'all',
      ]),
    )
    .option('--check', 'write nothing; compare the file with the machines')
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'no output; only the exit code')
    .addHelpText('after', examples)
    .action(annex);
}

async function annex({ out, amendments, check, json, quiet }: Options): Promise<void> {
  // Layout and fonts take a while to load, so that only drawing loads them.
  const { drawAll } = await import('../files.ts');
  const { annexFile } = await import('../word/annex-file.ts');
  const { sameDocument } = await import('../word/package.ts');
  const version: AnnexVersion = amendments ?? 'change';
  const old = check && read(out);
  const file = annexFile(await drawAll(), version);
  const differs = old !== undefined && !sameDocument(old, file);
  if (!check) write(out, file);
  process.exitCode = differs ? 1 : 0;
  if (json) console.log(JSON.stringify({ schema: 1, out, version, bytes: file.length, differs }));
  else if (!quiet)
    console.log(
      check ? `${out} ${differs ? 'differs from the machines' : 'is up to date'}` : `${out}, ${file.length} bytes`,
    );
}

/** Replaces a file only when the new one is complete, in case the disk is full; writes to a device or link directly. */
function write(out: string, file: Uint8Array): void {
  const isReplaced = lstatSync(out, { throwIfNoEntry: false })?.isFile() ?? true;
  const part = `${out}.part`;
  try {
    writeFileSync(isReplaced ? part : out, file);
    if (isReplaced) renameSync(part, out);
  } catch (error) {
    rmSync(part, { force: true });
    throw new Error(`the annex cannot be written: ${reason(error)}`);
  }
}

function read(out: string): Uint8Array {
  try {
    return readFileSync(out);
  } catch (error) {
    throw new Error(`there is no annex to compare: ${reason(error)}`);
  }
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));
