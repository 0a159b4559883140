import { describe, expect, test } from 'vitest';
import { lintFile } from '../../../src/analysis/lint/file.ts';

const idsIn = (text: string) => [...new Set(lintFile(text, 'article').findings.map(({ id }) => id))].sort();

const BACKENDS = [0, 1, 2];
const web = '-A PREROUTING -i eth0 -p tcp --dport 80 -m state --state NEW';
const nat = (...rules: readonly string[]) => ['*nat', ...rules, 'COMMIT', ''].join('\n');
const script = (...lines: readonly string[]) => ['#!/bin/sh', ...lines, ''].join('\n');
const dnat = (at: number) => `-j DNAT --to-destination 192.168.1.${10 + at}:80`;

/** Rules as articles that many people copy from write them, and the ids that they are told. */
const ARTICLES: readonly (readonly [string, string, readonly string[]])[] = [
  ['three rules of every 3, packet 0, 1, 2', nat(...BACKENDS.map((at) => `${web} -m statistic --mode nth --every 3 --packet ${at} ${dnat(at)}`)), ['LB1']],
  ['three rules of every 3, packet 0', nat(...BACKENDS.map((at) => `${web} -m statistic --mode nth --every 3 --packet 0 ${dnat(at)}`)), ['LB1']],
  ['the same in a script', script(...BACKENDS.map((at) => `iptables -t nat ${web} -m statistic --mode nth --every 3 --packet ${at} ${dnat(at)}`)), ['LB1']],
  ['-m nth of old kernels', nat(...BACKENDS.map((at) => `-A PREROUTING -i eth0 -p tcp --dport 80 -m nth --counter 0 --every 3 --packet ${at} ${dnat(at)}`)), ['X1']],
  ['three probabilities of .33', nat(...BACKENDS.map((at) => `${web} -m statistic --mode random --probability .33 ${dnat(at)}`)), ['LB2']],
  ['.33, .33 and the rest', nat(...[0, 1].map((at) => `${web} -m statistic --mode random --probability .33 ${dnat(at)}`), `${web} ${dnat(2)}`), ['LB2']],
  ['-m random of old kernels', nat(`-A PREROUTING -i eth0 -p tcp --dport 80 -m random --average 50 ${dnat(0)}`), ['X1']],
  ['a range as round robin', nat('-A PREROUTING -i eth0 -p tcp --dport 80 -j DNAT --to-destination 192.168.1.10-192.168.1.12:80'), ['LB5']],
  ['DNAT without -d or -i', nat('-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 192.168.1.10:80'), ['N1']],
  ['the reverse proxy with SNAT of the answers by --sport', script(
    'iptables -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 192.168.1.10:80',
    'iptables -t nat -A POSTROUTING -p tcp -s 192.168.1.10 --sport 80 -j SNAT --to-source 203.0.113.1:80',
  ), ['N1', 'N4']],
  ['masquerade of everything', script('sysctl -w net.ipv4.ip_forward=1', 'iptables -t nat -A POSTROUTING -j MASQUERADE'), ['N5']],
  ['the port opened in INPUT, and translated before', script(
    'iptables -A INPUT -p tcp --dport 80 -j ACCEPT',
    'iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 80 -j DNAT --to-destination 192.168.1.10:8080',
  ), ['F1']],
  ['REDIRECT of 422, and 422 opened', script(
    'iptables -A INPUT -p tcp --dport 422 -j ACCEPT',
    'iptables -t nat -A PREROUTING -p tcp --dport 422 -j REDIRECT --to-port 22',
  ), ['F1']],
  ['flush, policy, append', script(
    'iptables -F', 'iptables -X', 'iptables -P INPUT DROP', 'iptables -P FORWARD DROP', 'iptables -P OUTPUT ACCEPT',
    'iptables -A INPUT -i lo -j ACCEPT',
    'iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
    'iptables -A INPUT -p tcp --dport 22 -j ACCEPT',
  ), ['S1']],
  ['a rate limit that limits nothing', script('iptables -A INPUT -p tcp --dport 80 -m limit --limit 25/minute --limit-burst 100 -j ACCEPT'), ['F4']],
  ['iptabels', script('iptabels -A INPUT -p tcp --dport 22 -j ACCEPT'), ['S2']],
  ['dashes and quotes of a text program', script('iptables –A INPUT -p tcp —dport 22 -j ACCEPT', 'iptables -A INPUT -j LOG --log-prefix “dropped: ”'), ['X1']],
  ['answers of DNS by source port', script('iptables -A INPUT -p udp --sport 53 -j ACCEPT'), ['F5']],
  ['loopback by address', script('iptables -P INPUT DROP', 'iptables -A INPUT -s 127.0.0.1 -j ACCEPT', 'iptables -A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT'), ['F6']],
  ['loopback by address, at lo', '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 127.0.0.0/8 -d 127.0.0.0/8 -i lo -j ACCEPT\n-A INPUT -m state --state ESTABLISHED -j ACCEPT\n-A INPUT -i lan -p tcp --dport 22 -j ACCEPT\n-A INPUT -j DROP\nCOMMIT\n', ['F6']],
  ['loopback of IPv6 by address', '*filter\n:INPUT DROP [0:0]\n-A INPUT -s ::1 -j ACCEPT\n-A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT\nCOMMIT\n', ['F6']],
  ['the start of a script run again and again', nat('-A POSTROUTING -o wan -j MASQUERADE', '-A POSTROUTING -o wan -j MASQUERADE', '-A POSTROUTING -o wan  -j MASQUERADE'), ['N9']],
  ['answers of the LAN by source port', '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -d 192.168.0.0/24 -o lan -p tcp --sport 80 -j ACCEPT\n-A FORWARD -i lan -j ACCEPT\nCOMMIT\n', ['F5']],
  ['REJECT as the default, and one port dropped', '*filter\n-A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT\n-A INPUT -p tcp --dport 25 -j DROP\n-A INPUT -p tcp ! --syn -m state --state NEW -j DROP\n-A INPUT -p tcp --dport 113 -j REJECT --reject-with tcp-reset\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -j REJECT\nCOMMIT\n', ['F7']],
  ['REJECT as the default after a chain that comes back', '*filter\n:MINE - [0:0]\n-A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT\n-A INPUT -j MINE\n-A INPUT -j REJECT\n-A MINE -p tcp --dport 22 -j ACCEPT\nCOMMIT\n', ['F7']],
  ['REJECT as the default behind a tool that inserts itself', '*filter\n:sshguard - [0:0]\n-A INPUT -j sshguard\n-A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -j REJECT\n-A sshguard -s 192.0.2.7 -j DROP\nCOMMIT\n', ['F7']],
  ['answers by source port before a port that is shut', '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp --sport 53 -j ACCEPT\n-A INPUT -p udp --dport 161 -j DROP\nCOMMIT\n', ['F5']],
  ['-m selinux', '*security\n-A INPUT -m selinux --label web -j ACCEPT\nCOMMIT\n', ['X1']],
  ['port 22 forwarded to a machine behind', script('iptables -t nat -A PREROUTING -p tcp --dport 22 -j DNAT --to-destination 192.168.1.10:22'), ['N1']],
  ['IP:port-IP:port', nat('-A PREROUTING -i eth0 -p tcp --dport 80 -j DNAT --to-destination 192.168.1.10:80-192.168.1.12:80'), ['N2']],
  ['marks packet by packet', '*mangle\n-A PREROUTING -i eth0 -p tcp --dport 80 -m statistic --mode nth --every 3 --packet 0 -j MARK --set-mark 1\nCOMMIT\n', ['LB3']],
  ['NOTRACK of one direction', '*raw\n-A PREROUTING -p tcp --dport 80 -j NOTRACK\nCOMMIT\n', ['R1']],
]; // biome-ignore format: a table

