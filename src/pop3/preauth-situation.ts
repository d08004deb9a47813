// What a connection allows before login.

export interface PreauthSituation {
  /** The connection is encrypted, or does not leave this machine: passwords may be sent. */
  readonly isConfidential: boolean
  readonly canStartTls: boolean
}
