// Processing an API request (RFC 8620 §3.3 to §3.7): its calls one after the other, each with a response or an error of its own.

import { CommitInDoubtError, CommitRefusedError } from '#account/account.ts'
import { type Access, checkAccess } from './access.ts'
import { Context, type Shared } from './context.ts'
import { MethodFailure } from './failure.ts'
import { parseJson } from './json-input.ts'
import { JsonWriter, writeArguments } from './json-output.ts'
import { REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX } from './limits.ts'
import type { ImplicitResponse, ResponseArguments } from './method.ts'
import { METHODS } from './methods.ts'
import { type Problem, limitExceeded } from './problem.ts'
import { type ApiRequest, type Invocation, readRequest } from './request.ts'
import { type EarlierResponse, resolveReferences } from './result-reference.ts'
import { type Result, fail, ok } from '#base/result.ts'
import { TimeSlice } from '#base/time-slice.ts'

/** The response's JSON in pieces, or why there is none. */
export async function processRequest(
  shared: Shared,
  access: Access,
  body: Uint8Array,
  sessionState: () => string,
): Promise<Result<Buffer[], Problem>> {
  if (body.length > REQUEST_BYTES_MAX) return fail(limitExceeded('maxSizeRequest', 'The request is too large'))
  const json = await parseJson(body, new TimeSlice(shared.host))
  if (!json.ok) return json
  const request = readRequest(json.value)
  if (!request.ok) return request
  return ok(await new RequestRun(shared, access, request.value).run(sessionState))
}

class RequestRun {
  readonly #request: ApiRequest
  readonly #context: Context
  readonly #chunks: Buffer[] = []
  /** Responses that later calls may refer to. */
  readonly #earlier: EarlierResponse[] = []
  readonly #referredTo: ReadonlySet<string>
  #lengthLeft = RESPONSE_BYTES_MAX
  #separator = '{"methodResponses":['

  constructor(shared: Shared, access: Access, request: ApiRequest) {
    this.#request = request
    this.#context = new Context(shared, access, request.using, request.createdIds)
    this.#referredTo = new Set(request.calls.flatMap(({ args }) => Object.entries(args).flatMap(referredCall)))
  }

  async run(sessionState: () => string): Promise<Buffer[]> {
    for (const call of this.#request.calls) {
      await this.#call(call)
      await this.#context.pause()
    }
    if (this.#request.calls.length === 0) this.#chunks.push(Buffer.from(this.#separator))
    const created =
      this.#request.createdIds === null
        ? ''
        : `,"createdIds":${JSON.stringify(Object.fromEntries(this.#context.createdIds))}`
    this.#chunks.push(Buffer.from(`]${created},"sessionState":${JSON.stringify(sessionState())}}`))
    return this.#chunks
  }

  async #call({ name, args, callId }: Invocation): Promise<void> {
    this.#context.lengthLeft = this.#lengthLeft
    for (const response of await this.#responses(name, args)) {
      if (await this.#write(response, callId)) continue
      const tooLarge = new MethodFailure('requestTooLarge', 'The response would be too large')
      await this.#write({ name: 'error', args: tooLarge.toResponse() }, callId)
    }
  }

  async #responses(name: string, args: Invocation['args']): Promise<readonly ImplicitResponse[]> {
    try {
      const method = METHODS.get(name)
      // RFC 8620 §1.8: what the client did not opt in to is not there.
      if (method === undefined || !this.#context.uses(method.capability)) throw new MethodFailure('unknownMethod')
      checkAccess(this.#context.access, method)
      const result = await method.call(this.#context, resolveReferences(args, this.#earlier))
      return [{ name, args: result.args }, ...(result.implicit ?? [])]
    } catch (error) {
      return [{ name: 'error', args: this.#failureOf(error).toResponse() }]
    }
  }

  #failureOf(error: unknown): MethodFailure {
    if (error instanceof MethodFailure) return error
    if (error instanceof CommitRefusedError) {
      return error.reason === 'unavailable' || error.reason === 'noSpace'
        ? new MethodFailure('serverUnavailable', 'Nothing can be stored at the moment; nothing was changed')
        : new MethodFailure('forbidden', `The log does not take it: ${error.reason}`)
    }
    // RFC 8620 §3.6.2: the client has to look what became of it.
    if (error instanceof CommitInDoubtError)
      return new MethodFailure('serverPartialFail', 'Nobody knows what was stored')
    this.#context.host.fail(error)
    return new MethodFailure('serverFail', 'An error of the server')
  }

  /** False if it is longer than what is left for the request. */
  async #write({ name, args }: { name: string; args: ResponseArguments }, callId: string): Promise<boolean> {
    const writer: JsonWriter | null = await writeArguments(args, this.#context.slice, this.#lengthLeft)
    if (writer === null && name !== 'error') return false
    const chunks = writer?.finish() ?? [Buffer.from('{"type":"requestTooLarge"}')]
    this.#lengthLeft = Math.max(0, this.#lengthLeft - (writer?.lengthWritten ?? 0))
    this.#chunks.push(Buffer.from(`${this.#separator}[${JSON.stringify(name)},`))
    this.#chunks.push(...chunks)
    this.#chunks.push(Buffer.from(`,${JSON.stringify(callId)}]`))
    this.#separator = ','
    if (this.#referredTo.has(callId)) this.#earlier.push({ name, args, callId })
    return true
  }
}

function referredCall([name, value]: [string, unknown]): string[] {
  const resultOf = (value as { resultOf?: unknown } | null)?.resultOf
  return name.startsWith('#') && typeof resultOf === 'string' ? [resultOf] : []
}
