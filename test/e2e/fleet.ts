import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { downLab } from '../../src/lab/down.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { upLab } from '../../src/lab/up.ts';
import type { Event, RecapRow } from '../../src/rollout/events.ts';

/** The real command line, as `npm test` has built it. */
export const SLUICE = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Gateways that a person would manage: alternating engines, and a login that becomes root through sudo. */
export type Fleet = {
  readonly lab: Lab;
  /** The controller's project: playbooks, templates, journal. */
  readonly folder: string;
  /** Writes a file of the project; a playbook is given as its plays. */
  write(name: string, content: string | readonly object[]): void;
  /** Another inventory of the same hosts, for `-i`: runs that are made at the same time don't meet at its lock. */
  ownInventory(): string;
  /** Starts sluice in the project, at the controller. */
  sluice(argv: readonly string[], env?: NodeJS.ProcessEnv): Run;
  /** The argv and options that start sluice there, for those who start it through something else. */
  readonly argv: (argv: readonly string[]) => string[];
  readonly env: NodeJS.ProcessEnv;
  /** Runs sh text at a place; rejects when it fails. */
  sh(place: string, text: string): Promise<string>;
  down(): Promise<void>;
};

export async function createFleet(gateways: number): Promise<Fleet> {
  const lab = await upLab({ gateways, user: 'operator' });
  const folder = mkdtempSync(join(tmpdir(), 'sluice-e2e-'));
  const env = { PATH: process.env.PATH, HOME: folder, SLUICE_INVENTORY: lab.inventoryFile };
  let inventories = 0;
  const argv = (words: readonly string[]) => lab.command('controller', [process.execPath, SLUICE, ...words]);
  const fleet: Fleet = {
    lab,
    folder,
    argv,
    env,
    write: (name, content) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), typeof content === 'string' ? content : stringify(content));
    },
    ownInventory: () => {
      inventories += 1;
      const name = `own/hosts-${inventories}`;
      fleet.write(name, readFileSync(lab.inventoryFile, 'utf8'));
      return name;
    },
    sluice: (words, more = {}) => startRun(argv(words), folder, { ...env, ...more }),
    sh: async (place, text) => {
      const { code, stdout, stderr } = await lab.exec(place, ['sh', '-c', text]);
      if (code !== 0) throw new Error(`${place}: ${text}: ${code}: ${stderr}`);
      return stdout;
    },
    down: async () => {
      await downLab(lab.id);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  // An ansible.cfg of the machine is not read beside it.
  fleet.write('.ansible.cfg', '');
  for (const [name, text] of Object.entries(TEMPLATES)) fleet.write(`templates/${name}.rules.hbs`, text);
  return fleet;
}

/** A sluice that runs, or has run. */
export type Run = {
  /** Of `--json`, as far as they have arrived. */
  readonly events: readonly Event[];
  /** The first event (or the `nth`) of this type, and of this host if one is named; rejects when the run ends without it. */
  event<T extends Event['type']>(type: T, host?: string, nth?: number): Promise<Extract<Event, { type: T }>>;
  kill(signal: NodeJS.Signals): void;
  /** Reads no further, as `| head` does. */
  stopReading(): void;
  /** Never rejects because of how it ended. */
  readonly ended: Promise<EndedRun>;
};

export type EndedRun = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly Event[];
};

function startRun([file = '', ...args]: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Run {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(file, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const events: Event[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  let isOver = false;
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('{"')) events.push(JSON.parse(line));
    wake();
  });
  const ended = new Promise<EndedRun>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      isOver = true;
      wake();
      resolve({ code, stdout, stderr, events });
    });
  });
  return {
    events,
    ended,
    kill: (signal) => child.kill(signal),
    stopReading: () => child.stdout.destroy(),
    event: (type, host, nth = 1) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = eventsOf({ events }, type, host)[nth - 1];
          if (found === undefined && !isOver) return;
          waiting.delete(look);
          if (found === undefined) reject(new Error(`no ${type} ${host ?? ''}:\n${stdout}${stderr}`));
          else resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** The events of a type, and of a host if one is named, in order. */
export function eventsOf<T extends Event['type']>(
  { events }: Pick<Run, 'events'>,
  type: T,
  host?: string,
): readonly Extract<Event, { type: T }>[] {
  return events.filter(
    (event): event is Extract<Event, { type: T }> =>
      event.type === type && (host === undefined || ('host' in event && event.host === host)),
  );
}

/** A check that keeps its gateway in flight: it says that it was reached, then waits for a word; `good` makes it pass. */
export const HOLD = {
  command: 'echo >/tmp/reached; read word </tmp/hold; test "$word" = good',
  retries: 0,
  delay: 0,
  baseline: false,
};

/** A check that keeps its gateway on trial until there is a `/tmp/go`. */
export const UNTIL_GO = {
  command: 'until [ -e /tmp/go ]; do sleep 0.1; done',
  retries: 0,
  delay: 0,
  baseline: false,
};

/** Makes ready what HOLD talks through. */
export async function prepareHolds({ lab, sh }: Fleet): Promise<void> {
  await Promise.all(lab.gateways.map(({ name }) => sh(name, 'mkfifo /tmp/reached /tmp/hold')));
}

/** Waits until the gateway is held: its new rules are live, and not confirmed. */
export async function reached({ sh }: Fleet, gateway: string): Promise<void> {
  await sh(gateway, 'cat /tmp/reached');
}

export async function release({ sh }: Fleet, gateway: string, word: 'good' | 'bad'): Promise<void> {
  await sh(gateway, `echo ${word} >/tmp/hold`);
}

/** How each host ended: the columns of the recap that aren't 0, as `changed` or `ok=2`. */
export function recapOf(run: Pick<Run, 'events'>): Record<string, string> {
  const [finished] = eventsOf(run, 'run.finished');
  return Object.fromEntries((finished?.recap ?? []).map((row) => [row.host, countsOf(row)]));
}

function countsOf({ host: _, ...counts }: RecapRow): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.map(([name, count]) => (count === 1 ? name : `${name}=${count}`)).join(' ');
}

