import { writeFileSync } from 'node:fs';
import { fileOf, inside, tryInside } from '../gateway.ts';
import { type Inject, Missed } from '../stage.ts';

export const reboot: Inject = async ({ gateway, seen }) => {
  seen.isRebooted = true;
  await gateway.reboot();
  return undefined;
};

/** The state folder is a small file system of its own (see prepare). */
export const fillDisk: Inject = async ({ gateway }) => {
  await tryInside(gateway, 'cat /dev/zero >/var/lib/sluice/ballast');
  return () => tryInside(gateway, 'rm -f /var/lib/sluice/ballast');
};

export const makeReadOnly: Inject = async ({ gateway, seen }) => {
  seen.isReadOnly = true;
  // Refused while a file is open for writing: then it is tried again, as a kernel does that meets an error on its disk.
  await inside(
    gateway,
    'n=0; until mount -o remount,ro /var/lib/sluice 2>/dev/null; do n=$((n+1)); [ $n -lt 200 ] || exit 1; sleep 0.01; done',
  ).catch(() => {
    throw new Missed('the state folder was always being written to');
  });
  return () => tryInside(gateway, 'mount -o remount,rw /var/lib/sluice');
};

/** The controller runs under libfaketime, which reads this file at each look at the clock. */
export const stepControllerClock: Inject = async ({ clockFile }, _fault, random) => {
  const offset = random.pick(['+86400', '-86400', '+3600', '-30', '+300']);
  writeFileSync(clockFile, `${offset}\n`);
  return async () => writeFileSync(clockFile, '+0\n');
};

/** Whatever asks for the date there is told another. */
export const stepGatewayClock: Inject = async ({ gateway }, _fault, random) => {
  const offset = random.pick(['+30d', '-30d', '+1h', '-1h']);
  const wrapper = `#!/bin/sh\nexec /usr/bin/faketime -f '${offset}' /run/date.real "$@"\n`;
  await inside(
    gateway,
    'cp /usr/bin/date /run/date.real; cat >/run/date; chmod +x /run/date; mount --bind /run/date /usr/bin/date',
    wrapper,
  );
  return () => tryInside(gateway, 'umount /usr/bin/date');
};

/** Another program holds what every change of a rule waits for. */
export const holdXtables: Inject = async ({ gateway }) => {
  const stop = '/run/foreign-lock-stop';
  writeFileSync(
    fileOf(gateway, '/run/foreign.nft'),
    'add table ip chaos\nadd chain ip chaos c\nflush chain ip chaos c\nadd rule ip chaos c drop\ndelete table ip chaos\n',
  );
  const hold =
    gateway.backend === 'legacy'
      ? `flock /run/xtables.lock sh -c 'until [ -e ${stop} ]; do sleep 0.05; done'`
      : `until [ -e ${stop} ]; do nft -f /run/foreign.nft; done`;
  const held = tryInside(gateway, hold);
  return async () => {
    writeFileSync(fileOf(gateway, stop), '');
    await held;
    await tryInside(gateway, `rm -f ${stop}; nft delete table ip chaos 2>/dev/null`);
  };
};
