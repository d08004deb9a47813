// What may stand in `mailkeep.yaml`, and what is meant where nothing does. Unknown keys are errors: a misspelt setting is not silently another.

import * as v from 'valibot'

const KIB = 1024
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: KIB,
  kib: KIB,
  m: KIB ** 2,
  mib: KIB ** 2,
  g: KIB ** 3,
  gib: KIB ** 3,
  t: KIB ** 4,
  tib: KIB ** 4,
}
const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const QUANTITY = /^(\d{1,15})\s*([A-Za-z]{0,3})$/

/** `50 MiB`, `10g`, or a number of bytes. */
const size = v.pipe(
  v.union([v.number(), v.string()], 'a size: a number of bytes, or like 50 MiB'),
  v.transform((value) => quantity(String(value), UNITS)),
  v.number('a size: a number of bytes, or like 50 MiB'),
)

/** `90s`, `15m`, `30d`. */
const duration = v.pipe(
  v.string('a duration, like 90s, 15m, 4h or 30d'),
  v.transform((value) => quantity(value, MILLISECONDS)),
  v.number('a duration, like 90s, 15m, 4h or 30d'),
)

const DAY_MS = MILLISECONDS['d'] as number
const DAYS = 'off, or a duration of one day to a year, like 30d'
const days = v.pipe(duration, v.minValue(DAY_MS, DAYS), v.maxValue(366 * DAY_MS, DAYS))

function quantity(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = QUANTITY.exec(text.trim())
  const unit = units[(match?.[2] ?? '?').toLowerCase()]
  return match === null || unit === undefined ? null : Number(match[1]) * unit
}

const port = v.pipe(v.number('a port number'), v.integer(), v.minValue(0), v.maxValue(65_535))
const count = (min: number, max: number) => {
  const wanted = `a number from ${min} to ${max}`
  return v.pipe(v.number(wanted), v.integer(wanted), v.minValue(min, wanted), v.maxValue(max, wanted))
}
const address = v.pipe(
  v.string('an IP address'),
  v.check((text) => v.safeParse(v.pipe(v.string(), v.ip()), text).success, 'an IP address, like 127.0.0.1 or ::1'),
)
const hostName = v.pipe(v.string('a host name'), v.regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i, 'a host name'))
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/
/** Of which certificates and name servers can say something. */
const publicName = v.pipe(
  hostName,
  v.check((text) => !IPV4.test(text), 'a host name, not an address'),
)
const TOLD_PORT = 'a port number, or off'
const toldPort = v.union(
  [v.literal('off'), v.pipe(v.number(), v.integer(TOLD_PORT), v.minValue(1, TOLD_PORT), v.maxValue(65_535, TOLD_PORT))],
  TOLD_PORT,
)
const filePath = v.pipe(v.string('a path'), v.minLength(1))

const ORIGIN = 'an origin, like https://mail.example.org:8443'
const origin = v.pipe(
  v.string(ORIGIN),
  v.check((text) => isOrigin(text), ORIGIN),
)

