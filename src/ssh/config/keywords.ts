import { parseJumps } from './jumps.ts';
import type { Words } from './model.ts';
import { addressFamilyOf, booleanOf, hostKeyCheckingOf, portOf, timeOf } from './values.ts';

/** What becomes of a keyword of ssh_config(5). */
export type Support =
  /** Honoured. `fault` answers how a value should be written, if it is wrong; `slot` names what several keywords fill. */
  | {
      readonly kind: 'honoured';
      readonly slot: string;
      readonly takes: 'one' | 'many' | 'rest';
      readonly fault: (words: Words) => string | undefined;
    }
  /** Has no bearing on how a gateway is reached, or sluice does the safer thing in any case. */
  | { readonly kind: 'ignored' }
  /** Would change how a gateway is reached, or how safely: an error, unless the value switches it off. */
  | { readonly kind: 'refused'; readonly slot: string; readonly off: readonly string[] }
  /** Could only have helped to log in: told where a login fails, and the server takes such a method. */
  | {
      readonly kind: 'noted';
      readonly slot: string;
      readonly off: readonly string[];
      readonly method: string;
    };

/** The keywords that sluice knows, in lower case. */
export const keywords: ReadonlyMap<string, Support> = new Map([
  ...honoured('one', notEmpty, ['HostName', 'User', 'HostKeyAlias', 'BindAddress', 'IdentityAgent']),
  ...honoured('one', notEmpty, ['IdentityFile', 'IgnoreUnknown']),
  ...honoured('many', notEmpty, ['UserKnownHostsFile', 'GlobalKnownHostsFile']),
  ...honoured('one', by(portOf, 'Give a port from 1 to 65535.'), ['Port']),
  ...honoured('one', by(hostKeyCheckingOf, 'Write yes, accept-new or no.'), ['StrictHostKeyChecking']),
  ...honoured('one', by(addressFamilyOf, 'Write any, inet or inet6.'), ['AddressFamily']),
  ...honoured('one', by(timeOf, 'Give a time, as 30 or 1m.'), ['ConnectTimeout', 'ServerAliveInterval']),
  ...honoured('one', by(wholeOf, 'Give a whole number.'), ['ServerAliveCountMax', 'RequiredRSASize']),
  ...honoured('one', by(booleanOf, 'Write yes or no.'), ['IdentitiesOnly', 'HashKnownHosts', 'Compression']),
  ...honoured('one', by(booleanOf, 'Write yes or no.'), ['PasswordAuthentication']),
  ...honoured('one', by(publicKeyUseOf, 'Write yes or no.'), ['PubkeyAuthentication']),
  ...honoured('one', by(booleanOf, 'Write yes or no.'), ['KbdInteractiveAuthentication']),
  ...honoured(
    'one',
    by(booleanOf, 'Write yes or no.'),
    ['ChallengeResponseAuthentication'],
    'kbdinteractiveauthentication',
  ),
  ...honoured('one', notEmpty, ['PreferredAuthentications', 'Ciphers', 'MACs', 'KexAlgorithms']),
  ...honoured('one', notEmpty, ['HostKeyAlgorithms', 'PubkeyAcceptedAlgorithms']),
  ...honoured('one', notEmpty, ['PubkeyAcceptedKeyTypes'], 'pubkeyacceptedalgorithms'),
  // Whichever comes first wins over the other.
  ...honoured('rest', by(parseJumps, 'Write user@host:port,…; IPv6 in brackets.'), ['ProxyJump'], 'proxy'),
  ...honoured('rest', notEmpty, ['ProxyCommand'], 'proxy'),

  ...refused(['none'], ['KnownHostsCommand', 'RevokedHostKeys', 'BindInterface']),
  ...refused(['no', 'false', 'none'], ['CanonicalizeHostname']),
  ...refused(['no', 'false'], ['ProxyUseFdpass', 'CheckHostIP']),
  ...refused([], ['RefuseConnection']),

  ...noted('gssapi', ['no', 'false'], ['GSSAPIAuthentication', 'GSSAPIKeyExchange']),
  ...noted('hostbased', ['no', 'false'], ['HostbasedAuthentication']),
  ...noted('publickey', ['none'], ['CertificateFile', 'PKCS11Provider', 'SmartcardDevice']),

  ...ignored(`AddKeysToAgent BatchMode CanonicalDomains CanonicalizeFallbackLocal CanonicalizeMaxDots
    CanonicalizePermittedCNAMEs CASignatureAlgorithms ChannelTimeout ClearAllForwardings ConnectionAttempts
    ControlMaster ControlPath ControlPersist DynamicForward EnableEscapeCommandline EnableSSHKeysign EscapeChar
    ExitOnForwardFailure FingerprintHash ForkAfterAuthentication ForwardAgent ForwardX11 ForwardX11Timeout
    ForwardX11Trusted GatewayPorts GSSAPIClientIdentity GSSAPIDelegateCredentials GSSAPIKexAlgorithms
    GSSAPIRenewalForcesRekey GSSAPIServerIdentity GSSAPITrustDns HostbasedAcceptedAlgorithms HostbasedKeyTypes
    HostbasedAcceptedKeyTypes IPQoS KbdInteractiveDevices LocalCommand LocalForward LogLevel LogVerbose
    NoHostAuthenticationForLocalhost NumberOfPasswordPrompts ObscureKeystrokeTiming PermitLocalCommand
    PermitRemoteOpen RekeyLimit RemoteCommand RemoteForward RequestTTY SecurityKeyProvider SendEnv SessionType SetEnv
    StdinNull StreamLocalBindMask StreamLocalBindUnlink SyslogFacility Tag TCPKeepAlive Tunnel TunnelDevice
    UpdateHostKeys VerifyHostKeyDNS VersionAddendum VisualHostKey WarnWeakCrypto XAuthLocation`),
  // Of older versions: OpenSSH itself ignores them.
  ...ignored(`AFSTokenPassing Cipher CompressionLevel DSAAuthentication FallBackToRsh GlobalKnownHostsFile2 KeepAlive
    KerberosAuthentication KerberosTGTPassing ProtocolKeepAlives Protocol RhostsAuthentication
    RhostsRSAAuthentication RSAAuthentication SetupTimeOut SkeyAuthentication TISAuthentication UsePrivilegedPort
    UserKnownHostsFile2 UseRoaming UseRsh`),
]);

