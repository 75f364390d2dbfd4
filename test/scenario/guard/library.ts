// A library that neither the script nor the runner wrote.

import { readFile } from 'node:fs/promises'

export const library = {
  sleep: () => new Promise(resolve => setTimeout(resolve, 1)),
  async think(): Promise<string> {
    await Promise.resolve()
    return 'thought'
  },
  async thinkAndSleep(): Promise<void> {
    await library.think()
    await library.think()
    await library.sleep()
  },
  /** Goes on in the callback of what it opened, where nobody else is on the stack. */
  write: (_line: string) =>
    new Promise<void>(resolve => {
      void readFile(import.meta.filename).then(() => setImmediate(() => setTimeout(resolve, 0)))
    }),
}
