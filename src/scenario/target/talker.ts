// The side of a line that talks with a target: over the wires that real clients use, in a thread of its own.

import { workerData } from 'node:worker_threads'
import type { ChainClient } from '../../chain/client/port.ts'
import { remoteClient } from '../../chain/client/remote.ts'
import { tfgrid } from '../../chain/pallets/tfgrid/declaration.ts'
import { byteStringToBytes, byteStringToUtf8, fromHex } from '../../crypto/hex.ts'
import { cryptoReady } from '../../crypto/ready.ts'
import { makePerson } from '../../grid/people.ts'
import { asError, invariant } from '../../kernel/errors.ts'
import { RmbClient, type RmbEnd } from '../../rmb/client/client.ts'
import type { Actor, ControlAnswer, LineData, Order, Outcome, Reply } from './wire.ts'

/** How long the relay may take to let somebody in, in ms. */
const connectMs = 10_000

const data = workerData as LineData
const { port } = data
const flag = new Int32Array(data.flag)

const outcomes: Outcome[] = []
let wake: () => void = () => undefined
const chain = cryptoReady().then(() => remoteClient(data.substrate))
/** Extrinsics of one account go one after the other, as their nonces do. */
const turns = new Map<string, Promise<unknown>>()
const clients = new Map<number, Promise<RmbClient>>()

port.on('message', (order: Order) => void serve(order))

async function serve(order: Order): Promise<void> {
  let reply: Reply
  try {
    reply = { ok: true, value: await carryOut(order) }
  } catch (cause) {
    reply = { ok: false, error: asError(cause).message }
  }
  port.postMessage(reply)
  Atomics.store(flag, 0, 1)
  Atomics.notify(flag, 0)
}

function carryOut(order: Order): unknown {
  switch (order.op) {
    case 'ready':
      return chain.then(() => null)
    case 'control':
      return askControl(order)
    case 'rpc':
      return askChain(order)
    case 'submit':
      void begin(submit(order))
      return null
    case 'request':
      void begin(request(order))
      return null
    case 'next':
      return next(order.waitMs)
  }
}

async function begin(outcome: Promise<Outcome>): Promise<void> {
  outcomes.push(await outcome)
  wake()
}

async function next(waitMs: number): Promise<Outcome[]> {
  if (outcomes.length === 0) {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, waitMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
  return outcomes.splice(0)
}

async function askControl({
  method,
  path,
  body,
}: Extract<Order, { op: 'control' }>): Promise<ControlAnswer> {
  const answer = await fetch(`${data.control}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(data.token === undefined ? {} : { authorization: `Bearer ${data.token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: await answer.json() }
}

async function askChain({ method, params }: Extract<Order, { op: 'rpc' }>): Promise<unknown> {
  const ask = () =>
    fetch(data.substrate.replace(/^ws/, 'http'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
  // A connection that was kept may have been cut meanwhile, as when the chain cannot be reached for a while.
  const answer = await ask().catch(ask)
  const { result, error } = (await answer.json()) as {
    result?: unknown
    error?: { message: string }
  }
  invariant(error === undefined, `the chain answers ${method}: ${error?.message}`)
  return result ?? null
}

const personOf = ({ secret, scheme }: Actor) => makePerson('', { secret, scheme })

async function submit({ ref, call, actor }: Extract<Order, { op: 'submit' }>): Promise<Outcome> {
  const { pair } = personOf(actor)
  const before = turns.get(pair.accountId) ?? Promise.resolve()
  const own = before.then(async () => (await chain).submit(call, pair))
  turns.set(
    pair.accountId,
    own.catch(() => undefined),
  )
  try {
    const { block, error, events } = await own
    return { type: 'submitted', ref, block: block.number, error, events }
  } catch (cause) {
    const error = asError(cause).message.replace(/^The chain refused an extrinsic: /, '')
    return { type: 'submitted', ref, block: 0, error, events: [] }
  }
}

async function request(order: Extract<Order, { op: 'request' }>): Promise<Outcome> {
  const { ref, actor, to, command, payload, ttlSeconds } = order
  try {
    const client = await clientOf(actor)
    const end = await client.request({
      to,
      command,
      ...(payload === null ? {} : { payload }),
      ttlSeconds,
    })
    return { type: 'answered', ref, answer: answerOf(end) }
  } catch (cause) {
    const answer = { type: 'error', code: 0, message: asError(cause).message } as const
    return { type: 'answered', ref, answer }
  }
}

function answerOf(end: RmbEnd): Extract<Outcome, { type: 'answered' }>['answer'] {
  switch (end.type) {
    case 'response': {
      const payload = Buffer.from(end.payload).toString('utf8')
      return { type: 'response', payload: payload === '' ? null : payload }
    }
    case 'error':
      return { type: 'error', code: end.code, message: end.message }
    case 'expired':
    case 'disconnected':
      return { type: 'expired' }
  }
}

function clientOf(actor: Actor): Promise<RmbClient> {
  let client = clients.get(actor.twinId)
  if (!client) {
    client = openClient(actor)
    clients.set(actor.twinId, client)
  }
  return client
}

async function openClient(actor: Actor): Promise<RmbClient> {
  const { pair, encryptionSecret: secret } = personOf(actor)
  const source = await chain
  const client = new RmbClient({
    url: data.relay,
    twin: actor.twinId,
    session: 'scenario',
    pair,
    secret,
    twins: { twin: id => twinOf(source, id) },
  })
  invariant(await client.whenOpen(connectMs), `the relay ${data.relay} lets ${actor.twinId} in`)
  return client
}

async function twinOf(source: ChainClient, id: number) {
  const twin = await source.read(tfgrid, 'Twins', id)
  if (!twin) return undefined
  return {
    id,
    account: fromHex(twin.account_id),
    relay: twin.relay === null ? null : byteStringToUtf8(twin.relay),
    pk: twin.pk === null ? null : byteStringToBytes(twin.pk),
  }
}
