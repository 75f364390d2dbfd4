// Values, calls and events of the chain as bytes: vectors of the real runtime, and what random bytes do to the types.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pallets as declaredPallets } from '../../src/chain/pallets/all.ts'
import { Contract } from '../../src/chain/pallets/smart-contract/types.ts'
import { AccountInfo, EventRecord } from '../../src/chain/pallets/system/types.ts'
import { Farm, Node, Twin } from '../../src/chain/pallets/tfgrid/types.ts'
import type { ChainCall, ChainEvent } from '../../src/chain/runtime/outer.ts'
import { NodePower } from '../../src/chain/types/grid.ts'
import { RuntimeCall } from '../../src/chain/types/outer.ts'
import type { DispatchError } from '../../src/chain/types/primitives.ts'
import { decodeFromHex, encodeToBytes, encodeToHex } from '../../src/scale/codec.ts'
import { vec } from '../../src/scale/containers.ts'
import { ScaleError } from '../../src/scale/errors.ts'
import { ScaleReader } from '../../src/scale/reader.ts'
import type { AnyType, ScaleType } from '../../src/scale/type.ts'

const alice = '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d'
const bob = '0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48'
const hash = '\x11'.repeat(32)

/** A type, a value, its bytes. */
function golden<T>(name: string, type: ScaleType<T>, value: NoInfer<T>, hex: string) {
  return [name, type as AnyType, value as unknown, hex] as const
}

describe('values of the chain have the bytes of the real runtime', () => {
  test.each([
    golden(
      'an account',
      AccountInfo,
      {
        nonce: 3,
        consumers: 0,
        providers: 1,
        sufficients: 0,
        data: { free: 10_000_000n, reserved: 0n, frozen: 0n, flags: 1n << 127n },
      },
      `0x030000000000000001000000000000008096980000000000${'00'.repeat(55)}80`,
    ),
    golden(
      'a twin',
      Twin,
      { id: 1, account_id: alice, relay: 'relay.grid.tf', entities: [], pk: null },
      '0x01000000d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d013472656c61792e677269642e74660000',
    ),
    golden(
      'a farm',
      Farm,
      {
        version: 4,
        id: 1,
        name: 'freefarm',
        twin_id: 1,
        pricing_policy_id: 1,
        certification: 'NotCertified',
        public_ips: [{ ip: '185.206.122.33/24', gateway: '185.206.122.1', contract_id: 0n }],
        dedicated_farm: false,
        farming_policy_limits: null,
      },
      '0x040000000100000020667265656661726d01000000010000000004443138352e3230362e3132322e33332f3234343138352e3230362e3132322e3100000000000000000000',
    ),
    golden(
      'a node',
      Node,
      {
        version: 4,
        id: 1,
        farm_id: 1,
        twin_id: 2,
        resources: { hru: 1000n, sru: 2000n, cru: 8n, mru: 3000n },
        location: { city: 'Ghent', country: 'Belgium', latitude: '51.05', longitude: '3.72' },
        public_config: null,
        created: 1_700_000_000n,
        farming_policy_id: 1,
        interfaces: [{ name: 'zos', mac: '54:45:46:f6:02:61', ips: ['10.0.0.2'] }],
        certification: 'Diy',
        secure_boot: false,
        virtualized: true,
        serial_number: null,
        connection_price: 80,
      },
      '0x04000000010000000100000002000000e803000000000000d0070000000000000800000000000000b80b000000000000144768656e741c42656c6769756d1435312e303510332e37320000f153650000000001000000040c7a6f734435343a34353a34363a66363a30323a3631042031302e302e302e320000010050000000',
    ),
    golden(
      'a node contract',
      Contract,
      {
        version: 4,
        state: { type: 'Created' },
        contract_id: 1n,
        twin_id: 1,
        contract_type: {
          type: 'NodeContract',
          value: {
            node_id: 1,
            deployment_hash: hash,
            deployment_data: '{}',
            public_ips: 0,
            public_ips_list: [],
          },
        },
        solution_provider_id: null,
      },
      '0x040000000001000000000000000100000000010000001111111111111111111111111111111111111111111111111111111111111111087b7d000000000000',
    ),
    golden(
      'a name contract',
      Contract,
      {
        version: 4,
        state: { type: 'GracePeriod', value: 77n },
        contract_id: 2n,
        twin_id: 1,
        contract_type: { type: 'NameContract', value: { name: 'demo' } },
        solution_provider_id: 7n,
      },
      '0x04000000024d00000000000000020000000000000001000000011064656d6f010700000000000000',
    ),
    golden(
      'a rent contract',
      Contract,
      {
        version: 4,
        state: { type: 'Deleted', value: 'OutOfFunds' },
        contract_id: 3n,
        twin_id: 1,
        contract_type: { type: 'RentContract', value: { node_id: 9 } },
        solution_provider_id: null,
      },
      '0x040000000101030000000000000001000000020900000000',
    ),
    golden(
      'the power of a node',
      NodePower,
      { state: { type: 'Down', value: 1234 }, target: 'Up' },
      '0x01d204000000',
    ),
  ])('%s', (_, type, value, hex) => {
    expect(encodeToHex(type, value)).toBe(hex)
    expect(decodeFromHex(type, hex)).toEqual(value)
  })
})

