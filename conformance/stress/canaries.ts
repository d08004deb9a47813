// Servers that are broken on purpose, each in one way: a proxy changes what goes by. The stress must find every one of them.

import { firstResponse } from '../response.ts'
import type { Server, Wire } from '../wire.ts'

export interface Canary {
  readonly name: string
  /** Sections of which one is to be named. */
  readonly found: RegExp
  /** Of one connection. */
  begin(): Breakage
}

interface Breakage {
  /** A response without its last CRLF; null: it is not sent. */
  heard?(response: string): string | null
  /** What the client sends at once; responses that come at once may be put into `answer`. */
  said?(text: string, answer: (response: string) => void): string
}

export function broken(server: Server, canary: Canary): Server {
  return { ...server, connect: async () => proxy(await server.connect(), canary.begin()) }
}

function proxy(wire: Wire, { heard, said }: Breakage): Wire {
  let input: Buffer = Buffer.alloc(0)
  const answers: string[] = []
  const changed = (chunk: Buffer): Buffer => {
    input = Buffer.concat([input, chunk])
    const out = answers.splice(0).map((answer) => Buffer.from(`${answer}\r\n`, 'latin1'))
    for (let response = firstResponse(input); response !== null; response = firstResponse(input)) {
      input = input.subarray(response.length + 2)
      const text = response.toString('latin1')
      const after = heard === undefined ? text : heard(text)
      if (after !== null) out.push(Buffer.from(`${after}\r\n`, 'latin1'))
    }
    return Buffer.concat(out)
  }
  return {
    send(bytes) {
      const text = bytes.toString('latin1')
      const after = said === undefined ? text : said(text, (response) => answers.push(response))
      if (after !== '') wire.send(Buffer.from(after, 'latin1'))
    },
    ready: () => changed(wire.ready()),
    async receive(waitMs) {
      const first = changed(wire.ready())
      if (first.length > 0) return first
      for (;;) {
        const chunk = await wire.receive(waitMs)
        if (chunk === null || chunk.length === 0) return chunk
        const bytes = changed(chunk)
        if (bytes.length > 0) return bytes
      }
    },
    [Symbol.dispose]: () => wire[Symbol.dispose](),
  }
}

/** Each `every`th response that matches is changed, counted over all connections. */
function hearing(
  name: string,
  found: RegExp,
  pattern: RegExp,
  every: number,
  change: (response: string) => string | null,
): Canary {
  let count = 0
  const heard = (response: string): string | null =>
    pattern.test(response) && ++count % every === 0 ? change(response) : response
  return { name, found, begin: () => ({ heard }) }
}

/** Each `every`th command that matches is changed. */
function saying(name: string, found: RegExp, pattern: RegExp, every: number, change: (line: string) => string): Canary {
  let count = 0
  const said = (text: string): string =>
    text.replaceAll(/^[^\r\n]*/gm, (line) => (pattern.test(line) && ++count % every === 0 ? change(line) : line))
  return { name, found, begin: () => ({ said }) }
}

const asNoop = (line: string): string => `${line.slice(0, line.indexOf(' '))} NOOP`
const lessBy = (response: string, pattern: RegExp, by: number): string =>
  response.replace(pattern, (_, before: string, number: string) => `${before}${Number(number) - by}`)

