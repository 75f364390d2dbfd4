import { describe, expect, it } from 'vitest'
import { checkWorld } from '../../../src/config/config.ts'
import { Kernel } from '../../../src/kernel/kernel.ts'
import { farmHardware, mixedHardware } from '../../../src/zos/hardware/generate.ts'
import {
  hardwareProfileNames,
  loadHardwareProfile,
} from '../../../src/zos/hardware/load-profile.ts'
import { cacheSize } from '../../../src/zos/hardware/pools.ts'
import {
  type HardwareProfile,
  profilePools,
  totalCapacity,
} from '../../../src/zos/hardware/profile.ts'

const random = (seed: string) => new Kernel({ seed, startAt: 0 }).random
const mix = { shares: { server: 5, nano: 3, 'storage-2u': 2 } }

const countsOf = (names: readonly string[]) =>
  Object.fromEntries(
    [...new Set(names)].sort().map(name => [name, names.filter(n => n === name).length]),
  )

describe('a mix of hardware', () => {
  it('has as many of each profile as its share asks for, in an order of chance', () => {
    const names = mixedHardware(mix, 100, random('a').stream('x')).map(entry => entry.profileName)
    expect(countsOf(names)).toEqual({ nano: 30, server: 50, 'storage-2u': 20 })
    const other = mixedHardware(mix, 100, random('b').stream('x')).map(entry => entry.profileName)
    expect(other).not.toEqual(names)
  })

  it.each([0, 1, 2, 3, 7, 11])('makes exactly %i nodes', count => {
    const made = mixedHardware(
      { shares: { server: 1, nano: 1, gpu: 1 } },
      count,
      random('a').stream('x'),
    )
    expect(made).toHaveLength(count)
    for (const each of Object.values(countsOf(made.map(entry => entry.profileName)))) {
      expect(each).toBeGreaterThanOrEqual(Math.floor(count / 3))
      expect(each).toBeLessThanOrEqual(Math.ceil(count / 3))
    }
  })

  it('is the same for the same seed, and other farms do not shift it', () => {
    const farm = { name: 'ghent', nodes: 30, hardware: ['server'], mix: { ...mix, spread: 1 } }
    const alone = farmHardware(farm, random('seed'))
    const both = random('seed')
    farmHardware({ ...farm, name: 'vienna' }, both)
    expect(farmHardware(farm, both)).toEqual(alone)
    expect(farmHardware(farm, random('other'))).not.toEqual(alone)
  })

  it('spreads the sizes of machines, each of which still works', () => {
    for (const name of hardwareProfileNames()) {
      const made = mixedHardware({ shares: { [name]: 1 }, spread: 1 }, 40, random(name).stream('x'))
      const totals = new Set<string>()
      for (const { profile } of made as { profile: HardwareProfile }[]) {
        const { mru, sru, hru } = totalCapacity(profile)
        totals.add(`${mru} ${sru} ${hru}`)
        expect(mru).toBeGreaterThan(0n)
        expect(profile.memory.moduleGB.length).toBeGreaterThan(0)
        expect(profile.disks.length).toBeGreaterThan(0)
        // Every node of the fixtures has room for its cache, and so has whatever is made of it.
        expect(cacheSize(profilePools(profile, []))).toBeGreaterThan(0n)
        expect(profile.kind).toBe(loadHardwareProfile(name).kind)
        for (const { min, max } of Object.values(profile.provisioning.durationMs)) {
          expect(min).toBeLessThanOrEqual(max)
        }
      }
      expect(totals.size).toBeGreaterThan(2)
    }
  })

  it('knows the names of profiles, else GRID_CONFIG_INVALID', () => {
    const make = () =>
      mixedHardware({ shares: { toaster: 1 }, spread: 0.5 }, 1, random('a').stream('x'))
    expect(make).toThrow(expect.objectContaining({ code: 'GRID_CONFIG_INVALID' }))
  })
})

describe('a farm of a grid file', () => {
  it('takes a mix in the place of a list, and says what is wrong with one', () => {
    const farm = { name: 'ghent', nodes: 4, mix: { shares: { server: 3, nano: 1 }, spread: 0.2 } }
    const checked = checkWorld({ farms: [farm] })
    expect(checked.ok && checked.config.farms[0]?.mix).toEqual(farm.mix)
    for (const wrong of [
      {},
      { shares: {} },
      { shares: { server: 0 } },
      { shares: { server: 1 }, spread: 2 },
    ]) {
      expect(checkWorld({ farms: [{ ...farm, mix: wrong }] })).toMatchObject({ ok: false })
    }
  })
})