/** Everything that iptables knows on a gateway, but for counters and dates. */
export async function rulesOf({ sh }: Fleet, gateway: string): Promise<string> {
  const saved = await sh(gateway, 'iptables-save && echo "# ipv6" && ip6tables-save');
  return saved.replace(/^#.*\n/gm, '').replace(/ \[\d+:\d+\]$/gm, '');
}

/** The rules of all gateways, by name. */
export async function allRules(fleet: Fleet): Promise<Record<string, string>> {
  const { gateways } = fleet.lab;
  const rules = await Promise.all(
    gateways.map(async ({ name }) => [name, await rulesOf(fleet, name)] as const),
  );
  return Object.fromEntries(rules);
}

/** Every file that is a gateway's own, by content. */
export function filesOf({ sh }: Fleet, gateway: string): Promise<string> {
  return sh(gateway, 'find /var /run /tmp /root /home -type f -exec sha256sum {} + | sort -k 2');
}

/** What runs on a gateway, but for this very look. */
export async function processesOf({ sh }: Fleet, gateway: string): Promise<readonly string[]> {
  const listed = (await sh(gateway, 'ps -eo args=')).split('\n');
  return listed.filter((line) => !/ps -eo args=|^sleep 3600$|<defunct>$|^$/.test(line)).sort();
}

/** Lets a gateway count the TCP connections that arrive at its port 22, in a table that no play of the tests names. */
export async function countLogins({ sh }: Fleet, gateway: string): Promise<void> {
  const rule = '-t raw -A PREROUTING -p tcp --dport 22 --syn';
  await sh(gateway, `iptables ${rule} && ip6tables ${rule}`);
}

/** How many there were so far, over both families. */
export async function loginsOf({ sh }: Fleet, gateway: string): Promise<number> {
  const saved = await sh(gateway, 'iptables-save -c -t raw && ip6tables-save -c -t raw');
  return [...saved.matchAll(/^\[(\d+):\d+\] -A PREROUTING/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

/** A play that owns the filter tables of both families and lets everybody in; tests change it from here. */
export const EDGE = {
  id: 'edge',
  hosts: 'gateways',
  families: ['ipv4', 'ipv6'],
  vars: { mark: 'v1' },
  rules: [{ template: 'open.rules.hbs' }],
};

/** A play that owns the IPv4 nat table: what comes to the gateway's port 80 goes to a backend. */
export const FORWARD = {
  id: 'forward',
  hosts: 'gateways',
  vars: { backend: 'b1' },
  rules: [{ template: 'forward.rules.hbs' }],
};

const INPUT = `*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT`;
const ESTABLISHED = '-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT';
const SSH = '-A INPUT -p tcp --dport 22 -m comment --comment {{mark}} -j ACCEPT';

const TEMPLATES = {
  open: `${INPUT}\n${ESTABLISHED}\n${SSH}\nCOMMIT\n`,
  'no-new-ssh': `${INPUT}\n${ESTABLISHED}\nCOMMIT\n`,
  nothing: `*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT DROP [0:0]\nCOMMIT\n`,
  'no-ssh-over-ipv6': `${INPUT}\n${ESTABLISHED}\n{{#ipv4}}\n${SSH}\n{{/ipv4}}\nCOMMIT\n`,
  marks: `*mangle\n-A FORWARD -p tcp --dport 80 -j MARK --set-mark 7\nCOMMIT\n`,
  forward: `*nat
{{#each (hosts backend)}}
-A PREROUTING -i wan -p tcp --dport 80 -j DNAT --to-destination {{address}}:80
{{/each}}
-A POSTROUTING -o lan -j MASQUERADE
COMMIT
`,
};
