// What can be given once is given once: public addresses, names, domains, ports.

import type { Contract } from '../../chain/pallets/smart-contract/types.ts'
import type { Farm } from '../../chain/pallets/tfgrid/types.ts'
import { byteStringToUtf8 } from '../../crypto/hex.ts'
import { listPublicIps } from '../../zos/resources/queries.ts'
import { entriesOf, type GridInvariant, isAtRest, settleMs, touchedNodes } from './invariant.ts'

/** An address of a farm belongs to one contract at most, which says the same. */
export const publicIpsGivenOnce: GridInvariant = {
  name: 'a public address is given once',
  check({ world }) {
    const contracts = new Map<bigint, Contract>()
    for (const [[id], contract] of entriesOf<[bigint], Contract>(
      world,
      'SmartContractModule',
      'Contracts',
    )) {
      contracts.set(id, contract)
    }
    const seen = new Map<string, bigint>()
    for (const [, farm] of entriesOf<[number], Farm>(world, 'TfgridModule', 'Farms')) {
      for (const { ip, contract_id } of farm.public_ips) {
        if (seen.has(ip)) return `two farms have the address ${byteStringToUtf8(ip)}`
        seen.set(ip, contract_id)
        if (contract_id === 0n) continue
        if (!ipsOf(contracts.get(contract_id)).includes(ip)) {
          return `the farm gave ${byteStringToUtf8(ip)} to contract ${contract_id}, which does not have it`
        }
      }
    }
    for (const [id, contract] of contracts) {
      for (const ip of ipsOf(contract)) {
        if (seen.get(ip) !== id) {
          return `contract ${id} has the address ${byteStringToUtf8(ip)}, which is not given to it`
        }
      }
    }
    return null
  },
}

/** No two workloads have the same public address. */
export const publicIpsUsedOnce: GridInvariant = {
  name: 'a public address is used by one workload',
  check(watched) {
    const { world } = watched
    if (!world.faults.isCalm(settleMs)) return null
    const { book } = world.nodes.engine
    const seen = new Set<string>()
    for (const index of touchedNodes(watched)) {
      if (!isAtRest(watched, index)) continue
      const ips = listPublicIps(book.listOf(index).map(({ deployment }) => deployment))
      if (!ips.ok) return ips.error
      for (const ip of ips.value) {
        if (seen.has(ip)) return `two workloads have the public address ${ip}`
        seen.add(ip)
      }
    }
    return null
  },
}

/** A reserved name has one contract, and each contract of a name has it. */
export const namesGivenOnce: GridInvariant = {
  name: 'a name belongs to one contract',
  check({ world }) {
    const holders = new Map<string, bigint>()
    for (const [[id], { contract_type }] of entriesOf<[bigint], Contract>(
      world,
      'SmartContractModule',
      'Contracts',
    )) {
      if (contract_type.type !== 'NameContract') continue
      const { name } = contract_type.value
      const other = holders.get(name)
      if (other !== undefined) {
        return `contracts ${other} and ${id} both have the name ${byteStringToUtf8(name)}`
      }
      holders.set(name, id)
    }
    for (const [[name], id] of entriesOf<[string], bigint>(
      world,
      'SmartContractModule',
      'ContractIDByNameRegistration',
    )) {
      if (id !== 0n && holders.get(name) !== id) {
        return `the name ${byteStringToUtf8(name)} is given to contract ${id}, which does not have it`
      }
      holders.delete(name)
    }
    for (const [name, id] of holders) {
      return `contract ${id} has the name ${byteStringToUtf8(name)}, which is not given to it`
    }
    return null
  },
}

/** A gateway serves a domain once. */
export const domainsServedOnce: GridInvariant = {
  name: 'a gateway serves each domain once',
  check(watched) {
    const { nodes } = watched.world
    for (const index of touchedNodes(watched)) {
      const domains = nodes.engine.resourcesOf(index).gateways.map(({ domain }) => domain)
      const twice = domains.find((domain, at) => domains.indexOf(domain) !== at)
      if (twice !== undefined)
        return `node ${nodes.summaryOf(index).nodeId} serves ${twice} for two workloads`
    }
    return null
  },
}

/** Two networks of a node never listen on one port. */
export const portsGivenOnce: GridInvariant = {
  name: 'a WireGuard port belongs to one network of a node',
  check(watched) {
    const { nodes } = watched.world
    for (const index of touchedNodes(watched)) {
      const ports = nodes.engine
        .resourcesOf(index)
        .networks.flatMap(({ wireguardPort }) => (wireguardPort === 0 ? [] : [wireguardPort]))
      const twice = ports.find((port, at) => ports.indexOf(port) !== at)
      if (twice !== undefined)
        return `two networks of node ${nodes.summaryOf(index).nodeId} have port ${twice}`
    }
    return null
  },
}

function ipsOf(contract: Contract | undefined): readonly string[] {
  const data = contract?.contract_type
  return data?.type === 'NodeContract' ? data.value.public_ips_list.map(({ ip }) => ip) : []
}
