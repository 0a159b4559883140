import type { PortExpectation } from './model.ts';
import { formatSeconds, oneLine, type Sight } from './sight.ts';

/** How an attempt to open a TCP connection ended, or to have an answer to a datagram or an echo request (`open`). */
export type PortState =
  | { readonly kind: 'open' }
  /** A reset, or ICMP port unreachable: also what REJECT answers by default. */
  | { readonly kind: 'refused' }
  /** No answer at all: DROP, or nobody there. */
  | { readonly kind: 'filtered'; readonly afterMs?: number }
  /** No answer, by a tool that does not tell a refusal from silence. */
  | { readonly kind: 'silent'; readonly afterMs: number }
  /** ICMP host unreachable or prohibited (REJECT --reject-with icmp-host-prohibited, icmp-admin-prohibited), or no such neighbour. */
  | { readonly kind: 'no-route' }
  /** ICMPv6 administratively prohibited, which Linux reports as EACCES. */
  | { readonly kind: 'prohibited' }
  /** Nearly always the vantage's own routing table: says nothing about the gateway. */
  | { readonly kind: 'no-network' }
  | { readonly kind: 'unresolved' }
  | { readonly kind: 'other'; readonly reason: string };

/**
 * Reads the word that a far program prints for what it met.
 *
 * @param said the program's further words; none where it said nothing
 */
export function portStateSaid(word: string, said: string, afterMs: number): PortState {
  switch (word) {
    case 'open':
    case 'refused':
    case 'no-route':
    case 'prohibited':
    case 'no-network':
    case 'unresolved':
      return { kind: word };
    case 'filtered':
    case 'silent':
      return { kind: word, afterMs };
    default:
      return { kind: 'other', reason: said === '' ? 'the probe said nothing' : said };
  }
}

/**
 * Judges what a connection attempt met. An attempt that never left the vantage proves nothing: where anything but `open` is
 * expected its verdict is `unknown`, so that a broken vantage can't pass for a working firewall.
 */
export function judgePort(expect: PortExpectation, state: PortState): Sight {
  const seen = describe(state);
  if (expect === 'open') return { verdict: state.kind === 'open' ? 'pass' : 'fail', seen };
  switch (state.kind) {
    case 'open':
      return { verdict: 'fail', seen };
    case 'refused':
    case 'no-route':
    case 'prohibited':
      return { verdict: expect === 'filtered' ? 'fail' : 'pass', seen };
    case 'filtered':
      return { verdict: expect === 'refused' ? 'fail' : 'pass', seen };
    case 'silent':
      return { verdict: expect === 'closed' ? 'pass' : 'unknown', seen };
    case 'no-network':
    case 'unresolved':
    case 'other':
      return { verdict: 'unknown', seen };
  }
}

/** Reads the error of a socket. */
export function portStateOf(error: NodeJS.ErrnoException): PortState {
  switch (error.code) {
    case 'ECONNREFUSED':
      return { kind: 'refused' };
    case 'ETIMEDOUT':
      return { kind: 'filtered' };
    case 'EHOSTUNREACH':
      return { kind: 'no-route' };
    case 'ENETUNREACH':
      return { kind: 'no-network' };
    case 'EACCES':
      return { kind: 'prohibited' };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { kind: 'unresolved' };
    default:
      return { kind: 'other', reason: oneLine(error.message) };
  }
}

/** `connection refused`, `timed out after 5 s (filtered?)`, … */
export function describe(state: PortState): string {
  switch (state.kind) {
    case 'open':
      return 'open';
    case 'refused':
      return 'connection refused';
    case 'filtered':
      return state.afterMs === undefined
        ? 'timed out (filtered)'
        : `timed out after ${formatSeconds(state.afterMs)} (filtered)`;
    case 'silent':
      return `no answer within ${formatSeconds(state.afterMs)} (refused or filtered: the tool there can't tell)`;
    case 'no-route':
      return 'no route to host';
    case 'prohibited':
      return 'administratively prohibited';
    case 'no-network':
      return 'network is unreachable from here';
    case 'unresolved':
      return 'the name does not resolve';
    case 'other':
      return state.reason;
  }
}
