// The bodies of messages that were read last, or are about to be.

import type { Connection } from '#web/jmap/connection.ts'
import { JmapFailure } from '#web/jmap/failure.ts'
import { BODY_PART_PROPERTIES, type EmailBody, type GetResponse, type Id } from '#web/jmap/types.ts'

const BODIES_MAX = 60
const BODY_BYTES_MAX = 1_000_000

export class BodyCache {
  readonly #connection: Connection
  readonly #bodies = new Map<Id, Promise<EmailBody>>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Rejects with JmapFailure. The same promise as long as the body is kept. */
  get(id: Id): Promise<EmailBody> {
    const body = this.#bodies.get(id) ?? this.#read(id)
    this.#bodies.delete(id)
    this.#bodies.set(id, body)
    body.catch(() => this.#bodies.delete(id))
    for (const old of this.#bodies.keys()) {
      if (this.#bodies.size <= BODIES_MAX) break
      this.#bodies.delete(old)
    }
    return body
  }

  delete(id: Id): void {
    this.#bodies.delete(id)
  }

  async #read(id: Id): Promise<EmailBody> {
    const args = {
      ids: [id],
      properties: ['id', 'textBody', 'htmlBody', 'attachments', 'bodyValues'],
      bodyProperties: BODY_PART_PROPERTIES,
      fetchTextBodyValues: true,
      fetchHTMLBodyValues: true,
      maxBodyValueBytes: BODY_BYTES_MAX,
    }
    const answers = await this.#connection.call([['Email/get', args]])
    const [body] = (answers.of(0) as GetResponse<EmailBody>).list
    if (body === undefined) throw new JmapFailure('refused', 'This message is no longer there.', 'notFound')
    return body
  }
}
