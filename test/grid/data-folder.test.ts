// A data directory belongs to one process: as long as that one lives, and no longer.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder } from '../../src/grid/journal.ts'

describe('the lock of a data directory', () => {
  let dir = ''
  const mark = () => join(dir, 'grid.pid')

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pocketgrid-lock-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  it('is held against everybody, this process included, until it is given up', () => {
    const unlock = lockFolder(dir)
    expect(() => lockFolder(dir)).toThrow(
      expect.objectContaining({ code: 'GRID_DATA_IN_USE' }) as Error,
    )
    unlock()
    expect(existsSync(mark())).toBe(false)
    lockFolder(dir)()
  })

  it('is taken over from a process that is gone', () => {
    // Above the largest number that Linux gives (`/proc/sys/kernel/pid_max`).
    writeFileSync(mark(), '4194305 1')
    lockFolder(dir)()
  })

  it.skipIf(!existsSync('/proc/self/stat'))(
    'is taken over from one of the same number that began at another time, as in a restarted container',
    () => {
      const unlock = lockFolder(dir)
      const [pid, began] = readFileSync(mark(), 'utf8').split(' ')
      expect(pid).toBe(String(process.pid))
      writeFileSync(mark(), `${pid} ${Number(began) - 1}`)
      const again = lockFolder(dir)
      expect(readFileSync(mark(), 'utf8')).toBe(`${pid} ${began}`)
      again()
      unlock()
    },
  )

  it('is held by a process that did not write when it began', () => {
    writeFileSync(mark(), String(process.pid))
    expect(() => lockFolder(dir)).toThrow(/GRID_DATA_IN_USE|by process/)
  })
})
