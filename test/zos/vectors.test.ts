import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  consoleUrl,
  hashedAddress,
  ipv6Gateway,
  ipv6Subnet,
  lightMachineDevices,
  macAddress,
  macBytes,
  machineDevices,
  machineMyceliumIp,
  myceliumAddress,
  networkId,
  networkNames,
  nodeIdentity,
  planetaryAddress,
  planetarySubnet,
  privateIpv6,
  publicIpDevices,
  slaacAddress,
  uniqueName,
  wireguardAddress,
  zdbNamespace,
} from '../../src/zos/addresses.ts'
import { deploymentChallenge, deploymentHashText } from '../../src/zos/deployment/challenge.ts'
import {
  type Deployment,
  decodeDeployment,
  encodeDeployment,
} from '../../src/zos/deployment/deployment.ts'
import { signatureRefusal } from '../../src/zos/deployment/signatures.ts'
import { deploymentRefusal } from '../../src/zos/deployment/validate.ts'
import { accepted, refused } from '../../src/zos/outcome.ts'
import { addCapacity } from '../../src/zos/workloads/capacity.ts'
import { workloadTypes } from '../../src/zos/workloads/registry.ts'
import { workloadCapacity } from '../../src/zos/workloads/workload-type.ts'

interface DeploymentCase {
  readonly id: string
  readonly note: string
  readonly deployment: object
  readonly capacity: Readonly<Record<string, number>>
}

interface Vectors {
  readonly deployments: readonly (DeploymentCase & {
    readonly challenge: string
    readonly challenge_utf8_length: number
    readonly hash: string
  })[]
  readonly divergent: { readonly cases: readonly NodeCase[] }
  readonly node_only: { readonly cases: readonly NodeCase[] }
  readonly signatures: {
    readonly cases: readonly {
      readonly id: string
      readonly note: string
      readonly deployment: object
      readonly message_hex: string
      readonly keys_by_twin: Readonly<Record<string, string>>
      readonly expect: string | { readonly prefix: string }
    }[]
  }
  readonly identifiers: Readonly<Record<string, never>> & {
    readonly node: Readonly<Record<string, string>>
    readonly networks: readonly Readonly<Record<string, string | number>>[]
    readonly virtual_machines: readonly Readonly<Record<string, string>>[]
    readonly public_ips: readonly Readonly<Record<string, string>>[]
    readonly macs: readonly { readonly input_hex: string; readonly mac: string }[]
    readonly wireguard_addresses: readonly Readonly<Record<'subnet' | 'wg_address', string>>[]
    readonly zdb_containers: readonly Readonly<Record<string, string>>[]
  }
}

type NodeCase = DeploymentCase & { readonly node_challenge: string; readonly node_hash: string }

