/** Why a session ends although its client did not ask for it. */
export type EndReason =
  | 'locked'
  | 'failed'
  | 'stopped'
  /** Its app password was revoked, or its time is over. */
  | 'revoked'
  /** Its owner has another password now. */
  | 'changed'
  | 'expired'
