import type { Problem } from '../../../src/problem.ts';
import type { Event, EventBody, RecapRow } from '../../../src/rollout/events.ts';
import type { Outcome } from '../../../src/rollout/outcome.ts';

/** Recorded runs as a person would meet them: made here by hand, one second after another. */
export class Session {
  readonly events: Event[] = [];
  #ms = Date.parse('2026-03-02T12:00:00.000Z');
  #recap = new Map<string, RecapRow>();
  #startedMs = this.#ms;

  wait(seconds: number): this {
    this.#ms += Math.round(seconds * 1000);
    return this;
  }

  emit(body: EventBody): this {
    const stamp = { time: new Date(this.#ms).toISOString(), run: 'r1', seq: this.events.length + 1 };
    this.events.push({ ...stamp, ...body });
    return this;
  }

  start(
    command: 'apply' | 'plan' | 'drift' | 'verify',
    hosts: readonly string[],
    waves: readonly Wave[],
  ): this {
    this.emit({
      type: 'run.started',
      command,
      playbook: 'edge.yml',
      inventories: ['hosts.ini'],
      operator: 'anna@laptop',
      version: '0.1.0',
      forks: 25,
      journal: '.sluice/runs/20260302T120000Z-7f3a',
    });
    for (const host of hosts) this.#recap.set(host, { host, ...NOTHING, notStarted: 1 });
    return this.emit({ type: 'play.started', play: 'edge', name: 'Edge load balancers', hosts, waves });
  }

  wave(wave: number, { title, hosts }: Wave): this {
    return this.emit({ type: 'wave.started', play: 'edge', wave, title, hosts });
  }

  /** Goes through waves; `walk` has what each host comes to. */
  through(waves: readonly Wave[], walk: (host: HostSession) => void): this {
    for (const [index, wave] of waves.entries()) {
      this.wave(index + 1, wave);
      for (const host of wave.hosts) walk(this.host(host, index + 1).start());
    }
    return this;
  }

  host(host: string, wave: number): HostSession {
    return new HostSession(this, host, wave);
  }

  finish(host: string, wave: number, outcome: Outcome): this {
    this.settle(host, outcome.kind);
    return this.emit({ type: 'host.finished', host, play: 'edge', wave, attempt: 1, outcome });
  }

  /** What the recap says of a host. */
  settle(host: string, kind: Outcome['kind']): this {
    const column = COLUMN[kind];
    this.#recap.set(host, { host, ...NOTHING, [column]: 1 });
    return this;
  }

  end(exitCode: number, halted = false): readonly Event[] {
    const recap = [...this.#recap.values()];
    const connections = this.events.filter(({ type }) => type === 'host.connected').length;
    const elapsedMs = this.#ms - this.#startedMs;
    this.emit({ type: 'run.finished', exitCode, halted, recap, elapsedMs, connections });
    return this.events;
  }
}

export type Wave = { readonly title: string; readonly hosts: readonly string[] };

const NOTHING = { ok: 0, changed: 0, unreachable: 0, failed: 0, rolledBack: 0, notStarted: 0 };

const COLUMN = {
  ok: 'ok',
  changed: 'changed',
  unreachable: 'unreachable',
  failed: 'failed',
  unknown: 'failed',
  rolled_back: 'rolledBack',
  interrupted: 'rolledBack',
  not_started: 'notStarted',
} as const;

/** The steps of one host, in the words of the transaction. */
export class HostSession {
  readonly #session: Session;
  readonly #ref: {
    readonly host: string;
    readonly play: string;
    readonly wave: number;
    readonly attempt: number;
  };

  constructor(session: Session, host: string, wave: number) {
    this.#session = session;
    this.#ref = { host, play: 'edge', wave, attempt: 1 };
  }

  start(): this {
    return this.#emit({ type: 'host.started' });
  }

  plan(diff?: Diff, notes: readonly string[] = []): this {
    this.connect();
    this.#session.wait(0.3);
    return this.planned(diff, notes);
  }

  connect(): this {
    return this.#emit({ type: 'host.connected', elapsedMs: 210 });
  }

  planned(diff?: Diff, notes: readonly string[] = []): this {
    const size = { added: diff?.added ?? 0, removed: diff?.removed ?? 0 };
    return this.#emit({
      type: 'host.planned',
      ...size,
      notes,
      ...(diff === undefined ? {} : { diff: diff.id }),
    });
  }

  apply(): this {
    this.arm();
    this.#session.wait(0.2);
    return this.applied();
  }

