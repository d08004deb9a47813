// The parameters of MAIL (RFC 5321 §4.1.2): SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), AUTH (RFC 4954 §5). Never throws.

import { type Result, fail, ok } from '#base/result.ts'
import { type Refusal, refused } from './verdict.ts'

export type BodyType = '7BIT' | '8BITMIME'

export interface MailParameters {
  /** What the client says that the message will have; null if it does not say. */
  readonly sizeBytes: number | null
  readonly bodyType: BodyType
  readonly isUtf8: boolean
}

const PARAMETER = /^([a-z0-9][a-z0-9-]*)(?:=([\x21-\x3c\x3e-\x7e]+))?$/i
/** RFC 1870 §4: at most 20 digits. */
const SIZE = /^[0-9]{1,20}$/

/** The words behind a path: empty, or each after a space. Null if something else follows the `>`. */
export function parameterWords(rest: string): readonly string[] | null {
  if (rest !== '' && !rest.startsWith(' ')) return null
  return rest.split(' ').filter((word) => word !== '')
}

/** `acceptsAuth`: AUTH was offered, so that its parameter must be understood; nothing is done with it. */
export function parseMailParameters(words: readonly string[], acceptsAuth: boolean): Result<MailParameters, Refusal> {
  let sizeBytes: number | null = null
  let bodyType: BodyType = '7BIT'
  let isUtf8 = false
  const seen = new Set<string>()
  for (const word of words) {
    const match = PARAMETER.exec(word)
    if (match === null) return fail(refused(501, '5.5.4', 'A parameter is malformed'))
    const name = (match[1] as string).toUpperCase()
    const value = match[2]
    if (seen.has(name)) return fail(refused(501, '5.5.4', 'A parameter is given twice'))
    seen.add(name)
    switch (name) {
      case 'SIZE':
        if (value === undefined || !SIZE.test(value)) return malformedValue(name)
        sizeBytes = Number(value)
        break
      case 'SMTPUTF8':
        if (value !== undefined) return malformedValue(name)
        isUtf8 = true
        break
      case 'BODY': {
        const type = value?.toUpperCase()
        if (type !== '7BIT' && type !== '8BITMIME') return fail(refused(555, '5.5.4', 'This body type is not offered'))
        bodyType = type
        break
      }
      case 'AUTH':
        if (!acceptsAuth) return NOT_OFFERED
        if (value === undefined) return malformedValue(name)
        break
      default:
        return NOT_OFFERED
    }
  }
  return ok({ sizeBytes, bodyType, isUtf8 })
}

const NOT_OFFERED = fail(refused(555, '5.5.4', 'A parameter is not offered'))

function malformedValue(name: string): Result<never, Refusal> {
  return fail(refused(501, '5.5.4', `The value of ${name} is malformed`))
}
