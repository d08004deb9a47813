// The TLS certificate: from the files that the configuration names, or a self-signed one that is made once and kept.

import { selfSignedCertificate } from '#crypto/tls-certificate.ts'
import type { Configuration } from '#configuration/read.ts'
import { fileExists, makeDirectory, writeFileDurably } from '#platform/files.ts'
import type { DataPaths } from './data-directory.ts'
import { StartError } from './errors.ts'
import { readForStart } from './start-files.ts'

export interface LoadedCertificate {
  readonly certificatePem: string
  readonly privateKeyPem: string
  readonly isSelfSigned: boolean
}

const PEM_BYTES_MAX = 65_536
const PRIVATE = 0o600
const PRIVATE_DIRECTORY = 0o700
const READABLE = 0o644
const VALID_DAYS = 3_650

export async function loadCertificate(
  configuration: Configuration,
  paths: DataPaths,
  hostname: string,
  now: number,
): Promise<LoadedCertificate> {
  const named = configuration.tls
  if (named !== undefined) {
    return { certificatePem: readPem(named.certificate), privateKeyPem: readPem(named.key), isSelfSigned: false }
  }
  const certificate = `${paths.tls}/certificate.pem`
  const key = `${paths.tls}/key.pem`
  if (!fileExists(certificate) || !fileExists(key)) {
    makeDirectory(paths.tls, PRIVATE_DIRECTORY)
    const names = [...new Set([hostname, 'localhost', '127.0.0.1', '::1'])] as [string, ...string[]]
    const made = await selfSignedCertificate({ names, days: VALID_DAYS, now })
    writeFileDurably(key, made.privateKeyPem, PRIVATE)
    writeFileDurably(certificate, made.certificatePem, READABLE)
  }
  return { certificatePem: readPem(certificate), privateKeyPem: readPem(key), isSelfSigned: true }
}

function readPem(file: string): string {
  const bytes = readForStart(file, PEM_BYTES_MAX)
  if (bytes === null) throw new StartError(`${file} is not there`)
  return bytes.toString('latin1')
}
