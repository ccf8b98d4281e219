/** CAPIF_Routing_Info_API (TS 29.222 8.10): an AEF asks where it is to forward the invocations of a service API. */
import { z } from 'zod';
import { readForm } from '../form-parameters.ts';
import { type HttpAnswer, mapRead, type Read, together } from '../http-message.ts';
import { writeJsonAnswer } from '../json-message.ts';
import { identifier, type PathParameters, readPathParameter } from '../paths.ts';
import { supportedFeatures } from '../security-method-list.ts';
import type { Description } from '../service-api-description.ts';

type RoutingQuestion = { serviceApiId: string; aefId: string };

const query = z.object({ 'aef-id': identifier, 'supp-feat': supportedFeatures.optional() });

/** `form` is what comes after the question mark of the URI. */
export const readRoutingInfoRequest = (parameters: PathParameters, form: string): Read<RoutingQuestion> =>
  mapRead(
    together({ serviceApiId: readPathParameter(parameters, 'serviceApiId'), asked: readForm(form, query) }),
    ({ serviceApiId, asked }) => ({ serviceApiId, aefId: asked['aef-id'] }),
  );

type UeIpRange = { ueIpv4AddrRanges?: unknown; ueIpv6AddrRanges?: unknown };

/** A rule for each profile, and for the UEs that this says it serves. */
export const writeRoutingInfoResponse = (aefProfiles: readonly Description[]): HttpAnswer =>
  writeJsonAnswer(200, {
    routingRules: aefProfiles.map((aefProfile) => {
      const { ueIpv4AddrRanges, ueIpv6AddrRanges } = (aefProfile.ueIpRange ?? {}) as UeIpRange;
      return { ipv4AddrRanges: ueIpv4AddrRanges, ipv6AddrRanges: ueIpv6AddrRanges, aefProfile };
    }),
  });
