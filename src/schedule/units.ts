import { formatExecLine, parseExecLine } from './exec-line.ts';
import { formatInterval, timerLines } from './interval.ts';
import { commandOf, isScheduleName, type Launcher, type Schedule } from './model.ts';

/** The first line of every unit of ours: others are never touched. */
const MARK = '# Made by sluice schedule';

export type UnitScope = 'system' | 'user';

/** The two files of a schedule, by name. */
export function unitNames(name: string) {
  return { service: `sluice-${name}.service`, timer: `sluice-${name}.timer` };
}

/** The name of the schedule whose service this file is; undefined for other files. */
export function scheduleOfFile(file: string): string | undefined {
  const name = /^sluice-(.+)\.service$/.exec(file)?.[1];
  return name !== undefined && isScheduleName(name) ? name : undefined;
}

export function isOurs(unit: string): boolean {
  return unit.startsWith(MARK);
}

/**
 * The service. Drift that was found (3) is an answer to who only looks; who enforces hears by it of gateways that something else fights
 * over. A run that was stopped (130) is no failure; anything else but 0 is, so that OnFailure= and `systemctl --failed` tell. Only the main process is told to stop (KillMode): it passes that on once, and a
 * second word would leave gateways in their trial.
 */
export function formatService(schedule: Schedule, launcher: Launcher, scope: UnitScope): string {
  const { name, folder, work } = schedule;
  return `${head(`sluice schedule install --name ${name}`)}
[Unit]
Description=sluice ${work[0]}, schedule ${name}
${scope === 'system' ? 'Wants=network-online.target\nAfter=network-online.target\n' : ''}
[Service]
Type=oneshot
WorkingDirectory=${folder.replaceAll('%', '%%')}
ExecStart=${formatExecLine(commandOf(launcher, schedule))}
SuccessExitStatus=${work[0] === 'drift' ? '3 130' : '130'}
KillMode=mixed
TimeoutStopSec=15min
SyslogIdentifier=sluice-${name}
UMask=0077
${scope === 'system' ? HARDENING : ''}`;
}

/**
 * What a controller never needs. Nothing here hides /home, /tmp or /etc (keys, agents, known_hosts, the project), or keeps a vault's
 * program from becoming somebody else. A user's own manager may not do these without taking more away.
 */
const HARDENING = `User=root
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RestrictRealtime=yes
`;

export function formatTimer({ name, everyMinutes, delaySeconds }: Schedule): string {
  return `${head(`sluice schedule install --name ${name}`)}
[Unit]
Description=every ${formatInterval(everyMinutes)}: sluice schedule ${name}

[Timer]
${timerLines(everyMinutes).join('\n')}
RandomizedDelaySec=${delaySeconds}
AccuracySec=1s

[Install]
WantedBy=timers.target

[X-Sluice]
EveryMinutes=${everyMinutes}
`;
}

function head(how: string): string {
  return `${MARK}: ${how} writes this file anew, sluice schedule remove deletes it.
# Changes of your own belong into a drop-in, which stays: systemctl edit.
`;
}

/** The schedule in the two files; undefined where somebody changed them into something that can't be read back. */
export function parseUnits(name: string, service: string, timer: string): Schedule | undefined {
  const line = (text: string, key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1];
  const words = parseExecLine(line(service, 'ExecStart') ?? '');
  const folder = line(service, 'WorkingDirectory')?.replaceAll('%%', '%');
  const everyMinutes = Number(line(timer, 'EveryMinutes'));
  const delaySeconds = Number(line(timer, 'RandomizedDelaySec'));
  const work = words?.slice(words.indexOf('--') + 1);
  if (!words?.includes('--') || work === undefined || folder === undefined) return undefined;
  if (!Number.isInteger(everyMinutes) || !Number.isInteger(delaySeconds)) return undefined;
  return { name, folder, everyMinutes, delaySeconds, work };
}
