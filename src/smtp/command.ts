// What a command is: the table in `commands.ts` maps verbs to these, and the engine knows nothing else of them.

import type { Reply } from './reply.ts'
import type { Session } from './session.ts'

export interface Command {
  /** In upper case. */
  readonly verb: string
  /** RFC 5321 §4.5.3.1.4 and what extensions add; with the line end. */
  readonly lineBytesMax: number
  /**
   * `args` is what follows the verb, without the space between; it has no control characters. Null: the reply comes later, from the content that
   * was asked for.
   */
  run(session: Session, args: string): Reply | null | Promise<Reply | null>
}
