// Something read again and again while it is looked at.

import { type Signal, useSignal, useSignalEffect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { read } from './api.ts'
import { revision } from './revision.ts'

/** What was read last, and why the last try failed. */
export interface Polled<T> {
  readonly value: T | null
  readonly error: string | null
}

/**
 * Reads a path now, every so often, and when something was changed by hand. One request is open at a time; a hidden
 * page asks nothing. `everyMs` of 0 reads once. A value that grows in `fresh` has it read at once.
 */
export function usePolled<T>(
  path: string,
  everyMs: number,
  fresh?: Signal<number>,
): Signal<Polled<T>> {
  const state = useSignal<Polled<T>>({ value: null, error: null })
  const nudge = useSignal(0)
  useSignalEffect(() => {
    nudge.value = revision.value + (fresh?.value ?? 0)
  })
  useEffect(() => {
    let isOver = false
    let isOpen = false
    let isAgain = false
    // A grid that cannot be seen stays so.
    let isUnseen = false
    let timer = 0
    const turn = async (): Promise<void> => {
      window.clearTimeout(timer)
      if (isOpen) {
        isAgain = true
        return
      }
      if (!document.hidden) {
        isOpen = true
        const answer = await read<T>(path)
        isOpen = false
        if (isOver) return
        isUnseen = !answer.ok && answer.status === 501
        state.value = answer.ok
          ? { value: answer.value, error: null }
          : { value: answer.status === 404 ? null : state.value.value, error: answer.error }
      }
      if (isUnseen) return
      if (isAgain) {
        isAgain = false
        void turn()
      } else if (everyMs > 0) timer = window.setTimeout(turn, everyMs)
    }
    state.value = { value: null, error: null }
    const stop = nudge.subscribe(() => void turn())
    return () => {
      isOver = true
      stop()
      window.clearTimeout(timer)
    }
  }, [path, everyMs])
  return state
}
