// From a frame to its answer: finds the method, reads the parameters, runs it inside the world.

import { asError } from '../../../kernel/errors.ts'
import { type Call, jsonOf, type Subscription } from '../call.ts'
import { RpcError, rpcErrors } from '../errors.ts'
import { type Entry, type Registry, readParams, type SubscriptionDecl } from '../registry.ts'
import { errorFrame, type Frame, type Request, type RequestId, resultFrame } from './messages.ts'

/** Who holds the subscriptions of a client: a WebSocket connection. HTTP has nobody. */
export interface SubscriptionHolder {
  /** Opens one; throws the answer when there are too many. */
  open(decl: SubscriptionDecl): Subscription
  /** Ends one of this kind; false when there is none with this id. */
  close(id: unknown, decl: SubscriptionDecl): boolean
}

/** Who sent a frame. */
export interface Caller {
  readonly call: Call
  /** Null over HTTP. */
  readonly holder: SubscriptionHolder | null
}

export interface DispatchOptions {
  readonly registry: Registry
  readonly allowUnsafe: boolean
  /** The largest answer in bytes, of a batch as of a single request. */
  readonly maxResponseBytes: number
  /** Hears of what is no refusal but a fault: the client gets an internal error, the world may be broken. */
  readonly onFailure: (error: Error) => void
}

/** Answers frames. */
export class Dispatcher {
  readonly #options: DispatchOptions

  constructor(options: DispatchOptions) {
    this.#options = options
  }

  /** The answer to a frame, or null when nobody waits for one (notifications). */
  answer(frame: Frame, caller: Caller): string | null {
    try {
      return caller.call.edge.enter(() =>
        frame.type === 'single'
          ? this.#single(frame.request, caller)
          : this.#batch(frame.requests, caller),
      )
    } catch (cause) {
      this.#options.onFailure(asError(cause))
      return errorFrame(null, rpcErrors.internal())
    }
  }

  #single(request: Request, caller: Caller): string | null {
    switch (request.type) {
      case 'notification':
        return null
      case 'invalid':
        return errorFrame(request.id, request.error)
      case 'call':
        return this.#execute(request, caller)
    }
  }

  #batch(requests: readonly Request[], caller: Caller): string | null {
    if (requests.length === 0) return errorFrame(null, rpcErrors.invalidRequest())
    const answers: string[] = []
    let length = 0
    for (const request of requests) {
      const answer = this.#single(request, caller)
      if (answer === null) continue
      length += answer.length + 1
      // The real server gives up a batch whose answers do not fit, with just this error.
      if (length > this.#options.maxResponseBytes) {
        return errorFrame(null, rpcErrors.invalidRequest())
      }
      answers.push(answer)
    }
    return answers.length === 0 ? null : `[${answers.join(',')}]`
  }

  #execute({ id, method, params }: Extract<Request, { type: 'call' }>, caller: Caller): string {
    const { registry, maxResponseBytes, onFailure } = this.#options
    const entry = registry.find(method)
    if (!entry) return errorFrame(id, rpcErrors.methodNotFound())
    try {
      const frame = resultFrame(id, this.#run(entry, params, caller))
      return frame.length > maxResponseBytes ? tooBig(id, maxResponseBytes) : frame
    } catch (cause) {
      if (cause instanceof RpcError) return errorFrame(id, cause)
      onFailure(asError(cause))
      return errorFrame(id, rpcErrors.internal())
    }
  }

  /** JSON text of the result. */
  #run(entry: Entry, params: unknown, { call, holder }: Caller): string {
    const { decl } = entry
    if (entry.type === 'unsubscription') {
      if (!holder) throw rpcErrors.internal()
      const isClosed = holder.close(Array.isArray(params) ? params[0] : undefined, entry.decl)
      return entry.decl.unsubscribeResult === 'null' ? 'null' : String(isClosed)
    }
    if (decl.isUnsafe && !this.#options.allowUnsafe) throw rpcErrors.unsafe()
    if (decl.isDev && !call.session.isDev) throw rpcErrors.unsafe()
    if (entry.type === 'method')
      return jsonOf(entry.decl.run(call, readParams(decl.params, params)))
    // The real server has no subscriptions over HTTP, and calls it an internal error.
    if (!holder) throw rpcErrors.internal()
    const values = readParams(decl.params, params)
    const opened = holder.open(entry.decl)
    let isStarted = false
    try {
      entry.decl.start(call, opened, values)
      isStarted = true
      return `"${opened.id}"`
    } finally {
      if (!isStarted) opened.end()
    }
  }
}

function tooBig(id: RequestId, limit: number): string {
  return errorFrame(id, rpcErrors.responseTooBig(limit))
}