/** The same aims, done right. */
const RIGHT: readonly (readonly [string, string])[] = [
  ['every 3, every 2, the rest', nat(`${web} -m statistic --mode nth --every 3 --packet 0 ${dnat(0)}`, `${web} -m statistic --mode nth --every 2 --packet 0 ${dnat(1)}`, `${web} ${dnat(2)}`)],
  ['exact weights 3:1, interleaved', nat(...[4, 3, 2].map((every, at) => `${web} -m statistic --mode nth --every ${every} --packet 0 ${dnat(at === 1 ? 1 : 0)}`), `${web} ${dnat(0)}`)],
  ['1/3, 1/2, the rest', nat(`${web} -m statistic --mode random --probability .33333 ${dnat(0)}`, `${web} -m statistic --mode random --probability .5 ${dnat(1)}`, `${web} ${dnat(2)}`)],
  ['weights 2:1:1', nat(`${web} -m statistic --mode random --probability .5 ${dnat(0)}`, `${web} -m statistic --mode random --probability .5 ${dnat(1)}`, `${web} ${dnat(2)}`)],
  ['one address or one interface', nat(`-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 ${dnat(0)}`, `-A PREROUTING -i eth1 -p tcp --dport 80 ${dnat(0)}`)],
  ['packets lost on purpose', '*filter\n-A FORWARD -m statistic --mode random --probability 0.1 -j DROP\nCOMMIT\n'],
  ['non-terminating marks, every 3 and packet 0, 1, 2 of new connections', `*mangle\n${BACKENDS.map((at) => `-A PREROUTING -p tcp --dport 80 -m conntrack --ctstate NEW -m statistic --mode nth --every 3 --packet ${at} -j CONNMARK --set-mark ${at + 1}`).join('\n')}\nCOMMIT\n`],
  ['a limit with its drop', script('iptables -A INPUT -p tcp --dport 80 -m limit --limit 25/minute -j ACCEPT', 'iptables -A INPUT -p tcp --dport 80 -j DROP')],
  ['a limit under a policy of DROP', script('iptables -P INPUT DROP', 'iptables -A INPUT -i lo -j ACCEPT', 'iptables -A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT', 'iptables -A INPUT -p icmp -m limit --limit 1/s -j ACCEPT')],
  ['a limited log', '*filter\n-A INPUT -m limit --limit 5/min -j LOG --log-prefix "dropped: "\n-A INPUT -j DROP\n-A INPUT -j DROP\nCOMMIT\n'.replace('-A INPUT -j DROP\n-A INPUT', '-A INPUT -i lo -j ACCEPT\n-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT\n-A INPUT')],
  ['the new port opened, of connections that came to the old one', script('iptables -A INPUT -p tcp --dport 22 -m conntrack --ctorigdstport 422 -j ACCEPT', 'iptables -t nat -A PREROUTING -p tcp --dport 422 -j REDIRECT --to-port 22')],
  ['masquerade by interface', script('iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE')],
  ['SNAT of a client that binds its port', script('iptables -t nat -A POSTROUTING -o eth0 -p udp --sport 5060 -j SNAT --to-source 203.0.113.1')],
  ['a chain of one’s own, filled anew', script('iptables -N MINE 2>/dev/null', 'iptables -F MINE', 'iptables -A MINE -s 192.0.2.1 -j DROP', 'iptables -C INPUT -j MINE || iptables -I INPUT -j MINE')],
  ['answers by source port where nothing is dropped', '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp --sport 53 -j ACCEPT\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -s 127.0.0.1 -j ACCEPT\nCOMMIT\n'],
  ['a chain of Docker’s users that ends itself', '*filter\n:FORWARD ACCEPT [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n-A DOCKER-USER -j ACCEPT\n-A DOCKER-USER -j RETURN\nCOMMIT\n'],
  ['jumps of ufw after one whose chain its user ended', '*filter\n:INPUT DROP [0:0]\n:ufw-before-input - [0:0]\n:ufw-after-input - [0:0]\n-A INPUT -j ufw-before-input\n-A INPUT -j ufw-after-input\n-A ufw-before-input -i lo -j ACCEPT\n-A ufw-before-input -j DROP\nCOMMIT\n'],
  ['loopback and the gateway’s own addresses at lo', '*filter\n:INPUT DROP [0:0]\n-A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT\n-A INPUT -i lo -s 127.0.0.1 -j ACCEPT\n-A INPUT -i lo -s 192.168.1.1 -j ACCEPT\nCOMMIT\n'],
  ['a port of its own at one interface, translated at another', '*nat\n:WAN - [0:0]\n-A PREROUTING -i wan -j WAN\n-A WAN -p tcp --dport 80 -j DNAT --to-destination 192.168.1.10:80\nCOMMIT\n*filter\n:INPUT DROP [0:0]\n:LAN - [0:0]\n-A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT\n-A INPUT -i lan -j LAN\n-A LAN -p tcp --dport 80 -j ACCEPT\nCOMMIT\n'],
  ['what clients ask, by the ports that they send from', '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m state --state ESTABLISHED,RELATED -j ACCEPT\n-A FORWARD -i lan -p tcp --sport 1024:65535 -j ACCEPT\nCOMMIT\n'],
  ['a group, by the port of its protocol', '*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT\n-A INPUT -d 224.0.0.251 -p udp --sport 5353 -j ACCEPT\nCOMMIT\n'],
  ['resets by the match recent, of whoever it notes', '*filter\n-A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -p tcp -m recent --set --name scan --rsource -j REJECT --reject-with tcp-reset\n-A INPUT -j REJECT --reject-with icmp-proto-unreachable\nCOMMIT\n'],
  ['firewalld’s own REJECT', '*filter\n:INPUT_ZONES - [0:0]\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j INPUT_ZONES\n-A INPUT -j REJECT --reject-with icmp-host-prohibited\nCOMMIT\n'],
  ['the saves of two machines in one file', `${nat('-A POSTROUTING -o wan -j MASQUERADE')}${nat('-A POSTROUTING -o wan -j MASQUERADE')}`],
  ['a translated port, opened for loopback', '*nat\n-A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 80\nCOMMIT\n*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT\n-A INPUT -s 127.0.0.1 -p tcp --dport 8080 -j ACCEPT\nCOMMIT\n'],
  ['a translated port, spared for the gateway’s own network', '*nat\n-A PREROUTING -i lan -d 192.168.1.1 -j RETURN\n-A PREROUTING -i lan -p udp --dport 53 -j REDIRECT --to-ports 5353\nCOMMIT\n*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT\n-A INPUT -i lan -p udp --dport 53 -j ACCEPT\nCOMMIT\n'],
  ['its own SSH beside one of another address', '*nat\n-A PREROUTING -d 203.0.113.7 -p tcp --dport 22 -j DNAT --to-destination 192.168.1.10\nCOMMIT\n*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n'],
  ['a site sent to nowhere', nat('-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 0.0.0.0')],
  ['the name that every machine has', '*filter\n-A OUTPUT -d localhost -p tcp -j ACCEPT\n-A OUTPUT -d ip6-localhost -p tcp -j ACCEPT\nCOMMIT\n'],
  ['the DNS of Docker, inside a container', nat('-A OUTPUT -d 127.0.0.11/32 -j DOCKER_OUTPUT', '-A DOCKER_OUTPUT -d 127.0.0.11/32 -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.11:45560')],
  ['a second port of one address, by a chain of its own', nat(':WEB - [0:0]', '-A PREROUTING -d 203.0.113.1 -j WEB', '-A WEB -p tcp --dport 80 -j DNAT --to-destination 203.0.113.1:8080')],
  ['a word where an address is to be put', '*filter\n-A INPUT -s our-public-ip -p tcp --dport 22 -j ACCEPT\nCOMMIT\n'],
  ['answers by source port where only broken packets are dropped', '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp --sport 53 -m state --state NEW,ESTABLISHED -j ACCEPT\n-A INPUT -f -j DROP\n-A INPUT -m conntrack --ctstate INVALID -j DROP\n-A INPUT -p tcp ! --syn -m state --state NEW -j DROP\n-A INPUT -p tcp --tcp-flags ALL NONE -j DROP\nCOMMIT\n'],
  ['a DHCP server', script('iptables -A INPUT -p udp --sport 68 --dport 67 -j ACCEPT')],
  ['a mapped range of ports', nat('-A PREROUTING -d 203.0.113.1 -p udp --dport 10000:20000 -j DNAT --to-destination 192.168.1.10:10000-20000')],
  ['SYNPROXY', '*raw\n-A PREROUTING -p tcp --dport 80 --syn -j CT --notrack\nCOMMIT\n*filter\n-A INPUT -p tcp --dport 80 -m conntrack --ctstate INVALID,UNTRACKED -j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460\nCOMMIT\n'],
  ['a range of IPv6 addresses with a port', nat('-A PREROUTING -d 2001:db8::1 -p tcp --dport 80 -j DNAT --to-destination [fd00::1-fd00::3]:80 --persistent')],
  ['NOTRACK of both', '*raw\n-A PREROUTING -p tcp --dport 80 -j NOTRACK\n-A OUTPUT -p tcp --sport 80 -j NOTRACK\nCOMMIT\n'],
  ['a script that stops what it starts', script('case "$1" in', 'start)', '  iptables -A INPUT -i lo -j ACCEPT', '  ;;', 'stop)', '  iptables -F', '  ;;', 'esac')],
]; // biome-ignore format: a table

describe('articles', () => {
  test.each(ARTICLES)('%s', (_, text, ids) => expect(idsIn(text)).toEqual(ids));
});

describe('what is right', () => {
  test.each(RIGHT)('%s', (_, text) => expect(lintFile(text, 'article').findings).toEqual([]));
});
