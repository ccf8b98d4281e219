/** Prose in lines that fit a terminal. */

export const columns = 110;

/** Each line but the first begins with `indent`. */
export function wrapped(text: string, indent: string): string {
  const end = text.lastIndexOf(' ', columns);
  if (text.length <= columns || end <= indent.length) return text;
  return `${text.slice(0, end).trimEnd()}\n${wrapped(indent + text.slice(end + 1), indent)}`;
}
