// Tells the grid that has the chain that this process plays nodes of it, again and again while it lives.

import { randomBytes } from 'node:crypto'
import { asError } from '../kernel/errors.ts'
import type { NodesPort, TimeState } from '../services/control/ports.ts'

/** How often it is told, in ms: after three times of silence a process counts as gone. */
const everyMs = 2_000

/** How long an answer may take, in ms. */
const answerMs = 15_000

/** How long it is looked whether a grid is there, in ms. */
const lookMs = 2_000

/** What is told, and to whom. */
export interface AnnouncerOptions {
  /** The control API of the grid: `http://127.0.0.1:8080/api`. */
  readonly control: string
  /** The dev token of that grid, where it has one. */
  readonly token: string | undefined
  /** What whoever changes something here has to show. */
  readonly secret: string
  readonly name: string
  /** The port of the control API of this process. */
  readonly port: number
  readonly genesisHash: string
  readonly nodes: NodesPort
  /** Hears why the grid does not take it, once for each reason. */
  readonly onNote: (sentence: string) => void
}

/** A secret that nobody guesses. */
export const newSecret = (): string => randomBytes(24).toString('base64url')

/**
 * Where the control API of a grid is that has a relay: a relay of Pocketgrid shares its port. Null when nothing like it
 * is there, as beside a real relay.
 */
export async function controlBeside(relay: string): Promise<string | null> {
  const { protocol, host } = new URL(relay)
  // Real relays are behind TLS; nobody is asked there what he does not know.
  if (protocol !== 'ws:') return null
  const control = `http://${host}/api`
  try {
    const answer = await fetch(`${control}/health`, {
      redirect: 'error',
      signal: AbortSignal.timeout(lookMs),
    })
    const { status, block } = (await answer.json()) as { status?: unknown; block?: unknown }
    return status === 'ok' && typeof block === 'number' ? control : null
  } catch {
    return null
  }
}

/** Begins to tell; resolves when it was told once, with or without success. Returns how to stop. */
export async function announce(options: AnnouncerOptions): Promise<() => void> {
  const { nodes, onNote } = options
  let revision = 1
  const stopListening = nodes.listen(({ kind, fields }) => {
    if (kind === 'zos.node' && (fields as { what: string }).what === 'registered') revision += 1
  })
  let told = ''
  const tell = async (): Promise<void> => {
    const problem = await tellOnce(options, revision).catch(cause => asError(cause).message)
    if (problem !== null && problem !== told) onNote(`${options.control}: ${problem}`)
    told = problem ?? ''
  }
  let isStopped = false
  let timer: NodeJS.Timeout
  const again = (): void => {
    timer = setTimeout(() => void tell().then(() => isStopped || again()), everyMs).unref()
  }
  await tell()
  again()
  return () => {
    isStopped = true
    stopListening()
    clearTimeout(timer)
  }
}

/** Null when the grid has taken it, else why it has not. Time passes here as it does there. */
async function tellOnce(
  { control, token, secret, name, port, genesisHash, nodes }: AnnouncerOptions,
  revision: number,
): Promise<string | null> {
  const answer = await fetch(`${control}/members`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ name, port, secret, genesisHash, revision }),
    redirect: 'error',
    signal: AbortSignal.timeout(answerMs),
  })
  const said = (await answer.json()) as Partial<TimeState> & { error?: string }
  if (!answer.ok) return said.error ?? `status ${answer.status}`
  nodes.time.freeze(said.isFrozen === true)
  return null
}
