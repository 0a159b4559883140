/** sh text for what tests do to the processes of a transaction on its gateway. */

export type Role = 'begin' | 'runner' | 'guard';

const pidOf = (token: string, role: Role) => `$(cut -d: -f1 /var/lib/sluice/tx/${token}/${role}.id)`;

/** Sends a signal; SIGKILL is not waited for, and who it was sent to lives on for a moment. */
export function signal(name: 'STOP' | 'KILL', token: string, ...roles: readonly Role[]): string {
  return roles.map((role) => `kill -${name} ${pidOf(token, role)};`).join(' ');
}

/** Kills, and waits until each is dead, or a zombie. */
export function killed(token: string, ...roles: readonly Role[]): string {
  const dead = roles.map(
    (role) =>
      `p=${pidOf(token, role)}; until [ ! -e /proc/$p/stat ] || grep -q ') Z ' /proc/$p/stat; do sleep 0.05; done;`,
  );
  return [signal('KILL', token, ...roles), ...dead].join(' ');
}

/** Runner and guard at once: stopped first, so that neither can step in for the other in between. */
export function killedBoth(token: string): string {
  return `${signal('STOP', token, 'runner', 'guard')} ${killed(token, 'runner', 'guard')}`;
}
