/** A text from ansible.cfg or the environment. */
export type Given = {
  readonly text: string;
  /** What it is and where it stands: `ssh_args (ansible.cfg:3)`, `ANSIBLE_SSH_ARGS`. */
  readonly from: string;
};

/** What ansible.cfg and the environment say about connections; each is weaker than the inventory's variable of the same name. */
export type ConnectionSettings = {
  readonly port?: number;
  readonly hostKeyChecking?: boolean;
  /** Each takes the place of nothing but an absent variable. */
  readonly sshArgs?: Given;
  readonly sshCommonArgs?: Given;
  readonly sshExtraArgs?: Given;
  /** `ansible_connection` */
  readonly transport?: Given;
  readonly sshExecutable?: Given;
  readonly becomeMethod?: Given;
  readonly becomeUser?: Given;
  readonly becomeExe?: Given;
};
