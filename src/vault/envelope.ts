/** An encrypted text, taken apart. */
export type Envelope = {
  /** The label that `--encrypt-vault-id` gave it; none in format 1.1. */
  readonly id: string | undefined;
  readonly salt: Buffer;
  /** HMAC-SHA256 of the ciphertext. */
  readonly mac: Buffer;
  readonly ciphertext: Buffer;
};

export type NoEnvelope = { readonly fault: 'unknown-format' | 'damaged'; readonly reason: string };

/**
 * Reads what ansible-vault writes: a header `$ANSIBLE_VAULT;1.1;AES256` or `$ANSIBLE_VAULT;1.2;AES256;ID`, then hexadecimal of
 * three lines, which are hexadecimal again (https://docs.ansible.com/ansible/latest/vault_guide/vault_using_encrypted_content.html).
 */
export function parseEnvelope(text: string): Envelope | NoEnvelope {
  const [header = '', ...lines] = text.trim().split('\n');
  const [, version = '', cipher = '', id] = header.split(';').map((part) => part.trim());
  if (version !== '1.1' && version !== '1.2')
    return unknown(`format ${JSON.stringify(version)} is not known, only 1.1 and 1.2 are`);
  if (cipher !== 'AES256') return unknown(`cipher ${JSON.stringify(cipher)} is not known, only AES256 is`);
  const body = unhex(lines.map((line) => line.trim()).join(''));
  if (body === undefined) return damaged('it is not the hexadecimal that ansible-vault writes');
  const parts = body.toString('latin1').split('\n');
  const [salt, mac, ciphertext] = parts.map(unhex);
  if (parts.length !== 3 || !salt || mac?.length !== 32 || !ciphertext)
    return damaged('its salt, its HMAC or its text is missing');
  return { id: version === '1.2' ? id : undefined, salt, mac, ciphertext };
}

function unhex(text: string): Buffer | undefined {
  return text !== '' && text.length % 2 === 0 && /^[0-9a-f]+$/i.test(text)
    ? Buffer.from(text, 'hex')
    : undefined;
}

function unknown(reason: string): NoEnvelope {
  return { fault: 'unknown-format', reason };
}

function damaged(reason: string): NoEnvelope {
  return { fault: 'damaged', reason };
}