  arm(): this {
    return this.#emit({ type: 'host.armed', deadlineSeconds: 60 });
  }

  applied(): this {
    return this.#emit({ type: 'host.applied', elapsedMs: 180 });
  }

  check(check: string, verdict: 'pass' | 'fail', sight: Partial<Sight> = {}): this {
    return this.#emit({ type: 'check.observed', check, verdict, ...SSH, ...sight });
  }

  confirm(): this {
    return this.#emit({ type: 'host.confirmed' });
  }

  rollBack(by: string, reason: string): this {
    return this.#emit({ type: 'host.rolledBack', by, reason });
  }

  end(outcome: End): void {
    const { host, wave, attempt } = this.#ref;
    this.#session.finish(host, wave, { host, attempt, ...outcome });
  }

  #emit(body: Body): this {
    this.#session.emit({ ...this.#ref, ...body } as EventBody);
    return this;
  }
}

type WithoutRef<T> = T extends unknown ? Omit<T, 'host' | 'play' | 'wave' | 'attempt'> : never;
type Body = WithoutRef<Extract<EventBody, { attempt: number }>>;
type End = Outcome extends infer O ? (O extends unknown ? Omit<O, 'host' | 'attempt'> : never) : never;

type Sight = {
  from: string;
  tried: string;
  expected: string;
  seen: string;
  tries: number;
  elapsedMs: number;
};

/** The check that every change has. */
const FRESH = 'fresh SSH connection';

const SSH: Sight = {
  from: 'controller',
  tried: 'ssh gw1',
  expected: 'open',
  seen: 'open',
  tries: 1,
  elapsedMs: 240,
};

const SITE_UP: Partial<Sight> = {
  tried: 'GET https://203.0.113.1/healthz',
  expected: 'status 200',
  seen: 'status 200',
  elapsedMs: 80,
};

const SITE_DOWN: Partial<Sight> = {
  tried: 'GET https://203.0.113.1/healthz',
  expected: 'status 200',
  seen: 'status 502',
  tries: 4,
  elapsedMs: 6_200,
};

export type Diff = {
  readonly id: string;
  readonly added: number;
  readonly removed: number;
  readonly text: string;
};

export const OPEN_HTTPS: Diff = {
  id: 'd1',
  added: 2,
  removed: 1,
  text: `--- before
+++ after
@@ filter ipv4 @@
 -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
--A INPUT -p tcp -m tcp --dport 80 -j ACCEPT
+-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
+-A INPUT -p udp -m udp --dport 443 -j ACCEPT
 -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
`,
};

const CLOSE_SSH: Diff = {
  id: 'd2',
  added: 1,
  removed: 1,
  text: `--- before
+++ after
@@ filter ipv4 @@
--A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
+-A INPUT -s 10.9.0.0/16 -p tcp -m tcp --dport 22 -j ACCEPT
`,
};

export function names(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
}

const SIX: readonly Wave[] = [
  { title: 'canary', hosts: ['gw1'] },
  { title: 'wave 1 of 2', hosts: ['gw2', 'gw3'] },
  { title: 'wave 2 of 2', hosts: ['gw4', 'gw5', 'gw6'] },
];

function change(session: Session, host: string, wave: number, diff: Diff): void {
  const one = session.host(host, wave).start();
  session.wait(0.4);
  one.plan(diff, ['table mangle is reset']).apply();
  session.wait(1);
  one.check(FRESH, 'pass').check('site answers', 'pass', SITE_UP).confirm();
  session.wait(0.1);
  one.end({ kind: 'changed', token: `t-${host}` });
}

export function sixGateways(): readonly Event[] {
  const session = new Session().start('apply', names('gw', 6), SIX);
  for (const [i, wave] of SIX.entries()) {
    session.wave(i + 1, wave);
    if (i === 0) session.emit({ type: 'plan.diff', id: OPEN_HTTPS.id, text: OPEN_HTTPS.text });
    for (const host of wave.hosts) change(session, host, i + 1, OPEN_HTTPS);
    session.emit({
      type: 'gate.decided',
      play: 'edge',
      wave: i + 1,
      decision: 'proceed',
      arithmetic: `0 of ${wave.hosts.length} hosts failed in this wave = 0 % ≤ max_fail_percentage 0 %`,
    });
  }
  return session.end(0);
}

