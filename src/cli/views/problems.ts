import { formatProblem, type Problem } from '../../problem.ts';
import { listHosts } from './host-list.ts';
import { visible } from './visible.ts';

/** All problems that stop a run, each once, with the hosts that share it. */
export function formatProblems(problems: readonly Problem[]): string {
  const hostsOf = new Map<string, { readonly problem: Problem; readonly hosts: string[] }>();
  for (const problem of problems) {
    const { host, ...rest } = problem;
    const key = JSON.stringify(rest);
    const entry = hostsOf.get(key) ?? { problem, hosts: [] };
    if (host !== undefined) entry.hosts.push(host);
    hostsOf.set(key, entry);
  }
  const shown = [...hostsOf.values()].map(({ problem, hosts }) => {
    const { host: _, ...rest } = problem;
    return hosts.length === 0 ? rest : { ...rest, host: listHosts(hosts) };
  });
  const lines = shown.map((problem) => `${formatProblem(problem).split('\n').map(visible).join('\n')}\n`);
  const count = lines.length === 1 ? '' : `\n${lines.length} problems; nothing was touched.\n`;
  return `${lines.join('')}${count}`;
}
