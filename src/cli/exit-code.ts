// What scripts can tell from a command's exit status (docs/operations.md).

export const EXIT = {
  done: 0,
  /** It was understood, and could not be done. */
  failed: 1,
  usage: 2,
  /** Mailkeep does not run on this data directory. */
  notRunning: 3,
  notFound: 4,
  /** Password or recovery code is wrong. */
  refused: 5,
  /** Something is damaged, and the output says what. */
  damaged: 6,
  /** EX_CONFIG: the configuration, or what it names, is wrong. */
  configuration: 78,
} as const

/** Ends a command, with a sentence for the person who typed it. */
export class CommandError extends Error {
  override name = 'CommandError'
  readonly exitCode: number

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
