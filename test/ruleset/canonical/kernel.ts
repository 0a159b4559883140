import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Family } from '../../../src/ruleset/model.ts';
import type { WrittenRule } from './rules.ts';

/** A chain for each rule tells which rule became what, and no rule hides another. */
export function textOf(rules: readonly WrittenRule[], number: (rule: WrittenRule) => number): string {
  const tables = [...new Set(rules.map((rule) => rule.table))];
  return tables
    .map((table) => {
      const own = rules.filter((rule) => rule.table === table);
      const chains = own.map((rule) => `:R${number(rule)} - [0:0]\n`).join('');
      const lines = own.map((rule) => `-A R${number(rule)} ${rule.text}\n`).join('');
      return `*${table}\n:OTHER - [0:0]\n${chains}${lines}COMMIT\n`;
    })
    .join('');
}

/** What iptables-save prints, or what iptables-restore says of a text that it refuses. */
export type KernelAnswer = { readonly saved: string } | { readonly refusal: string };

/** Loads a text into an empty network namespace and saves it again. */
export function saveOfKernel(text: string, family: Family, backend: 'nft' | 'legacy'): KernelAnswer {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-rules-'));
  const program = `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}`;
  const sets = `create s hash:ip,port family ${family === 'ipv4' ? 'inet' : 'inet6'}`;
  try {
    const script = `echo "${sets}" | ipset restore && ${program}-restore && ${program}-save`;
    const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C', XTABLES_LOCKFILE: join(folder, 'lock') };
    const { status, stdout, stderr } = spawnSync('unshare', ['-n', 'sh', '-c', script], {
      input: text,
      env,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    return status === 0 ? { saved: stdout } : { refusal: stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Tells whether this machine can load rules into a namespace of its own, with both backends. */
export function canAskKernel(): boolean {
  try {
    execFileSync('unshare', ['-n', 'true'], { stdio: 'ignore' });
    return (['nft', 'legacy'] as const).every(
      (backend) => 'saved' in saveOfKernel('*filter\n-A INPUT -j ACCEPT\nCOMMIT\n', 'ipv4', backend),
    );
  } catch {
    return false;
  }
}

/** The rules of each chain of each table, which a text has in an order of its own. */
export function chainsOf(text: string): ReadonlyMap<string, string> {
  const chains = new Map<string, string>();
  let [table, last] = ['', ''];
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    const chain = /^-A (\S+)/.exec(line)?.[1];
    if (chain !== undefined) {
      last = `${table} ${chain}`;
      chains.set(last, `${chains.get(last) ?? ''}${line}\n`);
    }
  }
  return chains;
}
