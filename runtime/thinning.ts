/** Which lines of a trace are kept of those that anybody can cause: a trace must not grow with every request of a stranger. */
import type { Recorder } from './participant.ts';

/** So many are all kept; after them the 200th, the 400th, the 800th, … */
const allKept = 100;

/** Counts, and says of each whether it is kept. */
export function thinning(): () => boolean {
  let count = 0;
  let next = 2 * allKept;
  return () => {
    count += 1;
    if (count <= allKept) return true;
    if (count < next) return false;
    next *= 2;
    return true;
  };
}

/** Holds the lines of a machine back until one is `due`; if none ever is, the machine leaves no line. */
export function heldBack(record: Recorder, isDue: (line: Parameters<Recorder>[0]) => boolean): Recorder {
  let held: Parameters<Recorder>[0][] | undefined = [];
  return (line) => {
    if (!held) return record(line);
    held.push(line);
    if (!isDue(line)) return;
    for (const one of held) record(one);
    held = undefined;
  };
}
