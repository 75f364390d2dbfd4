// Farms and their public addresses: the worked cases, and each error of each call.

import { describe, expect, it } from 'vitest'
import { isValidIp4, isValidIp6, parseIp6 } from '../../../src/chain/pallets/tfgrid/addresses.ts'
import { tfgrid } from '../../../src/chain/pallets/tfgrid/declaration.ts'
import type { Farm } from '../../../src/chain/pallets/tfgrid/types.ts'
import { RuntimeCall } from '../../../src/chain/types/outer.ts'
import { decodeFromHex, encodeToHex } from '../../../src/scale/codec.ts'
import { type TestChain, testChain } from '../support/chain.ts'
import {
  type Case,
  farm,
  farmA,
  farmB,
  farmIp,
  grid,
  gridRefuses,
  gridState,
  namesOf,
  succeeds,
  twin,
} from './grid-fixtures.ts'

const farmAt = (t: TestChain, id: number): Farm | null => gridState(t).Farms.get(id)
const noIps = (name: string) => ({ name, public_ips: [] })
const valid = { farm_id: 1, ip: '185.206.122.125/16', gw: '185.206.122.1' }

/** Puts a contract's id on an address of farm 1, as a node contract does. */
function reserve(t: TestChain, ip: string, contract_id: bigint): void {
  const before = farmAt(t, 1)
  if (!before) expect.fail('farm 1 is there')
  t.inBlock(tx => {
    const public_ips = before.public_ips.map(each =>
      each.ip === ip ? { ...each, contract_id } : each,
    )
    tx.in(tfgrid).state.Farms.set(1, { ...before, public_ips })
  })
}

