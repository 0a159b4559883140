import type { Duplex } from 'node:stream';
import type { Problem } from '../problem.ts';
import { proxyInjectionProblem } from './dial-problem.ts';
import type { JumpConnections } from './jump-connections.ts';
import { unlessAborted } from './limit.ts';
import { describePlace, hostOf, type Place } from './peer.ts';
import { type ProxyEnd, proxyLine, startProxyCommand } from './proxy-command.ts';
import { connectTcp } from './tcp.ts';

/** The way to a place, as far as it came. */
export type Opened =
  /** `ended`: of a ProxyCommand, how it ended. */
  | { readonly kind: 'open'; readonly socket: Duplex; readonly ended?: () => Promise<ProxyEnd> }
  /** With the system's error code. */
  | { readonly kind: 'failed'; readonly code: string }
  /** The jump host's connection broke while it was used: another may stand. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'unreachable'; readonly problem: Problem }
  /** `at`: where the time was spent. */
  | { readonly kind: 'aborted'; readonly at?: Place };

/** Opens the way to a place: a TCP connection, a channel through a jump host, or a program. Never rejects. */
export type Carrier = (place: Place, signal: AbortSignal) => Promise<Opened>;

export function createCarrier(jumps: JumpConnections): Carrier {
  return async (place, signal) => {
    const { target, address } = place;
    switch (target.way.kind) {
      case 'direct': {
        const socket = await connectTcp(address, target, signal);
        if (typeof socket !== 'string') return { kind: 'open', socket };
        return signal.aborted ? { kind: 'aborted' } : { kind: 'failed', code: socket };
      }
      case 'jump':
        return openThroughJump(place, jumps, signal);
      case 'command': {
        const line = proxyLine(target.way.command, target, address);
        if (line === undefined) return { kind: 'unreachable', problem: proxyInjectionProblem(place) };
        return { kind: 'open', ...startProxyCommand(line) };
      }
    }
  };
}

async function openThroughJump(place: Place, jumps: JumpConnections, signal: AbortSignal): Promise<Opened> {
  const { target, address } = place;
  if (target.way.kind !== 'jump') throw new Error('not through a jump host');
  const { jump } = target.way;
  const joined = await jumps.join(jump, signal);
  if (joined === undefined) return { kind: 'aborted', at: { target: jump, address: jump.address } };
  if (joined.kind === 'unreachable') {
    return { kind: 'unreachable', problem: { ...joined.problem, ...hostOf(target) } };
  }
  const opening = joined.openChannel(address, target.port);
  const opened = await unlessAborted(opening, signal);
  if (opened === undefined) {
    // One that opens all the same has nobody to use it.
    void opening.then((late) => late.kind === 'open' && late.socket.destroy());
    return { kind: 'aborted' };
  }
  if (opened.kind !== 'refused') return opened;
  const message = `jump host ${jump.name} can't open a connection to ${describePlace(place)}: ${opened.reason}`;
  const remedy = opened.isForbidden
    ? `Allow it in the sshd_config of ${jump.name}: AllowTcpForwarding, PermitOpen, DisableForwarding.`
    : `Check from ${jump.name} that the host is up, that its name is known there, and that no firewall is in between.`;
  return { kind: 'unreachable', problem: { code: 'jump-refused', ...hostOf(target), message, remedy } };
}
