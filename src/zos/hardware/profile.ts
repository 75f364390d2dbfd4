// What a virtual node is made of: the schema of a hardware profile, and the plain sums over one.

import { z } from 'zod'
import type { NodeFacts } from '../resources/node-resources.ts'
import { type Capacity, GiB, larger } from '../workloads/capacity.ts'
import { type Pool, preparePools } from './pools.ts'

const bytes = z.number().int().positive().transform(BigInt)

const range = z
  .strictObject({ min: z.number().int().nonnegative(), max: z.number().int().nonnegative() })
  .refine(({ min, max }) => min <= max, 'min is not above max')

const share = z.number().min(0).max(1)

/** The shape of a file in `fixtures/hardware/`. Sizes are bytes, times milliseconds. */
export const HardwareProfile = z.strictObject({
  title: z.string(),
  kind: z.enum(['full', 'light']),
  cpu: z.strictObject({
    model: z.string(),
    sockets: z.number().int().positive().default(1),
    /** Cores and threads of all sockets together; threads are what the node reports as CRU. */
    cores: z.number().int().positive(),
    threads: z.number().int().positive(),
    maxSpeedMHz: z.number().int().positive(),
  }),
  memory: z.strictObject({
    /** As the kernel reports it: less than the modules hold. */
    bytes,
    type: z.string(),
    speed: z.string(),
    manufacturer: z.string(),
    moduleGB: z.array(z.number().int().positive()).min(1),
  }),
  disks: z.array(z.strictObject({ type: z.enum(['ssd', 'hdd']), bytes })).min(1),
  /** Booted with the kernel flag `missing-ssd`: hard disks stand in for SSDs. */
  isSsdMissing: z.boolean().default(false),
  graphicsCards: z
    .array(
      z.strictObject({
        slot: z.string().regex(/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/),
        vendorId: z.string().regex(/^[0-9a-f]{4}$/),
        deviceId: z.string().regex(/^[0-9a-f]{4}$/),
        vendor: z.string(),
        device: z.string(),
        vramMiB: z.number().int().nonnegative(),
      }),
    )
    .default([]),
  /** Booted with the kernel flag `disable-gpu`: no machine can be given a card, nor start at all. */
  isGpuDisabled: z.boolean().default(false),
  /** The first carries the zos bridge, by which the node is woken; another can be given to public traffic. */
  networkCards: z
    .array(z.strictObject({ name: z.string().min(1), wakesOnLan: z.boolean().default(true) }))
    .min(1)
    .default([
      { name: 'eth0', wakesOnLan: true },
      { name: 'eth1', wakesOnLan: true },
    ]),
  /** Virtualization is switched off in the firmware: the node never registers. */
  isVirtualizationOff: z.boolean().default(false),
  /** What `virt-what` finds; empty on bare metal. */
  hypervisor: z.string().default(''),
  board: z.strictObject({ manufacturer: z.string(), product: z.string(), serial: z.string() }),
  bios: z.strictObject({ vendor: z.string(), version: z.string() }),
  /** Seconds that the CPU benchmark takes with one thread and with all; lower is faster. */
  benchmark: z.strictObject({ single: z.number().positive(), multi: z.number().positive() }),
  provisioning: z.strictObject({
    /** How long installs take, per workload type; `default` stands for all that are not named. */
    durationMs: z.object({ default: range }).catchall(range),
    /** The share of installs that fail for no reason of their own: of all alike, or per workload type. */
    failureRate: z.union([share, z.object({ default: share }).catchall(share)]).default(0),
  }),
})

/** A checked hardware profile. */
export type HardwareProfile = z.infer<typeof HardwareProfile>

/** What the hardware offers in all; public addresses are never counted here. */
export function totalCapacity(profile: HardwareProfile): Capacity {
  let total = totals.get(profile)
  if (total === undefined) {
    total = Object.freeze(sumOfParts(profile))
    totals.set(profile, total)
  }
  return total
}

/** Capacities that were asked for: an install looks at its node's several times. */
const totals = new WeakMap<HardwareProfile, Capacity>()

function sumOfParts(profile: HardwareProfile): Capacity {
  const sumOf = (type: 'ssd' | 'hdd') =>
    profile.disks.filter(disk => disk.type === type).reduce((sum, disk) => sum + disk.bytes, 0n)
  return {
    cru: BigInt(profile.cpu.threads),
    mru: profile.memory.bytes,
    sru: sumOf('ssd'),
    hru: sumOf('hdd'),
    ipv4u: 0n,
  }
}

/**
 * What the system keeps for itself: a tenth of the memory but at least 2 GiB, and its cache volume
 * (threefoldtech/zos: cmds/modules/provisiond).
 */
export function systemCapacity(total: Pick<Capacity, 'mru'>, cacheBytes: bigint): Capacity {
  return { cru: 0n, mru: larger(total.mru / 10n, 2n * GiB), sru: cacheBytes, hru: 0n, ipv4u: 0n }
}

/** The pools of a node at its first start, one per disk; `names` are their labels, in order of disks. */
export function profilePools(profile: HardwareProfile, names: readonly string[]): readonly Pool[] {
  const disks = profile.disks.map(({ type, bytes: size }, index) => ({
    name: names[index] ?? `disk-${index}`,
    type,
    size,
  }))
  return preparePools(disks, { isSsdMissing: profile.isSsdMissing })
}

/** The id under which a graphics card is asked for: slot, vendor and device. */
export function graphicsCardId(card: HardwareProfile['graphicsCards'][number]): string {
  return `${card.slot}/${card.vendorId}/${card.deviceId}`
}

/** What workloads see of a node of this hardware; the rest depends on where it stands. */
export function nodeFacts(
  profile: HardwareProfile,
  site: Omit<NodeFacts, 'kind' | 'cru' | 'storage' | 'graphicsCards'>,
): NodeFacts {
  return {
    ...site,
    kind: profile.kind,
    cru: profile.cpu.threads,
    storage: { isSsdMissing: profile.isSsdMissing },
    graphicsCards: profile.graphicsCards.map(card => ({
      id: graphicsCardId(card),
      slot: card.slot,
    })),
  }
}

/** Whether a node of this hardware can be sent to sleep, because it can be woken again. */
export function canSleep({ networkCards: [first] }: HardwareProfile): boolean {
  return first?.wakesOnLan ?? false
}

/** How long an install of a workload type takes on this hardware. */
export function installDuration(
  profile: HardwareProfile,
  type: string,
): { readonly min: number; readonly max: number } {
  const { durationMs } = profile.provisioning
  return (Object.hasOwn(durationMs, type) ? durationMs[type] : undefined) ?? durationMs.default
}

/** The share of installs of a workload type that fail on this hardware. */
export function failureRate(profile: HardwareProfile, type: string): number {
  const { failureRate: rate } = profile.provisioning
  if (typeof rate === 'number') return rate
  return (Object.hasOwn(rate, type) ? rate[type] : undefined) ?? rate.default
}
