// A message as text: links that are what they say, quotes folded, the signature set back.

import { useState } from 'react'
import { type TextBlock, textBlocks, textPieces } from './text-blocks.ts'
import { useWorkspace } from '#web/shell/workspace.ts'

function Linked({ text }: { readonly text: string }) {
  const { composing } = useWorkspace()
  return (
    <>
      {textPieces(text).map(({ text: piece, href }, at) => {
        if (href === null) return piece
        if (href.startsWith('mailto:')) {
          return (
            <button
              key={at}
              type="button"
              className="text-link"
              onClick={() => void composing.write([{ name: null, email: piece }])}
            >
              {piece}
            </button>
          )
        }
        return (
          <a key={at} href={href} target="_blank" rel="noopener noreferrer">
            {piece}
          </a>
        )
      })}
    </>
  )
}

function Quote({ text }: { readonly text: string }) {
  const [isOpen, setOpen] = useState(false)
  const lines = text.split('\n').length
  return (
    <div className="quote">
      <button type="button" className="quote-toggle" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? 'Hide quoted text' : `Quoted text, ${lines} ${lines === 1 ? 'line' : 'lines'}`}
      </button>
      {isOpen && (
        <div className="quote-text">
          <Linked text={text} />
        </div>
      )}
    </div>
  )
}

function Block({ kind, text }: TextBlock) {
  if (kind === 'quote') return <Quote text={text} />
  return (
    <div className={kind === 'signature' ? 'text-block text-signature' : 'text-block'} dir="auto">
      <Linked text={text} />
    </div>
  )
}

export function TextBody({ text }: { readonly text: string }) {
  const blocks = textBlocks(text)
  if (blocks.length === 0) return <p className="no-text">This message has no text.</p>
  return (
    <div className="text-body">
      {blocks.map((block, at) => (
        <Block key={at} {...block} />
      ))}
    </div>
  )
}
