// The proxy gives the answers that upstream's own SQL gave on the fixture.

import { describe, expect, it } from 'vitest'
import { fixtureNow } from '../support/fixture-grid.ts'
import { ask, fixtureProxy, idsOf } from './support.ts'

const proxy = fixtureProxy()

const nodeCases: readonly (readonly [query: string, ids: readonly number[]])[] = [
  ['', [1, 2, 3, 4, 5, 6, 7, 8]],
  ['status=up', [1, 2, 3, 4]],
  ['status=down', [6, 8]],
  ['status=standby', [5, 7]],
  ['status=up,standby', [1, 2, 3, 4, 5, 7]],
  ['status=up%2Cstandby', [1, 2, 3, 4, 5, 7]],
  ['free_mru=64424509440', [3]],
  ['free_mru=24481313587', [1, 3, 4, 5]],
  ['free_mru=24481313588', [3, 4, 5]],
  ['free_sru=300647710720', [1, 3, 4, 5, 6, 7]],
  ['free_hru=1', [1, 7]],
  ['total_cru=16', [3, 4, 5]],
  ['total_mru=34359738368', [1, 3, 4, 5]],
  ['total_sru=536870912000', [1, 3, 4, 5]],
  ['total_hru=1', [1, 7]],
  ['country=EGYPT', [3, 7]],
  ['country_contains=GI', [1, 2, 8]],
  ['city=ghent', [1, 8]],
  ['city_contains=g', [1, 5, 7, 8]],
  ['city_contains=%25', [1, 2, 3, 4, 5, 6, 7, 8]],
  ['city_contains=c_i', [3, 5]],
  ['farm_name=freefarm', [1, 2, 3, 8]],
  ['farm_name_contains=FREE', [1, 2, 3, 6, 7, 8]],
  ['region=africa', [3, 7]],
  ['free_ips=2', [1, 2, 3, 8]],
  ['ipv4=true', [1, 8]],
  ['ipv4=false', [2, 3, 4, 5, 6, 7]],
  ['ipv6=1', [1]],
  ['domain=true', [1]],
  ['dedicated=true', [2, 3, 4, 5, 7, 8]],
  ['dedicated=false', [1, 6]],
  ['in_dedicated_farm=true', [4, 5]],
  ['in_dedicated_farm=f', [1, 2, 3, 6, 7, 8]],
  ['rentable=true', [2, 4, 5, 7, 8]],
  ['rentable=false', [1, 3, 6]],
  ['rented=true', [3]],
  ['rented=false', [1, 2, 4, 5, 6, 7, 8]],
  ['available_for=3', [3, 1, 2, 6, 8]],
  ['available_for=9', [1, 2, 6, 8]],
  ['rented_by=3', [3]],
  ['rented_by=0', [1, 2, 4, 5, 6, 7, 8]],
  ['rentable_or_rented_by=3', [3, 2, 4, 5, 7, 8]],
  ['owned_by=1', [1, 2, 3, 6, 7, 8]],
  ['healthy=true', [1, 3, 4]],
  ['healthy=false', [2]],
  ['has_ipv6=true', [1]],
  ['has_ipv6=false', [2, 3, 4, 5, 6, 7, 8]],
  ['certification_type=diy', [1, 2, 4, 5, 6, 7, 8]],
  ['certification_type=cert%25', [3]],
  ['features=zmachine-light', [4]],
  ['features=zmachine,zdb', [1, 2, 3]],
  ['features=', [1, 2, 3, 4, 5, 6, 7, 8]],
  ['has_gpu=true', [3]],
  ['has_gpu=false', []],
  ['num_gpu=2', [3]],
  ['num_gpu=3', []],
  ['gpu_vendor_name=nvidia', [3]],
  ['gpu_vendor_name=nvidia&gpu_available=true', [3]],
  ['gpu_vendor_name=amd&gpu_available=true', []],
  ['gpu_device_name=radeon&gpu_vendor_id=1002', [3]],
  ['gpu_device_id=744C', [3]],
  ['price_min=80&price_max=125', [1, 4, 5]],
  ['price_max=81.6', [1, 2, 6, 7, 8]],
  ['price_min=81.6', [1, 3, 4, 5]],
  ['price_max=60&balance=250', [1, 2, 6, 7, 8]],
  ['node_id=4', [4]],
  ['twin_id=14', [4]],
  ['node_ids=1,2&node_ids=3', [1, 2, 3]],
  ['farm_ids=2', [4, 5]],
  ['farm_id=2', [4, 5]],
  ['excluded=1,2&excluded=3', [4, 5, 6, 7, 8]],
  ['status=up&country=belgium&total_cru=8', [1]],
  ['sort_by=status', [1, 2, 3, 4, 5, 7, 6, 8]],
  ['sort_by=status&sort_order=desc', [6, 8, 5, 7, 1, 2, 3, 4]],
  ['sort_by=uptime&sort_order=desc', [8, 7, 6, 5, 4, 3, 2, 1]],
  ['sort_by=uptime', [1, 2, 3, 4, 5, 6, 7, 8]],
  ['sort_by=free_cru&sort_order=DESC&size=3', [3, 4, 5]],
  ['sort_by=price_usd', [8, 2, 6, 7, 1, 4, 5, 3]],
  ['sort_by=country', [1, 2, 8, 7, 3, 4, 5, 6]],
  ['sort_by=rent_contract_id', [3, 1, 2, 4, 5, 6, 7, 8]],
  ['sort_by=longitude', [5, 4, 6, 1, 2, 7, 3, 8]],
  ['sort_by=bios', [2, 3, 4, 5, 6, 7, 8, 1]],
  ['available_for=3&sort_by=node_id&sort_order=desc', [3, 8, 6, 2, 1]],
  ['size=3&page=3', [7, 8]],
  ['size=3&page=0', [1, 2, 3]],
  ['size=0', []],
  ['size=3&page=18446744073709551615', []],
]

