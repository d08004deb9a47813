// Self-signed certificates for TLS (RFC 5280), for a server that has no other yet: ECDSA with P-256 and SHA-256, for servers
// only, not an authority. Clients take one after asking their user, or by its fingerprint.

import { generateKeyPair, sign } from 'node:crypto'
import {
  DER_TRUE,
  derBitString,
  derExplicit,
  derImplicit,
  derInteger,
  derObjectId,
  derOctetString,
  derSequence,
  derSet,
  derTime,
  derUtf8,
} from './der.ts'
import { sha256 } from './hash.ts'
import { ipAddressBytes } from './ip-address.ts'
import { randomBytes } from './random.ts'

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
const COMMON_NAME = '2.5.4.3'
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1'
const extensionIds = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
} as const

const DAY_MS = 86_400_000
/** For clients whose clock is behind. */
const EARLY_MS = 3_600_000
const COMMON_NAME_MAX = 64
const SERIAL_LENGTH = 16
/** The 65 bytes of an uncompressed P-256 point end its SubjectPublicKeyInfo. */
const POINT_LENGTH = 65

export interface CertificateRequest {
  /** Host names (in ASCII) and IP addresses; the first is also the subject. */
  readonly names: readonly [string, ...string[]]
  readonly days: number
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

export interface Certificate {
  readonly certificatePem: string
  /** PKCS #8. */
  readonly privateKeyPem: string
}

/** With a new key. */
export async function selfSignedCertificate(request: CertificateRequest): Promise<Certificate> {
  const { publicKeyDer, privateKeyPem } = await newKey()
  const signed = toBeSigned(request, publicKeyDer)
  const signature = sign('sha256', signed, privateKeyPem)
  const certificate = derSequence(signed, derSequence(derObjectId(ECDSA_WITH_SHA256)), derBitString(signature))
  return { certificatePem: pem('CERTIFICATE', certificate), privateKeyPem }
}

function newKey(): Promise<{ publicKeyDer: Buffer; privateKeyPem: string }> {
  return new Promise((resolve, reject) => {
    const encoding = {
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    } as const
    generateKeyPair('ec', { namedCurve: 'P-256', ...encoding }, (error, publicKeyDer, privateKeyPem) =>
      error === null ? resolve({ publicKeyDer, privateKeyPem }) : reject(error),
    )
  })
}

/** RFC 5280 §4.1.2. */
function toBeSigned({ names, days, now }: CertificateRequest, publicKeyDer: Buffer): Buffer {
  const commonName = derSequence(derObjectId(COMMON_NAME), derUtf8(names[0].slice(0, COMMON_NAME_MAX)))
  const self = derSequence(derSet(commonName))
  return derSequence(
    derExplicit(0, derInteger(Buffer.from([2]))), // version 3
    derInteger(serialNumber()),
    derSequence(derObjectId(ECDSA_WITH_SHA256)),
    self,
    derSequence(derTime(now - EARLY_MS), derTime(now + days * DAY_MS)),
    self,
    publicKeyDer,
    derExplicit(3, derSequence(...extensions(names, publicKeyDer))),
  )
}

/** RFC 5280 §4.1.2.2: positive. */
function serialNumber(): Buffer {
  const serial = randomBytes(SERIAL_LENGTH)
  serial[0] = (serial[0] as number) | 0x40
  return serial
}

/** RFC 5280 §4.2.1. */
function extensions(names: readonly string[], publicKeyDer: Buffer): Buffer[] {
  // RFC 7093 §2, method 1.
  const keyIdentifier = sha256(publicKeyDer.subarray(-POINT_LENGTH)).subarray(0, 20)
  const digitalSignature = derBitString(Buffer.from([0x80]), 7)
  return [
    extension('basicConstraints', true, derSequence()),
    extension('keyUsage', true, digitalSignature),
    extension('extendedKeyUsage', false, derSequence(derObjectId(SERVER_AUTHENTICATION))),
    extension('subjectKeyIdentifier', false, derOctetString(keyIdentifier)),
    extension('subjectAlternativeName', false, derSequence(...names.map(generalName))),
  ]
}

function extension(name: keyof typeof extensionIds, critical: boolean, value: Uint8Array): Buffer {
  const id = derObjectId(extensionIds[name])
  return critical ? derSequence(id, DER_TRUE, derOctetString(value)) : derSequence(id, derOctetString(value))
}

/** RFC 5280 §4.2.1.6: iPAddress is [7], dNSName is [2]. */
function generalName(name: string): Buffer {
  const address = ipAddressBytes(name)
  return address === null ? derImplicit(2, Buffer.from(name, 'latin1')) : derImplicit(7, address)
}

/** RFC 7468. */
function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
