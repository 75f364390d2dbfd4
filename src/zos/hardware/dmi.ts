// What a node's firmware tables say of its hardware, as the node reports them.

import type { HardwareProfile } from './profile.ts'

interface DmiProperty {
  readonly value: string
  readonly items?: readonly string[]
}

/** One record of the tables. */
export interface DmiSection {
  readonly handleline: string
  readonly typestr: string
  readonly typenum: number
  readonly subsections: readonly {
    readonly title: string
    readonly properties: Readonly<Record<string, DmiProperty>>
  }[]
}

/** The answer of `zos.system.dmi`. */
export interface Dmi {
  readonly tooling: { readonly aggregator: string; readonly decoder: string }
  readonly sections: readonly DmiSection[]
}

/** Record types in use, with the size that dmidecode prints (threefoldtech/zosbase: pkg/capacity/dmi/dmi.go). */
const kinds = {
  BIOS: { typenum: 0, size: 26, title: 'BIOS Information' },
  System: { typenum: 1, size: 27, title: 'System Information' },
  Baseboard: { typenum: 2, size: 15, title: 'Base Board Information' },
  Chassis: { typenum: 3, size: 22, title: 'Chassis Information' },
  Processor: { typenum: 4, size: 48, title: 'Processor Information' },
  MemoryDevice: { typenum: 17, size: 84, title: 'Memory Device' },
} as const

interface Entry {
  readonly kind: keyof typeof kinds
  readonly properties: Readonly<Record<string, string | readonly string[]>>
}

function property(value: string | readonly string[]): DmiProperty {
  return typeof value === 'string' ? { value } : { value: '', items: value }
}

function section({ kind, properties }: Entry, handle: number): DmiSection {
  const { typenum, size, title } = kinds[kind]
  const number = handle.toString(16).toUpperCase().padStart(4, '0')
  const named = Object.entries(properties).map(([name, value]) => [name, property(value)] as const)
  return {
    handleline: `Handle 0x${number}, DMI type ${typenum}, ${size} bytes`,
    typestr: kind,
    typenum,
    subsections: [{ title, properties: Object.fromEntries(named) }],
  }
}

function processors({ cpu }: HardwareProfile): Entry[] {
  return Array.from({ length: cpu.sockets }, (_, socket) => ({
    kind: 'Processor',
    properties: {
      'Socket Designation': `CPU${socket}`,
      Type: 'Central Processor',
      Manufacturer: cpu.model.startsWith('AMD')
        ? 'Advanced Micro Devices, Inc.'
        : 'Intel(R) Corporation',
      Version: cpu.model,
      'Max Speed': `${cpu.maxSpeedMHz} MHz`,
      'Core Count': String(cpu.cores / cpu.sockets),
      'Core Enabled': String(cpu.cores / cpu.sockets),
      'Thread Count': String(cpu.threads / cpu.sockets),
      Characteristics: [
        '64-bit capable',
        'Multi-Core',
        'Hardware Thread',
        'Enhanced Virtualization',
      ],
    },
  }))
}

function memoryModules({ memory }: HardwareProfile): Entry[] {
  return memory.moduleGB.map((size, index) => ({
    kind: 'MemoryDevice',
    properties: {
      Size: `${size} GB`,
      'Form Factor': 'DIMM',
      Locator: `DIMM ${index}`,
      Type: memory.type,
      Speed: memory.speed,
      Manufacturer: memory.manufacturer,
    },
  }))
}

/**
 * The tables of a machine. Their order matters: the chain's board serial is read from the third
 * record. `boardSerial` tells machines of one profile apart.
 */
export function dmi(profile: HardwareProfile, boardSerial: string = profile.board.serial): Dmi {
  const { manufacturer, product } = profile.board
  const entries: Entry[] = [
    { kind: 'BIOS', properties: { Vendor: profile.bios.vendor, Version: profile.bios.version } },
    { kind: 'System', properties: { Manufacturer: manufacturer, 'Product Name': product } },
    {
      kind: 'Baseboard',
      properties: {
        Manufacturer: manufacturer,
        'Product Name': product,
        'Serial Number': boardSerial,
      },
    },
    { kind: 'Chassis', properties: { Manufacturer: manufacturer, Type: 'Desktop' } },
    ...processors(profile),
    ...memoryModules(profile),
  ]
  return {
    tooling: { aggregator: 'dmidecode 3.3', decoder: '0-core Go dmi decoder v0.2.0' },
    sections: entries.map(section),
  }
}
