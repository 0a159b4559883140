import type { Sensitive } from '../sensitive.ts';

/** Who looks: this process, the gateway under test, or another host of the inventory. */
export type From = 'controller' | 'gateway' | { readonly host: string };

/** What a play expects of a gateway after a change, with every default filled in. */
export type Check = {
  readonly name: string;
  readonly from: From;
  readonly probe: Probe;
  /** How long one try may take. */
  readonly timeoutSeconds: number;
  /** Tries after the first one that failed. */
  readonly retries: number;
  /** Pause between tries. */
  readonly delaySeconds: number;
  /** Made before the change, too. */
  readonly baseline: boolean;
  /** What it means that it failed before the change already. */
  readonly whenAlreadyFailing: WhenAlreadyFailing;
};

/**
 * `require_fix`: it must pass after the change all the same. `ignore`: it is told, and has no say. `stop`: the host is not changed.
 */
export type WhenAlreadyFailing = 'require_fix' | 'ignore' | 'stop';

/** What is hoped for of a port: `closed` is either of the last two. */
export type PortExpectation = 'open' | 'closed' | 'refused' | 'filtered';

export type HttpExpectation = {
  /** Exact status; any 2xx or 3xx when absent. */
  readonly status?: number;
  /** Text that the body must contain. */
  readonly body?: string;
  /** Where it redirects to, as it says or as it means. */
  readonly location?: string;
  /** Texts that headers of the answer must contain. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the certificate must be valid from now on. */
  readonly certificateDays?: number;
  /** In place of all that: `open`, an answer of any status; else what becomes of a connection to the port. */
  readonly port?: PortExpectation;
};

export type DnsType = 'A' | 'AAAA' | 'CNAME' | 'MX' | 'NS' | 'PTR' | 'SRV' | 'TXT';

/** `open`: at least one answer of the type; `answers`: these and no others, in any order. */
export type DnsExpectation =
  | { readonly kind: 'port'; readonly port: PortExpectation }
  | { readonly kind: 'nxdomain' }
  | { readonly kind: 'answers'; readonly answers: readonly string[] };

export type Probe =
  | {
      readonly kind: 'tcp';
      readonly address: string;
      readonly port: number;
      readonly expect: PortExpectation;
    }
  | {
      readonly kind: 'http';
      readonly url: string;
      /** Default GET. */
      readonly method?: string;
      /** Values may be secret. */
      readonly headers?: Readonly<Record<string, string | Sensitive>>;
      readonly expect: HttpExpectation;
    }
  | {
      readonly kind: 'udp';
      readonly address: string;
      readonly port: number;
      /** What is sent, in hexadecimal. */
      readonly payload: string;
      /** `open`: an answer came. */
      readonly expect: PortExpectation;
      /** Text that the answer must contain. */
      readonly answer?: string;
    }
  | { readonly kind: 'ping'; readonly address: string; readonly expect: PortExpectation }
  | {
      readonly kind: 'dns';
      readonly name: string;
      readonly type: DnsType;
      /** Who is asked. */
      readonly address: string;
      readonly port: number;
      readonly expect: DnsExpectation;
    }
  | {
      readonly kind: 'conntrack';
      readonly family: 'ipv4' | 'ipv6';
      readonly protocol: string;
      /** `dst`, `dport`, `reply-src` …: of each, the ways in which its value may be written, the plainest first. */
      readonly match: Readonly<Record<string, readonly string[]>>;
      readonly expect: { readonly least: number; readonly most?: number };
    }
  | {
      readonly kind: 'counters';
      readonly family: 'ipv4' | 'ipv6';
      readonly table: string;
      readonly chain: string;
      /** Text in the rule as `iptables-save` writes it, or its whole comment. */
      readonly rule: { readonly kind: 'text' | 'comment'; readonly text: string };
      readonly overSeconds: number;
      /** At least so many packets; 0: none. */
      readonly expect: number;
    }
  | {
      readonly kind: 'distribution';
      readonly url: string;
      readonly connections: number;
      readonly expect: {
        /** `exact`: each its share, one more or less; `random`: within what chance allows; `sticky`: all of them one backend. */
        readonly by: 'exact' | 'random' | 'sticky';
        /** The weight of each backend, by the first line of its answer. */
        readonly shares: Readonly<Record<string, number>>;
      };
    }
  /** POSIX sh, run as root on the gateway. */
  | {
      readonly kind: 'command';
      readonly command: string;
      readonly expect: { readonly exitCode: number; readonly stdout?: string };
    };

export type Verdict = 'pass' | 'fail' | 'unknown';

/** What a check saw, after its last try. */
export type Observation = {
  readonly check: string;
  /** `controller`, `gateway`, or the name of a vantage host. */
  readonly from: string;
  readonly verdict: Verdict;
  /** What was tried: `tcp 203.0.113.1:443`, `GET http://203.0.113.1/healthz`. */
  readonly tried: string;
  /** `status 200`, `open`. */
  readonly expected: string;
  /** `status 502`, `connection refused`, `timed out after 5 s`. */
  readonly seen: string;
  readonly tries: number;
  readonly elapsedMs: number;
  /** Why it could not be made at all, where it was not: nothing is said about the gateway then. */
  readonly obstacle?: Obstacle;
};

/** The vantage host can't be reached, or has nothing to look with. */
export type Obstacle = 'vantage' | 'tool';