export const canaries: readonly Canary[] = [
  hearing('an EXPUNGE is not told', /RFC 9051 §(7\.|2\.3)/, /^\* \d+ EXPUNGE$/, 4, () => null),
  hearing('VANISHED leaves one out', /RFC (7162|9051|9586)/, /^\* VANISHED \S+[,:]\d+$/, 1, (response) =>
    response.replace(/([,:])\d+$/, (_, mark: string) => (mark === ',' ? '' : ':')).replace(/(\d+):$/, '$1'),
  ),
  hearing('who comes back is not told of expunges', /RFC 7162 §3\.2\.5/, /^\* VANISHED \(EARLIER\)/, 1, () => null),
  {
    name: 'EXPUNGE during FETCH',
    found: /RFC 9051 §7\.5\.1/,
    begin: () => {
      let tag = ''
      let count = 0
      return {
        said(text) {
          tag = /^(\S+) FETCH [^\r]*\r\n$/.exec(text)?.[1] ?? ''
          return text
        },
        heard(response) {
          if (tag === '' || !response.startsWith(`${tag} OK`) || ++count % 3 !== 0) return response
          return `* 1 EXPUNGE\r\n${response}`
        },
      }
    },
  },
  {
    name: 'a UID is told of two messages',
    found: /RFC 9051 §2\.3\.1/,
    begin: () => {
      let last = ''
      return {
        heard: (response) =>
          response.replace(/^(\* \d+ FETCH \(UID )(\d+)/, (whole: string, head: string, uid: string) => {
            const before = last
            last = uid
            return uid.endsWith('7') && before !== '' && before !== uid ? `${head}${before}` : whole
          }),
      }
    },
  },
  hearing('a new message has an old UID', /RFC 9051 §2\.3\.1/, /\[APPENDUID \d+ \d\d\]/, 2, (response) =>
    lessBy(response, /(APPENDUID \d+ )(\d+)/, 1),
  ),
  hearing('EXISTS shrinks', /RFC 9051 §7\.(4|5)/, /^\* \d\d EXISTS$/, 6, (response) =>
    lessBy(response, /(\* )(\d+)/, 4),
  ),
  hearing('UIDNEXT is too low', /RFC 9051 §2\.3\.1/, /\[UIDNEXT \d\d/, 1, (response) =>
    lessBy(response, /(UIDNEXT )(\d+)/, 9),
  ),
  hearing('HIGHESTMODSEQ goes back', /RFC 7162 §3\.1\.2/, /^\* OK \[HIGHESTMODSEQ \d\d+\] The/, 2, (response) =>
    lessBy(response, /(HIGHESTMODSEQ )(\d+)/, 30),
  ),
  hearing('flags change without a new MODSEQ', /RFC (7162|9051)/, /FLAGS \([^)]*\) MODSEQ/, 15, (response) =>
    response.replace('FLAGS (', 'FLAGS ($Other '),
  ),
  hearing('a message has other bytes', /RFC 9051 §2\.3\.1/, /BODY\[\] \{/, 9, (response) =>
    response.replace('Line 0', 'Line 9'),
  ),
  hearing('a search misses one', /RFC (9051 §6\.4\.4|5267)/, /^\* SEARCH( \d+){3,}$/, 2, (response) =>
    response.replace(/ \d+$/, ''),
  ),
  hearing('a search that goes on misses one', /RFC 5267/, /^\* ESEARCH .*ADDTO/, 2, () => null),
  hearing(
    'nobody is told of flags',
    /RFC (9051 §(7\.5\.2|6\.4)|2177|7162)/,
    /^\* \d+ FETCH \(UID \d+ FLAGS \([^)]*\)\)$/,
    7,
    () => null,
  ),
  saying(
    'a change of flags is forgotten',
    /RFC 9051 §(6\.4\.6|7\.5\.2)/,
    /UID STORE [\d,:]+ .?FLAGS\.SILENT/,
    2,
    asNoop,
  ),
  saying('EXPUNGE is not carried out', /RFC 9051 §6\.4\.3/, /^\S+ EXPUNGE$/, 1, asNoop),
  saying('CLOSE does not expunge', /RFC 9051 §6\.4\.3/, /^\S+ CLOSE$/, 1, (line) => line.replace('CLOSE', 'UNSELECT')),
  saying('UNCHANGEDSINCE is not heeded', /RFC 7162 §3\.1\.3/, /UNCHANGEDSINCE/, 1, (line) =>
    line.replace(/UNCHANGEDSINCE \d+/, 'UNCHANGEDSINCE 999999'),
  ),
  {
    name: 'a message appears that nobody made',
    found: /RFC 9051 §(6\.3\.12|5\.2|2\.3\.1)/,
    begin: () => ({
      said: (text) => (appendTag(text) === null ? text : `${text.replace(/^\S+/, 'twice')}${text}`),
      heard: (response) => (response.startsWith('twice ') ? null : response),
    }),
  },
  {
    name: 'an acknowledged message is lost',
    // Or the next one has a lower UID.
    found: /RFC 9051 §(5\.2|2\.3\.1)/,
    begin: () => {
      let asked: string | null = null
      let given = ''
      return {
        heard(response) {
          if (asked === null || !response.startsWith(`${asked} OK`)) return response
          given = /APPENDUID (\d+ \d+)\]/.exec(response)?.[1] ?? ''
          asked = null
          return response
        },
        said(text, answer) {
          const tag = appendTag(text)
          if (tag === null) return text
          if (given === '') {
            asked = tag
            return text
          }
          const [validity = '', uid = ''] = given.split(' ')
          answer(`${tag} OK [APPENDUID ${validity} ${Number(uid) + 500}] Appended`)
          given = ''
          return ''
        },
      }
    },
  },
]

/** Of what is one APPEND to the main mailbox, of one message, and nothing else. */
function appendTag(text: string): string | null {
  const [head = '', tag = '', size = ''] = /^(\S+) APPEND stress \([^{]*\{(\d+)\+\}\r\n/.exec(text) ?? []
  return head !== '' && text.length === head.length + Number(size) + 2 ? tag : null
}
