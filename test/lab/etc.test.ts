import { expect, test } from 'vitest';
import { commonEtc, machineEtc } from '../../src/lab/etc.ts';

test("the machine's own root and operator give way, its other accounts stay", () => {
  const passwd =
    'root:x:0:0:root:/root:/usr/bin/fish\noperator:x:11:0::/root:/sbin/nologin\nsshd:x:100:65534::/run/sshd:\n';
  const files = commonEtc(passwd, 'root:x:0:me\nsudo:x:27:\n', 'ssh-ed25519 AAAA');
  const textOf = (path: string) => files.find((file) => file.path === path);
  expect(textOf('passwd')).toMatchObject({
    text: `root:x:0:0:root:/root:/bin/sh
operator:x:5000:5000:operator:/home/operator:/bin/sh
sshd:x:100:65534::/run/sshd:
`,
  });
  expect(textOf('group')).toMatchObject({ text: 'root:x:0:\noperator:x:5000:\nsudo:x:27:\n' });
});

test('all six iptables programs are switched to the same engine', () => {
  const links = machineEtc('gw1', 'legacy', '').flatMap((file) =>
    'link' in file ? [`${file.path} ${file.link}`] : [],
  );
  expect(links).toEqual([
    'alternatives/iptables /usr/sbin/iptables-legacy',
    'alternatives/iptables-save /usr/sbin/iptables-legacy-save',
    'alternatives/iptables-restore /usr/sbin/iptables-legacy-restore',
    'alternatives/ip6tables /usr/sbin/ip6tables-legacy',
    'alternatives/ip6tables-save /usr/sbin/ip6tables-legacy-save',
    'alternatives/ip6tables-restore /usr/sbin/ip6tables-legacy-restore',
  ]);
});
