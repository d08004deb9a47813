// The files of a message that is being written: those that are on their way to the server, and those that are there.

import type { Connection } from '#web/jmap/connection.ts'
import { plainWords } from '#web/jmap/failure.ts'
import type { BodyPart, Id } from '#web/jmap/types.ts'
import { Observable } from '#web/mail/observable.ts'

export interface Attachment {
  readonly key: number
  readonly name: string
  readonly type: string
  readonly size: number
  /** Null while it is on its way. */
  readonly blobId: Id | null
  /** Of the way, 0 to 1. */
  readonly progress: number
  readonly problem: string | null
}

export class Attachments extends Observable {
  readonly #connection: Connection
  readonly #onChange: () => void
  readonly #aborts = new Map<number, AbortController>()
  #list: readonly Attachment[] = []
  #next = 1

  constructor(connection: Connection, onChange: () => void) {
    super()
    this.#connection = connection
    this.#onChange = onChange
  }

  get list(): readonly Attachment[] {
    return this.#list
  }

  get isUploading(): boolean {
    return this.#list.some(({ blobId, problem }) => blobId === null && problem === null)
  }

  get stored(): readonly (Attachment & { readonly blobId: Id })[] {
    return this.#list.filter(
      (attachment): attachment is Attachment & { readonly blobId: Id } => attachment.blobId !== null,
    )
  }

  /** Files that the server has already. */
  put(parts: readonly Pick<BodyPart, 'blobId' | 'name' | 'type' | 'size'>[]): void {
    const stored = parts.flatMap(({ blobId, name, type, size }) =>
      blobId === null
        ? []
        : [{ key: this.#next++, name: name ?? 'attachment', type, size, blobId, progress: 1, problem: null }],
    )
    this.#list = [...this.#list, ...stored]
    this.changed()
  }

  /** After a save the files belong to the message, in the same order, under other ids. */
  rename(blobIds: readonly (Id | null)[]): void {
    const { stored } = this
    if (blobIds.length !== stored.length) return
    const renamed = new Map(stored.map(({ key }, at) => [key, blobIds[at] ?? null]))
    this.#list = this.#list.map((attachment) => ({
      ...attachment,
      blobId: renamed.get(attachment.key) ?? attachment.blobId,
    }))
  }

  add(files: Iterable<File>): void {
    for (const file of files) void this.#upload(file)
  }

  async #upload(file: File): Promise<void> {
    const key = this.#next++
    const abort = new AbortController()
    this.#aborts.set(key, abort)
    const name = file.name === '' ? 'pasted' : file.name
    const type = file.type === '' ? 'application/octet-stream' : file.type
    this.#list = [...this.#list, { key, name, type, size: file.size, blobId: null, progress: 0, problem: null }]
    this.changed()
    try {
      const { blobId } = await this.#connection.upload(
        file,
        (progress) => this.#update(key, { progress }),
        abort.signal,
      )
      this.#update(key, { blobId, progress: 1 })
      this.#onChange()
    } catch (error) {
      this.#update(key, { problem: plainWords(error) })
    }
    this.#aborts.delete(key)
  }

  #update(key: number, change: Partial<Attachment>): void {
    this.#list = this.#list.map((attachment) => (attachment.key === key ? { ...attachment, ...change } : attachment))
    this.changed()
  }

  remove(key: number): void {
    this.#aborts.get(key)?.abort()
    this.#list = this.#list.filter((attachment) => attachment.key !== key)
    this.#onChange()
    this.changed()
  }
}