export function unchangedRerun(): readonly Event[] {
  const session = new Session().start('apply', names('gw', 6), SIX);
  session.through(SIX, (one) => {
    session.wait(0.4);
    one.plan().end({ kind: 'ok' });
  });
  return session.end(0);
}

const LOCKED_OUT: Problem = {
  code: 'no-fresh-connection',
  host: 'gw1',
  message:
    'with the new rules no new SSH connection could be made (ssh 203.0.113.11:22: timed out after 10 s)',
  remedy:
    'accept new connections to port 22 from this controller in table filter, chain INPUT\ncompare: sluice plan -l gw1 -D',
};

export function canaryRollsBack(): readonly Event[] {
  const session = new Session().start('apply', names('gw', 6), SIX);
  session.wave(1, { title: 'canary', hosts: ['gw1'] });
  const one = session.host('gw1', 1).start();
  session.wait(0.4).emit({ type: 'plan.diff', id: CLOSE_SSH.id, text: CLOSE_SSH.text });
  one.plan(CLOSE_SSH).apply();
  session.wait(31);
  one.check(FRESH, 'fail', { seen: 'timed out after 10 s', tries: 3, elapsedMs: 31_000 });
  session.wait(29);
  one.rollBack('the runner at its deadline', 'no confirm within 60 s');
  session.wait(1.4);
  one.end({ kind: 'rolled_back', problem: LOCKED_OUT });
  session.emit({
    type: 'gate.decided',
    play: 'edge',
    wave: 1,
    decision: 'halt',
    arithmetic: '1 of 1 host failed in this wave = 100 %: a canary that fails always halts',
  });
  return session.end(2, true);
}

export function failingHttp(): readonly Event[] {
  const session = new Session().start('apply', names('gw', 6), SIX);
  session.wave(1, { title: 'canary', hosts: ['gw1'] });
  session.emit({ type: 'plan.diff', id: OPEN_HTTPS.id, text: OPEN_HTTPS.text });
  change(session, 'gw1', 1, OPEN_HTTPS);
  session.wave(2, { title: 'wave 1 of 2', hosts: ['gw2', 'gw3'] });
  const pair = ['gw2', 'gw3'].map((host) => session.host(host, 2).start());
  for (const one of pair) one.plan(OPEN_HTTPS).apply().check(FRESH, 'pass');
  session.wait(6.2);
  for (const one of pair) one.check('site answers', 'fail', SITE_DOWN);
  session.wait(0.5);
  for (const [i, one] of pair.entries()) {
    one.rollBack('the runner', 'check "site answers" failed');
    one.end({
      kind: 'rolled_back',
      problem: {
        code: 'check-failed',
        message: 'check "site answers" failed: expected status 200, saw status 502',
        remedy: `look at what answers behind the gateway: ssh gw${i + 2} curl -sv https://203.0.113.1/healthz`,
      },
    });
  }
  session.emit({
    type: 'gate.decided',
    play: 'edge',
    wave: 2,
    decision: 'halt',
    arithmetic: '2 of 2 hosts failed in this wave = 100 % > max_fail_percentage 0 %',
  });
  return session.end(2, true);
}

export function threeUnreachable(): readonly Event[] {
  const hosts = names('gw', 6);
  const session = new Session()
    .start('apply', hosts, [{ title: 'all hosts', hosts }])
    .wave(1, { title: 'all hosts', hosts });
  for (const host of hosts.slice(0, 3)) session.host(host, 1).start().plan().end({ kind: 'ok' });
  for (const [i, host] of hosts.slice(3).entries()) {
    const one = session.host(host, 1).start();
    session.wait(10);
    one.end({
      kind: 'unreachable',
      problem: {
        code: 'connect-timeout',
        host,
        message: `203.0.113.${14 + i}:22 did not answer within 10 s`,
        remedy: `see whether the gateway is up and port 22 open from here: ssh -v ${host}`,
      },
    });
  }
  return session.end(4);
}

export function planOfFifty(): readonly Event[] {
  const hosts = names('gw', 50);
  const session = new Session()
    .start('plan', hosts, [{ title: 'all hosts', hosts }])
    .wave(1, { title: 'all hosts', hosts });
  for (const host of hosts) {
    const one = session.host(host, 1).start();
    session.wait(0.1);
    const diff = host === 'gw7' || host === 'gw8' ? OPEN_HTTPS : host === 'gw31' ? CLOSE_SSH : undefined;
    if (host === 'gw50') {
      const message = '203.0.113.60:22 refused the connection';
      one.end({ kind: 'unreachable', problem: { code: 'refused', message, remedy: 'start sshd on it' } });
      continue;
    }
    if (diff !== undefined && host !== 'gw8')
      session.emit({ type: 'plan.diff', id: diff.id, text: diff.text });
    one.plan(diff, diff === CLOSE_SSH ? ['table mangle is reset'] : []);
    one.end(diff === undefined ? { kind: 'ok' } : { kind: 'changed', token: '' });
  }
  return session.end(0);
}

