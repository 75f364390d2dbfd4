import { describe, expect, it } from 'vitest'
import type { WorkloadState } from '../../../src/zos/deployment/deployment.ts'
import {
  ending,
  network,
  resourcesAfter,
  sampleDeployment,
  sampleResources,
  step,
  zmachine,
} from '../sample.ts'

const reserved = (...ips: string[]) => ({
  contract: { publicIps: ips.map(ip => ({ ip, gateway: '185.206.122.1' })) },
})
const nothing = { ip: '', ip6: '', gateway: '' }

const ip = (name: string, v4: boolean, v6: boolean, state: WorkloadState = '', address = '') => ({
  name,
  type: 'ip',
  data: { v4, v6 },
  state,
  result: { ...nothing, ip: address, gateway: '185.206.122.1' },
})

describe('public addresses', () => {
  const first = reserved('185.206.122.33/24', '185.206.122.34/24')

  it('are taken from the contract in its order', () => {
    const outcome = step('install', sampleDeployment([ip('a', true, false)]), 'a', first)
    expect(ending(outcome)).toEqual({
      kind: 'ok',
      data: { ip: '185.206.122.33/24', ip6: '', gateway: '185.206.122.1' },
    })
    expect(outcome.resources.publicIps).toEqual(['29-10-a'])
  })

  it('are not taken from an ok workload of the deployment', () => {
    const workloads = [ip('a', true, false, 'ok', '185.206.122.33/24'), ip('b', true, false)]
    const outcome = step('install', sampleDeployment(workloads), 'b', first)
    expect(ending(outcome)).toMatchObject({ data: { ip: '185.206.122.34/24' } })
  })

  it('are kept by a workload that had one before a boot', () => {
    const workloads = [ip('a', true, false, 'ok', '185.206.122.34/24')]
    const outcome = step('install', sampleDeployment(workloads), 'a', reserved())
    expect(ending(outcome)).toMatchObject({ kind: 'ok', data: { ip: '185.206.122.34/24' } })
  })

  it('of version 6 follow from the prefix of the node', () => {
    const deployment = sampleDeployment([ip('pip', false, true)])
    const ip6 = '2a10:b600:1:0:d4f9:a0ff:fe40:66ee/64'
    expect(ending(step('install', deployment, 'pip'))).toEqual({
      kind: 'ok',
      data: { ...nothing, ip6 },
    })
    const node = { publicIpv6Subnet: '' }
    expect(ending(step('install', deployment, 'pip', { node }))).toEqual({
      kind: 'error',
      error: 'could not look up ipv6 prefix: no public ipv6 found',
      data: nothing,
    })
  })

  it('are refused when the contract has fewer; the number told counts all ip workloads', () => {
    const workloads = [ip('a', true, false), ip('b', true, false), ip('c', false, true)]
    const outcome = step('install', sampleDeployment(workloads), 'a', reserved('1.1.1.1/24'))
    expect(ending(outcome)).toEqual({
      kind: 'error',
      error: 'required 3 ips while contract has 1 ip reserved',
      data: nothing,
    })
  })

  it('are refused when all reserved ones are used, or are no addresses', () => {
    const used = [ip('a', false, true, 'ok', '1.1.1.1/24'), ip('b', true, false)]
    const error = (...[workloads, situation]: [typeof used, Parameters<typeof step>[3]]) =>
      ending(step('install', sampleDeployment(workloads), 'b', situation)).error
    expect(error(used, reserved('1.1.1.1/24'))).toBe(
      'could not allocate public IP address to workload',
    )
    expect(error([ip('b', true, false)], reserved('1.1.1.1'))).toBe(
      "found a malformed ip address in contract object '<nil>'",
    )
    const noGateway = { contract: { publicIps: [{ ip: '1.1.1.1/24', gateway: 'x' }] } }
    expect(error([ip('b', true, false)], noGateway)).toBe(
      "found a malformed gateway address in farm object 'x'",
    )
  })

  it('of the older type are of version 4', () => {
    const deployment = sampleDeployment([{ name: 'old', type: 'ipv4', data: {} }])
    const outcome = step('install', deployment, 'old', first)
    expect(ending(outcome)).toMatchObject({ kind: 'ok', data: { ip: '185.206.122.33/24' } })
  })

  it('are set up once, and given back', () => {
    const deployment = sampleDeployment([ip('a', true, false)])
    const resources = resourcesAfter(step('install', deployment, 'a', first))
    const again = step('install', deployment, 'a', { ...first, resources })
    expect(ending(again)).toEqual({ kind: 'no-change' })
    expect(resourcesAfter(step('remove', deployment, 'a', { resources }))).toEqual(sampleResources)
  })
})

describe('logs', () => {
  const logs = { name: 'logs', type: 'zlogs', data: { zmachine: 'vm', output: 'ws://a' } }
  const withVm = (state: WorkloadState) => sampleDeployment([zmachine('vm', {}, state), logs])
  const net = sampleDeployment([network('net1')])
  const withNetwork = resourcesAfter(step('install', net, 'net1'))
  const running = resourcesAfter(step('install', withVm(''), 'vm', { resources: withNetwork }))

  it('stream from a machine that runs, once', () => {
    const outcome = step('install', withVm('ok'), 'logs', { resources: running })
    expect(ending(outcome)).toEqual({ kind: 'ok', data: null })
    expect(outcome.resources.logStreams).toEqual(['29-10-logs'])
    const again = step('install', withVm('ok'), 'logs', { resources: outcome.resources })
    expect(ending(again)).toMatchObject({
      kind: 'error',
      error: "stream with same id 'stream:29-10-logs' already exists",
    })
    const removed = step('remove', withVm('ok'), 'logs', { resources: outcome.resources })
    expect(resourcesAfter(removed)).toEqual(running)
  })

  it('are ok without a stream when the machine is in error, as on the real node', () => {
    const outcome = step('install', withVm('error'), 'logs', { resources: running })
    expect(ending(outcome)).toEqual({ kind: 'ok', data: null })
    expect(outcome.resources.logStreams).toEqual([])
  })

  it('fail when the process of the machine is gone', () => {
    expect(ending(step('install', withVm('ok'), 'logs'))).toMatchObject({
      kind: 'error',
      error: "vm '29-10-vm' not found",
    })
  })
})
