/** For the tests of the core: an AEF at which no server listens, and whose services are what a test publishes. */
import { expect } from 'vitest';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { type Subject, writeSecurityMethodRequest, writeSecurityMethodUpdateRequest } from '../wire/security-api.ts';
import { writeSecurityInformationRequest } from '../wire/security-information-api.ts';
import {
  all,
  ask,
  client,
  type Known,
  notificationDestination,
  onboarded,
  registered,
  type Testbed,
  testbed,
} from './roles.ts';

export const host = '127.0.0.1';
type Interfaces = Record<number, readonly SecurityMethod[]>;
const profile = (aefId: string, interfaces: Interfaces) => ({
  aefId,
  versions: [{ apiVersion: 'v1' }],
  interfaceDescriptions: Object.entries(interfaces).map(([port, securityMethods]) => ({
    ipv4Addr: host,
    port: Number(port),
    securityMethods,
  })),
});

/** An AEF at which no server listens, and its APFs, of which the first publishes what the test says, if no other is named. */
export async function provider() {
  const at = await testbed({ pause: { firstMs: 600_000, longestMs: 600_000 } });
  const [aef, apf, otherApf] = (await registered(at, 'AEF', 'APF', 'APF')) as [Known, Known, Known];
  const headers = { 'content-type': 'application/json' };
  async function publish(apiName: string, interfaces: Interfaces, apiId?: string, by = apf): Promise<string> {
    const aefProfiles = Object.keys(interfaces).length > 0 ? [profile(aef.id, interfaces)] : undefined;
    const path = `/published-apis/v1/${by.id}/service-apis${apiId ? `/${apiId}` : ''}`;
    const body = JSON.stringify({ apiName, aefProfiles });
    const answer = await ask(client(at, by.certificate), { method: apiId ? 'PUT' : 'POST', path, headers, body });
    expect(answer.status).toBe(apiId ? 200 : 201);
    return (answer.body as { apiId: string }).apiId;
  }
  return { at, aef, otherApf, publish, by: await onboarded(at) };
}

type Entry = Subject & { selSecurityMethod?: string; prefSecurityMethods?: string[] };

export async function negotiate(at: Testbed, by: Known, subjects: Subject[], how: 'create' | 'update' = 'create') {
  const write = how === 'create' ? writeSecurityMethodRequest : writeSecurityMethodUpdateRequest;
  const entries = subjects.map((subject) => ({ ...subject, supported: all }));
  const { status, body } = await ask(
    client(at, by.certificate),
    write({ apiInvokerId: by.id, entries, notificationDestination, supportedFeatures: 'F' }),
  );
  const { securityInfo = [], supportedFeatures } = body as { securityInfo?: Entry[]; supportedFeatures?: string };
  const selected = securityInfo.map(({ selSecurityMethod }) => selSecurityMethod);
  return { status, body, securityInfo, selected, supportedFeatures };
}

/** What the AEF is told of the invoker: each entry with its two texts as they were meant. */
export async function told(at: Testbed, aef: Known, by: Known) {
  const { status, body } = await ask(
    client(at, aef.certificate),
    writeSecurityInformationRequest({ apiInvokerId: by.id }),
  );
  const { securityInfo = [] } = body as { securityInfo?: Record<string, string>[] };
  return {
    status,
    entries: securityInfo.map(({ authenticationInfo = '{}', authorizationInfo = '{}', ...entry }) => ({
      ...entry,
      ...(JSON.parse(authenticationInfo) as { aefPsk?: string; credential: number }),
      ...(JSON.parse(authorizationInfo) as { apiNames: string[] }),
    })),
  };
}
