// Messages of the stress: every one has a token of its own, from which all its bytes follow, so that what a server gives can be compared with what was
// put there, wherever it was copied to.

const SUBJECT = /^Subject: token-(\S+)\r$/m

export function letterOf(token: string): string {
  const lines = Array.from({ length: 1 + (token.length % 4) }, (_, at) => `Line ${at} of ${token}.`)
  return [
    'From: Ann <ann@example.org>',
    'To: bob@example.net',
    `Subject: token-${token}`,
    'Date: Tue, 17 Nov 2026 10:00:00 +0000',
    `Message-ID: <${token}@stress.example.org>`,
    '',
    ...lines,
    '',
  ].join('\r\n')
}

/** Null if these are not the bytes of any token. */
export function tokenOf(bytes: string): string | null {
  const token = SUBJECT.exec(bytes)?.[1]
  return token !== undefined && letterOf(token) === bytes ? token : null
}
