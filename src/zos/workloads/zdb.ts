// A key-value namespace on a hard disk.

import {
  hashedAddress,
  macAddress,
  macBytes,
  machineMyceliumIp,
  slaacAddress,
} from '../addresses.ts'
import { splitCidr } from '../go/ip.ts'
import { flag, struct, text, unit } from '../go/json-decoder.ts'
import {
  allocateDatabase,
  createNamespace,
  deleteNamespace,
  findNamespace,
  resizeNamespace,
} from '../hardware/devices.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import {
  type NodeFacts,
  type NodeResources,
  withId,
  withoutId,
} from '../resources/node-resources.ts'
import {
  done,
  failed,
  type JsonValue,
  noChange,
  type StepContext,
  type StepOutcome,
  unchanged,
  workload,
} from './workload-type.ts'

/** Where every database listens (threefoldtech/zosbase: pkg/primitives/zdb/zdb.go). */
const port = 9900

const noResult = { Namespace: '', IPs: null, Port: 0 }

const uuid = /\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g

/** Shortens the names of disks in a text, which users are not told. */
export function withoutUuids(text: string): string {
  return text.replace(uuid, '$1-***')
}

/** The addresses at which the database of a pool answers: public, planetary, mycelium. */
export function databaseAddresses(node: NodeFacts, poolName: string): readonly string[] {
  const { kind, publicIpv6Subnet, planetarySubnet, myceliumSubnet = '' } = node
  const mac = (purpose: string) => macAddress(`${purpose}:${poolName}`)
  if (kind === 'light') {
    if (myceliumSubnet === '') return []
    // A light node draws the seed; it is made from the pool's name here, so that it stays the same.
    const seed = Buffer.from(macBytes(mac('my'))).toString('hex')
    const mycelium = machineMyceliumIp(myceliumSubnet, seed)
    return mycelium.ok ? [mycelium.value] : []
  }
  const inSubnet = (subnet: string, purpose: string) =>
    subnet === '' ? [] : [hashedAddress(subnet, macBytes(mac(purpose)))]
  const isPublic = publicIpv6Subnet !== ''
  return [
    ...(isPublic ? [splitCidr(slaacAddress(publicIpv6Subnet, mac('pub'))).address] : []),
    ...inSubnet(planetarySubnet, 'ygg'),
    ...inSubnet(myceliumSubnet, 'my'),
  ]
}

function resultOf(node: NodeFacts, id: string, poolName: string): Outcome<JsonValue> {
  const addresses = databaseAddresses(node, poolName)
  if (addresses.length > 0) return accepted({ Namespace: id, IPs: addresses, Port: port })
  const cause = 'failed to get an IP for interface: waiting for more addresses'
  return refused(`failed to find IP address on zdb0 interface: ${cause}`)
}

function failure(resources: NodeResources, error: string): StepOutcome {
  return failed(resources, withoutUuids(error), noResult)
}

function setLocked(
  { resources, id }: StepContext<unknown>,
  isLocked: boolean,
): NodeResources | undefined {
  if (findNamespace(resources.pools, id) === undefined) return undefined
  const ids = resources.lockedNamespaces
  const lockedNamespaces = isLocked ? withId(ids, id) : withoutId(ids, id)
  return { ...resources, lockedNamespaces }
}

/** `zdb`: threefoldtech/zosbase: pkg/gridtypes/zos/zdb.go, pkg/primitives/zdb */
export const zdb = workload('zdb', {
  data: struct('zos.ZDB', {
    size: unit,
    mode: text('zos.ZDBMode'),
    password: text(),
    public: flag,
  }),
  challenge: (put, data) => {
    put.number(data.size)
    put.text(data.mode)
    put.text(data.password)
    put.flag(data.public)
  },
  validate: ({ size, mode }) => {
    if (size === 0n) return 'invalid size'
    return mode === 'user' || mode === 'seq' ? undefined : 'invalid mode'
  },
  capacity: ({ size }) => ({ hru: size }),

  install: ({ node, resources, id, data }) => {
    const found = findNamespace(resources.pools, id)
    if (found !== undefined) {
      const result = resultOf(node, id, found.pool.name)
      return result.ok ? done(resources, result.value) : failure(resources, result.error)
    }
    const device = allocateDatabase(resources.pools, data.size)
    if (!device.ok) {
      const error = `couldn't allocate device to satisfy namespace size: ${device.error}`
      return failure(resources, error)
    }
    const { pools, poolName } = device.value
    const result = resultOf(node, id, poolName)
    // The database that was started for this namespace stays.
    if (!result.ok) return failure({ ...resources, pools }, result.error)
    const withNamespace = createNamespace(pools, poolName, { name: id, size: data.size })
    return done({ ...resources, pools: withNamespace }, result.value)
  },

  update: ({ node, resources, id, data, current }) => {
    const refuse = (error: string) => unchanged(resources, withoutUuids(error), noResult)
    if (data.mode !== current.mode) return refuse('cannot change namespace mode')
    if (data.size < current.size) return refuse('cannot shrink zdb namespace')
    const isSame = data.password === current.password && data.public === current.public
    if (data.size === current.size && isSame) return noChange(resources)
    const found = findNamespace(resources.pools, id)
    if (found === undefined) return failure(resources, 'namespace not found')
    const isGrowing = data.size !== current.size
    const pools = isGrowing
      ? resizeNamespace(resources.pools, found, data.size)
      : accepted(resources.pools)
    if (!pools.ok) return refuse(pools.error)
    const after = { ...resources, pools: pools.value }
    const result = resultOf(node, id, found.pool.name)
    return result.ok ? done(after, result.value) : failure(after, result.error)
  },

  remove: ({ resources, id }) => {
    const found = findNamespace(resources.pools, id)
    if (found === undefined) return done(resources)
    return done({
      ...resources,
      pools: deleteNamespace(resources.pools, found),
      lockedNamespaces: withoutId(resources.lockedNamespaces, id),
    })
  },

  // A namespace that is not there cannot be locked, and its workload stays ok.
  pause: context => {
    const locked = setLocked(context, true)
    return locked === undefined ? noChange(context.resources) : done(locked)
  },
  resume: context => done(setLocked(context, false) ?? context.resources),
})
