import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileOf, inside, transactionsOf, tryInside } from '../gateway.ts';
import { processesBelow, signal } from '../processes.ts';
import { type Inject, Missed, pause, poll, tokenOf } from '../stage.ts';

/** Adds and removes rules of its own, in chains of its own, in tables that no play of ours owns, as fail2ban does. */
const FOREIGN_TABLES = ['mangle', 'nat'] as const;

const FOREIGN = `
for tool in iptables ip6tables; do for table in ${FOREIGN_TABLES.join(' ')}; do
  $tool -w 20 -t $table -N f2b-ssh && $tool -w 20 -t $table -I PREROUTING -j f2b-ssh || exit 1
done; done
n=0
while [ -e /run/foreign-go ]; do
  n=$((n + 1)) old=$((n - 4))
  for tool in iptables ip6tables; do for table in ${FOREIGN_TABLES.join(' ')}; do
    $tool -w 20 -t $table -A f2b-ssh -p udp --dport $n -j RETURN && echo "+ $tool $table $n"
    [ "$old" -lt 1 ] || { $tool -w 20 -t $table -D f2b-ssh -p udp --dport $old -j RETURN && echo "- $tool $table $old"; }
  done; done
  sleep 0.05
done
`;

export const foreignTool: Inject = async ({ gateway, seen, note }) => {
  writeFileSync(fileOf(gateway, '/run/foreign-go'), '');
  const [file = '', ...args] = [...gateway.prefix, 'sh', '-c', FOREIGN];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const add: string[] = [];
  const foreign = { add, isBroken: false };
  seen.foreign = foreign;
  createInterface(child.stdout).on('line', (line) => {
    const word = line.slice(2);
    if (line.startsWith('+')) add.push(word);
    else add.splice(add.indexOf(word), 1);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => note(`foreign tool: ${text}`));
  const ended = new Promise<void>((resolve) => {
    child.on('close', (code) => {
      // What it doesn't know the end of, nobody can compare with.
      if (code !== 0) foreign.isBroken = true;
      resolve();
    });
  });
  return async () => {
    rmSync(fileOf(gateway, '/run/foreign-go'), { force: true });
    await ended;
  };
};

export const secondRun: Inject = async ({ startOther }) => void startOther('edge');
export const otherPlay: Inject = async ({ startOther }) => void startOther('other');

/** A confirm that arrives when the deadline does: the controller is held back, and another sends it in its place. */
export const lateConfirm: Inject = async (stage, _fault, random) => {
  const { gateway, controller, seen, note } = stage;
  const token = tokenOf(stage);
  controller.signal('SIGSTOP');
  seen.isConfirmedByHand = true;
  const deadline = transactionsOf(gateway).find((one) => one.token === token)?.deadlineCs;
  if (deadline === undefined) throw new Missed('nothing is armed');
  const program = `/var/lib/sluice/tx/${token}/sluice.sh`;
  // A shell takes some 20 ms to come to the rename.
  const offset = random.between(-15, 10);
  const wait = `until IFS=' .' read -r s c _ </proc/uptime; [ "$s$c" -ge ${deadline + offset} ]; do sleep 0.005; done`;
  const answer = inside(gateway, `${wait}; sh ${program} '192.0.2.9 39999 192.0.2.1 22' confirm ${token}`);
  return async () => {
    await answer.then(
      (text) => note(`confirm at ${offset * 10} ms: ${text}`),
      (error) => note(String(error)),
    );
    controller.signal('SIGCONT');
  };
};

/** Connections are refused, until it is started again. */
export const sshdDown: Inject = async ({ gateway }) => {
  const listeners = () =>
    processesBelow(gateway.pid).filter(({ argv }) => /\[listener\]/.test(argv.join(' ')));
  for (const { pid } of listeners()) signal(pid, 'SIGKILL');
  await poll(() => (listeners().length === 0 ? true : undefined), 2000);
  return async () => {
    await pause(50);
    await tryInside(gateway, `grep -q ':0016 .* 0A ' /proc/net/tcp || { ${gateway.startSshd}; }`);
  };
};