const cases: readonly Case[] = [
  [
    'W021',
    'a farm name has no space',
    t => {
      twin(t, 'alice')
      gridRefuses(t, 'InvalidFarmName', 'alice', 'create_farm', noIps('test farm'))
    },
  ],
  [
    'W022',
    'a farm name of 41 bytes cannot be decoded',
    () => {
      const bytes = (length: number) =>
        `0x1901${(length * 4).toString(16).padStart(2, '0')}${'61'.repeat(length)}00`
      const call = decodeFromHex(RuntimeCall, bytes(40))
      expect(encodeToHex(RuntimeCall, call)).toBe(bytes(40))
      expect(() => decodeFromHex(RuntimeCall, bytes(41))).toThrow(/at most 40/)
    },
  ],
  [
    'W023',
    'a farm name is taken once',
    t => {
      farmA(t)
      gridRefuses(t, 'FarmExists', 'alice', 'create_farm', noIps('test_farm'))
    },
  ],
  [
    'W024',
    'a farmer has a twin',
    t => gridRefuses(t, 'TwinNotExists', 'charlie', 'create_farm', noIps('x_farm')),
  ],
  [
    'W025',
    'a farm is renamed',
    t => {
      farmA(t)
      const outcome = grid(t, 'alice', 'update_farm', { farm_id: 1, name: 'alice_farm' })
      expect(namesOf(outcome)).toEqual(['FarmUpdated'])
      expect(gridState(t).FarmIdByName.has('test_farm')).toBe(false)
      expect(gridState(t).FarmIdByName.get('test_farm')).toBe(0)
      expect(gridState(t).FarmIdByName.get('alice_farm')).toBe(1)
      expect(outcome.events[0]?.fields).toEqual([farmAt(t, 1)])
    },
  ],
  [
    'W026',
    'only its owner renames a farm',
    t => {
      farmA(t)
      twin(t, 'bob')
      const args = { farm_id: 1, name: 'bob_farm' }
      gridRefuses(t, 'CannotUpdateFarmWrongTwin', 'bob', 'update_farm', args)
    },
  ],
  [
    'W027',
    'ownership is checked before the name',
    t => {
      farmA(t)
      farmB(t)
      const args = { farm_id: 1, name: 'a' }
      gridRefuses(t, 'CannotUpdateFarmWrongTwin', 'bob', 'update_farm', args)
    },
  ],
  [
    'W028',
    'only its owner registers a payout address',
    t => {
      farmA(t)
      twin(t, 'bob')
      gridRefuses(t, 'CannotUpdateFarmWrongTwin', 'bob', 'add_stellar_payout_v2address', {
        farm_id: 1,
        stellar_address: 'whatever',
      })
    },
  ],
  [
    'W029',
    'a farm is certified',
    t => {
      farmA(t)
      const args = { farm_id: 1, certification: 'Gold' }
      const { events } = succeeds(grid(t, 'restricted', 'set_farm_certification', args))
      expect(events).toEqual([
        { pallet: 'TfgridModule', name: 'FarmCertificationSet', fields: [1, 'Gold'] },
      ])
      expect(farmAt(t, 1)?.certification).toBe('Gold')
    },
  ],
  [
    'W030',
    'a farm is dedicated and no longer, each told as an update',
    t => {
      farmA(t)
      for (const dedicated of [true, false]) {
        const outcome = grid(t, 'restricted', 'set_farm_dedicated', { farm_id: 1, dedicated })
        expect(namesOf(outcome)).toEqual(['FarmUpdated'])
        expect(farmAt(t, 1)?.dedicated_farm).toBe(dedicated)
      }
    },
  ],
  [
    'W031',
    'only a farm that exists is dedicated',
    t => {
      const args = { farm_id: 7, dedicated: true }
      gridRefuses(t, 'FarmNotExists', 'restricted', 'set_farm_dedicated', args)
    },
  ],
  [
    'W032',
    'a gateway is not the address itself',
    t => {
      twin(t, 'alice')
      const public_ips = [{ ip: '185.206.122.33/24', gw: '185.206.122.33' }]
      const args = { name: 'test_farm', public_ips }
      gridRefuses(t, 'InvalidPublicIP', 'alice', 'create_farm', args)
    },
  ],
  [
    'W033',
    'a public address has a mask',
    t => {
      farmA(t)
      const args = { ...valid, ip: '185.206.122.125' }
      gridRefuses(t, 'InvalidPublicIP', 'alice', 'add_farm_ip', args)
    },
  ],
  [
    'W034',
    'a public address is added once',
    t => {
      farmA(t)
      expect(namesOf(grid(t, 'alice', 'add_farm_ip', valid))).toEqual(['FarmUpdated'])
      gridRefuses(t, 'IpExists', 'alice', 'add_farm_ip', valid)
    },
  ],
  [
    'W035',
    'with another mask it is another address',
    t => {
      farmA(t)
      succeeds(grid(t, 'alice', 'add_farm_ip', valid))
      succeeds(grid(t, 'alice', 'add_farm_ip', { ...valid, ip: '185.206.122.125/24' }))
      expect(farmAt(t, 1)?.public_ips.map(({ ip }) => ip)).toEqual([
        farmIp.ip,
        '185.206.122.125/16',
        '185.206.122.125/24',
      ])
    },
  ],
  [
    'W036',
    'only its owner adds addresses to a farm',
    t => {
      farmA(t)
      twin(t, 'bob')
      gridRefuses(t, 'CannotUpdateFarmWrongTwin', 'bob', 'add_farm_ip', valid)
    },
  ],
  [
    'W037',
    'a reserved address is freed by force',
    t => {
      farmA(t)
      reserve(t, farmIp.ip, 5n)
      gridRefuses(t, 'IpNotExists', 'alice', 'remove_farm_ip', { farm_id: 1, ip: farmIp.ip })
      const outcome = grid(t, 'restricted', 'force_reset_farm_ip', { farm_id: 1, ip: farmIp.ip })
      expect(namesOf(outcome)).toEqual(['FarmUpdated'])
      expect(farmAt(t, 1)?.public_ips[0]?.contract_id).toBe(0n)
    },
  ],
  [
    'W038',
    'a private address is not public',
    t => {
      farmA(t)
      const args = { farm_id: 1, ip: '10.0.0.5/24', gw: '10.0.0.1' }
      gridRefuses(t, 'InvalidPublicIP', 'alice', 'add_farm_ip', args)
    },
  ],
]

