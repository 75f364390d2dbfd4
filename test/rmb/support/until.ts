// Waits for something that sockets of this process bring about.

/** Turns of the event loop after which hope is given up, a few seconds' worth. */
const MAX_TURNS = 200_000

/** Resolves when `test` holds; rejects with the reason when it does not in time. */
export async function until(reason: string, test: () => boolean): Promise<void> {
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    if (test()) return
    await new Promise(resolve => setImmediate(resolve))
  }
  throw new Error(`it never came about that ${reason}`)
}