describe('calls have the bytes of the real runtime', () => {
  const vectors: readonly [ChainCall, string][] = [
    [
      {
        pallet: 'Balances',
        name: 'transfer_keep_alive',
        args: { dest: { type: 'Id', value: bob }, value: 10_000_000n },
      },
      `0x140300${bob.slice(2)}025a6202`,
    ],
    [
      { pallet: 'Timestamp', name: 'set', args: { now: 1_700_000_000_000n } },
      '0x01000b0068e5cf8b01',
    ],
    [
      { pallet: 'TfgridModule', name: 'create_twin', args: { relay: 'relay.grid.tf', pk: null } },
      '0x1911013472656c61792e677269642e746600',
    ],
    [
      {
        pallet: 'TfgridModule',
        name: 'report_uptime_v2',
        args: { uptime: 100n, timestamp_hint: 1_700_000_000n },
      },
      '0x1926640000000000000000f1536500000000',
    ],
    [
      {
        pallet: 'SmartContractModule',
        name: 'create_node_contract',
        args: {
          node_id: 1,
          deployment_hash: hash,
          deployment_data: '{}',
          public_ips: 0,
          solution_provider_id: null,
        },
      },
      '0x1a00010000001111111111111111111111111111111111111111111111111111111111111111087b7d0000000000',
    ],
    [
      { pallet: 'SmartContractModule', name: 'cancel_contract', args: { contract_id: 1n } },
      '0x1a020100000000000000',
    ],
  ]

  test.each(vectors.map(([call, hex]) => [`${call.pallet}.${call.name}`, call, hex] as const))(
    '%s',
    (_, call, hex) => {
      expect(encodeToHex(RuntimeCall, call)).toBe(hex)
      expect(decodeFromHex(RuntimeCall, hex)).toEqual(call)
    },
  )

  test('also inside of each other, but not for ever', () => {
    const unknown = (depth: number) => `0x${'030004'.repeat(depth)}0101`
    const innermost = (depth: number) => `0x${'030004'.repeat(depth)}030000`
    expect(encodeToHex(RuntimeCall, decodeFromHex(RuntimeCall, innermost(255)))).toBe(
      innermost(255),
    )
    expect(() => decodeFromHex(RuntimeCall, innermost(256))).toThrow('nested too deeply')
    expect(() => decodeFromHex(RuntimeCall, unknown(3))).toThrow(ScaleError)
  })
})

describe('events have the bytes of the real runtime', () => {
  const record = (extrinsic: number, event: ChainEvent): EventRecord => ({
    phase: { type: 'ApplyExtrinsic', value: extrinsic },
    event,
    topics: [],
  })
  const failed = (error: DispatchError, refTime: bigint, proofSize: bigint): EventRecord =>
    record(1, {
      pallet: 'System',
      name: 'ExtrinsicFailed',
      fields: {
        dispatch_error: error,
        dispatch_info: {
          weight: { ref_time: refTime, proof_size: proofSize },
          class: 'Normal',
          pays_fee: 'Yes',
        },
      },
    })

  test.each<[string, EventRecord, string]>([
    [
      'a success',
      record(0, {
        pallet: 'System',
        name: 'ExtrinsicSuccess',
        fields: {
          dispatch_info: {
            weight: { ref_time: 284_906_000n, proof_size: 1493n },
            class: 'Mandatory',
            pays_fee: 'Yes',
          },
        },
      }),
      '0x000000000000004248ed435517020000',
    ],
    [
      'the error of a pallet',
      failed({ type: 'Module', value: { index: 25, error: '0x1b000000' } }, 309_808_000n, 3700n),
      '0x0001000000000103191b000000022edd49d139000000',
    ],
    [
      'an error of tokens',
      failed({ type: 'Token', value: 'FundsUnavailable' }, 295_649_000n, 3593n),
      '0x000100000000010700a2fb7c462538000000',
    ],
  ])('%s', (_, value, hex) => {
    expect(encodeToHex(EventRecord, value)).toBe(hex)
    expect(decodeFromHex(EventRecord, hex)).toEqual(value)
  })
})

describe('random bytes', () => {
  const types: readonly AnyType[] = [
    RuntimeCall,
    vec(EventRecord),
    ...declaredPallets.flatMap(({ decl }) =>
      Object.values(decl.storage).map(item => item.value as AnyType),
    ),
  ]

  /** Bytes that get further than noise: a valid variant byte, small lengths, zeros. */
  const plausible = fc.array(fc.oneof(fc.constant(0), fc.nat(60), fc.nat(255)), { maxLength: 300 })

  test('decode to a value with exactly these bytes, or are a ScaleError', () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), plausible, (type, list) => {
        const input = Uint8Array.from(list)
        const reader = new ScaleReader(input)
        let value: unknown
        try {
          value = type.decode(reader)
        } catch (cause) {
          expect(cause).toBeInstanceOf(ScaleError)
          return
        }
        expect(encodeToBytes(type, value)).toEqual(input.slice(0, reader.offset))
      }),
      { numRuns: 3000 },
    )
  })
})