type Entry = readonly [string, Support];

function honoured(
  takes: 'one' | 'many' | 'rest',
  fault: (words: Words) => string | undefined,
  names: readonly string[],
  slot?: string,
): Entry[] {
  return names.map((name) => {
    const keyword = name.toLowerCase();
    return [keyword, { kind: 'honoured', slot: slot ?? keyword, takes, fault }];
  });
}

function refused(off: readonly string[], names: readonly string[]): Entry[] {
  return names.map((name) => [name.toLowerCase(), { kind: 'refused', slot: name.toLowerCase(), off }]);
}

function noted(method: string, off: readonly string[], names: readonly string[]): Entry[] {
  return names.map((name) => [name.toLowerCase(), { kind: 'noted', slot: name.toLowerCase(), off, method }]);
}

function ignored(names: string): Entry[] {
  return names.split(/\s+/).map((name) => [name.toLowerCase(), { kind: 'ignored' }]);
}

function by(read: (word: string) => unknown, remedy: string): (words: Words) => string | undefined {
  return ([word = '']) => (read(word) === undefined ? remedy : undefined);
}

function notEmpty(words: Words): string | undefined {
  return words.length === 0 || words.includes('') ? 'Give it a value.' : undefined;
}

function wholeOf(word: string): number | undefined {
  return /^\d{1,9}$/.test(word) ? Number(word) : undefined;
}

function publicKeyUseOf(word: string): boolean | undefined {
  return ['unbound', 'host-bound'].includes(word.toLowerCase()) ? true : booleanOf(word);
}
