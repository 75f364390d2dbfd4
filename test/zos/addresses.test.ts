import { createPrivateKey, createPublicKey } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  consoleUrl,
  hashedAddress,
  ipv6Gateway,
  ipv6Subnet,
  lightConsoleUrl,
  macAddress,
  macBytes,
  machineMyceliumIp,
  networkNames,
  planetaryAddress,
  planetarySubnet,
  privateIpv6,
  subnetGateway,
  wireguardAddress,
} from '../../src/zos/addresses.ts'
import { canonicalIp, cidrContains, formatIp } from '../../src/zos/go/ip.ts'
import { accepted, refused } from '../../src/zos/outcome.ts'

describe('worked cases', () => {
  it('W31: the WireGuard address of 10.3.1.0', () => {
    expect(wireguardAddress('10.3.1.0/24')).toBe('100.64.3.1/16')
  })

  it('W32: the private IPv6 address', () => {
    expect(privateIpv6('networkdID', '100.127.0.2')).toBe('fd6e:6574:776f::2')
  })

  it('W33: the gateway of a mycelium address', () => {
    const address = '3b4:ca67:822d:b0c1:5d6f:c647:1ed8:6ced'
    expect(ipv6Gateway(address)).toBe('3b4:ca67:822d:b0c1::1/64')
    expect(ipv6Subnet(address)).toBe('3b4:ca67:822d:b0c1::/64')
  })

  it('W34: the planetary address of a key', () => {
    const prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
    const der = Buffer.concat([prefix, Buffer.from('0'.repeat(32))])
    const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    const key = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32)
    expect(planetaryAddress(key)).toBe('203:45bf:8a48:8361:c04c:1321:ea32:50ad')
    expect(planetarySubnet(key)).toBe('303:45bf:8a48:8361::/64')
  })

  it.each([
    ['0000', '301:8d90:378f:a93:c600:1d5b:2ac3:df31'],
    ['bbbb', '301:8d90:378f:a93:9b73:d9aa:7cec:73be'],
  ])('W35: the host part for %s', (input, address) => {
    expect(hashedAddress('301:8d90:378f:a93::/64', Buffer.from(input))).toBe(address)
  })

  it('W36: the names of a network', () => {
    expect(networkNames('networkd1')).toMatchObject({
      namespace: 'n-networkd1',
      bridge: 'b-networkd1',
      wireguard: 'w-networkd1',
    })
  })
})

describe('machine addresses', () => {
  it('refuse the two seeds that stand for the network and for everybody', () => {
    expect(machineMyceliumIp('466:f52c::1', '000000000000')).toEqual(refused('invalid seed'))
    expect(machineMyceliumIp('466:f52c::1', 'ffffffffffff')).toEqual(refused('invalid seed'))
    expect(machineMyceliumIp('466:f52c::1', '0000000000ff')).toEqual(
      accepted('466:f52c::ff0f:0:0:ff'),
    )
  })

  it('have their console at the gateway, or at the network on light nodes', () => {
    expect(subnetGateway('10.20.2.77/24')).toBe('10.20.2.1')
    expect(consoleUrl('10.20.2.0/24', '10.20.2.254')).toBe('10.20.2.1:20254')
    expect(lightConsoleUrl('466:f52c::1', '10.20.2.5')).toBe('[466:f52c::1]:20005')
  })

  it('come with MACs that are local, unicast and always the same', () => {
    fc.assert(
      fc.property(fc.string(), input => {
        const mac = macAddress(input)
        const [first = 0] = macBytes(mac)
        expect(first & 3).toBe(2)
        expect(mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)
        expect(macAddress(input)).toBe(mac)
      }),
      { numRuns: 300 },
    )
  })
})

describe('IP addresses', () => {
  it.each([
    ['::', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['2001:DB8::00AB', '2001:db8::ab'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::10.0.0.1', '::a00:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ])('%s is written %s', (text, canonical) => {
    expect(canonicalIp(text)).toEqual(accepted(canonical))
  })

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.04',
    ':::',
    '1::2::3',
    '12345::',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    'g::',
    '::1%',
    ' ::1',
  ])('%j is none', text => {
    expect(canonicalIp(text)).toEqual(refused(`invalid IP address: ${text}`))
  })

  it('are read back from their text', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 }),
    )
    fc.assert(
      fc.property(bytes, address => {
        const text = formatIp(address)
        expect(canonicalIp(text)).toEqual(accepted(text))
      }),
    )
  })

  it('are inside a range or not', () => {
    expect(cidrContains('10.20.2.0/24', '10.20.2.255')).toBe(true)
    expect(cidrContains('10.20.2.7/23', '10.20.3.1')).toBe(true)
    expect(cidrContains('10.20.2.0/24', '10.20.3.1')).toBe(false)
    expect(cidrContains('0.0.0.0/0', '255.1.1.1')).toBe(true)
    expect(cidrContains('::/0', '1.1.1.1')).toBe(false)
    expect(cidrContains('fd00::/9', 'fd7f::1')).toBe(true)
    expect(cidrContains('fd00::/9', 'fd80::1')).toBe(false)
  })
})
