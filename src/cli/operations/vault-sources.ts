/** Where the password of a vault id comes from. */
export type VaultSource =
  /** Its password, or an executable that prints it; one named `…-client` is told which id is wanted. */
  | { readonly kind: 'file'; readonly id: string; readonly file: string }
  /** Typed on the terminal; with or without the id in the prompt. */
  | { readonly kind: 'prompt'; readonly id: string; readonly namesId: boolean };

/** All sources of a run, in the order in which their passwords are tried. */
export type VaultSources = readonly VaultSource[];

/** What the operator typed. */
export type VaultFlags = {
  /** `--vault-id [LABEL@]SOURCE`, each as typed. */
  readonly ids: readonly string[];
  /** `--vault-password-file` */
  readonly passwordFiles: readonly string[];
  /** `--ask-vault-password` */
  readonly isAsked: boolean;
};

/** What is set for every run: by the environment, or by a configuration file. */
export type VaultSettings = {
  /** `vault_identity_list`: entries like those of `--vault-id`. */
  readonly ids: readonly string[];
  /** `vault_password_file` */
  readonly passwordFile?: string;
  /** `ask_vault_pass` */
  readonly isAsked: boolean;
};

/** The label of what has none. */
const noLabel = 'default';

/**
 * The sources in Ansible's order: the configured ids, `--vault-id`, `--vault-password-file`, the configured password file, and
 * what is asked for.
 */
export function vaultSources(flags: VaultFlags, settings: VaultSettings): VaultSources {
  const files = [
    ...flags.passwordFiles,
    ...(settings.passwordFile === undefined ? [] : [settings.passwordFile]),
  ];
  return [
    ...[...settings.ids, ...flags.ids].map(parseVaultId),
    ...files.map((file): VaultSource => ({ kind: 'file', id: noLabel, file })),
    ...(flags.isAsked || settings.isAsked ? [{ kind: 'prompt', id: noLabel, namesId: false } as const] : []),
  ];
}

/** What Ansible's environment variables set. */
export function vaultSettings(env: Readonly<Record<string, string | undefined>>): VaultSettings {
  const { ANSIBLE_VAULT_IDENTITY_LIST: list = '', ANSIBLE_VAULT_PASSWORD_FILE: passwordFile = '' } = env;
  const ids = list
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
  const isAsked = /^(y|yes|on|1|true|t)$/i.test(env.ANSIBLE_ASK_VAULT_PASS ?? '');
  return { ids, ...(passwordFile === '' ? {} : { passwordFile }), isAsked };
}

/** `[LABEL@]SOURCE`, where the source is a file, `prompt` or `prompt_ask_vault_pass`. */
function parseVaultId(text: string): VaultSource {
  const at = text.indexOf('@');
  const id = at > 0 ? text.slice(0, at) : noLabel;
  const source = text.slice(at + 1);
  if (source === 'prompt' || source === 'prompt_ask_vault_pass')
    return { kind: 'prompt', id, namesId: source === 'prompt' };
  return { kind: 'file', id, file: source };
}
