// A quantum-safe file system: data spread over zdb namespaces, cached on the node.

import { type Decoded, hexBytes, list, struct, text, uint32, unit } from '../go/json-decoder.ts'
import { GiB } from './capacity.ts'
import { type ChallengeWriter, workload } from './workload-type.ts'

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

/** `qsfs`: threefoldtech/zosbase: pkg/gridtypes/zos/qsfs.go */
export const qsfs = workload('qsfs', {
  data: struct('zos.QuantumSafeFS', { cache: unit, config }),
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
  isUpdatable: true,
})