const file = new URL('../../fixtures/vectors/deployment-vectors.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors

function decoded(deployment: object): Deployment {
  const result = decodeDeployment(JSON.stringify(deployment))
  if (!result.ok) throw new TypeError(result.error)
  return result.value
}

function capacityOf(deployment: Deployment): Record<string, number> {
  const parts = deployment.workloads.map(workload => {
    const capacity = workloadCapacity(workload, workloadTypes)
    if (!capacity.ok) throw new TypeError(capacity.error)
    return capacity.value
  })
  const { cru, sru, hru, mru, ipv4u } = addCapacity(...parts)
  const sums = { cru, sru, hru, mru, ipv4u }
  return Object.fromEntries(Object.entries(sums).map(([name, value]) => [name, Number(value)]))
}

describe('deployments that client and node hash alike', () => {
  it.each(vectors.deployments)('$id: $note', ({ deployment, ...expected }) => {
    const sent = decoded(deployment)
    const challenge = deploymentChallenge(sent, workloadTypes)
    expect(challenge).toEqual(accepted(expected.challenge))
    expect(Buffer.byteLength(expected.challenge)).toBe(expected.challenge_utf8_length)
    expect(deploymentHashText(sent, workloadTypes)).toEqual(accepted(expected.hash))
    expect(capacityOf(sent)).toEqual(expected.capacity)
  })

  it.each(vectors.deployments)('$id comes back as it was sent', ({ deployment }) => {
    const back = JSON.parse(encodeDeployment(decoded(deployment))) as {
      workloads: { result: unknown }[]
    }
    const result = { created: 0, state: '', message: '', data: null }
    expect(back.workloads.every(workload => 'result' in workload)).toBe(true)
    for (const workload of back.workloads) expect(workload.result).toEqual(result)
    const workloads = back.workloads.map(({ result: _result, ...workload }) => workload)
    expect({ ...back, workloads }).toMatchObject(deployment)
  })

  const bySelf = vectors.deployments.filter(({ id }) => id !== 'R08')
  it.each(bySelf)('$id breaks no rule', ({ deployment }) => {
    expect(deploymentRefusal(decoded(deployment), workloadTypes)).toBeUndefined()
  })
})

describe('deployments of which only the node hash counts', () => {
  const cases = [...vectors.divergent.cases, ...vectors.node_only.cases]
  it.each(cases)('$id: $note', ({ deployment, ...expected }) => {
    const sent = decoded(deployment)
    expect(deploymentChallenge(sent, workloadTypes)).toEqual(accepted(expected.node_challenge))
    expect(deploymentHashText(sent, workloadTypes)).toEqual(accepted(expected.node_hash))
    expect(capacityOf(sent)).toEqual(expected.capacity)
  })
})

describe('signatures', () => {
  it.each(vectors.signatures.cases)(
    '$id: $note',
    ({ deployment, keys_by_twin, expect: wanted }) => {
      const lookup = (twinId: number) => {
        const key = keys_by_twin[String(twinId)]
        return key === undefined ? refused('twin not found') : accepted(key)
      }
      const refusal = signatureRefusal(decoded(deployment), workloadTypes, lookup)
      if (typeof wanted === 'object') {
        expect(refusal?.startsWith(wanted.prefix)).toBe(true)
        expect(refusal).toMatch(/twin not found$/)
      } else {
        expect(refusal ?? 'ok').toBe(wanted)
      }
    },
  )

  it('are made over the message of the vector', () => {
    for (const { deployment, message_hex, id } of vectors.signatures.cases) {
      const messages: string[] = []
      const key = '00'.repeat(32)
      signatureRefusal(
        decoded(deployment),
        workloadTypes,
        () => accepted(key),
        claim => {
          messages.push(Buffer.from(claim.message).toString('hex'))
          return false
        },
      )
      for (const message of messages) expect(message, id).toBe(message_hex)
    }
  })
})

const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

function publicKeyOfSeed(seed: Uint8Array): Uint8Array {
  const der = Buffer.concat([ed25519Prefix, seed])
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  return key.export({ format: 'der', type: 'spki' }).subarray(-32)
}

describe('identifiers', () => {
  const {
    node,
    networks,
    virtual_machines,
    public_ips,
    macs,
    wireguard_addresses,
    zdb_containers,
  } = vectors.identifiers
  const nodeKey = Buffer.from(node.ed25519_public_key_hex ?? '', 'hex')
  const nodeSubnet = node.ygg_subnet ?? ''

  it('of a node follow from its key', () => {
    const seed = Buffer.from(node.ed25519_seed_hex ?? '', 'hex')
    expect(Buffer.from(publicKeyOfSeed(seed))).toEqual(nodeKey)
    const identity = nodeIdentity(nodeKey)
    expect({
      ...node,
      node_identity_base58: identity,
      ygg_address: planetaryAddress(nodeKey),
      ygg_subnet: planetarySubnet(nodeKey),
      ygg_gateway: ipv6Gateway(planetarySubnet(nodeKey)),
      mac_public_namespace: macAddress(`${identity}-public`),
      mac_ndmz4: macAddress(`${identity}-ndmz4`),
      mac_ndmz6: macAddress(`${identity}-ndmz6`),
    }).toEqual(node)
  })

  it.each(networks)('of network $network_name of twin $twin_id', vector => {
    const id = networkId(Number(vector.twin_id), String(vector.network_name))
    const names = networkNames(id)
    const made: Record<string, unknown> = {
      network_id: id,
      namespace: names.namespace,
      bridge: names.bridge,
      wireguard_iface: names.wireguard,
      mycelium_bridge: names.myceliumBridge,
    }
    if (vector.mycelium_key_hex !== undefined) {
      const address = myceliumAddress(Buffer.from(String(vector.mycelium_key_hex), 'hex'))
      made.mycelium_address = address
      made.mycelium_subnet = ipv6Subnet(address)
      made.mycelium_gateway = ipv6Gateway(address)
    }
    expect({ ...vector, ...made }).toEqual(vector)
  })

  it.each(virtual_machines)('of machine $workload_id', vector => {
    const { workload_id = '', network_name = '', private_ip = '' } = vector
    const devices = machineDevices(workload_id, network_name)
    const light = lightMachineDevices(workload_id, network_name)
    const twinId = Number(workload_id.split('-')[0])
    const subnet = `${private_ip}/24`
    const made: Record<string, unknown> = {
      private_unique: uniqueName(workload_id, network_name),
      private_tap: devices.private.tap,
      private_mac: devices.private.mac,
      private_ipv6: privateIpv6(networkId(twinId, network_name), private_ip),
      ygg_unique: uniqueName(workload_id, 'ygg'),
      ygg_mac: devices.planetary.mac,
      planetary_ip: hashedAddress(nodeSubnet, macBytes(devices.planetary.mac)),
      mycelium_unique: uniqueName(workload_id, 'mycelium'),
      mycelium_mac: devices.mycelium.mac,
      light_private_tap: light.private.tap,
      light_private_mac: light.private.mac,
      light_mycelium_tap: light.mycelium.tap,
      light_mycelium_mac: light.mycelium.mac,
      console_url_full_node: consoleUrl(subnet, private_ip),
    }
    if (vector.hex_seed !== undefined) {
      const secret = Buffer.from(vector.mycelium_network_key_hex ?? '', 'hex')
      const ip = machineMyceliumIp(myceliumAddress(secret), vector.hex_seed)
      made.mycelium_ip = ip.ok ? ip.value : ip.error
    }
    expect({ ...vector, ...made }).toEqual(vector)
  })

  it.each(public_ips)('of public address $workload_id', vector => {
    const { workload_id = '', node_ipv6_prefix = '' } = vector
    const devices = publicIpDevices(workload_id)
    expect({
      ...vector,
      pub_unique: uniqueName(workload_id, 'pub'),
      pub_tap: devices.tap,
      filter_name: devices.filter,
      mac: devices.mac,
      ip6: slaacAddress(node_ipv6_prefix, devices.mac),
    }).toEqual(vector)
  })

  it.each(macs)('MAC of bytes $input_hex', ({ input_hex, mac }) => {
    expect(macAddress(Buffer.from(input_hex, 'hex'))).toBe(mac)
  })

  it.each(wireguard_addresses)('WireGuard address in $subnet', ({ subnet, wg_address }) => {
    expect(wireguardAddress(subnet)).toBe(wg_address)
  })

  it.each(zdb_containers)('of the zdb container on $pool_uuid', vector => {
    const { pool_uuid = '' } = vector
    expect({
      ...vector,
      netns: zdbNamespace(pool_uuid),
      ygg_ip: hashedAddress(nodeSubnet, macBytes(macAddress(`ygg:${pool_uuid}`))),
    }).toEqual(vector)
  })
})
