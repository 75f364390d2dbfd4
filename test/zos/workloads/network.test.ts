import { describe, expect, it } from 'vitest'
import { networkId } from '../../../src/zos/addresses.ts'
import { ending, network, peer, resourcesAfter, sampleDeployment, step, update } from '../sample.ts'

const failure = (cause: string) => ({
  kind: 'error',
  error: `failed to create network resource for network 29-10-net1: ${cause}`,
  data: null,
})

const install = (data: Record<string, unknown>, resources?: Parameters<typeof step>[3]) =>
  step('install', sampleDeployment([network('net1', data)]), 'net1', resources)

describe('network', () => {
  const deployment = sampleDeployment([network('net1')])
  const installed = resourcesAfter(step('install', deployment, 'net1'))

  it('belongs to its twin by name, whatever the contract', () => {
    expect(ending(step('install', deployment, 'net1'))).toEqual({ kind: 'ok', data: null })
    expect(installed.networks).toEqual([
      {
        id: networkId(29, 'net1'),
        twinId: 29,
        name: 'net1',
        workloadId: '29-10-net1',
        ipRange: '10.20.0.0/16',
        subnet: '10.20.2.0/24',
        wireguardPort: 3011,
        myceliumAddress: '',
      },
    ])
  })

  it('is configured anew by an update, its old port free again', () => {
    const next = sampleDeployment([network('net1', { wireguard_listen_port: 4000 })])
    const updated = resourcesAfter(update(deployment, next, 'net1', { resources: installed }))
    expect(updated.networks.map(entry => entry.wireguardPort)).toEqual([4000])
  })

  it('has an address of its own with mycelium', () => {
    const hex_key = 'a4de7e9a7bee1fa308fe44cd00ef59ed8e5bab6da36ce6d27de0ae0e61718070'
    const resources = resourcesAfter(install({ mycelium: { hex_key } }))
    expect(resources.networks[0]?.myceliumAddress).toBe('466:f52c:62d6:7561:a56b:9ea7:bb83:9073')
  })

  it('does not take the port of another network', () => {
    const other = sampleDeployment([network('net2')])
    expect(ending(step('install', other, 'net2', { resources: installed }))).toMatchObject({
      kind: 'error',
      error:
        'failed to create network resource for network 29-10-net2: wireguard listen port already in use, pick another one: port 3011 is already in the set',
    })
    const anyPort = resourcesAfter(install({ wireguard_listen_port: 0 }))
    const second = sampleDeployment([network('net2', { wireguard_listen_port: 0 })])
    expect(step('install', second, 'net2', { resources: anyPort }).kind).toBe('ok')
  })

  const wrongKey = 'wgtypes: failed to parse base64-encoded key: illegal base64 data at input byte'
  it.each([
    ['a key that is no base64', { wireguard_private_key: 'ab!c' }, `${wrongKey} 2`],
    ['a cut-off key', { wireguard_private_key: 'abcdef' }, `${wrongKey} 4`],
    ['a short key', { wireguard_private_key: 'AAAA' }, 'wgtypes: incorrect key size: 3'],
    [
      'a short key of a peer, told before its own',
      { wireguard_private_key: '!', peers: [peer({ wireguard_public_key: 'AA==' })] },
      'wgtypes: incorrect key size: 1',
    ],
    [
      'an endpoint without port',
      { peers: [peer({ endpoint: '1.2.3.4' })] },
      'address 1.2.3.4: missing port in address',
    ],
    [
      'an endpoint with a named port',
      { peers: [peer({ endpoint: '1.2.3.4:wg' })] },
      'strconv.Atoi: parsing "wg": invalid syntax',
    ],
  ])('fails with %s', (_what, data, cause) => {
    expect(ending(install(data))).toEqual(
      failure(
        `failed to configure network resource: failed to configure wireguard interface: ${cause}`,
      ),
    )
  })

  it('takes peers at an address, at a name, and hidden ones', () => {
    const endpoints = ['1.2.3.4:5678', '[2a02::1]:1000', 'example.com:1', '']
    const peers = endpoints.map(endpoint => peer({ endpoint }))
    expect(install({ peers }).kind).toBe('ok')
  })

  it('is lost when it cannot be configured anew', () => {
    const broken = sampleDeployment([network('net1', { wireguard_private_key: 'AAAA' })])
    const outcome = update(deployment, broken, 'net1', { resources: installed })
    expect(outcome.kind).toBe('error')
    expect(outcome.resources.networks).toEqual([])
  })

  it('is removed, or complains that it is not there', () => {
    const removed = resourcesAfter(step('remove', deployment, 'net1', { resources: installed }))
    expect(removed.networks).toEqual([])
    expect(ending(step('remove', deployment, 'net1'))).toEqual({
      kind: 'error',
      error: `failed to delete network resource: open /var/run/cache/networkd/networks/${networkId(29, 'net1')}: no such file or directory`,
      data: null,
    })
  })
})
