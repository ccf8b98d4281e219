/** For tests: every secret of a run, caught where it is made. `vi.mock` puts these in the place of the modules that make them. */
import type * as AccessToken from '../../credentials/access-token.ts';
import type * as AefPsk from '../../credentials/aef-psk.ts';
import type * as KeyPairs from '../../credentials/key-pairs.ts';
import { formsOfBytes, formsOfPrivateKey, formsOfToken } from './forms.ts';

/** Of each, all its forms. */
export const caught = {
  aefPsks: [] as string[][],
  privateKeys: [] as string[][],
  accessTokens: [] as string[][],
  onboardingTokens: [] as string[][],
};

export const caughtForms = (): string[] => Object.values(caught).flat(2);

/** Of `credentials/aef-psk.ts`. */
export function aefPsks(actual: typeof AefPsk): typeof AefPsk {
  const deriveAefPsk: typeof actual.deriveAefPsk = (socket, about) => {
    const derived = actual.deriveAefPsk(socket, about);
    caught.aefPsks.push(formsOfBytes(derived.key));
    return derived;
  };
  return { ...actual, deriveAefPsk };
}

/** Of `credentials/key-pairs.ts`. */
export function privateKeys(actual: typeof KeyPairs): typeof KeyPairs {
  const generateKeyPair = async () => {
    const pair = await actual.generateKeyPair();
    caught.privateKeys.push(formsOfPrivateKey(pair.privateKeyPem));
    return pair;
  };
  return { ...actual, generateKeyPair };
}

/** Of `credentials/access-token.ts`. */
export function tokens(actual: typeof AccessToken): typeof AccessToken {
  const keep = async (kept: string[][], token: Promise<string>) => {
    kept.push(formsOfToken(await token));
    return token;
  };
  const accessTokenIssuer: typeof actual.accessTokenIssuer = (key) => {
    const issuer = actual.accessTokenIssuer(key);
    return {
      ...issuer,
      issueAccessToken: (request) => keep(caught.accessTokens, issuer.issueAccessToken(request)),
      issueOnboardingToken: (request) => keep(caught.onboardingTokens, issuer.issueOnboardingToken(request)),
    };
  };
  return { ...actual, accessTokenIssuer };
}
