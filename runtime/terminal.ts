/** Prose in lines that fit a terminal. */

/** What is written into a file or a pipe has lines of this length. */
const usualColumns = 110;
const fewestColumns = 40;

export const columnsOf = ({ columns = usualColumns }: { columns?: number }): number => Math.max(columns, fewestColumns);

/** Each line but the first begins with `indent`. */
export function wrapped(text: string, indent: string, columns = columnsOf(process.stdout)): string {
  const end = text.lastIndexOf(' ', columns);
  if (text.length <= columns || end <= indent.length) return text;
  return `${text.slice(0, end).trimEnd()}\n${wrapped(indent + text.slice(end + 1), indent, columns)}`;
}

/** Names with what they mean, one below the other, as help shows them. */
export function glossary(entries: readonly (readonly [name: string, meaning: string])[], nameColumns: number): string {
  const indent = ' '.repeat(nameColumns + 3);
  return entries.map(([name, meaning]) => wrapped(`  ${name.padEnd(nameColumns)} ${meaning}`, indent)).join('\n');
}
