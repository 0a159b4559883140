import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runStep, say } from './run.mjs';

/** Whether this is Debian or one of its children. */
export function isDebian() {
  return existsSync('/usr/bin/apt-get') && existsSync('/etc/debian_version');
}

/**
 * Installs Debian packages without asking anything and without starting anything: an SSH server that nobody asked for
 * must not listen on this machine, now or after its next start. That it worked is seen by the tools that are there then.
 */
export async function installDebianPackages(packages) {
  say(`installing the Debian packages ${packages.join(' ')} …`);
  await updateLists();
  const code = await aptGet(['install', '--yes', '--no-install-recommends', ...packages]);
  if (code !== 0) say(`apt-get install failed with exit code ${code}: see above.`);
  else if (packages.includes('openssh-server')) await leaveSshOff();
}

/** Waits for someone else's apt, as on a machine that was just started: for the lists, apt itself doesn't. */
async function updateLists() {
  for (let tries = 0; tries < 20; tries += 1) {
    if ((await aptGet(['update'])) === 0) return;
    await sleep(3000);
  }
  say('apt-get update failed: see above. Going on with the package lists that are here.');
}

function aptGet(args) {
  const options = [
    ...['-o', `DPkg::Path=${NO_SERVICES}:/usr/sbin:/usr/bin:/sbin:/bin`],
    ...['-o', 'DPkg::Options::=--force-confold', '-o', 'Dpkg::Use-Pty=0'],
    ...['-o', 'DPkg::Lock::Timeout=600'],
  ];
  const env = {
    DEBIAN_FRONTEND: 'noninteractive',
    NEEDRESTART_SUSPEND: '1',
    APT_LISTCHANGES_FRONTEND: 'none',
  };
  return runStep('/usr/bin/apt-get', ['-qq', ...options, ...args], { env, stdin: '' });
}

/** Stands before the folders in which packages look for what starts services; see apt.conf(5), DPkg::Path. */
const NO_SERVICES = fileURLToPath(new URL('./no-services', import.meta.url));

async function leaveSshOff() {
  if (existsSync('/run/systemd/system')) {
    for (const unit of ['ssh.service', 'ssh.socket'])
      await runStep('systemctl', ['--quiet', 'disable', unit]);
  } else if (existsSync('/usr/sbin/update-rc.d')) {
    await runStep('/usr/sbin/update-rc.d', ['ssh', 'disable']);
  }
  say('The SSH server was installed for its program alone: it was neither started nor enabled.');
}
