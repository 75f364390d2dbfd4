// The parts of deployments in a few words: a function per workload type, with what the grid's clients fill in.

import { blake2b256 } from '../crypto/hash.ts'
import type { WorkloadJson } from './build.ts'
import { type Size, sizeBytes } from './durations.ts'

/** The machine image that is deployed when none is named. */
export const defaultFlist = 'https://hub.grid.tf/tf-official-apps/threefoldtech-ubuntu-22.04.flist'

/** What a machine may be told. */
export interface MachineOptions {
  /** The private network that it joins, by the name of the network's workload. */
  readonly network: string
  readonly ip: string
  readonly cpu?: number
  readonly memory?: Size
  readonly rootfs?: Size
  /** Names of disks, volumes and file systems; mounted at `/<name>`, the first of a wish at `/data`. */
  readonly mounts?: readonly (string | { readonly name: string; readonly mountpoint: string })[]
  /** Name of the public address's workload. */
  readonly publicIp?: string
  readonly planetary?: boolean
  /** Ids of graphics cards. */
  readonly gpu?: readonly string[]
  readonly flist?: string
  readonly entrypoint?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A workload as it goes over the bus. */
export function workloadJson(name: string, type: string, data: unknown): WorkloadJson {
  return { version: 0, name, type, data, metadata: '', description: '' }
}

/** 32 bytes that follow from a text: keys need not be secret here, but the same each time. */
function bytesOf(text: string): Buffer {
  return Buffer.from(blake2b256(new TextEncoder().encode(`pocketgrid ${text}`)))
}

/** Parts of deployments, by what people call them. */
export const parts = {
  /** A private network; the node gets the second /24 of the range unless a subnet is given. */
  network(
    name: string,
    range: string,
    options: { subnet?: string; port?: number; key?: string } = {},
  ): WorkloadJson {
    return workloadJson(name, 'network', {
      ip_range: range,
      subnet: options.subnet ?? range.replace(/^(\d+\.\d+)\..*$/, '$1.2.0/24'),
      wireguard_private_key: options.key ?? bytesOf(`network ${name}`).toString('base64'),
      wireguard_listen_port: options.port ?? 0,
      peers: [],
    })
  },

  /** A disk for machines. */
  disk: (name: string, size: Size): WorkloadJson =>
    workloadJson(name, 'zmount', { size: Number(sizeBytes(size)) }),

  /** A directory for machines. */
  volume: (name: string, size: Size): WorkloadJson =>
    workloadJson(name, 'volume', { size: Number(sizeBytes(size)) }),

  /** A machine. */
  machine: (name: string, options: MachineOptions): WorkloadJson =>
    workloadJson(name, 'zmachine', {
      ...machineData(options),
      network: {
        public_ip: options.publicIp ?? '',
        planetary: options.planetary ?? false,
        interfaces: [{ network: options.network, ip: options.ip }],
      },
      ...(options.gpu && { gpu: options.gpu }),
    }),

  /** Public addresses for a machine. */
  publicIp: (name: string, { v4 = true, v6 = false } = {}): WorkloadJson =>
    workloadJson(name, 'ip', { v4, v6 }),

  /** A reserved name below the node's domain, for backends such as `http://10.20.2.2:80`. */
  gatewayName: (
    name: string,
    backends: readonly string[],
    options: { reserved?: string; network?: string; tlsPassthrough?: boolean } = {},
  ): WorkloadJson =>
    workloadJson(name, 'gateway-name-proxy', {
      name: options.reserved ?? name,
      tls_passthrough: options.tlsPassthrough ?? false,
      backends,
      ...(options.network !== undefined && { network: options.network }),
    }),

  /** A domain of one's own. */
  gatewayFqdn: (name: string, fqdn: string, backends: readonly string[]): WorkloadJson =>
    workloadJson(name, 'gateway-fqdn-proxy', { fqdn, tls_passthrough: false, backends }),

  /** A namespace of a key-value database. */
  zdb: (
    name: string,
    size: Size,
    { mode = 'seq', password = 'secret' }: { mode?: 'user' | 'seq'; password?: string } = {},
  ): WorkloadJson =>
    workloadJson(name, 'zdb', { size: Number(sizeBytes(size)), mode, password, public: false }),

  /** A file system that is spread over namespaces: `host:port` pairs of databases as backends. */
  qsfs(
    name: string,
    cache: Size,
    backends: readonly { address: string; namespace: string; password: string }[],
  ): WorkloadJson {
    const encryption = { algorithm: 'AES', key: bytesOf(`qsfs ${name}`).toString('hex') }
    return workloadJson(name, 'qsfs', {
      cache: Number(sizeBytes(cache)),
      config: {
        minimal_shards: 1,
        expected_shards: Math.max(1, backends.length),
        redundant_groups: 0,
        redundant_nodes: 0,
        max_zdb_data_dir_size: 512,
        encryption,
        meta: { type: 'zdb', config: { prefix: name, encryption, backends } },
        groups: [{ backends }],
        compression: { algorithm: 'snappy' },
      },
    })
  },

  /** A stream of a machine's console. */
  logs: (name: string, machine: string, output: string): WorkloadJson =>
    workloadJson(name, 'zlogs', { zmachine: machine, output }),

  /** A private network on a light node. */
  lightNetwork: (name: string, subnet = '10.30.2.0/24'): WorkloadJson =>
    workloadJson(name, 'network-light', {
      subnet,
      mycelium: { hex_key: bytesOf(`mycelium ${name}`).toString('hex'), peers: [] },
      ip_range: subnet.replace(/^(\d+\.\d+)\..*$/, '$1.0.0/16'),
      wireguard_private_key: '',
      wireguard_listen_port: 0,
      peers: [],
    }),

  /** A machine on a light node, which mycelium reaches. */
  lightMachine: (name: string, options: MachineOptions): WorkloadJson =>
    workloadJson(name, 'zmachine-light', {
      ...machineData(options),
      network: {
        interfaces: [{ network: options.network, ip: options.ip }],
        mycelium: {
          network: options.network,
          hex_seed: bytesOf(`seed ${name}`).toString('hex').slice(0, 12),
        },
      },
    }),
} as const

function machineData(options: MachineOptions) {
  const mounts = (options.mounts ?? []).map(mount =>
    typeof mount === 'string' ? { name: mount, mountpoint: `/${mount}` } : mount,
  )
  return {
    flist: options.flist ?? defaultFlist,
    network: {},
    size: Number(sizeBytes(options.rootfs ?? 0)),
    compute_capacity: {
      cpu: options.cpu ?? 1,
      memory: Number(sizeBytes(options.memory ?? '1 GB')),
    },
    mounts,
    entrypoint: options.entrypoint ?? '/sbin/zinit init',
    env: options.env ?? {},
    corex: false,
  }
}
