/**
 * For tests: checks SCXML against the grammar of the Recommendation (scxml.xsd, its modules, and the assertions of
 * scxml-strict.xsd) as far as we use it: the places of elements, their attributes and values, unique ids, targets that are
 * states, initial states inside their state, and histories that lead to states that they can remember. It replaces the
 * schema itself, for which Node has no validator.
 */
import { type Node, nodes, parsed } from './xml-tree.ts';

/** `around`: the enclosing elements, the nearest first. */
type Element = { node: Node; around: readonly Node[] };

type Rule = { inside: readonly string[]; required?: readonly string[]; attributes: Readonly<Record<string, RegExp>> };
const executable = ['onentry', 'onexit', 'transition'];
const id = /^[A-Za-z_][\w.-]*$/;
const ids = /^[A-Za-z_][\w.-]*( [A-Za-z_][\w.-]*)*$/;
const token = /^[\w:.-]+$/;
const rules: Record<string, Rule> = {
  scxml: {
    inside: [''],
    required: ['xmlns', 'version'],
    attributes: {
      xmlns: /^http:\/\/www\.w3\.org\/2005\/07\/scxml$/,
      version: /^1\.0$/,
      initial: ids,
      name: token,
      datamodel: token,
      binding: /^(early|late)$/,
    },
  },
  state: { inside: ['scxml', 'state', 'parallel'], attributes: { id, initial: ids } },
  parallel: { inside: ['scxml', 'state', 'parallel'], attributes: { id } },
  final: { inside: ['scxml', 'state'], attributes: { id } },
  history: { inside: ['state', 'parallel'], attributes: { id, type: /^(shallow|deep)$/ } },
  onentry: { inside: ['state', 'parallel', 'final'], attributes: {} },
  onexit: { inside: ['state', 'parallel', 'final'], attributes: {} },
  transition: {
    inside: ['state', 'parallel', 'history'],
    attributes: {
      event: /^[\w:-]+(\.[\w:-]+)*(\.\*)?$/,
      cond: /./,
      target: ids,
      type: /^(internal|external)$/,
    },
  },
};

export function elementsOf(text: string): Element[] {
  const root = parsed(text);
  const elements = elementsIn(root, []);
  const byId = new Map<string, Element>();
  for (const element of elements) {
    const { id } = element.node.attributes;
    if (id === undefined) continue;
    if (byId.has(id)) throw new Error(`two elements have the id ${id}`);
    byId.set(id, element);
  }
  for (const element of elements) {
    checkNames(element, root);
    checkTargets(element, byId);
  }
  return elements;
}

const elementsIn = (node: Node, around: readonly Node[]): Element[] => [
  { node, around },
  ...nodes(node).flatMap((child) => elementsIn(child, [node, ...around])),
];

function checkNames({ node, around: [outer] }: Element, root: Node): void {
  const { name, attributes, children } = node;
  const place = `<${name}> in <${outer?.name ?? ''}>`;
  const prefixes = [name, ...Object.keys(attributes)].flatMap((each) => /^(?!xmlns:)(.+):/.exec(each)?.[1] ?? []);
  const undeclared = prefixes.find((prefix) => !root.attributes[`xmlns:${prefix}`]);
  if (undeclared !== undefined) throw new Error(`the prefix ${undeclared}: is not declared in ${place}`);
  if (children.some((each) => typeof each === 'string' && each.trim() !== '')) throw new Error(`text in ${place}`);
  // Elements of another namespace are allowed in executable content.
  if (name.includes(':')) {
    if (!executable.includes(outer?.name ?? '')) throw new Error(place);
    return;
  }
  const rule = rules[name];
  if (!rule?.inside.includes(outer?.name ?? '')) throw new Error(place);
  const missing = rule.required?.find((key) => !(key in attributes));
  if (missing !== undefined) throw new Error(`${place} has no ${missing}`);
  for (const [key, value] of Object.entries(attributes))
    if (!key.includes(':') && !rule.attributes[key]?.test(value)) throw new Error(`${key}="${value}" of ${place}`);
}

function checkTargets({ node, around }: Element, byId: ReadonlyMap<string, Element>): void {
  const { name, attributes } = node;
  const { event, cond, target, initial } = attributes;
  const targets = (target ?? initial)?.split(' ').map((id) => stateOf(id, byId)) ?? [];
  if (name === 'state' && !targets.every((state) => isHeld(state) && state.around.includes(node)))
    throw new Error(`the initial state of ${attributes.id} is not inside it`);
  if (name === 'history' && nodes(node).length !== 1) throw new Error('a history must have one transition');
  if (name !== 'transition') return;
  if ((event ?? cond ?? target) === undefined) throw new Error('an empty transition');
  const [history, outer] = around;
  if (history?.name !== 'history' || outer === undefined) return;
  if ((event ?? cond) !== undefined) throw new Error('the transition of a history must have no event');
  const isDeep = history.attributes.type === 'deep';
  if (!targets.every((state) => isHeld(state) && (isDeep ? state.around : [state.around[0]]).includes(outer)))
    throw new Error(`${history.attributes.id} leads to a state that it cannot remember`);
}

function stateOf(id: string, byId: ReadonlyMap<string, Element>): Element {
  const state = byId.get(id);
  if (!state) throw new Error(`no element has the id ${id}`);
  return state;
}

const isHeld = ({ node: { name } }: Element) => name === 'state' || name === 'parallel';
