// What submission answers before login. Codes of AUTH: RFC 4954 §6.

import { type Reply, reply } from './reply.ts'

export const ACCEPTED = reply(235, '2.7.0', 'Logged in')
export const REFUSED = reply(535, '5.7.8', 'Name or password is wrong')
export const UNAVAILABLE = reply(454, '4.7.0', 'Nobody can log in now: try again later')
export const unavailable = (why: string): Reply => reply(454, '4.7.0', why)
export const LOGIN_FIRST = reply(530, '5.7.0', 'Log in first')
export const NEEDS_TLS = reply(538, '5.7.11', 'Passwords are taken over TLS only')
export const MECHANISM_EXPECTED = reply(501, '5.5.4', 'A mechanism is expected')
export const NO_MECHANISM = reply(504, '5.5.4', 'There is no such mechanism')
export const CANCELLED = reply(501, '5.7.0', 'Cancelled')
export const MALFORMED_RESPONSE = reply(501, '5.5.2', 'The response is malformed')
export const RESPONSE_TOO_LONG = reply(500, '5.5.6', 'The response is too long')
export const NO_TLS = reply(503, '5.5.1', 'STARTTLS is not available now')
export const HELP = reply(
  214,
  '2.0.0',
  'Log in first: EHLO, STARTTLS, AUTH. They are described in RFC 4954 and RFC 6409.',
)
export const TOO_MANY_LOGINS = reply(421, '4.7.0', 'Too many failed logins')
export const TOO_MANY_COMMANDS = reply(421, '4.7.0', 'Too many commands before login')
