import net from 'node:net';
import type { ProbeOf } from './kind.ts';
import { within } from './limit.ts';
import { judgePort, type PortState, portStateOf } from './port-state.ts';
import type { Sight } from './sight.ts';

/** How long each address of a name may take before the next one is tried as well; Node's own 250 ms gives up on far gateways. */
const NEXT_ADDRESS_MS = 1_000;

/** Tries once, from here, to open a connection to a port; nothing is sent over it. */
export async function tcpFromController(
  probe: ProbeOf<'tcp'>,
  limitMs: number,
  cut: AbortSignal,
): Promise<Sight | 'cut'> {
  const state = await within(limitMs, cut, (signal) => connect(probe.address, probe.port, signal));
  if (state === 'cut') return state;
  return judgePort(probe.expect, state === 'timed out' ? { kind: 'filtered', afterMs: limitMs } : state);
}

function connect(host: string, port: number, signal: AbortSignal): Promise<PortState> {
  return new Promise((resolve) => {
    const socket = net.connect({
      host,
      port,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    });
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    socket.once('connect', () => {
      socket.destroy();
      resolve({ kind: 'open' });
    });
    socket.on('error', (error) => resolve(portStateOf(error)));
  });
}
