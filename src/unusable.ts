/** A value that exists but can't be used, with the reason; reported only where it is used. */
export class Unusable {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** Whether a template's `default` may step in: for what is merely absent, never for what can't be judged. */
  readonly isAbsent: boolean;

  constructor(code: string, message: string, remedy: string, isAbsent = true) {
    this.code = code;
    this.message = message;
    this.remedy = remedy;
    this.isAbsent = isAbsent;
  }
}
