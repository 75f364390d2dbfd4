// A quantum-safe file system: data spread over zdb namespaces, cached on the node.

import { hashedAddress, macAddress, macBytes } from '../addresses.ts'
import { type Decoded, hexBytes, list, struct, text, uint32, unit } from '../go/json-decoder.ts'
import { createVolume, deleteVolume, findVolume, limitVolume } from '../hardware/pools.ts'
import { type Outcome, refused } from '../outcome.ts'
import {
  type NodeFacts,
  type NodeResources,
  withId,
  withoutId,
} from '../resources/node-resources.ts'
import { GiB } from './capacity.ts'
import {
  type ChallengeWriter,
  done,
  failed,
  type InstallContext,
  type StepOutcome,
  type UpdateContext,
  workload,
} from './workload-type.ts'

/** Where the node keeps its mounts (threefoldtech/zosbase: pkg/qsfsd/qsfs.go). */
const mountFolder = '/var/cache/modules/qsfsd/mounts'
const metricsPort = 9100

/** Two rounds of the node's clean-up, which sees in the second that a removed file system is at rest. */
const leavingMs = 20 * 60_000

/** More removed file systems than this are not waited for; the oldest is forgotten. */
const maxLeaving = 64

const encryption = struct('zos.Encryption', {
  algorithm: text('zos.EncryptionAlgorithm'),
  key: hexBytes('zos.EncryptionKey'),
})

const backend = struct('zos.ZdbBackend', { address: text(), namespace: text(), password: text() })

const config = struct('zos.QuantumSafeFSConfig', {
  minimal_shards: uint32,
  expected_shards: uint32,
  redundant_groups: uint32,
  redundant_nodes: uint32,
  max_zdb_data_dir_size: uint32,
  encryption,
  meta: struct('zos.QuantumSafeMeta', {
    type: text(),
    config: struct('zos.QuantumSafeConfig', {
      prefix: text(),
      encryption,
      backends: list(backend),
    }),
  }),
  groups: list(struct('zos.ZdbGroup', { backends: list(backend) })),
  compression: struct('zos.QuantumCompression', { algorithm: text() }),
})

function putEncryption(put: ChallengeWriter, data: Decoded<typeof encryption>): void {
  put.text(data.algorithm)
  put.text(data.key)
}

function putBackends(put: ChallengeWriter, backends: readonly Decoded<typeof backend>[]): void {
  for (const { address, namespace, password } of backends) {
    put.text(address)
    put.text(namespace)
    put.text(password)
  }
}

const qsfsData = struct('zos.QuantumSafeFS', { cache: unit, config })

type QsfsData = Decoded<typeof qsfsData>

function resultOf(node: NodeFacts, id: string) {
  const address = hashedAddress(node.planetarySubnet, macBytes(macAddress(`ygg:${id}`)))
  return {
    path: `${mountFolder}/${id}`,
    metrics_endpoint: `http://[${address}]:${metricsPort}/metrics`,
  }
}

function hasLeft(resources: NodeResources, id: string): NodeResources {
  const leavingFileSystems = resources.leavingFileSystems.filter(other => other !== id)
  return { ...resources, leavingFileSystems: Object.freeze(leavingFileSystems) }
}

/** Takes down whatever is there of a file system, its cache included. */
function unmounted(resources: NodeResources, id: string): NodeResources {
  return {
    ...hasLeft(resources, id),
    fileSystems: withoutId(resources.fileSystems, id),
    pools: deleteVolume(resources.pools, id),
  }
}

function mount({ node, resources, id, data }: InstallContext<QsfsData>): Outcome<NodeResources> {
  if (resources.leavingFileSystems.includes(id)) {
    return refused('qsfs marked for deletion, try again later')
  }
  if (node.planetarySubnet === '') return refused('failed to prepare qsfs: no ygg server found')
  if (findVolume(resources.pools, id) === undefined && data.cache === 0n) {
    return refused('failed to mount qsfs flist: invalid mount option, missing disk type')
  }
  const pools = createVolume(resources.pools, id, data.cache, node.storage)
  if (!pools.ok) {
    const cause = `failed to create read-write subvolume for 0-fs: ${pools.error}`
    return refused(`failed to mount qsfs flist: ${cause}`)
  }
  const fileSystems = withId(resources.fileSystems, id)
  return { ok: true, value: { ...resources, pools: pools.value, fileSystems } }
}

function install(context: InstallContext<QsfsData>): StepOutcome {
  const { node, resources, id } = context
  const mounted = mount(context)
  if (mounted.ok) return done(mounted.value, resultOf(node, id))
  // The node takes down what it failed to mount; one that was leaving is gone with that.
  return failed(unmounted(resources, id), `failed to create qsfs mount: ${mounted.error}`)
}

function remount({ node, resources, id, data }: UpdateContext<QsfsData>): Outcome<NodeResources> {
  if (resources.leavingFileSystems.includes(id)) return refused('already marked for deletion')
  if (node.planetarySubnet === '') return refused('failed to get ygg ip: no ygg server found')
  if (!resources.fileSystems.includes(id)) {
    return refused('failed to get qsfs flist mountpoint: flist not mounted: exit status 1')
  }
  const pools = limitVolume(resources.pools, id, data.cache)
  if (!pools.ok) return refused(`failed to get qsfs flist mountpoint: ${pools.error}`)
  return { ok: true, value: { ...resources, pools: pools.value } }
}

/** `qsfs`: threefoldtech/zosbase: pkg/gridtypes/zos/qsfs.go, pkg/qsfsd/qsfs.go */
export const qsfs = workload('qsfs', {
  data: qsfsData,
  challenge: (put, { cache, config: { meta, ...settings } }) => {
    put.number(cache)
    put.number(settings.minimal_shards)
    put.number(settings.expected_shards)
    put.number(settings.redundant_groups)
    put.number(settings.redundant_nodes)
    put.number(settings.max_zdb_data_dir_size)
    putEncryption(put, settings.encryption)
    put.text(meta.type)
    put.text(meta.config.prefix)
    putEncryption(put, meta.config.encryption)
    putBackends(put, meta.config.backends)
    for (const group of settings.groups) putBackends(put, group.backends)
    put.text(settings.compression.algorithm)
  },
  validate: ({ config: { minimal_shards, expected_shards } }) =>
    minimal_shards > expected_shards
      ? "minimal shards can't be greater than expected shards"
      : undefined,
  capacity: ({ cache }) => ({ cru: 1n, mru: GiB, sru: cache }),
  installOrder: { full: 30, light: 30 },
  install,

  update: context => {
    const { node, resources, id } = context
    const changed = remount(context)
    if (changed.ok) return done(changed.value, resultOf(node, id))
    return failed(resources, `failed to update qsfs mount: ${changed.error}`)
  },

  // The node lets it write back what it cached, and refuses the same name until that is over.
  remove: ({ resources, id }) => {
    const gone = unmounted(resources, id)
    const leaving = [...gone.leavingFileSystems, id].slice(-maxLeaving)
    return done({ ...gone, leavingFileSystems: Object.freeze(leaving) })
  },

  cleanUp: { afterMs: leavingMs, run: ({ resources, id }) => hasLeft(resources, id) },
})
