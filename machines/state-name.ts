/** Names of states: XState writes a state within a state as `{ authenticated: 'negotiating' }`. */

/** The whole state, with a dot before an inner state, as in `authenticated.negotiating`. */
export const stateName = (state: unknown): string =>
  typeof state === 'string'
    ? state
    : Object.entries(state as object)
        .map(([outer, inner]) => `${outer}.${stateName(inner)}`)
        .join(' ');

/** The outermost state alone, as in `authenticated`. */
export const outermostState = (state: unknown): string =>
  typeof state === 'string' ? state : Object.keys(state as object)[0]!;
