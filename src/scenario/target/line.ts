// A line to a target that is waited on: the script's side stands still until the other one has an answer, as in a world.

import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { gridError, invariant } from '../../kernel/errors.ts'
import type { ControlAnswer, LineData, Order, Outcome, Reply } from './wire.ts'

/** How long an answer may take, in ms of the wall clock: a year of virtual time is a long way. */
const answerMs = 600_000

/** How long connecting may take, in ms. */
const connectMs = 30_000

/** A line to a target. */
export class TargetLine {
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #flag: Int32Array
  readonly #control: string

  constructor(target: Omit<LineData, 'flag' | 'port'>) {
    const { port1, port2 } = new MessageChannel()
    const flag = new SharedArrayBuffer(4)
    this.#flag = new Int32Array(flag)
    this.#control = target.control
    this.#worker = new Worker(new URL('./talker.js', import.meta.url), {
      workerData: { ...target, flag, port: port2 } satisfies LineData,
      transferList: [port2],
    })
    this.#port = port1
    // It is waited for by looking, not by listening.
    this.#worker.unref()
    port1.unref()
    this.#ask({ op: 'ready' }, connectMs)
  }

  /** Asks the control API. GRID_CONTROL_REFUSED with its own words when it says no. */
  control(method: string, path: string, body?: unknown): unknown {
    const { status, body: answer } = this.#ask({
      op: 'control',
      method,
      path,
      body,
    }) as ControlAnswer
    if (status < 400) return answer
    const { error = '' } = answer as { error?: string }
    throw gridError('GRID_CONTROL_REFUSED', { detail: `${method} ${path}: ${error} (${status})` })
  }

  /** The same; null where there is nothing of that name. */
  find(path: string): unknown {
    const order = { op: 'control', method: 'GET', path, body: undefined } as const
    const { status, body } = this.#ask(order) as ControlAnswer
    return status === 404 ? null : body
  }

  /** Asks the chain. */
  rpc(method: string, ...params: readonly unknown[]): unknown {
    return this.#ask({ op: 'rpc', method, params })
  }

  /** Begins something whose outcome comes with `next`. */
  begin(order: Extract<Order, { op: 'submit' | 'request' }>): void {
    this.#ask(order)
  }

  /** The outcomes that have come; waits so many ms of the wall clock for the first. */
  next(waitMs: number): readonly Outcome[] {
    return this.#ask({ op: 'next', waitMs }) as readonly Outcome[]
  }

  /** Ends the other side. */
  close(): void {
    this.#port.close()
    void this.#worker.terminate()
  }

  #ask(order: Order, withinMs = answerMs): unknown {
    Atomics.store(this.#flag, 0, 0)
    this.#port.postMessage(order)
    const unreachable = (detail: string) =>
      gridError('GRID_NOT_RUNNING', { detail: `${this.#control}: ${detail}` })
    // The other side may wake this one late, for an answer that was seen to be there before it was waited for.
    while (Atomics.load(this.#flag, 0) === 0) {
      if (Atomics.wait(this.#flag, 0, 0, withinMs) === 'timed-out') {
        throw unreachable('it does not answer')
      }
    }
    // The message was posted before the flag was set.
    const received = receiveMessageOnPort(this.#port)
    invariant(received, 'an answer is there when it is announced')
    const reply = received.message as Reply
    if (!reply.ok) throw unreachable(reply.error)
    return reply.value
  }
}
