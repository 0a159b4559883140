import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { LocalRemote } from '../local-remote.ts';

/** One gateway without a network: namespaces of its own, real iptables, the wanted shell and tools. */
export type Sandbox = {
  /** What a command line inside it begins with. */
  readonly prefix: readonly string[];
  /** A new connection to it. */
  connect(port?: number): LocalRemote;
  /** Runs sh text inside; rejects when it fails. */
  sh(text: string, stdin?: string): Promise<string>;
  dispose(): Promise<void>;
};

export type SandboxOptions = {
  readonly backend: 'nft' | 'legacy';
  /** `busybox`: /bin/sh and every tool but iptables are busybox applets. */
  readonly userland: 'debian' | 'busybox';
};

/** The two that differ most: the shell, its tools, and the kernel's interface. */
const both: readonly SandboxOptions[] = [
  { backend: 'nft', userland: 'debian' },
  { backend: 'legacy', userland: 'busybox' },
];

/** What `SLUICE_TESTS=all` runs, or less of it. */
const chosen = (few: readonly SandboxOptions[], all: readonly SandboxOptions[]) =>
  process.env.SLUICE_TESTS === 'all' ? all : few;

/** Where a test asks for little of either, one of each does. */
export const oneOrBoth = chosen([{ backend: 'nft', userland: 'busybox' }], both);
export const otherOrBoth = chosen([{ backend: 'legacy', userland: 'debian' }], both);

/** The transaction itself: both backends and both userlands, or every pair of them. */
export const bothOrAll = chosen(both, [
  ...both,
  { backend: 'legacy', userland: 'debian' },
  { backend: 'nft', userland: 'busybox' },
]);

/** Why no sandbox can be made here; undefined where it can. */
export function sandboxMissing(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  try {
    execFileSync('unshare', ['--net', '--mount', '--pid', '--fork', 'true'], { stdio: 'pipe' });
    execFileSync(
      'sh',
      ['-c', 'for t in iptables-nft iptables-legacy busybox; do command -v $t || exit 1; done'],
      { stdio: 'pipe' },
    );
    return undefined;
  } catch {
    return 'needs namespaces, iptables-nft, iptables-legacy and busybox';
  }
}

const setUp = `
set -e
exec 3<&0
mount --make-rprivate /
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mkdir -p /run/etc/upper /run/etc/work && mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work overlay /etc
mkdir -p /run/tools/bin /run/tools/sbin /run/alternatives
cp -a /etc/alternatives/. /run/alternatives/
for t in iptables ip6tables; do
  for v in '' -save -restore; do ln -sf "/usr/sbin/$t-$BACKEND$v" "/run/alternatives/$t$v"; done
done
mount --bind /run/alternatives /etc/alternatives
ip link set lo up
if [ "$USERLAND" = busybox ]; then
  # All links at once: a process for each of them would take seconds.
  cp "$(command -v busybox)" /run/tools/busybox
  /run/tools/busybox --install -s /run/tools/bin
  ln -sf /run/tools/busybox /run/tools/bin/busybox
  cp -a /usr/sbin/*tables* /usr/sbin/ipset /usr/sbin/conntrack /run/tools/sbin/
  mount --bind /run/tools/sbin /usr/sbin
  mount --bind /run/tools/bin /usr/bin
fi
echo ready
cat <&3 & # the first process of a machine reaps orphans
wait
`;

export async function createSandbox({ backend, userland }: SandboxOptions): Promise<Sandbox> {
  const holder = spawn(
    'unshare',
    [
      '--net',
      '--mount',
      '--pid',
      '--fork',
      '--mount-proc',
      '--kill-child=KILL',
      'sh',
      '-c',
      setUp,
      'sandbox',
    ],
    {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', BACKEND: backend, USERLAND: userland },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  await ready(holder);
  const children = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8');
  const prefix = ['nsenter', '-t', children.trim(), '-n', '-m', '-p', '--'];
  return {
    prefix,
    connect: (port) => new LocalRemote(port === undefined ? { prefix } : { prefix, port }),
    sh: async (text, stdin = '') => {
      const [program = '', ...args] = [...prefix, '/bin/sh', '-c', text];
      const running = promisify(execFile)(program, args, { encoding: 'utf8' });
      running.child.stdin?.on('error', () => {}); // not every program reads it
      running.child.stdin?.end(stdin);
      return (await running).stdout;
    },
    dispose: async () => {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    },
  };
}

async function ready(holder: ChildProcess): Promise<void> {
  if (holder.stdout === null) throw new Error('no stdout');
  for await (const line of createInterface({ input: holder.stdout })) {
    if (line === 'ready') return;
  }
  throw new Error('the sandbox could not be set up');
}
