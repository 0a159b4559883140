import type { WrittenKind } from './check-kind.ts';
import { isMappingOf, parseTarget, portExpectation } from './check-target.ts';
import { FaultError } from './fault.ts';

/** `udp: "203.0.113.1:5060"`, with what is sent, and what the answer holds. */
export const writtenUdp: WrittenKind<'udp'> = {
  own: ['send', 'send_hex'],
  places: 'anywhere',
  expects: 'a udp check expects open (an answer), closed, refused or filtered, or a mapping of answer',
  read: (target, { expect = 'open', send, send_hex: hex }) => {
    const what = hex === undefined ? { text: send ?? '' } : { hex };
    const port = portExpectation(expect);
    if (port !== undefined) return { kind: 'udp', target, send: what, expect: port };
    if (!isMappingOf(expect, ['answer']) || expect.answer === undefined) return undefined;
    return { kind: 'udp', target, send: what, expect: 'open', answer: expect.answer };
  },
  fill: ({ target, send, expect, answer }, fill) => {
    const place = parseTarget(fill(target, 'target'));
    const payload = 'hex' in send ? hexOf(fill(send.hex, 'target')) : hexOfText(fill(send.text, 'words'));
    const wanted = answer === undefined ? {} : { answer: fill(answer, 'words') };
    return { kind: 'udp', ...place, payload, expect, ...wanted };
  },
};

/** What fits into a packet that no path breaks in parts. */
const PAYLOAD_BYTES = 1_200;

function hexOfText(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return checked([...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
}

function hexOf(text: string): string {
  if (/^([\da-f]{2})*$/i.test(text)) return checked(text.toLowerCase());
  throw new FaultError(
    'check-target',
    `send_hex "${text}" is not hexadecimal`,
    'Write two digits a byte: "00ff10".',
  );
}

function checked(hex: string): string {
  if (hex.length <= 2 * PAYLOAD_BYTES) return hex;
  throw new FaultError(
    'check-target',
    `what is sent is ${hex.length / 2} bytes long`,
    `Send at most ${PAYLOAD_BYTES}.`,
  );
}
