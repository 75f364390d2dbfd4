import { describe, expect, it } from 'vitest'
import { Kernel } from '../../src/kernel/kernel.ts'
import { ScriptHost } from '../../src/scenario/script.ts'

declare module '../../src/kernel/kernel.ts' {
  interface KernelEvents {
    'test.act': () => void
  }
}

function stage() {
  const kernel = new Kernel({ seed: 's', startAt: 0 })
  kernel.handle('test.act', ({ payload }) => payload())
  const host = new ScriptHost(kernel)
  const later = (afterMs: number, act: () => void) =>
    kernel.schedule({ kind: 'test.act', payload: act, afterMs })
  return { kernel, host, later }
}

describe('a script', () => {
  it('sleeps in virtual time', async () => {
    const { kernel, host } = stage()
    const woken = await host.run(async () => {
      await host.sleep(3_600_000)
      return kernel.now()
    })
    expect(woken).toBe(3_600_000)
  })

  it('goes on at the very event that makes its wait come true', async () => {
    const { kernel, host, later } = stage()
    let isThere = false
    later(500, () => {
      isThere = true
    })
    later(900, () => undefined)
    await host.run(() => host.until('it is there', () => isThere, 10_000))
    expect(kernel.now()).toBe(500)
    expect(host.openWaits).toBe(0)
  })

  it('fails a wait that does not come true in time, and tells what was waited for', async () => {
    const { kernel, host } = stage()
    const run = host.run(() => host.until('pigs fly', () => false, 60_000))
    await expect(run).rejects.toMatchObject({
      code: 'GRID_WAIT_EXPIRED',
      message: expect.stringContaining('pigs fly'),
    })
    expect(kernel.now()).toBe(60_000)
  })

  it('is stuck when it waits for nothing that the world knows of', async () => {
    const { host } = stage()
    const run = host.run(() => new Promise(() => undefined))
    await expect(run).rejects.toMatchObject({ code: 'GRID_SCRIPT_STUCK' })
  })

  it('is stuck when an answer can never come', async () => {
    const { host } = stage()
    const run = host.run(() => host.answer('a reply from the void').promise)
    await expect(run).rejects.toMatchObject({
      code: 'GRID_SCRIPT_STUCK',
      message: expect.stringContaining('a reply from the void'),
    })
  })

  it('may wait for several things at once, each settled at its own time', async () => {
    const { kernel, host } = stage()
    const order: string[] = []
    await host.run(async () => {
      const wait = async (name: string, ms: number) => {
        await host.sleep(ms)
        order.push(`${name}@${kernel.now()}`)
      }
      await Promise.all([wait('slow', 300), wait('quick', 100), wait('middle', 200)])
    })
    expect(order).toEqual(['quick@100', 'middle@200', 'slow@300'])
  })

  it('fails with the error of a predicate that throws', async () => {
    const { host } = stage()
    const run = host.run(() =>
      host.until(
        'x',
        () => {
          throw new RangeError('no such thing')
        },
        1000,
      ),
    )
    await expect(run).rejects.toThrow('no such thing')
  })

  it('stops time while it awaits something outside', async () => {
    const { kernel, host, later } = stage()
    let happened = false
    later(10, () => {
      happened = true
    })
    const before = await host.run(async () => {
      const during = await host.outside(async () => {
        await new Promise(resolve => setImmediate(resolve))
        await new Promise(resolve => setImmediate(resolve))
        return happened
      })
      await host.sleep(20)
      return during
    })
    expect(before).toBe(false)
    expect(happened).toBe(true)
    expect(kernel.now()).toBe(20)
  })
})