/** As browsers write it; a name, for an IP address has no passkeys. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url?.origin === text && url.protocol === 'https:' && /[a-z]$/.test(url.hostname)
}

const AGE_RECIPIENT = 'an age recipient, like age1…'

const smarthost = v.strictObject({
  host: hostName,
  port: v.optional(port, 587),
  tls: v.optional(v.picklist(['starttls', 'implicit', 'none'], 'starttls, implicit or none'), 'starttls'),
  user: v.optional(v.string()),
  passwordFile: v.optional(filePath),
})

export const configurationSchema = v.strictObject({
  hostname: v.optional(hostName),
  listen: v.optional(v.pipe(v.array(address, 'a list of IP addresses, like [127.0.0.1]'), v.minLength(1)), [
    '127.0.0.1',
  ]),
  portBase: v.optional(v.pipe(v.number('a number from 0 to 60000'), v.integer(), v.minValue(0), v.maxValue(60_000))),
  vaults: v.optional(count(1, 64), 1),
  serverSecret: v.optional(v.strictObject({ file: filePath })),
  tls: v.optional(v.strictObject({ certificate: filePath, key: filePath })),
  lock: v.optional(v.strictObject({ grace: v.optional(duration, '60s'), webIdle: v.optional(duration, '30m') }), {}),
  messages: v.optional(v.strictObject({ maxSize: v.optional(size, '50 MiB') }), {}),
  quota: v.optional(v.union([v.literal('none'), size], 'none, or a size like 10 GiB'), 'none'),
  /** Of the blocks of a closed segment, so many are added from which damaged ones are repaired. 0: none, and what a disk loses is lost here. */
  parity: v.optional(v.strictObject({ percent: v.optional(count(0, 50), 10) }), {}),
  /** Every byte is read again within this time. */
  scrub: v.optional(v.strictObject({ every: v.optional(v.union([v.literal('off'), days], DAYS), '30d') }), {}),
  /** So often it is proven of each account that it could be restored from what is on the disk, as soon as it is unlocked. */
  rehearsal: v.optional(v.strictObject({ every: v.optional(v.union([v.literal('off'), days], DAYS), '30d') }), {}),
  /** Days that the ledger runs between the moment that it sees a message released and the one from which it may drop it. */
  retention: v.optional(v.strictObject({ days: v.optional(count(7, 36_500), 30) }), {}),
  /** Of payloads in records that are written from now on; never weaker than what an account was upgraded to. */
  digest: v.optional(v.picklist(['sha256', 'sha512']), 'sha256'),
  connections: v.optional(
    v.strictObject({
      max: v.optional(count(1, 1_000_000), 10_000),
      perAddress: v.optional(count(1, 1_000_000), 100),
    }),
    {},
  ),
  outgoing: v.optional(
    v.strictObject({
      smarthost: v.optional(smarthost),
      direct: v.optional(v.boolean('true or false'), false),
      retryFor: v.optional(duration, '5d'),
    }),
    {},
  ),
  /** For owners who choose low security: an age recipient whose identity is kept elsewhere, and how long a request to open an account waits. */
  escrow: v.optional(
    v.strictObject({
      recipient: v.optional(v.pipe(v.string(AGE_RECIPIENT), v.regex(/^age1[a-z0-9]{50,4000}$/, AGE_RECIPIENT))),
      delay: v.optional(v.pipe(duration, v.minValue(DAY_MS, 'at least 1d')), '3d'),
    }),
    {},
  ),
  /** From where browsers come, besides the host name and `localhost` at the ports that are listened on: where ports are forwarded. */
  passkeys: v.optional(
    v.strictObject({
      origins: v.optional(
        v.pipe(v.array(origin, 'a list of origins, like [https://mail.example.org]'), v.maxLength(16)),
        [],
      ),
    }),
    {},
  ),
  /** What mail programs are told to connect to (docs/operations.md): by default the host name, and the ports that are listened on. */
  clients: v.optional(
    v.strictObject({
      host: v.optional(publicName),
      ports: v.optional(
        v.strictObject({
          imaps: v.optional(toldPort),
          imap: v.optional(toldPort),
          pop3s: v.optional(toldPort),
          pop3: v.optional(toldPort),
          submissions: v.optional(toldPort),
          submission: v.optional(toldPort),
          managesieve: v.optional(toldPort),
          https: v.optional(toldPort),
        }),
        {},
      ),
    }),
    {},
  ),
  resolver: v.optional(v.pipe(v.array(v.string('an address, like 127.0.0.1 or 127.0.0.1:5353')), v.maxLength(8)), []),
  users: v.optional(v.strictObject({ base: v.optional(count(1_000, 4_000_000_000), 60_800) }), {}),
  log: v.optional(
    v.strictObject({
      level: v.optional(v.picklist(['error', 'warn', 'info', 'debug'], 'error, warn, info or debug'), 'info'),
    }),
    {},
  ),
})

export type Configuration = v.InferOutput<typeof configurationSchema>