export function interrupted(): readonly Event[] {
  const session = new Session().start('apply', names('gw', 6), SIX);
  session.wave(1, { title: 'canary', hosts: ['gw1'] });
  session.emit({ type: 'plan.diff', id: OPEN_HTTPS.id, text: OPEN_HTTPS.text });
  change(session, 'gw1', 1, OPEN_HTTPS);
  session.wave(2, { title: 'wave 1 of 2', hosts: ['gw2', 'gw3'] });
  const gw2 = session.host('gw2', 2).start().plan(OPEN_HTTPS).apply();
  session.emit({ type: 'interrupt.received', signal: 'SIGINT', inFlight: 1 });
  session.wait(1.2);
  gw2.check(FRESH, 'pass').confirm().end({ kind: 'changed', token: 't-gw2' });
  return session.end(130);
}

/** gw3 fails, so that gw2, confirmed already, is taken back, and gw4 cannot be. */
export function waveTakenBack(): readonly Event[] {
  const hosts = names('gw', 4);
  const wave = { title: 'the rest', hosts: hosts.slice(1) };
  const session = new Session().start('apply', hosts, [{ title: 'canary', hosts: ['gw1'] }, wave]);
  session.wave(1, { title: 'canary', hosts: ['gw1'] });
  session.emit({ type: 'plan.diff', id: OPEN_HTTPS.id, text: OPEN_HTTPS.text });
  change(session, 'gw1', 1, OPEN_HTTPS);
  session.wave(2, wave);
  change(session, 'gw2', 2, OPEN_HTTPS);
  change(session, 'gw4', 2, OPEN_HTTPS);
  const gw3 = session.host('gw3', 2).start().plan(OPEN_HTTPS).apply().check(FRESH, 'pass');
  gw3.check('site answers', 'fail', SITE_DOWN).rollBack('the runner', 'check "site answers" failed');
  gw3.end({
    kind: 'rolled_back',
    problem: { code: 'check-failed', message: 'site answers: 502', remedy: 'mend it' },
  });
  session.emit({
    type: 'gate.decided',
    play: 'edge',
    wave: 2,
    decision: 'roll_back_wave',
    arithmetic: '1 of 3 hosts failed in this wave = 33.33 % > max_fail_percentage 0 %',
  });
  session.emit({ type: 'plan.diff', id: 'undo', text: '+the reverse\n' });
  const reverse: Diff = { id: 'undo', added: 1, removed: 2, text: '' };
  const gw4 = session.host('gw4', 2).start().plan(reverse).apply().rollBack('the guard', 'the runner died');
  gw4.end({
    kind: 'rolled_back',
    problem: { code: 'trial-failed', message: 'the runner died', remedy: 'look at it' },
  });
  session.host('gw2', 2).start().plan(reverse).apply().confirm().end({ kind: 'changed', token: 't-undo' });
  session.settle('gw2', 'rolled_back').settle('gw4', 'unknown');
  return session.end(2, true);
}

/** A wave of hosts, `forks` at once, each taking about 2.5 s; one in seventeen is rolled back, half of the others change. */
export function bigFleet(size: number, forks: number): readonly Event[] {
  const hosts = names('gw-', size);
  const session = new Session()
    .start('apply', hosts, [{ title: 'all hosts', hosts }])
    .wave(1, { title: 'all hosts', hosts });
  session.emit({ type: 'plan.diff', id: OPEN_HTTPS.id, text: OPEN_HTTPS.text });
  const free = Array.from({ length: forks }, (_, lane) => lane * 7);
  const acts = hosts.flatMap((host, i) => {
    const lane = free.indexOf(Math.min(...free));
    const startMs = free[lane] ?? 0;
    const paceMs = 250 + ((i * 37) % 11) * 15;
    const steps = fleetSteps(session.host(host, 1), i);
    free[lane] = startMs + steps.length * paceMs;
    return steps.map((act, step) => ({ atMs: startMs + step * paceMs, act }));
  });
  let nowMs = 0;
  for (const { atMs, act } of acts.sort((a, b) => a.atMs - b.atMs)) {
    session.wait((atMs - nowMs) / 1000);
    nowMs = atMs;
    act();
  }
  return session.end(2);
}

