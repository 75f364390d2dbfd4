// A small runner around the guard: verbs that scripts await, opening timers and files of its own.

import { readFile } from 'node:fs/promises'
import { createScriptGuard } from '../../../src/scenario/guard.ts'
import { library } from './library.ts'

const ownFile = import.meta.filename

export const guard = createScriptGuard({
  scriptFiles: file => file.endsWith('/guard/scripts.ts'),
  runnerFiles: file => file === ownFile,
})

/** What a script is given. */
export const runner = {
  library,
  outside: guard.outside,
  /** Settles from another context, as a run loop does it. */
  wait: () =>
    new Promise<void>(resolve => {
      waits.push(resolve)
    }),
  /** Opens a timer itself, in the middle of a script. */
  drain: () => new Promise<void>(resolve => setImmediate(resolve)),
  /** A library that the runner uses, and that goes on without it. */
  log: (line: string) => library.write(line),
  async step<T>(_name: string, act: () => T | Promise<T>): Promise<T> {
    await readFile(ownFile)
    return await act()
  },
}

/** What a script is given. */
export type Runner = typeof runner

const waits: (() => void)[] = []

/** Settles waits, one a turn, until a script is over. */
export async function loop<T>(script: Promise<T>): Promise<T> {
  let isOver = false
  const over = () => {
    isOver = true
  }
  script.then(over, over)
  while (!isOver) {
    waits.shift()?.()
    await new Promise(resolve => setImmediate(resolve))
  }
  return script
}
