// Exports with a file for each message: `.eml` files in directories as the mailboxes are nested, and Maildir++ (https://cr.yp.to/proto/maildir.html and
// Courier's extension for folders), which mail programs and servers read. Bytes are the message's, unchanged: `sha256sum` can check them.

import type { Disk } from '#platform/disk.ts'
import { setFileTime } from '#platform/files.ts'
import {
  type ExportFolder,
  type ExportTarget,
  type ExportedMessage,
  type Placed,
  hasDigest,
  partialPath,
  readWhole,
  writeWhole,
} from './export-target.ts'
import { DistinctNames, maildirFolder, safeComponent } from './folder-names.ts'

const NUMBER_DIGITS = 10
/** No directory is named as a file of ours may be. */
const LIKE_A_FILE = /^\d+(?:-\d+)?\.eml(?:\.part)?$/i

function digits(number: number): string {
  return String(number).padStart(NUMBER_DIGITS, '0')
}

abstract class FileTarget implements ExportTarget {
  readonly disk: Disk
  readonly directory: string

  constructor(disk: Disk, directory: string) {
    this.disk = disk
    this.directory = directory
  }

  abstract folder(folder: ExportFolder): string
  abstract nameOf(at: string, message: ExportedMessage): string
  abstract finish(): void

  write(at: string, message: ExportedMessage): Placed {
    const path = `${at}/${this.nameOf(at, message)}`
    const file = `${this.directory}/${path}`
    writeWhole(this.disk, file, message.bytes, this.partialOf(file))
    try {
      // Maildir's readers take it for the time at which the message came.
      setFileTime(file, message.receivedAt)
    } catch {
      // A file system that keeps no such times: the manifest has it.
    }
    return { path }
  }

  holds({ path }: Placed, digest: Buffer): boolean {
    return hasDigest(readWhole(this.disk, `${this.directory}/${path}`), digest)
  }

  wasWritten(at: string, { keywords }: Omit<ExportedMessage, 'bytes'>): void {
    this.lettersOf(at, keywords)
  }

  continueAfter(): void {
    // Files of the same names are written again.
  }

  close(): void {
    // Each file is closed when it is written.
  }

  partialOf(file: string): string {
    return partialPath(file)
  }

  /** What the names of files say of keywords. */
  lettersOf(_at: string, _keywords: readonly string[]): string {
    return ''
  }
}

export class EmlTarget extends FileTarget {
  /** Of each directory that holds others. */
  readonly #names = new Map<string, DistinctNames>()
  /** By the owner's names. */
  readonly #known = new Map<string, string>()

  folder({ path, kind }: ExportFolder): string {
    let at = 'mail'
    // No mailbox's.
    let key = kind === 'own' ? '/' : ''
    for (const name of path) {
      key += `/${name}`
      let known = this.#known.get(key)
      if (known === undefined) {
        const names = this.#names.get(at) ?? new DistinctNames()
        this.#names.set(at, names)
        const safe = safeComponent(name)
        known = `${at}/${names.take(LIKE_A_FILE.test(safe) ? `_${safe}` : safe)}`
        this.#known.set(key, known)
      }
      at = known
    }
    this.disk.makeDirectory(`${this.directory}/${at}`)
    return at
  }

  /** By UID, which is one message's in its mailbox; by the record where there is none. */
  nameOf(_at: string, { uid, record }: ExportedMessage): string {
    return `${digits(uid ?? record)}.eml`
  }

  finish(): void {
    // Nothing belongs to a directory as a whole.
  }
}

const MAILDIR_FLAGS: readonly (readonly [keyword: string, flag: string])[] = [
  ['$draft', 'D'],
  ['$flagged', 'F'],
  ['$forwarded', 'P'],
  ['$answered', 'R'],
  ['$seen', 'S'],
]
/** Dovecot's file in each folder says which keyword each small letter is. */
const KEYWORDS_FILE = 'dovecot-keywords'
const KEYWORDS_MAX = 26
const FIRST_KEYWORD = 'a'.charCodeAt(0)

export class MaildirTarget extends FileTarget {
  readonly #names = new DistinctNames()
  readonly #keywords = new Map<string, string[]>()

  folder({ path, kind }: ExportFolder): string {
    const at = kind === 'inbox' ? 'Maildir' : `Maildir/${this.#names.take(maildirFolder(path))}`
    for (const name of ['cur', 'new', 'tmp']) this.disk.makeDirectory(`${this.directory}/${at}/${name}`)
    // Courier's mark of a folder.
    if (kind !== 'inbox') writeWhole(this.disk, `${this.directory}/${at}/maildirfolder`, Buffer.alloc(0))
    this.#keywords.set(at, [])
    return at
  }

  nameOf(at: string, { record, uid, keywords, deleted, receivedAt, bytes }: ExportedMessage): string {
    const seconds = Math.max(0, Math.floor(receivedAt / 1_000))
    const flags = MAILDIR_FLAGS.filter(([keyword]) => keywords.includes(keyword)).map(([, flag]) => flag)
    if (deleted) flags.push('T')
    flags.sort()
    const letters = this.lettersOf(at, keywords)
    return `cur/${seconds}.R${record}U${uid ?? 0}.mailkeep,S=${bytes.length}:2,${flags.join('')}${letters}`
  }

  /** Where Maildir has what is not delivered yet. */
  override partialOf(file: string): string {
    return file.replace(/\/cur\/(?=[^/]*$)/, '/tmp/')
  }

  override lettersOf(at: string, keywords: readonly string[]): string {
    return keywords
      .filter((keyword) => !MAILDIR_FLAGS.some(([known]) => known === keyword))
      .map((keyword) => this.#letter(at, keyword))
      .sort()
      .join('')
  }

  finish(): void {
    for (const [at, keywords] of this.#keywords) {
      if (keywords.length === 0) continue
      const lines = keywords.map((keyword, number) => `${number} ${keyword}\n`).join('')
      writeWhole(this.disk, `${this.directory}/${at}/${KEYWORDS_FILE}`, Buffer.from(lines))
    }
  }

  /** Empty when all letters are given out: such keywords are in the manifest alone. */
  #letter(at: string, keyword: string): string {
    const known = this.#keywords.get(at) ?? []
    let number = known.indexOf(keyword)
    if (number < 0) {
      if (known.length === KEYWORDS_MAX) return ''
      number = known.push(keyword) - 1
    }
    return String.fromCharCode(FIRST_KEYWORD + number)
  }
}