describe('farms', () => {
  it.each(cases)('%s %s', (_id, _title, run) => run(testChain()))

  it('stores a farm with its addresses free and pricing policy 1', () => {
    const t = testChain()
    twin(t, 'alice')
    const public_ips = [farmIp, { ip: farmIp.ip, gw: '185.206.122.2' }]
    const { events } = succeeds(grid(t, 'alice', 'create_farm', { name: 'abc', public_ips }))
    const stored = {
      version: 4,
      id: 1,
      name: 'abc',
      twin_id: 1,
      pricing_policy_id: 1,
      certification: 'NotCertified',
      public_ips: public_ips.map(({ ip, gw }) => ({ ip, gateway: gw, contract_id: 0n })),
      dedicated_farm: false,
      farming_policy_limits: null,
    }
    expect(events).toEqual([{ pallet: 'TfgridModule', name: 'FarmStored', fields: [stored] }])
    expect(farmAt(t, 1)).toEqual(stored)
    expect(gridState(t).FarmIdByName.get('abc')).toBe(1)
    expect(farm(t, 'alice', 'def')).toBe(2)
  })

  it('checks a new farm: name before addresses, each address in order', () => {
    const t = testChain()
    twin(t, 'alice')
    const bad = { ip: 'x', gw: 'y' }
    const create = (name: string, public_ips: unknown[], error: string) =>
      gridRefuses(t, error, 'alice', 'create_farm', { name, public_ips })
    create('ab', [bad], 'FarmNameTooShort')
    create('a b', [bad], 'InvalidFarmName')
    create('abc', [farmIp, bad, farmIp], 'InvalidPublicIP')
    create('abc', [farmIp, farmIp, bad], 'IpExists')
    const many = Array.from({ length: 257 }, (_, i) => ({
      ip: `185.206.${i >> 8}.${(i & 255) === 0 ? 1 : i & 255}/16`,
      gw: i === 0 || i === 256 ? '185.206.100.1' : '185.206.100.2',
    }))
    create('abc', many, 'InvalidPublicIP')
    succeeds(grid(t, 'alice', 'create_farm', { name: 'abc', public_ips: many.slice(0, 256) }))
    const args = { farm_id: 1, ip: '185.206.200.1/16', gw: '185.206.100.1' }
    gridRefuses(t, 'InvalidPublicIP', 'alice', 'add_farm_ip', args)
  })

  it('keeps a name that it has, and refuses one that another farm has', () => {
    const t = testChain()
    farmA(t)
    farmB(t)
    const before = farmAt(t, 1)
    const same = succeeds(grid(t, 'alice', 'update_farm', { farm_id: 1, name: 'test_farm' }))
    expect(same.events).toEqual([])
    expect(farmAt(t, 1)).toEqual(before)
    const update = (error: string, farm_id: number, name: string) =>
      gridRefuses(t, error, 'alice', 'update_farm', { farm_id, name })
    update('InvalidFarmName', 1, 'bob_farm')
    update('FarmNameTooShort', 1, 'a')
    update('InvalidFarmName', 1, 'a b')
    update('FarmNotExists', 9, 'a')
    gridRefuses(t, 'TwinNotExists', 'charlie', 'update_farm', { farm_id: 9, name: 'a' })
  })

  it('registers the payout address that was given last, whatever it says', () => {
    const t = testChain()
    farmA(t)
    for (const stellar_address of ['GABC', '']) {
      const args = { farm_id: 1, stellar_address }
      const { events } = succeeds(grid(t, 'alice', 'add_stellar_payout_v2address', args))
      expect(events[0]?.fields).toEqual([1, stellar_address])
      expect(gridState(t).FarmPayoutV2AddressByFarmID.get(1)).toBe(stellar_address)
    }
    const args = { farm_id: 9, stellar_address: '' }
    gridRefuses(t, 'FarmNotExists', 'alice', 'add_stellar_payout_v2address', args)
    gridRefuses(t, 'TwinNotExists', 'bob', 'add_stellar_payout_v2address', args)
  })

  it('removes a free address by its exact text', () => {
    const t = testChain()
    farmA(t)
    succeeds(grid(t, 'alice', 'add_farm_ip', valid))
    twin(t, 'bob')
    const remove = { farm_id: 1, ip: farmIp.ip }
    gridRefuses(t, 'CannotUpdateFarmWrongTwin', 'bob', 'remove_farm_ip', remove)
    gridRefuses(t, 'IpNotExists', 'alice', 'remove_farm_ip', { farm_id: 1, ip: '185.206.122.33' })
    expect(namesOf(grid(t, 'alice', 'remove_farm_ip', remove))).toEqual(['FarmUpdated'])
    expect(farmAt(t, 1)?.public_ips.map(({ ip }) => ip)).toEqual([valid.ip])
    gridRefuses(t, 'IpNotExists', 'alice', 'remove_farm_ip', remove)
  })

  it.each([
    ['add_farm_ip', valid],
    ['remove_farm_ip', { farm_id: 1, ip: farmIp.ip }],
    ['set_farm_certification', { farm_id: 1, certification: 'Gold' }],
    ['set_farm_dedicated', { farm_id: 1, dedicated: true }],
    ['force_reset_farm_ip', { farm_id: 1, ip: farmIp.ip }],
  ])('%s needs a farm and the right caller', (name, args) => {
    const t = testChain()
    const isOwn = name.endsWith('_farm_ip') && !name.startsWith('force')
    gridRefuses(t, 'FarmNotExists', isOwn ? 'alice' : 'restricted', name, args)
    gridRefuses(t, 'BadOrigin', isOwn ? 'root' : 'alice', name, args)
  })

  it('frees by force only an address that the farm has', () => {
    const t = testChain()
    farmA(t)
    const args = { farm_id: 1, ip: '1.2.3.4/24' }
    gridRefuses(t, 'IpNotExists', 'root', 'force_reset_farm_ip', args)
  })

  it('takes a council motion of three fifths for the council, and less for nobody', () => {
    const t = testChain()
    farmA(t)
    const args = { farm_id: 1, dedicated: true }
    const motion = (yes: number, of: number) => ({ type: 'Members', yes, of }) as const
    gridRefuses(t, 'BadOrigin', motion(1, 2), 'set_farm_dedicated', args)
    gridRefuses(t, 'BadOrigin', motion(59, 100), 'set_farm_dedicated', args)
    succeeds(grid(t, motion(3, 5), 'set_farm_dedicated', args))
  })

  it.each(['create_farm', 'update_farm', 'add_stellar_payout_v2address'])(
    'lets only signers call %s',
    name => {
      const args = { farm_id: 1, name: 'abc', public_ips: [], stellar_address: '' }
      gridRefuses(testChain(), 'BadOrigin', 'restricted', name, args)
    },
  )
})

