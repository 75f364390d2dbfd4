// A small machine as people deploy it: its own network, a disk and the machine, as JSON that goes over the bus.

import { toHex } from '../../crypto/hex.ts'
import type { KeyPair } from '../../crypto/keys.ts'
import { invariant } from '../../kernel/errors.ts'
import type { RandomStream } from '../../kernel/random.ts'
import { deploymentHashText } from '../../zos/deployment/challenge.ts'
import { decodeDeployment } from '../../zos/deployment/deployment.ts'
import { GiB } from '../../zos/workloads/capacity.ts'
import type { WorkloadTypes } from '../../zos/workloads/workload-type.ts'

/** What a machine is to be like. */
export interface MachineWish {
  readonly name: string
  readonly twinId: number
  /** Without a contract yet. */
  readonly cpu: number
  readonly memoryGiB: number
  readonly diskGiB: number
}

/** A deployment that is not signed yet, as JSON text, and its hash: 32 hex characters, as its contract holds them. */
export interface MachinePlan {
  readonly json: string
  readonly hash: string
}

const flist = 'https://hub.grid.tf/tf-official-apps/base:latest.flist'

/** Plans a machine. */
export function planMachine(
  { name, twinId, cpu, memoryGiB, diskGiB }: MachineWish,
  { random, types }: { readonly random: RandomStream; readonly types: WorkloadTypes },
): MachinePlan {
  const second = random.int(1, 254)
  const workload = (own: string, type: string, data: unknown) => ({
    version: 0,
    name: own,
    type,
    data,
    metadata: '',
    description: '',
  })
  const json = JSON.stringify({
    version: 0,
    twin_id: twinId,
    contract_id: 0,
    metadata: JSON.stringify({ version: 3, type: 'vm', name, projectName: '' }),
    description: '',
    expiration: 0,
    signature_requirement: {
      requests: [{ twin_id: twinId, required: false, weight: 1 }],
      weight_required: 1,
      signatures: [],
      signature_style: '',
    },
    workloads: [
      workload(`${name}net`, 'network', {
        ip_range: `10.${second}.0.0/16`,
        subnet: `10.${second}.2.0/24`,
        wireguard_private_key: Buffer.from(random.bytes(32)).toString('base64'),
        wireguard_listen_port: random.int(1024, 32_767),
        peers: [],
      }),
      workload(`${name}disk`, 'zmount', { size: diskGiB * Number(GiB) }),
      workload(name, 'zmachine', {
        flist,
        network: {
          public_ip: '',
          planetary: false,
          interfaces: [{ network: `${name}net`, ip: `10.${second}.2.2` }],
        },
        size: 0,
        compute_capacity: { cpu, memory: memoryGiB * Number(GiB) },
        mounts: [{ name: `${name}disk`, mountpoint: '/data' }],
        entrypoint: '/sbin/zinit init',
        env: {},
        corex: false,
      }),
    ],
  })
  const decoded = decodeDeployment(json)
  invariant(decoded.ok, 'a machine that is planned here can be read')
  const hash = deploymentHashText(decoded.value, types)
  invariant(hash.ok, 'a machine that is planned here has a hash')
  return { json, hash: hash.value }
}

/** A plan as it is sent to the node: with its contract, signed by its twin. */
export function signedPlan({ json, hash }: MachinePlan, contractId: bigint, pair: KeyPair): string {
  const plan = JSON.parse(json)
  plan.contract_id = Number(contractId)
  const signature = toHex(pair.sign(Buffer.from(hash, 'hex'))).slice(2)
  plan.signature_requirement.signatures = [
    { twin_id: plan.twin_id, signature, signature_type: pair.scheme },
  ]
  return JSON.stringify(plan)
}
