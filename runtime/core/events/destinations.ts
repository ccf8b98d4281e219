/**
 * Where the core may send notifications. A destination is whatever a peer has written: by default it is reached over TLS
 * only, and no address of this machine or of a private network is tried, lest peers have the core send requests there.
 */
import { BlockList, isIP } from 'node:net';

export type DestinationOptions = {
  /**
   * Names, addresses, and networks such as `10.0.0.0/8`: these alone are notified. By default all that is on a public
   * network.
   */
  hosts?: readonly string[] | undefined;
  /** Also over HTTP without TLS. */
  plainHttp?: boolean | undefined;
};

/** Loopback, private, shared, link-local, multicast, reserved and unspecified addresses, and IPv4 within IPv6 (also 6to4, Teredo). */
const notPublic = networks([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3'],
  ...['::/96', '::ffff:0:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '2001::/32', '2002::/16'],
  ...['fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
]);

export class Destinations {
  readonly #options: DestinationOptions;
  readonly #networks: BlockList;
  readonly #names: Set<string>;

  /** @throws Error if a network is none */
  constructor(options: DestinationOptions) {
    this.#options = options;
    const { hosts = [] } = options;
    this.#networks = networks(hosts.filter((host) => host.includes('/')));
    this.#names = new Set(hosts.filter((host) => !host.includes('/')).map((host) => host.toLowerCase()));
  }

  /** Why nothing may be sent to this URI, if nothing may. What a name stands for is seen only by `mayReach`. */
  refusal(uri: string): string | undefined {
    if (!URL.canParse(uri)) return 'must be a URI';
    const url = new URL(uri);
    const host = hostOf(url);
    if (/(^|\.)invalid\.?$/.test(host)) return 'has a name that never resolves (RFC 6761)';
    if (url.protocol !== 'https:' && !(this.#options.plainHttp && url.protocol === 'http:'))
      return 'must be https here';
    if (url.username !== '' || url.password !== '') return 'must not have a user in it';
    const isRefused = isIP(host) !== 0 ? !this.mayReach(host, host) : !this.#mayNameBe(host);
    return isRefused ? 'is not where this core sends notifications' : undefined;
  }

  /** Whether a host may be notified at this address. */
  mayReach(host: string, address: string): boolean {
    if (this.#names.has(host)) return true;
    if (this.#options.hosts) return this.#networks.check(address, familyOf(address));
    return !notPublic.check(address, familyOf(address));
  }

  #mayNameBe(host: string): boolean {
    const { hosts } = this.#options;
    return hosts === undefined || this.#names.has(host) || hosts.some((one) => one.includes('/'));
  }
}

export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').toLowerCase();

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function networks(all: readonly string[]): BlockList {
  const list = new BlockList();
  for (const [net = '', prefix = ''] of all.map((one) => one.split('/')))
    list.addSubnet(net, Number.parseInt(prefix, 10), familyOf(net));
  return list;
}
