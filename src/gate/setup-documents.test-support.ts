// What documents of setup say, as other programs read them: by Python's parsers, which are nobody's here.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import type { ClientSettings } from '#base/client-settings.ts'

export const SETTINGS: ClientSettings = {
  host: 'mail.example.org',
  ports: {
    imaps: 993,
    imap: 143,
    pop3s: 995,
    pop3: 110,
    submissions: 465,
    submission: 587,
    managesieve: 4190,
    https: 443,
  },
}

export function onlyPorts(ports: Partial<ClientSettings['ports']>): ClientSettings {
  const none = Object.fromEntries(Object.keys(SETTINGS.ports).map((name) => [name, null]))
  return { ...SETTINGS, ports: { ...none, ...ports } as ClientSettings['ports'] }
}

export interface XmlElement {
  /** With its namespace in braces, if it has one. */
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly text: string
  readonly children: readonly XmlElement[]
}

const READ_XML = `
import json, sys
import xml.etree.ElementTree as tree
def read(one):
    return {"name": one.tag, "attributes": one.attrib, "text": (one.text or "").strip(), "children": [read(child) for child in one]}
print(json.dumps(read(tree.fromstring(sys.stdin.buffer.read()))))
`

export function readXml(document: Uint8Array): XmlElement {
  return python(READ_XML, document) as XmlElement
}

export function python(program: string, input: Uint8Array): unknown {
  const { status, stdout, stderr } = spawnSync('python3', ['-I', '-c', program], { input, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

export function childrenNamed(parent: XmlElement, name: string): readonly XmlElement[] {
  return parent.children.filter((child) => child.name === name)
}

/** Texts of an element's children, by name. */
export function texts({ children }: XmlElement): Readonly<Record<string, string>> {
  return Object.fromEntries(children.map(({ name, text }) => [name.replace(/^\{.*\}/, ''), text]))
}