describe('the IPv4 rule', () => {
  it.each([
    ['W039', '185.206.122.1/24', '185.206.122.2', true],
    ['W040', '185.206.122.33/00', '185.206.122.1', false],
    ['W041', '185.206.122.33/024', '185.206.122.1', false],
    ['W042', '185.206.122.33/33', '185.206.122.1', false],
    ['W043', '172.32.0.5/24', '172.32.0.1', true],
    ['W044', '100.64.0.5/24', '100.64.0.1', false],
    ['W045', '203.0.113.5/24', '203.0.113.1', false],
    ['W046', '192.0.0.5/24', '192.0.0.1', true],
    ['W047', '240.1.1.5/24', '240.1.1.1', false],
    ['W048', '185.206.122.0/24', '185.206.122.1', true],
    ['zero mask', '185.206.122.0/0', '8.8.8.8', true],
    ['mask with a zero before', '185.206.122.9/08', '185.1.1.1', true],
    ['narrow mask', '185.206.122.9/32', '185.206.122.8', false],
    ['gateway outside', '185.206.122.9/24', '185.206.123.1', false],
    ['private gateway', '9.255.255.255/6', '10.0.0.1', false],
    ['top of a private range', '172.31.255.254/24', '172.31.255.253', false],
    ['two masks', '185.206.122.9/2/4', '185.206.122.1', false],
    ['no mask digits', '185.206.122.9/', '185.206.122.1', false],
    ['zeros before', '185.206.022.9/24', '185.206.22.1', false],
    ['five octets', '185.206.122.9.1/24', '185.206.122.1', false],
    ['three octets', '185.206.1229/24', '185.206.122.1', false],
    ['octet above 255', '185.256.122.9/24', '185.206.122.1', false],
    ['gateway with mask', '185.206.122.9/24', '185.206.122.1/24', false],
    ['spaces', ' 185.206.122.9/24', '185.206.122.1', false],
    ['last unicast', '223.255.255.9/24', '223.255.255.1', true],
    ['multicast', '224.0.0.9/24', '224.0.0.1', false],
  ])('%s: %s with gateway %s is valid: %s', (_id, ip, gw, isValid) => {
    expect(isValidIp4({ ip, gw })).toBe(isValid)
  })
})

