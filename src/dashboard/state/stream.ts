// The grid's trace as it comes: a bounded window of entries, taken over a few times a second, with what was left out.

import { signal } from '@preact/signals'

/** An entry of the trace, its fields beside its place. */
export interface Entry {
  readonly seq: number
  /** Virtual time in ms. */
  readonly at: number
  readonly kind: string
  readonly [field: string]: unknown
}

/** What the page knows of the stream. */
export interface StreamState {
  readonly isOpen: boolean
  /** Entries that have come since the page was opened. */
  readonly seen: number
  /** Entries that the server did not send because there were too many; they count to those of a second. */
  readonly leftOut: number
  /** Entries that came in the last second. */
  readonly perSecond: number
}

/** Entries that the page keeps. */
const windowSize = 2000

/** Entries of the past that the stream begins with. */
const past = 1000

/** Entries that the page takes a second: more than anybody reads, few enough that the grid does not feel it. */
const mostPerSecond = 600

/** How often what has come is taken over, in ms. */
const turnMs = 250

/** The last entries, oldest first. */
export const entries = signal<readonly Entry[]>([])

export const stream = signal<StreamState>({ isOpen: false, seen: 0, leftOut: 0, perSecond: 0 })

/** Entries per second, one number for each of the last two minutes' seconds. */
export const rates = signal<readonly number[]>([])

/** Grows when something happened to a node as a whole. */
export const nodeChanges = signal(0)

const seconds = 120

let waiting: Entry[] = []
let isOpen = false
let seen = 0
let leftOut = 0
let hasMissed = false
let inSecond = 0
let perSecond = 0
let retryMs = 500

/** Follows the trace for as long as the page lives. */
export function followTrace(): void {
  connect()
  setInterval(takeOver, turnMs)
  setInterval(() => {
    perSecond = inSecond
    inSecond = 0
    rates.value = [...rates.value.slice(1 - seconds), perSecond]
  }, 1000)
}

function connect(): void {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  const socket = new WebSocket(
    `${scheme}://${location.host}/api/trace?last=${past}&most=${mostPerSecond}`,
  )
  socket.onopen = () => {
    isOpen = true
    retryMs = 500
    // The stream begins with the past again.
    waiting = []
    entries.value = []
  }
  socket.onmessage = ({ data }) => hear(JSON.parse(String(data)))
  socket.onclose = () => {
    isOpen = false
    setTimeout(connect, retryMs)
    retryMs = Math.min(10_000, retryMs * 2)
  }
}

/** What has come since the last turn of the stream. */
interface Turn {
  readonly entries: readonly Entry[]
  /** How many there were beside them. */
  readonly leftOut: number
}

function hear({ entries: come, leftOut: missed }: Turn): void {
  seen += come.length
  leftOut += missed
  inSecond += come.length + missed
  hasMissed ||= missed > 0
  waiting.push(...come)
  // Between two turns no more is kept than is shown.
  if (waiting.length > 2 * windowSize) waiting = waiting.slice(-windowSize)
}

function takeOver(): void {
  const before = stream.value
  // What was left out may have been about nodes, too.
  if (hasMissed || waiting.some(({ kind }) => kind === 'zos.node')) nodeChanges.value += 1
  hasMissed = false
  if (waiting.length > 0) {
    const come = waiting
    waiting = []
    entries.value = [...entries.value, ...come].slice(-windowSize)
  }
  const isSame =
    before.isOpen === isOpen &&
    before.seen === seen &&
    before.leftOut === leftOut &&
    before.perSecond === perSecond
  if (!isSame) stream.value = { isOpen, seen, leftOut, perSecond }
}
