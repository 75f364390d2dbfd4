// Farms of mixed nodes: how many of which kind, and how the nodes of one kind differ from each other.

import type { Random, RandomStream } from '../../kernel/random.ts'
import { loadHardwareProfile } from './load-profile.ts'
import type { DiskType } from './pools.ts'
import type { HardwareProfile } from './profile.ts'

/** What the nodes of a farm are drawn from. */
export interface HardwareMix {
  /** How many parts of the farm each profile makes up: `{ server: 3, nano: 1 }`. */
  readonly shares: Readonly<Record<string, number>>
  /** How far nodes differ from their profile: 0 not at all, 1 as widely as farmers equip them. */
  readonly spread?: number
}

/** The hardware of one node: a profile by its name, or one that was made from the profile of a name. */
export interface NodeHardware {
  readonly profile: string | HardwareProfile
  readonly profileName: string
}

/** Sizes in bytes in which disks are sold, smallest first. */
const diskSizes: Readonly<Record<DiskType, readonly bigint[]>> = {
  ssd: [
    256_060_514_304n,
    512_110_190_592n,
    1_000_204_886_016n,
    1_920_383_410_176n,
    3_840_755_982_336n,
  ],
  hdd: [
    1_000_204_886_016n,
    2_000_398_934_016n,
    4_000_787_030_016n,
    8_001_563_222_016n,
    12_000_138_625_024n,
  ],
}

/** The most disks that a node can be given beyond those of its profile. */
const moreDisks = 3

/** By how much benchmarks and installs of two machines of one kind differ at most. */
const speedSpread = 0.3

/** The hardware of a farm, one for each node: profiles in turn, or drawn from a mix. */
export function farmHardware(
  farm: {
    readonly name: string
    readonly nodes: number
    readonly hardware: readonly string[]
    readonly mix?: HardwareMix | undefined
  },
  random: Random,
): NodeHardware[] {
  const { name, nodes, hardware, mix } = farm
  if (mix !== undefined) return mixedHardware(mix, nodes, random.stream(`zos/farms/${name}`))
  return Array.from({ length: nodes }, (_, n) => named(hardware[n % hardware.length]!))
}

/**
 * Draws the hardware of `count` nodes: of each profile as many as its share asks for, in an order of chance.
 * Fails with GRID_CONFIG_INVALID when there is no profile of a name.
 */
export function mixedHardware(
  { shares, spread = 0 }: HardwareMix,
  count: number,
  random: RandomStream,
): NodeHardware[] {
  const names = shuffled(proportioned(shares, count), random)
  if (spread === 0) return names.map(named)
  return names.map(profileName => ({
    profile: varied(loadHardwareProfile(profileName), spread, random),
    profileName,
  }))
}

function named(name: string): NodeHardware {
  return { profile: name, profileName: name }
}

/** So many names in the proportion of their shares; the largest remainders are rounded up. */
function proportioned(shares: Readonly<Record<string, number>>, count: number): string[] {
  const entries = Object.entries(shares).sort(([a], [b]) => (a < b ? -1 : 1))
  const total = entries.reduce((sum, [, share]) => sum + share, 0)
  const parts = entries.map(([name, share]) => {
    const exact = (count * share) / total
    return { name, whole: Math.floor(exact), rest: exact - Math.floor(exact) }
  })
  let left = count - parts.reduce((sum, { whole }) => sum + whole, 0)
  for (const part of parts.toSorted((a, b) => b.rest - a.rest)) {
    if (left <= 0) break
    part.whole += 1
    left -= 1
  }
  return parts.flatMap(({ name, whole }) => new Array<string>(whole).fill(name))
}

function shuffled<T>(items: readonly T[], random: RandomStream): T[] {
  const list = [...items]
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = random.int(0, at)
    ;[list[at], list[other]] = [list[other]!, list[at]!]
  }
  return list
}

/** A machine of the kind of a profile as some farmer has equipped it. */
function varied(profile: HardwareProfile, spread: number, random: RandomStream): HardwareProfile {
  const { single, multi } = profile.benchmark
  const speed = between(random, spread * speedSpread)
  return {
    ...profile,
    memory: variedMemory(profile.memory, spread, random),
    disks: variedDisks(profile.disks, spread, random),
    benchmark: { single: single * speed, multi: multi * speed },
    provisioning: slowed(profile.provisioning, between(random, spread * speedSpread)),
  }
}

/** A factor around 1. */
function between(random: RandomStream, spread: number): number {
  return 1 - spread + 2 * spread * random.float()
}

/** Half as many modules, as many, or twice as many. */
function variedMemory(
  memory: HardwareProfile['memory'],
  spread: number,
  random: RandomStream,
): HardwareProfile['memory'] {
  const isOther = random.chance(spread)
  const isMore = random.chance(0.5)
  const { moduleGB, bytes } = memory
  if (!isOther) return memory
  if (isMore) return { ...memory, moduleGB: [...moduleGB, ...moduleGB], bytes: bytes * 2n }
  if (moduleGB.length % 2 === 1) return memory
  return { ...memory, moduleGB: moduleGB.slice(moduleGB.length / 2), bytes: bytes / 2n }
}

/** Disks of the next size up or down, and one or a few hard disks more or less; at least one disk stays. */
function variedDisks(
  disks: HardwareProfile['disks'],
  spread: number,
  random: RandomStream,
): HardwareProfile['disks'] {
  const sized = disks.map(({ type, bytes }) => {
    const sizes = diskSizes[type]
    const nearest = sizes.findIndex(size => size >= bytes)
    const step = random.chance(spread) ? random.pick([-1, 1]) : 0
    const at = Math.min(Math.max(nearest + step, 0), sizes.length - 1)
    return { type, bytes: step === 0 ? bytes : sizes[at]! }
  })
  const hard = sized.filter(({ type }) => type === 'hdd')
  const last = hard.at(-1)
  if (last === undefined || !random.chance(spread)) return sized
  const flash = sized.filter(({ type }) => type === 'ssd')
  const count = hard.length + random.int(-1, moreDisks)
  const least = flash.length === 0 ? 1 : 0
  const all = [...hard, ...new Array<typeof last>(moreDisks).fill(last)]
  return [...flash, ...all.slice(0, Math.max(count, least))]
}

function slowed(
  provisioning: HardwareProfile['provisioning'],
  factor: number,
): HardwareProfile['provisioning'] {
  const scaled = Object.entries(provisioning.durationMs).map(([type, { min, max }]) => [
    type,
    { min: Math.round(min * factor), max: Math.round(max * factor) },
  ])
  return { ...provisioning, durationMs: Object.fromEntries(scaled) }
}
