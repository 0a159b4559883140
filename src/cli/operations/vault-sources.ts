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

/** What is set for every run, by the environment or by ansible.cfg, under Ansible's names. */
export type VaultSettings = {
  /** `vault_identity_list`: entries like those of `--vault-id`. */
  readonly ids: readonly string[];
  /** `vault_password_file` */
  readonly passwordFile: string | undefined;
  /** `ask_vault_pass` */
  readonly isAsked: boolean;
  /** `vault_identity`: the label of what has none. */
  readonly identity: string;
};

/**
 * The sources in Ansible's order: the configured ids, `--vault-id`, `--vault-password-file`, the configured password file, and
 * what is asked for.
 */
export function vaultSources(flags: VaultFlags, settings: VaultSettings): VaultSources {
  const { identity: id } = settings;
  const files = [
    ...flags.passwordFiles,
    ...(settings.passwordFile === undefined ? [] : [settings.passwordFile]),
  ];
  return [
    ...[...settings.ids, ...flags.ids].map((text) => parseVaultId(text, id)),
    ...files.map((file): VaultSource => ({ kind: 'file', id, file })),
    ...(flags.isAsked || settings.isAsked ? [{ kind: 'prompt', id, namesId: false } as const] : []),
  ];
}

/** `[LABEL@]SOURCE`, where the source is a file, `prompt` or `prompt_ask_vault_pass`. */
function parseVaultId(text: string, noLabel: string): VaultSource {
  const at = text.indexOf('@');
  const id = at > 0 ? text.slice(0, at) : noLabel;
  const source = text.slice(at + 1);
  if (source === 'prompt' || source === 'prompt_ask_vault_pass')
    return { kind: 'prompt', id, namesId: source === 'prompt' };
  return { kind: 'file', id, file: source };
}
