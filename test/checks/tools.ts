import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalRemote } from '../local-remote.ts';

/** A machine of its own network namespace, where some addresses are out of reach in ways that a kernel tells apart. */
export const UNREACHABLE = '192.0.2.1';
export const PROHIBITED = '192.0.2.2';
const OWN_NETWORK = [
  ...['unshare', '-n', '/bin/sh', '-c'],
  `ip link set lo up; ip route add unreachable ${UNREACHABLE}; ip route add prohibit ${PROHIBITED}; PATH=$ONLY; exec "$@"`,
  'sh',
];

/** A machine whose /bin/sh is BusyBox, as on Alpine and OpenWrt. */
const BUSYBOX_SHELL = [
  ...['unshare', '-m', '/bin/sh', '-c'],
  'mount --bind "$(command -v busybox)" "$(readlink -f /bin/sh)"; PATH=$ONLY; exec "$@"',
  'sh',
];

/** True when namespaces can be made. */
export const isRoot = process.getuid?.() === 0;

/** Where a tool of this machine is; undefined when it has none. */
export function pathOf(tool: string): string | undefined {
  try {
    // A version manager's shim would look for its own tools in PATH.
    if (tool === 'python3')
      return execFileSync(tool, ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
    return realpathSync(
      execFileSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', tool], { encoding: 'utf8' }).trim(),
    );
  } catch {
    return undefined;
  }
}

/** A gateway that has only the tools named: `nc=busybox` is BusyBox under the name of nc. `close` takes its folder away. */
export function gatewayWith(tools: readonly string[], prefix?: 'own network' | 'BusyBox shell'): LocalRemote {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-tools-'));
  for (const tool of tools) {
    const [name = tool, target = name] = tool.split('=');
    const path = pathOf(target);
    if (path === undefined) throw new Error(`this machine has no ${target}`);
    symlinkSync(path, join(folder, name));
  }
  const remote =
    prefix === undefined
      ? new LocalRemote({ env: { PATH: folder } })
      : new LocalRemote({
          prefix: prefix === 'own network' ? OWN_NETWORK : BUSYBOX_SHELL,
          env: { PATH: process.env.PATH, ONLY: folder },
        });
  const close = remote.close.bind(remote);
  remote.close = () => {
    close();
    rmSync(folder, { recursive: true, force: true });
  };
  return remote;
}
