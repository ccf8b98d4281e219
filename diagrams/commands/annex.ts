/** `capif annex`: the machines as an annex of a specification, for Word. */
import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { AnnexVersion } from '../word/annex-file.ts';

const examples = `
Examples:
  capif annex --out annex.docx           the annex as written, with revision marks that make it the amended one:
                                         accept them all, or reject them all, to have one of the two
  capif annex --out annex.docx --amendments none
                                         the annex as written, without marks
  capif annex --out annex.docx --amendments all
                                         ... with all amendments, without marks
  capif annex --check                    whether diagrams/drawn/annex.docx, which "capif draw" makes too, is still true

Figures are shapes that can be edited; for programs that have no such shapes, pictures. The same machines give the same bytes.

Exit codes: 0 written, or as it would be written; 1 with --check it differs; 2 wrong usage; 3 it cannot be written or read.
`;

const committed = 'diagrams/drawn/annex.docx';

type Options = { out: string; amendments?: 'none' | 'all'; check?: true; json?: true; quiet?: true };

export function addCommands(program: Command): void {
  program
    .command('annex')
    .description('the machines as an annex of a specification: figures, tables and revision marks in a .docx file')
    .option('--out <file>', 'where it is', committed)
    .addOption(
      new Option('--amendments <which>', 'without marks, and under these (default: both, with marks)').choices([
        'none',
        'all',
      ]),
    )
    .option('--check', 'write nothing; compare what is there with what would be written')
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'say nothing; the exit code tells')
    .addHelpText('after', examples)
    .action(annex);
}

async function annex({ out, amendments, check, json, quiet }: Options): Promise<void> {
  // Layout and fonts take a while to load: only for those who draw.
  const { drawAll } = await import('../files.ts');
  const { annexFile } = await import('../word/annex-file.ts');
  const { sameDocument } = await import('../word/package.ts');
  const version: AnnexVersion = amendments ?? 'change';
  const there = check && read(out);
  const file = annexFile(await drawAll(), version);
  const differs = there !== undefined && !sameDocument(there, file);
  if (!check) write(out, file);
  process.exitCode = differs ? 1 : 0;
  if (json) console.log(JSON.stringify({ schema: 1, out, version, bytes: file.length, differs }));
  else if (!quiet)
    console.log(check ? `${out} is ${differs ? 'not ' : ''}what the machines are` : `${out}, ${file.length} bytes`);
}

/** Whole or not at all, so that what was there stays if the disk is full; but a device or a link is written to, not replaced. */
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