function fleetSteps(one: HostSession, i: number): readonly (() => void)[] {
  const begin = [() => one.start(), () => one.connect()];
  if (i % 2 === 0 && i % 17 !== 16) return [...begin, () => one.planned(), () => one.end({ kind: 'ok' })];
  const trial = [
    () => one.planned(OPEN_HTTPS),
    () => one.arm(),
    () => one.applied(),
    () => one.check(FRESH, 'pass'),
  ];
  if (i % 17 === 16) {
    const problem = { ...LOCKED_OUT, host: `gw-${i + 1}` };
    return [
      ...begin,
      ...trial,
      () => one.check('site answers', 'fail', SITE_DOWN),
      () => one.rollBack('the runner', 'check "site answers" failed'),
      () => one.end({ kind: 'rolled_back', problem }),
    ];
  }
  return [
    ...begin,
    ...trial,
    () => one.check('site answers', 'pass', SITE_UP),
    () => one.confirm(),
    () => one.end({ kind: 'changed', token: 't' }),
  ];
}

/** Two gateways drifted alike, one of them contested; one of each other kind. */
export function driftOfSix(): readonly Event[] {
  const hosts = ['gw1', 'gw2', 'gw3', 'gw4', 'gw5', 'gw6'];
  const wave = { title: 'all hosts', hosts };
  const session = new Session().start('drift', hosts, [wave]).wave(1, wave);
  const last = { token: 't1', since: '2026-03-01T09:00:00Z', owner: 'anna@laptop' };
  const rule = 'ipv4 filter: -A INPUT -p tcp -m tcp --dport 8080 -j ACCEPT';
  const drift = {
    id: 'd1',
    text: '--- confirmed: ipv4 filter\n+++ live: ipv4 filter\n@@ -4 +4,2 @@\n -A INPUT -i lo -j ACCEPT\n+-A INPUT -p tcp -m tcp --dport 8080 -j ACCEPT\n',
  };
  const newer = {
    id: 'd2',
    text: '--- before: ipv4 filter\n+++ after: ipv4 filter\n@@ -4 +4,2 @@\n -A INPUT -i lo -j ACCEPT\n+-A INPUT -p udp -m udp --dport 53 -j ACCEPT\n',
  };
  const byAnotherHand = { came: [rule], went: [], moved: [], lines: 1 };
  const contest = { mended: 3, runs: 4, rules: [rule] };
  const locked = {
    code: 'locked',
    message:
      'ben@desk holds the lock since 2026-03-02T11:59:40Z (play edge, transaction t9, applied, 41 s left)',
    remedy: 'Wait until it is done, or ask its owner; a lock whose owner died frees itself at its deadline.',
  };
  const away = {
    code: 'no-answer',
    message: '203.0.113.6 port 22 did not answer within 10 s',
    remedy: 'Check that the host is up.',
  };
  const ended: readonly (readonly [Partial<Extract<EventBody, { type: 'host.compared' }>>, object])[] = [
    [{ state: 'in_compliance', last }, { kind: 'ok' }],
    [{ state: 'drifted', last, removed: 1, diff: 'd3', drift: 'd1', byAnotherHand }, { kind: 'changed' }],
    [
      { state: 'drifted', last, removed: 1, diff: 'd3', drift: 'd1', byAnotherHand, contest },
      { kind: 'changed' },
    ],
    [{ state: 'drifted', last, added: 1, diff: 'd2', isPlaybookNewer: true }, { kind: 'changed' }],
    [{ state: 'in_transaction' }, { kind: 'failed', problem: locked }],
    [{ state: 'unreachable' }, { kind: 'unreachable', problem: away }],
  ];
  session.emit({ type: 'plan.diff', ...drift }).emit({ type: 'plan.diff', ...newer });
  ended.forEach(([compared, end], index) => {
    const host = hosts[index] ?? '';
    const ref = { host, play: 'edge', wave: 1, attempt: 1 };
    session.host(host, 1).start();
    session.wait(0.2).emit({
      type: 'host.compared',
      ...ref,
      state: 'unknown',
      added: 0,
      removed: 0,
      isPlaybookNewer: false,
      notes: [],
      ...compared,
    });
    session.finish(host, 1, { host, attempt: 1, token: 't', ...end } as Outcome);
  });
  return session.end(2);
}
