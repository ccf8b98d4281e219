/**
 * For tests: reads SCXML and holds it against the grammar of the Recommendation (scxml.xsd and its modules, for the
 * elements that we write): which element may be where, which attributes it may have and must have, that ids are unique
 * names, and that every target is the id of a state. The schema itself is not here, and no program that reads it.
 */
export type Element = { name: string; parent: string; attributes: Readonly<Record<string, string>> };

type Rule = { inside: readonly string[]; required: readonly string[]; optional: readonly string[] };
const executable = ['onentry', 'onexit', 'transition'];
const rules: Record<string, Rule> = {
  scxml: { inside: [''], required: ['version'], optional: ['xmlns', 'initial', 'name', 'datamodel', 'binding'] },
  state: { inside: ['scxml', 'state', 'parallel'], required: [], optional: ['id', 'initial'] },
  parallel: { inside: ['scxml', 'state', 'parallel'], required: [], optional: ['id'] },
  final: { inside: ['scxml', 'state'], required: [], optional: ['id'] },
  history: { inside: ['state', 'parallel'], required: [], optional: ['id', 'type'] },
  onentry: { inside: ['state', 'parallel', 'final'], required: [], optional: [] },
  onexit: { inside: ['state', 'parallel', 'final'], required: [], optional: [] },
  transition: {
    inside: ['state', 'parallel', 'history', 'initial'],
    required: [],
    optional: ['event', 'cond', 'target', 'type'],
  },
};

export function elementsOf(text: string): Element[] {
  const elements: Element[] = [];
  const open: string[] = [];
  const body = text.replace(/^<\?xml[^?]*\?>\s*/, '');
  for (const [tag, close, name = '', written = '', empty] of body.matchAll(
    /<(\/?)([\w:]+)((?:\s+[\w:]+="[^"<]*")*)\s*(\/?)>/g,
  )) {
    if (close) {
      if (open.pop() !== name) throw new Error(`${tag} closes what is not open`);
      continue;
    }
    const attributes = Object.fromEntries(
      [...written.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
    );
    elements.push({ name, parent: open.at(-1) ?? '', attributes });
    if (!empty) open.push(name);
  }
  if (open.length > 0) throw new Error(`${open.join(', ')} is left open`);
  if (body.replace(/<[^>]*>/g, '').trim() !== '') throw new Error('there is text between the elements');
  check(elements);
  return elements;
}

function check(elements: readonly Element[]): void {
  const ids = elements.flatMap(({ attributes: { id } }) => (id === undefined ? [] : [id]));
  if (new Set(ids).size < ids.length) throw new Error('an id is given twice');
  for (const element of elements) {
    const { name, parent, attributes } = element;
    // What is in another namespace is allowed where something can be executed.
    if (name.includes(':')) {
      if (!executable.includes(parent)) throw new Error(`<${name}> in <${parent}>`);
      continue;
    }
    const rule = rules[name];
    if (!rule?.inside.includes(parent)) throw new Error(`<${name}> in <${parent}>`);
    const own = Object.keys(attributes).filter((key) => !key.includes(':'));
    const strange = own.find((key) => !rule.required.includes(key) && !rule.optional.includes(key));
    const missing = rule.required.find((key) => !own.includes(key));
    if (strange !== undefined || missing !== undefined)
      throw new Error(`<${name}> with ${strange}, without ${missing}`);
    checkValues(element, ids);
  }
}

function checkValues({ name, parent, attributes }: Element, ids: readonly string[]): void {
  const { id, target, initial, type, event, cond } = attributes;
  const targets = [target, initial].flatMap((list) => list?.split(' ') ?? []);
  const unknown = targets.find((each) => !ids.includes(each));
  if (unknown !== undefined) throw new Error(`nothing has the id ${unknown}`);
  if (id !== undefined && !/^[A-Za-z_][\w.-]*$/.test(id)) throw new Error(`${id} is no NCName`);
  if (event !== undefined && !/^[\w:-]+(\.[\w:-]+)*(\.\*)?$/.test(event))
    throw new Error(`${event} is no event descriptor`);
  const types = name === 'history' ? ['shallow', 'deep'] : ['internal', 'external'];
  if (type !== undefined && !types.includes(type)) throw new Error(`type="${type}" of <${name}>`);
  if (name !== 'transition') return;
  if (parent === 'history' && (event ?? cond) !== undefined) throw new Error('a history has no event to wait for');
  if (event === undefined && cond === undefined && target === undefined)
    throw new Error('a transition without anything');
}
