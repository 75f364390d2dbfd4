// Waiting for a container: until it answers, by whichever host it does, and no longer than it runs.

import type { WaitStrategy } from 'testcontainers'
import { type GridError, gridError } from '../kernel/errors.ts'

type EngineContainer = Parameters<WaitStrategy['waitUntilReady']>[0]

/** Where a container serves. */
export interface Served {
  /** For this machine. */
  readonly host: string
  readonly port: number
  /** Its own address, for other containers. */
  readonly ip: string
}

/** A container that is waited for. */
export interface Awaited {
  /** What it is to the grid: `chain`, `relay`. */
  readonly part: string
  readonly image: string
  /** The port on which it serves. */
  readonly port: number
  /** Whether it answers at an address. Called again and again until it does. */
  readonly isUp: (at: Served) => Promise<boolean>
  /** How long it may take to answer, in ms. */
  readonly patienceMs: number
}

/** How often a container that starts is asked, in ms. */
const askEveryMs = 100

/** Lines of what a container has said that an error shows. */
const shownLines = 20

/**
 * Waits until a container answers, and no longer than it runs. Its ports are on this machine, or, when this process is in
 * a container itself, on the one where the engine is: the library's guess, which is in `found`, is asked second, and the
 * one that answers is put there. GRID_CONTAINER_FAILED, with the last of what the container said.
 */
export function whenItAnswers(awaited: Awaited, found: { host: string }): WaitStrategy {
  let { patienceMs } = awaited
  const strategy: WaitStrategy = {
    async waitUntilReady(container, bound) {
      const { NetworkSettings } = await container.inspect()
      const [network] = Object.values(NetworkSettings.Networks)
      const at = { port: bound.getBinding(awaited.port), ip: network?.IPAddress ?? '' }
      const hosts = [...new Set(['localhost', found.host])]
      const end = Date.now() + patienceMs
      for (;;) {
        for (const host of hosts) {
          if (!(await awaited.isUp({ ...at, host }))) continue
          found.host = host
          return
        }
        const { State } = await container.inspect()
        if (!State.Running) {
          throw await endOf(awaited, container, `has ended with status ${State.ExitCode}`)
        }
        if (Date.now() > end) {
          const seconds = Math.round(patienceMs / 1000)
          throw await endOf(awaited, container, `does not answer after ${seconds} s`)
        }
        await new Promise<void>(resolve => setTimeout(resolve, askEveryMs))
      }
    },
    withStartupTimeout(ms) {
      patienceMs = ms
      return strategy
    },
    isStartupTimeoutSet: () => true,
    getStartupTimeout: () => patienceMs,
  }
  return strategy
}

/** The end of a container, with the last of what it has said. */
export async function endOf(
  { part, image }: Pick<Awaited, 'part' | 'image'>,
  container: EngineContainer,
  what: string,
): Promise<GridError> {
  const bytes = await container
    .logs({ stdout: true, stderr: true, tail: shownLines })
    .catch(() => Buffer.alloc(0))
  const said = plainText(bytes).trimEnd()
  const detail = `the ${part} (${image}) ${what}${said === '' ? '' : `; it said:\n${said}`}`
  return gridError('GRID_CONTAINER_FAILED', { detail })
}

/** What a container said: the engine puts a head of eight bytes before each piece. */
function plainText(bytes: Buffer): string {
  const pieces: Buffer[] = []
  let at = 0
  while (at + 8 <= bytes.length) {
    const length = bytes.readUInt32BE(at + 4)
    pieces.push(bytes.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return Buffer.concat(pieces).toString('utf8')
}
