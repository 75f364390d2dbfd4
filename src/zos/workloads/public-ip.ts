// Public addresses of machines: an IPv4 one that the contract reserved, an IPv6 one by the node's prefix, or both.

import { publicIpDevices, slaacAddress } from '../addresses.ts'
import { type Deployment, type Workload, workloadsOfType } from '../deployment/deployment.ts'
import { canonicalCidr, canonicalIp } from '../go/ip.ts'
import { type Decoded, decodeJson, flag, struct, text } from '../go/json-decoder.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import { withId, withoutId } from '../resources/node-resources.ts'
import {
  done,
  failed,
  type InstallContext,
  noChange,
  type StepContext,
  type StepOutcome,
  workload,
} from './workload-type.ts'

const publicIpData = struct('zos.PublicIP', { v4: flag, v6: flag })

type PublicIpData = Decoded<typeof publicIpData>

/** The result of an ip workload: what machines and clients read. */
export const publicIpResult = struct('zos.PublicIPResult', {
  ip: text(),
  ip6: text(),
  gateway: text(),
})

/** The result of an ip workload. */
export type PublicIpResult = Decoded<typeof publicIpResult>

const ipTypes = ['ipv4', 'ip']

function wants(entry: Workload): Outcome<PublicIpData> {
  if (entry.type === 'ipv4') return accepted({ v4: true, v6: false })
  return decodeJson(entry.data, publicIpData)
}

/** The addresses of an ip workload that is ok, for a machine that uses them. */
export function publicIpConfig(entry: Workload): Outcome<PublicIpResult> {
  if (!ipTypes.includes(entry.type)) {
    return refused('workload for public IP is of wrong type')
  }
  if (entry.result.state !== 'ok') return refused('public ip workload is not okay')
  const result = decodeJson(entry.result.data, publicIpResult)
  return result.ok ? result : refused(`failed to load ip result: ${result.error}`)
}

/** Addresses that other ok ip workloads of the deployment hold. */
function usedIps(deployment: Deployment, except: string): ReadonlySet<string> {
  const others = workloadsOfType(deployment, ...ipTypes).filter(entry => entry.name !== except)
  return new Set(others.map(publicIpConfig).flatMap(config => (config.ok ? [config.value.ip] : [])))
}

type Ipv4 = Pick<PublicIpResult, 'ip' | 'gateway'>

/** The first reserved address that nobody in the deployment uses (threefoldtech/zosbase: pkg/primitives/pubip). */
function reserveIpv4(context: InstallContext<unknown>): Outcome<Ipv4> {
  const { workload: own, deployment, contract } = context
  if (own.result.state === 'ok') {
    const result = decodeJson(own.result.data, publicIpResult)
    return result.ok ? result : refused(`failed to load public ip result: ${result.error}`)
  }
  const all = workloadsOfType(deployment, ...ipTypes)
  let required = 0
  for (const entry of all) {
    const data = wants(entry)
    if (!data.ok) return data
    if (data.value.v4) required++
  }
  const reserved = contract.publicIps
  if (required > reserved.length) {
    return refused(`required ${all.length} ips while contract has ${reserved.length} ip reserved`)
  }
  const used = usedIps(deployment, own.name)
  const free = reserved.find(entry => !used.has(entry.ip))
  if (free === undefined) return refused('could not allocate public IP address to workload')
  const ip = free.ip === '' ? accepted('') : canonicalCidr(free.ip)
  if (!ip.ok) return refused("found a malformed ip address in contract object '<nil>'")
  const gateway = canonicalIp(free.gateway)
  if (!gateway.ok) {
    return refused(`found a malformed gateway address in farm object '${free.gateway}'`)
  }
  return accepted({ ip: ip.value, gateway: gateway.value })
}

function install(context: InstallContext<unknown>, { v4, v6 }: PublicIpData): StepOutcome {
  const { node, resources, id } = context
  const nothing = { ip: '', ip6: '', gateway: '' }
  if (resources.publicIps.includes(id)) return noChange(resources)
  if (v6 && node.publicIpv6Subnet === '') {
    return failed(resources, 'could not look up ipv6 prefix: no public ipv6 found', nothing)
  }
  const ip6 = v6 ? slaacAddress(node.publicIpv6Subnet, publicIpDevices(id).mac) : ''
  const ipv4 = v4 ? reserveIpv4(context) : accepted({ ip: '', gateway: '' })
  if (!ipv4.ok) return failed(resources, ipv4.error, nothing)
  const { ip, gateway } = ipv4.value
  const publicIps = withId(resources.publicIps, id)
  return done({ ...resources, publicIps }, { ip, ip6, gateway })
}

function remove({ resources, id }: StepContext<unknown>): StepOutcome {
  return done({ ...resources, publicIps: withoutId(resources.publicIps, id) })
}

/** `ip`: threefoldtech/zosbase: pkg/gridtypes/zos/ipv4.go, pkg/primitives/pubip */
export const ip = workload('ip', {
  data: publicIpData,
  challenge: (put, { v4, v6 }) => {
    put.flag(v4)
    put.flag(v6)
  },
  validate: ({ v4, v6 }) => (v4 || v6 ? undefined : 'public ip workload with no selections'),
  capacity: ({ v4 }) => ({ ipv4u: v4 ? 1n : 0n }),
  runsOn: ['full'],
  installOrder: { full: 52, light: 52 },
  install: context => install(context, context.data),
  remove,
})

/** `ipv4`: the older form, of which only its presence counts. */
export const ipv4 = workload('ipv4', {
  data: struct('zos.PublicIP4', {}),
  challenge: () => undefined,
  capacity: () => ({ ipv4u: 1n }),
  runsOn: ['full'],
  installOrder: { full: 51, light: 51 },
  install: context => install(context, { v4: true, v6: false }),
  remove,
})
