import { readlinkSync } from 'node:fs';
import type { Problem } from '../problem.ts';
import { type Backend, switchedPrograms } from './etc.ts';
import { runProgram } from './program.ts';
import { findScript, findTool, isExecutable } from './tools.ts';

/** What a lab calls, and the Debian package that has it. */
const TOOLS: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
  sshd: 'openssh-server',
  sudo: 'sudo',
};

/**
 * Answers what stands in the way of making a lab on this machine, and how to get it; empty when one can be made here.
 * Nothing is changed: what has to be tried out is tried in namespaces that vanish at once.
 */
export async function labMissing(backend: Backend | 'alternate' = 'alternate'): Promise<readonly Problem[]> {
  if (process.platform !== 'linux') {
    return [
      {
        code: 'lab-needs-linux',
        message: `A lab needs Linux; this is ${process.platform}.`,
        remedy: REMEDY_VM,
      },
    ];
  }
  const backends: readonly Backend[] = backend === 'alternate' ? ['nft', 'legacy'] : [backend];
  const problems = [...rootProblems(), ...toolProblems(), ...backends.flatMap(backendProblems)];
  return problems.length > 0 ? problems : await kernelProblems(backends);
}

/** Labs are root's: others can neither make nor see them. */
export function rootProblems(): readonly Problem[] {
  if (process.getuid?.() === 0) return [];
  const message = `Labs are network namespaces, which only root can make and see; this is user ${process.getuid?.()}.`;
  return [{ code: 'lab-needs-root', message, remedy: 'Run it with sudo.' }];
}

function toolProblems(): readonly Problem[] {
  return Object.entries(TOOLS)
    .filter(([tool]) => findTool(tool) === undefined)
    .map(([tool, packageName]) => toolProblem(tool, packageName));
}

/** The lab switches a gateway's iptables by /etc/alternatives, as Debian and Fedora do. */
function backendProblems(backend: Backend): readonly Problem[] {
  const programs = switchedPrograms(backend);
  return [
    ...programs
      .filter(({ program }) => !isExecutable(program))
      .map(({ program }) => toolProblem(program, 'iptables')),
    ...programs
      .filter(({ name }) => readLink(`/usr/sbin/${name}`) !== `/etc/alternatives/${name}`)
      .map(({ name }) => ({
        code: 'lab-needs-alternatives',
        message: `/usr/sbin/${name} isn't switched through /etc/alternatives/${name}, as the lab needs it.`,
        remedy: 'Install the iptables package of Debian, Ubuntu or Fedora.',
      })),
  ];
}

async function kernelProblems(backends: readonly Backend[]): Promise<readonly Problem[]> {
  const script = findScript('sh/trial.sh');
  const unshare = findTool('unshare') ?? 'unshare';
  const namespaces = ['--mount', '--net', '--uts', '--pid', '--fork', '--kill-child'];
  const trial = await runProgram([unshare, ...namespaces, 'sh', script, ...backends]);
  if (trial.code !== 0) {
    const message = `This machine allows no namespaces to be made: ${trial.stderr.trim()}`;
    return [{ code: 'lab-needs-namespaces', message, remedy: REMEDY_VM }];
  }
  return trial.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ code: 'lab-needs-kernel', message: `A lab needs ${line}`, remedy: REMEDY_KERNEL }));
}

const REMEDY_VM = 'Make the lab in a Linux virtual machine, or in a container started with --privileged.';
const REMEDY_KERNEL = `Load the kernel module it needs, or: ${REMEDY_VM}`;

function toolProblem(tool: string, packageName: string): Problem {
  const message = `A lab needs ${tool}, which isn't installed.`;
  return { code: 'lab-needs-tool', message, remedy: `On Debian or Ubuntu: apt-get install ${packageName}` };
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
