/** What a member of a set is made of; `net` takes whole networks, `ip` single addresses and what ipset counts out into them. */
export type SetPart = 'ip' | 'net' | 'port' | 'mac' | 'iface' | 'mark' | 'set';

/** A type of set: the parts of its members, and the options that its `create` takes. */
export type SetType = {
  readonly name: string;
  readonly parts: readonly SetPart[];
  readonly createOptions: readonly string[];
  /** A member may be a network of prefix length 0. */
  readonly takesZeroPrefix: boolean;
};

const COMMON = ['timeout', 'counters', 'comment', 'skbinfo'];
const HASH = ['hashsize', 'maxelem', 'bucketsize', 'initval', 'forceadd', ...COMMON];
const HASH_OF_ADDRESSES = ['family', ...HASH];

/** The types of ipset 7.17 (ipset(8); the old names such as `iphash` are left out). */
const TYPES: readonly SetType[] = [
  type('bitmap:ip', ['range', 'netmask', ...COMMON]),
  type('bitmap:ip,mac', ['range', ...COMMON]),
  type('bitmap:port', ['range', ...COMMON]),
  type('hash:ip', ['netmask', 'bitmask', ...HASH_OF_ADDRESSES]),
  type('hash:mac', HASH),
  type('hash:ip,mac', HASH_OF_ADDRESSES),
  type('hash:net', HASH_OF_ADDRESSES),
  type('hash:net,net', ['netmask', 'bitmask', ...HASH_OF_ADDRESSES]),
  type('hash:ip,port', ['netmask', 'bitmask', ...HASH_OF_ADDRESSES]),
  type('hash:net,port', HASH_OF_ADDRESSES),
  type('hash:ip,port,ip', HASH_OF_ADDRESSES),
  type('hash:ip,port,net', HASH_OF_ADDRESSES),
  type('hash:ip,mark', ['markmask', ...HASH_OF_ADDRESSES]),
  { ...type('hash:net,port,net', HASH_OF_ADDRESSES), takesZeroPrefix: true },
  { ...type('hash:net,iface', HASH_OF_ADDRESSES), takesZeroPrefix: true },
  type('list:set', ['size', ...COMMON]),
];

const BY_NAME: ReadonlyMap<string, SetType> = new Map(TYPES.map((one) => [one.name, one]));

/** Every type of set that there is. */
export const SET_TYPE_NAMES: readonly string[] = [...BY_NAME.keys()];

/** The type of this name, if there is one. */
export function setType(name: string): SetType | undefined {
  return BY_NAME.get(name);
}

function type(name: string, createOptions: readonly string[]): SetType {
  const parts = name.slice(name.indexOf(':') + 1).split(',') as SetPart[];
  return { name, parts, createOptions, takesZeroPrefix: false };
}
