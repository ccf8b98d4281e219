/** The scope of an access token, `3gpp#AEF:API,API;AEF:API`: which APIs of which AEFs it opens (TS 29.222, 8.5.4.2.6). */

const prefix = '3gpp#';
const identifier = /^[A-Za-z0-9._~-]{1,128}$/;

/** @throws TypeError if an identifier has characters that a scope cannot carry, or there is no API */
export function scopeOf(aefId: string, apiNames: readonly string[]): string {
  if (apiNames.length === 0 || ![aefId, ...apiNames].every((name) => identifier.test(name)))
    throw new TypeError(`no scope can name the APIs "${apiNames.join('", "')}" of the AEF "${aefId}"`);
  return `${prefix}${aefId}:${apiNames.join(',')}`;
}

/** The same for APIs of several AEFs. */
export function scopeOfAll(apis: readonly { aefId: string; apiName: string }[]): string {
  const perAef = new Map<string, string[]>();
  for (const { aefId, apiName } of apis) perAef.set(aefId, [...(perAef.get(aefId) ?? []), apiName]);
  return prefix + [...perAef].map(([aefId, names]) => scopeOf(aefId, names).slice(prefix.length)).join(';');
}

/** The names of the APIs under the id of their AEF, or undefined where the text is not exactly a scope: it opens nothing then. */
export function apisPerAef(scope: string): ReadonlyMap<string, readonly string[]> | undefined {
  if (!scope.startsWith(prefix)) return undefined;
  const apis = new Map<string, string[]>();
  for (const part of scope.slice(prefix.length).split(';')) {
    const [aefId = '', names = '', ...more] = part.split(':');
    const apiNames = names.split(',');
    const wellFormed = more.length === 0 && [aefId, ...apiNames].every((name) => identifier.test(name));
    if (!wellFormed || apis.has(aefId)) return undefined;
    apis.set(aefId, apiNames);
  }
  return apis;
}
