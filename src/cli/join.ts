// Starts a grid on a chain elsewhere for a command, whatever signal comes meanwhile.

import type { GridInput } from '../config/config.ts'
import type { JoinedGrid, JoinOptions } from '../grid/remote-grid.ts'
import { asError } from '../kernel/errors.ts'
import { exitCodes } from './exit-codes.ts'

const signals = ['SIGINT', 'SIGTERM'] as const

/** Starts a grid and resolves when its nodes have registered. A signal before that leaves no container behind. */
export async function join(
  input: GridInput,
  onFailure: (error: Error) => void,
  where: Pick<JoinOptions, 'control' | 'token'> = {},
): Promise<JoinedGrid> {
  const { joinGrid } = await import('../grid/remote-grid.ts')
  const hasContainers = [input.chain, input.relay].some(text => text?.startsWith('docker'))
  const onNote = (sentence: string) => void process.stderr.write(`${sentence}\n`)
  if (!hasContainers) return joinGrid(input, { onFailure, onNote, ...where })
  const giveUp = async (): Promise<void> => {
    const { removeOwnContainers } = await import('../containers/engine.ts')
    await removeOwnContainers()
    process.exit(exitCodes.failed)
  }
  const onSignal = () => void giveUp().catch(cause => onFailure(asError(cause)))
  for (const signal of signals) process.on(signal, onSignal)
  try {
    return await joinGrid(input, { onFailure, onNote, ...where })
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
  }
}
