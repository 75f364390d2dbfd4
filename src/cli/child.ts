// A program that runs in the place of this one: its signals, its exit status.

import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { gridError } from '../kernel/errors.ts'

/** Resolves when a program runs. */
export function spawned(child: ChildProcess): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child))
    child.once('error', cause => {
      const detail = `${child.spawnargs[0]} (${(cause as NodeJS.ErrnoException).code ?? cause.message})`
      reject(gridError('GRID_COMMAND_FAILED', { detail, cause }))
    })
  })
}

/** Signals that are passed on to the program. Those of the keyboard reach it anyway, and only must not end us first. */
const passedSignals = ['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const
const keyboardSignals = ['SIGINT', 'SIGQUIT'] as const

/** The exit status of a program; when a signal has ended it, the same signal ends this process. */
export function ended(child: ChildProcess): Promise<number> {
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal)
  const keyboard = (signal: NodeJS.Signals): void => {
    // Without a terminal the signal was sent to this process alone.
    if (!process.stdin.isTTY) child.kill(signal)
  }
  for (const signal of passedSignals) process.on(signal, pass)
  for (const signal of keyboardSignals) process.on(signal, keyboard)
  return new Promise(resolve => {
    child.once('exit', (code, signal) => {
      for (const each of passedSignals) process.off(each, pass)
      for (const each of keyboardSignals) process.off(each, keyboard)
      if (signal === null) resolve(code ?? 0)
      else {
        process.kill(process.pid, signal)
        // What ignores its death, or was ended by a signal that ends nobody, leaves as shells tell it.
        setTimeout(resolve, 100, 128 + constants.signals[signal])
      }
    })
  })
}