describe('lists of nodes', () => {
  it.each(nodeCases)('/nodes?%s', async (query, ids) => {
    expect(await idsOf(proxy, `/nodes?${query}`)).toEqual(ids)
    expect(await idsOf(proxy, `/gateways?${query}`)).toEqual(ids)
  })

  it('count what matches, whatever the page is', async () => {
    const { headers } = await ask(proxy, '/nodes?size=3&page=3&ret_count=true')
    expect(headers).toMatchObject({ count: '8', size: '3', pages: '3' })
    const plain = await ask(proxy, '/nodes?size=3&page=3')
    expect(plain.headers).not.toHaveProperty('count')
  })

  it('come in every order when they are random', async () => {
    const all = await idsOf(proxy, '/nodes?randomize=true&sort_by=node_id')
    expect(all.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })
})

describe('what follows from the rows of a node', () => {
  const usage = [
    [1, 3, 9878424781, 85899345920, 107374182400],
    [2, 0, 2147483648, 21474836480, 0],
    [6, 0, 2147483648, 21474836480, 0],
    [8, 0, 2147483648, 21474836480, 0],
  ] as const

  it.each(usage)('node %i uses what its contracts and its system use', async (id, ...used) => {
    const { capacity } = (await ask(proxy, `/nodes/${id}`)).json() as {
      capacity: { used_resources: Record<string, number> }
    }
    const { cru, mru, sru, hru } = capacity.used_resources
    expect([cru, mru, sru, hru]).toEqual(used)
  })

  it.each([
    ['0', [81.6, 18, 666.45, 124.2, 124.2, 34.2, 37.272, 0]],
    ['250', [57.12, 10.8, 666.45, 99.36, 99.36, 20.52, 22.363, 0]],
  ])('prices with a balance of %s USD', async (balance, prices) => {
    const nodes = (await ask(proxy, `/nodes?balance=${balance}`)).json() as { price_usd: number }[]
    expect(nodes.map(node => node.price_usd)).toEqual(prices)
    const single = (await ask(proxy, `/nodes/1?balance=${balance}`)).json()
    expect(single).toHaveProperty('price_usd', 81.6)
  })

  it('is dedicated by its farm, its renter, its fee, or because nobody uses it', async () => {
    const nodes = (await ask(proxy, '/nodes')).json() as { dedicated: boolean; nodeId: number }[]
    expect(nodes.filter(node => !node.dedicated).map(node => node.nodeId)).toEqual([1, 6])
  })
})

const fullItem =
  '{"id":"no1","nodeId":1,"farmId":1,"farmName":"Freefarm","twinId":11,"country":"Belgium","gridVersion":6,"city":"Ghent",' +
  `"uptime":1000,"created":1700000000,"farmingPolicyId":1,"updatedAt":${fixtureNow - 60},` +
  '"total_resources":{"cru":8,"sru":1073741824000,"hru":2147483648000,"mru":34359738368},' +
  '"used_resources":{"cru":3,"sru":85899345920,"hru":107374182400,"mru":9878424781},' +
  '"location":{"country":"Belgium","city":"Ghent","longitude":3.7174,"latitude":51.0543},' +
  '"publicConfig":{"domain":"gent01.emu.local","gw4":"185.206.122.1","gw6":"2a10:b600:1::1","ipv4":"185.206.122.5/24","ipv6":"2a10:b600:1::5/64"},' +
  '"status":"up","certificationType":"Diy","dedicated":false,"inDedicatedFarm":false,"rentContractId":0,"rented":false,"rentable":false,' +
  '"rentedByTwinId":0,"serialNumber":"SN1","power":{"state":"","target":""},"num_gpu":0,"extraFee":0,"healthy":true,' +
  '"dmi":{"bios":{"vendor":"SeaBIOS","version":"1.16"},"baseboard":{"manufacturer":"ACME","product_name":"X"},"processor":[{"version":"CPU","thread_count":"8"}],"memory":[{"manufacturer":"Kingston","type":"DDR4"}],"UpdatedAt":0},' +
  '"speed":{"upload":100.5,"download":200.25,"UpdatedAt":0},"gpus":[],"price_usd":81.6,"farm_free_ips":2,' +
  '"features":["zmount","zdb","volume","ipv4","ip","gateway-name-proxy","gateway-fqdn-proxy","qsfs","zlogs","network","zmachine","wireguard","yggdrasil","mycelium"]}'

describe('the JSON of a node', () => {
  it('has its members in the order of upstream, byte for byte', async () => {
    expect((await ask(proxy, '/nodes?node_id=1')).text).toBe(`[${fullItem}]\n`)
  })

  it('nests the resources when the node is asked for alone', async () => {
    const nested = fullItem
      .replace('"total_resources"', '"capacity":{"total_resources"')
      .replace('"mru":9878424781},', '"mru":9878424781}},')
      .replace(
        '"rentContractId":0,"rented":false,"rentable":false,"rentedByTwinId":0',
        '"rentContractId":0,"rentedByTwinId":0,"rented":false,"rentable":false',
      )
    expect((await ask(proxy, '/nodes/1')).text).toBe(`${nested}\n`)
    expect((await ask(proxy, '/gateways/1')).text).toBe(`${nested}\n`)
  })

  it('names its cards without their twin', async () => {
    const node = (await ask(proxy, '/nodes/3')).json()
    expect(node).toMatchObject({ num_gpu: 2, extraFee: 5000, rentedByTwinId: 3, rentContractId: 4 })
    expect(JSON.stringify((node as { gpus: unknown[] }).gpus[0])).toBe(
      '{"id":"0000:0e:00.0/1002/744c","vendor":"Advanced Micro Devices, Inc. [AMD/ATI]","device":"Navi 31 [Radeon RX 7900 XT/7900 XTX]","contract":5,"updated_at":0}',
    )
  })

  it('has what was never told as empty values', async () => {
    const node = (await ask(proxy, '/nodes/8')).json()
    expect(node).toMatchObject({
      uptime: 0,
      serialNumber: '',
      location: { longitude: null, latitude: null },
      healthy: false,
      features: [],
      gpus: [],
      dmi: { bios: { vendor: '', version: '' }, processor: [], memory: [], UpdatedAt: 0 },
    })
    expect((await ask(proxy, '/nodes/6')).json()).toMatchObject({ country: '' })
  })
})

const farmCases: readonly (readonly [query: string, ids: readonly number[]])[] = [
  ['', [1, 2, 3, 4]],
  ['node_status=up', [1, 2]],
  ['node_status=down', [1, 3]],
  ['node_free_mru=64424509440', [1]],
  ['node_free_sru=300647710720', [1, 2, 3]],
  ['node_free_hru=1', [1, 3]],
  ['node_total_cru=16', [1, 2]],
  ['node_total_cru=16&node_status=standby', [2]],
  ['node_has_gpu=true', [1]],
  ['node_has_gpu=false', [1, 2, 3]],
  ['node_has_ipv6=true', [1]],
  ['node_certified=true', [1]],
  ['node_certified=false', [1, 2, 3]],
  ['node_rented_by=3', [1]],
  ['node_available_for=3', [1, 3]],
  ['node_available_for=3&sort_by=farm_id&sort_order=desc', [1, 3]],
  ['node_features=zmachine-light', [2]],
  ['country=egypt', [1, 3]],
  ['region=AMERICAS', [2]],
  ['free_ips=1', [1, 2]],
  ['total_ips=2', [1]],
  ['stellar_address=GABC', [2]],
  ['pricing_policy_id=0', [3]],
  ['farm_id=3', [3]],
  ['twin_id=2', [2, 4]],
  ['name=FREEFARM', [1]],
  ['name_contains=0%25', [3]],
  ['name_contains=e_1', [3]],
  ['name_contains=f_r', []],
  ['name_contains=FARM', [1, 2, 4]],
  ['certification_type=gold', []],
  ['certification_type=Gold', [2]],
  ['dedicated=true', [2]],
  ['dedicated=false', [1, 3, 4]],
  ['sort_by=free_ips&sort_order=desc', [1, 2, 3, 4]],
  ['sort_by=used_ips&node_status=up&sort_order=desc', [1, 2]],
  ['sort_by=public_ips&sort_order=desc', [1, 2, 3, 4]],
  ['sort_by=twin_id&size=2', [1, 3]],
]

describe('lists of farms', () => {
  it.each(farmCases)('/farms?%s', async (query, ids) => {
    expect(await idsOf(proxy, `/farms?${query}`)).toEqual(ids)
  })

  it('show a farm with its addresses', async () => {
    expect((await ask(proxy, '/farms?farm_id=2')).text).toBe(
      '[{"name":"DedicatedFarm","farmId":2,"twinId":2,"pricingPolicyId":1,"certificationType":"Gold","stellarAddress":"GABC","dedicated":true,"publicIps":[{"id":"ip4","ip":"5.5.5.2/24","gateway":"5.5.5.1","contract_id":0}]}]\n',
    )
    expect((await ask(proxy, '/farms?farm_id=4')).json()).toMatchObject([
      { stellarAddress: '', publicIps: [] },
    ])
  })
})

const contractCases: readonly (readonly [query: string, ids: readonly number[]])[] = [
  ['', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  ['state=created,graceperiod', [1, 2, 4, 5, 7, 8]],
  ['state=OutOfFunds', [10]],
  ['type=node', [1, 2, 3, 5, 8, 10]],
  ['type=Node', []],
  ['type=rent', [4, 6]],
  ['node_id=3', [4, 5]],
  ['node_id=0', [7, 9]],
  ['twin_id=4', [3, 6, 8, 9, 10]],
  ['twin_id=4&state=created', [8]],
  ['contract_id=7', [7]],
  ['name=myname', [7]],
  ['number_of_public_ips=1', [1]],
  ['number_of_public_ips=0', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  ['deployment_hash=hash5', [5]],
  ['deployment_data={"version":3,"type":"vm","name":"vm5","projectName":"p5"}', [5]],
  ['farm_name=FREE%25', [1, 2, 3, 4, 5, 8, 10]],
  ['farm_id=2', [6]],
  ['farm_id=0', []],
  ['sort_by=twin_id&size=3', [1, 2, 4]],
  ['sort_by=contract_id&sort_order=desc&size=2&page=2', [8, 7]],
  ['sort_by=state&size=2', [1, 4]],
]

describe('lists of contracts', () => {
  it.each(contractCases)('/contracts?%s', async (query, ids) => {
    expect(await idsOf(proxy, `/contracts?${query}`)).toEqual(ids)
  })

  it('show each type with its own details', async () => {
    expect((await ask(proxy, '/contracts/4')).text).toBe(
      '{"contract_id":4,"twin_id":3,"state":"Created","created_at":1759990000,"type":"rent","details":{"nodeId":3,"farm_name":"Freefarm","farm_id":1}}\n',
    )
    expect((await ask(proxy, '/contracts/7')).json()).toMatchObject({ details: { name: 'myname' } })
    expect((await ask(proxy, '/contracts/1')).text).toContain(
      '"details":{"nodeId":1,"deployment_data":"{\\"version\\":3,\\"type\\":\\"vm\\",\\"name\\":\\"vm1\\",\\"projectName\\":\\"p1\\"}","deployment_hash":"hash1","number_of_public_ips":1,"farm_name":"Freefarm","farm_id":1}',
    )
    expect((await ask(proxy, '/contracts/4294967300')).json()).toMatchObject({ contract_id: 4 })
  })

  it('tell the bills of a contract, newest first', async () => {
    expect((await ask(proxy, '/contracts/1/bills')).text).toBe(
      '[{"amountBilled":30000000,"discountReceived":"Gold","timestamp":1760007200},{"amountBilled":20000000,"discountReceived":"None","timestamp":1760000000}]\n',
    )
    expect((await ask(proxy, '/contracts/77/bills?whatever=1')).text).toBe('[]\n')
    const second = await ask(proxy, '/contracts/1/bills?size=1&page=2&ret_count=true')
    expect(second.json()).toMatchObject([{ amountBilled: 20000000 }])
    expect(second.headers).toMatchObject({ count: '2', pages: '2' })
  })
})

describe('twins', () => {
  it.each([
    ['twin_id=4', [4]],
    ['account_id=5Acc13', [13]],
    ['relay=relay.emu.local&size=2', [1, 2]],
    [`public_key=0x${'11'.padStart(66, '0')}`, [11]],
    ['sort_by=twin_id&sort_order=desc&size=2', [18, 17]],
    ['sort_by=relay&sort_order=desc&size=1', [4]],
  ])('/twins?%s', async (query, ids) => {
    expect(await idsOf(proxy, `/twins?${query}`)).toEqual(ids)
  })

  it('have empty texts where the chain has none', async () => {
    expect((await ask(proxy, '/twins?twin_id=4')).text).toBe(
      '[{"twinId":4,"accountId":"5Acc4","relay":"","publicKey":""}]\n',
    )
  })

  it('have spent what their contracts were billed', async () => {
    expect((await ask(proxy, '/twins/3/consumption')).text).toBe(
      '{"last_hour_consumption":1.86,"overall_consumption":5.72}\n',
    )
    expect((await ask(proxy, '/twins/4/consumption')).json()).toEqual({
      last_hour_consumption: 0,
      overall_consumption: 0.1,
    })
    expect((await ask(proxy, '/twins/999/consumption')).json()).toEqual({
      last_hour_consumption: 0,
      overall_consumption: 0,
    })
  })
})

describe('public addresses', () => {
  it.each([
    ['', ['ip1', 'ip2', 'ip3', 'ip4']],
    ['free=true', ['ip2', 'ip3', 'ip4']],
    ['free=false', ['ip1']],
    ['farm_ids=2', ['ip4']],
    ['farm_ids=1,2&free=true', ['ip2', 'ip3', 'ip4']],
    ['ip=5.5.5.2/24', ['ip4']],
    ['gateway=185.206.122.1&size=2', ['ip1', 'ip2']],
    ['sort_by=contract_id&sort_order=desc&size=1', ['ip1']],
    ['sort_by=ip&size=2', ['ip1', 'ip2']],
  ])('/public_ips?%s', async (query, ids) => {
    const found = (await ask(proxy, `/public_ips?${query}`)).json() as { id: string }[]
    expect(found.map(({ id }) => id)).toEqual(ids)
  })

  it('are shown with their farm', async () => {
    expect((await ask(proxy, '/public_ips?ip=5.5.5.2/24')).text).toBe(
      '[{"id":"ip4","ip":"5.5.5.2/24","gateway":"5.5.5.1","contract_id":0,"farm_id":2}]\n',
    )
  })
})

describe('the grid in numbers', () => {
  it('counts everything', async () => {
    expect((await ask(proxy, '/stats')).text).toBe(
      '{"nodes":8,"farms":4,"countries":5,"totalCru":124,"totalSru":7301444403200,"totalMru":489626271744,"totalHru":3221225472000,"publicIps":4,"accessNodes":2,"gateways":2,"twins":12,"contracts":10,"nodesDistribution":{"":1,"Belgium":3,"Egypt":1,"United States":2,"egypt":1},"gpus":1,"dedicatedNodes":6,"workloads_number":10}\n',
    )
  })

  it('counts the nodes of a status', async () => {
    expect((await ask(proxy, '/stats?status=down&size=1')).json()).toMatchObject({
      nodes: 2,
      farms: 4,
      countries: 2,
      totalCru: 8,
      accessNodes: 1,
      contracts: 10,
      gpus: 0,
      dedicatedNodes: 1,
      workloads_number: 0,
    })
  })
})
