/** Variables that hold passwords by their very names: `ansible_password`, `ansible_become_pass` and their kin. */
export function isPasswordName(name: string): boolean {
  return /^ansible_.*(pass|password|passphrase)$/.test(name);
}
