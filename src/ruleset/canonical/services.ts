/**
 * The services of /etc/services that rules name, by their IANA numbers; `echo`, whose number differs by protocol there, is left out.
 * A pure room reads no file, and these numbers are the same on every gateway that knows the name.
 */
const LISTED = `
  1 tcpmux, 9 discard null sink, 11 systat users, 13 daytime, 15 netstat, 17 qotd quote,
  19 chargen source ttytst, 20 ftp-data, 21 fsp fspd ftp, 22 ssh, 23 telnet, 25 mail smtp,
  37 time timserver, 43 nicname whois, 49 tacacs, 53 domain, 67 bootps, 68 bootpc, 69 tftp, 70 gopher,
  79 finger, 80 http www, 88 kerberos kerberos-sec kerberos5, 102 iso-tsap tsap, 104 acr-nema dicom,
  106 poppassd, 110 pop-3 pop3, 111 portmapper sunrpc, 113 auth authentication ident tap,
  119 nntp readnews untp, 123 ntp, 135 epmap loc-srv, 137 netbios-ns, 138 netbios-dgm, 139 netbios-ssn,
  143 imap imap2, 161 snmp, 162 snmp-trap snmptrap, 174 mailq, 177 xdmcp, 179 bgp, 199 smux, 209 qmtp,
  210 wais z3950, 213 ipx, 319 ptp-event, 320 ptp-general, 345 pawserv, 346 zserv, 369 rpc2portmap,
  370 codaauth2, 371 Clearcase clearcase, 389 ldap, 427 svrloc, 443 https, 444 snpp, 445 microsoft-ds,
  464 kpasswd, 465 smtps submissions urd, 487 saft, 500 isakmp, 512 biff comsat exec, 513 login who whod,
  514 cmd shell syslog, 515 printer spooler, 517 talk, 518 ntalk, 520 route routed router, 538 gdomap,
  540 uucp uucpd, 543 klogin, 544 krcmd kshell, 546 dhcpv6-client, 547 dhcpv6-server, 548 afpovertcp,
  554 rtsp, 563 nntps snntp, 587 submission, 607 nqs, 623 asf-rmcp, 628 qmqp, 631 ipp, 636 ldaps, 646 ldp,
  655 tinc, 706 silc, 749 kerberos-adm, 750 kdc kerberos-iv kerberos4, 751 kerberos-master, 783 spamd,
  853 domain-s, 873 rsync, 989 ftps-data, 990 ftps, 992 telnets, 993 imaps, 995 pop3s, 1080 socks,
  1093 proofd, 1094 rootd, 1099 rmiregistry, 1194 openvpn, 1352 lotusnote lotusnotes, 1433 ms-sql-s,
  1434 ms-sql-m, 1524 ingreslock, 1645 old-radius, 1646 old-radacct sa-msg-port, 1649 kermit,
  1677 groupwise, 1701 l2f l2tp, 1812 radius, 1813 radacct radius-acct, 2000 cisco-sccp, 2049 nfs,
  2086 gnunet, 2101 rtcm-sc104, 2121 iprop, 2401 cvspserver, 2600 zebrasrv, 2601 zebra, 2602 ripd,
  2603 ripngd, 2604 ospfd, 2605 bgpd, 2606 ospf6d, 2607 ospfapi, 2608 isisd, 2628 dict, 2947 gpsd,
  3130 icp icpv2, 3260 iscsi-target, 3306 mysql, 3389 ms-wbt-server, 3493 nut, 3632 distcc,
  3690 subversion svn, 4031 suucp, 4190 sieve, 4369 epmd, 4373 remctl, 4500 ipsec-nat-t, 4557 fax,
  4559 hylafax, 4569 iax, 4899 radmin-port, 4949 lrrd munin, 5060 sip, 5061 sip-tls,
  5222 jabber-client xmpp-client, 5269 jabber-server xmpp-server, 5308 cfengine, 5353 mdns,
  5432 postgres postgresql, 5555 rplay, 5556 rptp, 5666 nrpe, 5667 nsca, 5671 amqps, 5672 amqp, 6000 x11,
  6346 gnutella-svc, 6347 gnutella-rtr, 6379 redis, 6446 mysql-proxy, 6514 syslog-tls,
  6566 sane sane-port saned, 6667 ircd, 6696 babel, 6697 ircs-u, 7100 xfs, 8080 http-alt webcache,
  8081 tproxy, 8140 puppet, 9098 xinetd, 9418 git, 10000 webmin, 10050 zabbix-agent, 10051 zabbix-trapper,
  10080 amanda, 10809 nbd, 11371 hkp, 30865 csync2
`;

const PORTS: ReadonlyMap<string, number> = new Map(
  LISTED.split(',').flatMap((entry) => {
    const [port, ...names] = entry.trim().split(' ');
    return names.map((name): [string, number] => [name, Number(port)]);
  }),
);

/** The port of a service by its name, if it is one of the usual ones. */
export function servicePort(name: string): number | undefined {
  return PORTS.get(name);
}
