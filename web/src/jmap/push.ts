// The stream of events that says what has changed (RFC 8620 §7.3). It is read by fetch because EventSource cannot send a token. The server
// pings every 30 seconds; a stream that is silent for longer than that and then some is taken for dead.

const SILENCE_MAX_MS = 75_000

export interface StateChange {
  readonly changed: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Reads until the stream ends. Rejects if it breaks or falls silent. */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  onState: (change: StateChange) => void,
): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>).getReader()
  const parser = new EventParser()
  for (;;) {
    const { done, value } = await withinTime(reader.read(), () => void reader.cancel().catch(() => {}))
    if (done) return
    for (const event of parser.write(value)) {
      if (event.name !== 'state') continue
      const change: unknown = JSON.parse(event.data)
      if (typeof change === 'object' && change !== null && 'changed' in change) onState(change as StateChange)
    }
  }
}

function withinTime<T>(promise: Promise<T>, cancel: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      cancel()
      reject(new Error('silent'))
    }, SILENCE_MAX_MS)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

interface ServerEvent {
  readonly name: string
  readonly data: string
}

/** The format text/event-stream, in pieces of any size. */
export class EventParser {
  #rest = ''
  #name = ''
  #data: string[] = []

  write(text: string): ServerEvent[] {
    const events: ServerEvent[] = []
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
      if (line === '') {
        if (this.#data.length > 0) events.push({ name: this.#name, data: this.#data.join('\n') })
        this.#name = ''
        this.#data = []
      } else if (line.startsWith('event:')) this.#name = line.slice(6).trim()
      else if (line.startsWith('data:')) this.#data.push(line.slice(5).replace(/^ /, ''))
    }
    return events
  }
}
