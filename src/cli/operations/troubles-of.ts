import type { GatewayReport, TransactionReport } from '../../gateway/report.ts';
import type { Problem } from '../../problem.ts';

/** What a person must see to on a gateway: nothing there does it, and no later run has made up for it. */
export function troublesOf(host: string, { transactions }: GatewayReport): readonly Problem[] {
  const plays = new Set(transactions.map(({ play }) => play));
  return [...plays].flatMap((play) => {
    const ofPlay = transactions.filter((transaction) => transaction.play === play);
    // The newest come first: what a confirmed one followed is over.
    const confirmed = ofPlay.findIndex(({ state }) => state === 'confirmed');
    return (confirmed === -1 ? ofPlay : ofPlay.slice(0, confirmed)).flatMap((transaction) =>
      troubleOf(host, transaction),
    );
  });
}

function troubleOf(host: string, { token, play, state, due, secondsLeft = 0 }: TransactionReport): Problem[] {
  const name = `transaction ${token} (play ${play})`;
  const folder = `/var/lib/sluice/tx/${token}`;
  if (due === 'takeover') {
    return [
      {
        code: 'overdue',
        host,
        message: `${name} is past its deadline at ${state}, runner and guard are dead, and it could not be ended`,
        remedy: `Look at ${folder}/log there; sluice unlock ${host} tries again.`,
      },
    ];
  }
  if (due === 'later') {
    return [
      {
        code: 'runner-and-guard-dead',
        host,
        message: `${name} is ${state}, and its runner and guard are dead: at its deadline, in ${secondsLeft} s, nobody there ends it`,
        remedy: `sluice unlock ${host} ends it now; sluice status ${host} does from ten seconds after the deadline.`,
      },
    ];
  }
  if (state === 'rollback_failed') {
    return [
      {
        code: 'rollback-failed',
        host,
        message: `${name} could not be rolled back: the rules are neither the old nor the new ones for sure`,
        remedy: `Log in, see ${folder}/log, and try again: sh /var/lib/sluice/sluice.sh restore ${token}`,
      },
    ];
  }
  if (state === 'persist_failed') {
    return [
      {
        code: 'persist-failed',
        host,
        message: `${name} was confirmed and is live, but it could not be recorded`,
        remedy: `See ${folder}/log there (is the disk full?), then apply again.`,
      },
    ];
  }
  return [];
}
