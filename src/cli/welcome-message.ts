// The first message of a new account, with where this server's clients find it.

import { randomBytes } from '#crypto/random.ts'
import { composeWelcome } from '#delivery/welcome.ts'
import { DraftError } from '#message/draft.ts'
import { systemClock } from '#platform/clock.ts'
import type { System } from './system.ts'

/** Null if none can be written to that address. */
export async function welcomeMessage(system: System, address: string): Promise<Buffer | null> {
  const status = await system.status()
  if (status === null) return null
  const { hostname, listeners } = status
  const port = (protocol: string): number => listeners.find((one) => one.protocol === protocol)?.port ?? 0
  const isLocal = listeners.every((one) => one.address.startsWith('127.') || one.address === '::1')
  const scheme = isLocal ? 'http' : 'https'
  const host = isLocal ? 'localhost' : hostname
  try {
    return composeWelcome({
      address,
      hostName: host,
      webUrl: `${scheme}://${host}:${port(scheme)}/`,
      access: [
        { service: 'IMAP', port: port('imaps'), security: 'TLS' },
        { service: 'IMAP', port: port('imap'), security: 'STARTTLS' },
        { service: 'POP3', port: port('pop3s'), security: 'TLS' },
        { service: 'Sending (SMTP)', port: port('submissions'), security: 'TLS' },
        { service: 'Sending (SMTP)', port: port('submission'), security: 'STARTTLS' },
      ],
      canOperatorRestore: false,
      now: systemClock.now(),
      messageId: `${randomBytes(12).toString('base64url')}@${host}`,
      boundarySeed: randomBytes(8).toString('hex'),
    })
  } catch (error) {
    if (error instanceof DraftError) return null
    throw error
  }
}