describe('the IPv6 rule', () => {
  it.each([
    ['W049', '2a10:b600:1::0cc4:7a30:65b5/64', '2a10:b600:1::1', true],
    ['W050', '2a10:b600:1::0cc4:7a30:65b5/64', '2a10:b600:2::1', false],
    ['W051', 'fe80::1/64', 'fe80::2', false],
    ['W052', 'fd00::1/64', 'fd00::2', false],
    ['W053', 'ff02::1/64', 'ff02::2', false],
    ['W054', '2001:db8::5/64', '2001:db8::1', true],
    ['W055', '2a10:::1/64', '2a10::2', true],
    ['a mask of zero holds the address alone', '2a10::1/0', '2a10::2', false],
    ['a mask with a zero before', '2a10::1/064', '2a10::2', true],
    ['a mask of zeros', '2a10::1/000', '2a10::2', false],
    ['a mask above 128', '2a10::1/129', '2a10::2', false],
    ['a mask of four digits', '2a10::1/0064', '2a10::2', false],
    ['the same address in other letters', '2A10:0::1/64', '2a10::0:1', false],
    ['loopback is not closed', '::2/64', '::1', true],
    ['the discard prefix', '100::5/64', '100::1', false],
    ['beside the discard prefix', '100:0:0:1::5/64', '100:0:0:1::1', true],
  ])('%s: %s with gateway %s is valid: %s', (_id, ip, gw, isValid) => {
    expect(isValidIp6({ ip, gw })).toBe(isValid)
  })

  it.each([
    ['::', 0n],
    ['::1', 1n],
    [':::1', 1n],
    ['1::', 1n << 112n],
    ['1:2:3:4:5:6:7:8', 0x00010002000300040005000600070008n],
    ['1:2:3:4:5:6:7::', 0x00010002000300040005000600070000n],
    ['::2:3:4:5:6:7:8', 0x00000002000300040005000600070008n],
    ['1:2::3:4:5:6:7', 0x00010002000000030004000500060007n],
    ['1:2:::3:4:5:6', 0x00010002000000000003000400050006n],
    ['ABcd::', 0xabcdn << 112n],
    [':', null],
    [':::', null],
    ['1:::', null],
    ['1:2', null],
    ['1', null],
    ['', null],
    [':1:2:3:4:5:6:7', null],
    ['1:2:3:4:5:6:7:', null],
    ['1:2:3:4:5:6:7:8::', null],
    ['::1:2:3:4:5:6:7:8', null],
    ['1:2:3:4::5:6:7:8', null],
    ['1:2:3:::4:5:6:7', null],
    ['1::2::3', null],
    ['1:2:3:4:5:6:7:8:9', null],
    ['12345::', null],
    ['g::', null],
    ['::1.2.3.4', null],
    ['fe80::1%eth0', null],
  ])('parses %j as %s', (text, bits) => {
    expect(parseIp6(text)).toBe(bits)
  })
})
