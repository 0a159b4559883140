/** What a server says that it speaks, in its own order of preference. */
export type ServerOffer = {
  readonly keyExchanges: readonly string[];
  readonly hostKeys: readonly string[];
  /** From us to the server, as the following. */
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
};

const SSH_MSG_KEXINIT = 20;
const cookieBytes = 16;

/**
 * Reads the algorithms out of the first bytes of a server: its greeting and, in clear, its KEXINIT message (RFC 4253, 4.2,
 * 6 and 7.1). Undefined until all of it is there, or where it isn't that.
 */
export function readServerOffer(bytes: Buffer): ServerOffer | undefined {
  const greeting = /^SSH-[^\n]*\n/m.exec(bytes.toString('latin1'));
  if (greeting === null) return undefined;
  const packet = bytes.subarray(greeting.index + greeting[0].length);
  // The length of the packet, that of its padding, and then the payload.
  if (packet.length < 6 || packet.length < 4 + packet.readUInt32BE(0)) return undefined;
  if (packet[5] !== SSH_MSG_KEXINIT) return undefined;
  let at = 6 + cookieBytes;
  const readNames = (): readonly string[] => {
    const end = at + 4 + packet.readUInt32BE(at);
    const names = packet.toString('latin1', at + 4, end);
    at = end;
    return names === '' ? [] : names.split(',');
  };
  try {
    const [keyExchanges, hostKeys, ciphers] = [readNames(), readNames(), readNames()];
    readNames(); // the ciphers of the other direction
    return { keyExchanges, hostKeys, ciphers, macs: readNames() };
  } catch {
    return undefined;
  }
}
