// What the trace has of the recent past, for people who look for what became of something.

import type { FastifyInstance } from 'fastify'
import { plainEntry, type TraceEntry, traceWindow } from '../../kernel/trace.ts'

/** Gives the last entries of the trace, oldest first. */
export type RecentTrace = () => readonly TraceEntry[]

/** Entries of one answer. */
const mostEntries = 1_000

/** Entries of an answer to who names no number. */
const usualEntries = 100

/**
 * `GET /api/messages/<uid>`: every hop of a message, oldest first, and its last one as `outcome`; 404 when the trace
 * has none any more. `GET /api/trace`: the last entries; `kinds` (`rmb,zos.node`) and `after` (a place in the
 * trace) choose, `limit` (100, at most 1000) bounds them. Both look at the last 10 000 entries of the trace.
 */
export function addTraceRoutes(app: FastifyInstance, recent: () => RecentTrace | null): void {
  app.get('/api/messages/:uid', (request, reply) => {
    const trace = recent()
    if (!trace) return reply.code(503).send({ status: 'starting' })
    const { uid } = request.params as { uid: string }
    const hops = trace().filter(entry => isOfMessage(entry, uid))
    const last = hops.at(-1)
    if (!last) {
      const error = `no message ${uid} among the last ${traceWindow} entries of the trace`
      return reply.code(404).send({ error })
    }
    return reply.send({ uid, outcome: last.kind.slice('rmb.'.length), hops: hops.map(plainEntry) })
  })
  app.get('/api/trace', (request, reply) => {
    const trace = recent()
    if (!trace) return reply.code(503).send({ status: 'starting' })
    const {
      kind = '',
      kinds = kind,
      after,
      limit,
    } = request.query as Record<string, string | undefined>
    const isChosen = choiceOf(kinds)
    const isWanted = (entry: TraceEntry) => isChosen(entry) && entry.seq > numberOr(after, -1)
    const count = Math.min(mostEntries, numberOr(limit, usualEntries))
    const entries = trace().filter(isWanted)
    return reply.send(entries.slice(Math.max(0, entries.length - count)).map(plainEntry))
  })
}

function isOfMessage({ kind, fields }: TraceEntry, uid: string): boolean {
  return kind.startsWith('rmb.') && (fields as { uid?: string }).uid === uid
}

/** What is wanted of the trace: kinds, and groups of them such as `rmb`; everything when none is named. */
export function choiceOf(kinds: string): (entry: TraceEntry) => boolean {
  const names = kinds.split(',').flatMap(name => (name.trim() === '' ? [] : [name.trim()]))
  if (names.length === 0) return () => true
  return ({ kind }) => names.some(name => kind === name || String(kind).startsWith(`${name}.`))
}

function numberOr(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : otherwise
}
