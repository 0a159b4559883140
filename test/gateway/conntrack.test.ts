import { describe, expect, it, type TestContext } from 'vitest';
import { rollbackTransaction } from '../../src/gateway/transaction.ts';
import { desiredRuleset, desiredState } from './desired.ts';
import { createSandbox, oneOrBoth, type Sandbox, sandboxMissing } from './sandbox.ts';
import { begin, confirmed, scripts } from './transactions.ts';

const missing = sandboxMissing();

/** A balancer of two services; each target is `ADDRESS:PORT`. */
const balancing = (web: readonly string[], mail: readonly string[] = []) =>
  desiredRuleset(
    `*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n${[
      ...web.map((to) => `-A PREROUTING -d 10.0.0.1 -p tcp --dport 80 -j DNAT --to-destination ${to}`),
      ...mail.map((to) => `-A PREROUTING -d 10.0.0.1 -p tcp --dport 25 -j DNAT --to-destination ${to}`),
    ].join('\n')}\nCOMMIT\n`,
  );
const flushing = { conntrack: 'flush_removed' } as const;

describe.skipIf(missing !== undefined).concurrent.each(oneOrBoth)(
  `connections on a gateway with $backend and $userland${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  (options) => {
    async function gateway({ onTestFinished }: TestContext): Promise<Sandbox> {
      const sandbox = await createSandbox(options);
      onTestFinished(() => sandbox.dispose());
      return sandbox;
    }

    it('to a backend that a change removed are forgotten at its confirm, and no others', async (context) => {
      const sandbox = await gateway(context);
      await confirmed(
        sandbox,
        't1',
        desiredState([balancing(['10.7.0.11:8080', '10.7.0.12:8080'], ['10.7.0.11:25'])], flushing),
      );
      await connections(sandbox);
      const prepared = await begin(
        sandbox,
        't2',
        desiredState([balancing(['10.7.0.12:8080'], ['10.7.0.11:25'])], flushing),
      );
      expect(await prepared.go()).toMatchObject({ state: 'applied' });
      expect(await ports(sandbox)).toBe('5001 5002 5003 5004'); // a trial may yet be taken back
      await rollbackTransaction(sandbox.connect(), scripts, 't2', 'told to');
      expect(await ports(sandbox)).toBe('5001 5002 5003 5004');

      await confirmed(
        sandbox,
        't3',
        desiredState([balancing(['10.7.0.12:8080'], ['10.7.0.11:25'])], flushing),
      );
      expect(await ports(sandbox)).toBe('5002 5003 5004');
    });

    it('are all forgotten, although one of them ends in that very moment', async (context) => {
      const sandbox = await gateway(context);
      const both = balancing(['10.7.0.11:8080', '10.7.0.12:8080'], ['10.7.0.11:25']);
      await confirmed(sandbox, 't1', desiredState([both], flushing));
      await connections(sandbox);
      await sandbox.sh(STOPS_ONCE);
      await confirmed(sandbox, 't2', desiredState([balancing(['10.7.0.12:8080'])], flushing));
      expect(await ports(sandbox)).toBe('5002 5004');
      expect(await sandbox.sh('cat /run/stopped')).toBe('-D\n');
    });

    it('to a backend that drains stay, although it is removed', async (context) => {
      const sandbox = await gateway(context);
      const both = balancing(['10.7.0.11:8080', '10.7.0.12:8080'], ['10.7.0.11:25']);
      await confirmed(sandbox, 't1', desiredState([both], flushing));
      await connections(sandbox);
      await confirmed(
        sandbox,
        't2',
        desiredState([balancing(['10.7.0.13:8080'])], { ...flushing, spares: ['10.7.0.12'] }),
      );
      expect(await ports(sandbox)).toBe('5002 5004');
    });

    it('that a trial made to backends of its own are forgotten when it is taken back', async (context) => {
      const sandbox = await gateway(context);
      await confirmed(sandbox, 't1', desiredState([balancing(['10.7.0.12:8080'])], flushing));
      const prepared = await begin(sandbox, 't2', desiredState([balancing(['10.7.0.11:8080'])], flushing));
      expect(await prepared.go()).toMatchObject({ state: 'applied' });
      await connections(sandbox);
      await rollbackTransaction(sandbox.connect(), scripts, 't2', 'told to');
      expect(await ports(sandbox)).toBe('5002 5003 5004');
    });

    it('stay where the play does not ask', async (context) => {
      const sandbox = await gateway(context);
      await confirmed(sandbox, 't1', desiredState([balancing(['10.7.0.11:8080'])]));
      await connections(sandbox);
      await confirmed(sandbox, 't2', desiredState([balancing(['10.7.0.12:8080'])]));
      expect(await ports(sandbox)).toBe('5001 5002 5003 5004');
    });
  },
);

/** As conntrack ends when one that it has listed is gone before its turn to be deleted. */
const STOPS_ONCE = `
at=$(readlink -f "$(command -v conntrack)")
cp "$at" /run/conntrack
cat >/run/stops-once <<'END'
#!/bin/sh
if [ "$1" = -D ] && [ ! -e /run/stopped ]; then
  echo "$1" >/run/stopped
  echo "conntrack v1.4.7 (conntrack-tools): Operation failed: such conntrack doesn't exist" >&2
  exit 1
fi
exec /run/conntrack "$@"
END
chmod 755 /run/stops-once
mount --bind /run/stops-once "$at"
`;

/** 5001 and 5002 to one backend of the web service each, 5003 to the mail service on the first, 5004 to the first one directly. */
async function connections(sandbox: Sandbox): Promise<void> {
  const make = (port: number, to: string) =>
    `conntrack -I -p tcp -s 10.0.0.9 --sport ${port} ${to} --state ESTABLISHED --timeout 600`;
  await sandbox.sh(
    [
      make(5001, '-d 10.0.0.1 --dport 80 --dst-nat 10.7.0.11:8080'),
      make(5002, '-d 10.0.0.1 --dport 80 --dst-nat 10.7.0.12:8080'),
      make(5003, '-d 10.0.0.1 --dport 25 --dst-nat 10.7.0.11:25'),
      make(5004, '-d 10.7.0.11 --dport 8080'),
    ].join(' && '),
  );
}

/** The clients' ports of the connections that are known. */
async function ports(sandbox: Sandbox): Promise<string> {
  const listed = await sandbox.sh(
    'conntrack -L 2>/dev/null | sed "s/.* sport=\\(500[0-9]\\) dport=.*src.*/\\1/" | sort',
  );
  return listed.trim().split('\n').join(' ');
}
