// What holds whatever happens to a chain: random calls, times and settings, and laws that none of them breaks.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeExtrinsic } from '../../../src/chain/node/extrinsic.ts'
import { balances } from '../../../src/chain/pallets/balances/declaration.ts'
import { council } from '../../../src/chain/pallets/council/declaration.ts'
import { smartContract } from '../../../src/chain/pallets/smart-contract/declaration.ts'
import { stakingPoolAccount } from '../../../src/chain/pallets/smart-contract/distribution.ts'
import { system } from '../../../src/chain/pallets/system/declaration.ts'
import type { ChainCall } from '../../../src/chain/runtime/outer.ts'
import { RuntimeTrap } from '../../../src/chain/runtime/tx.ts'
import { RuntimeCall } from '../../../src/chain/types/outer.ts'
import { blake2b256 } from '../../../src/crypto/hash.ts'
import { toHex } from '../../../src/crypto/hex.ts'
import { cryptoReady } from '../../../src/crypto/ready.ts'
import { lineOf } from '../../../src/kernel/trace.ts'
import { decodeFromBytes, encodeToBytes } from '../../../src/scale/codec.ts'
import { signed } from '../rpc/support.ts'
import {
  accountOf,
  type Caller,
  type TestChain,
  type TestChainOptions,
  testChain,
} from './chain.ts'
import {
  actors,
  callDrawer,
  type Draw,
  drawsOf,
  plausible,
  randomBytes,
  seeds,
  storedAt,
} from './random.ts'

await cryptoReady()

const TFT = 10_000_000n

/** Calls by which raw storage is written: they may break every law, here as on the real chain. */
const rawCalls = ['System.set_storage', 'System.kill_storage', 'System.kill_prefix']

/** Calls by which money comes and goes on purpose. */
const issuingCalls = [
  'Balances.force_set_balance',
  'Balances.set_balance_deprecated',
  'BurningModule.burn_tft',
  'TFTBridgeModule.swap_to_stellar',
  'TFTBridgeModule.propose_or_vote_mint_transaction',
]

const anyCall = callDrawer(['Timestamp.set'])
const lawfulCall = callDrawer([...rawCalls, 'Timestamp.set'])
const plainCall = callDrawer([...rawCalls, ...issuingCalls, 'Timestamp.set'])

/** A chain on which there is something to do: money, twins, a farm, nodes, contracts of each kind. */
function lively(options: TestChainOptions = {}): TestChain {
  const world = testChain({ ...livelyGenesis, ...options })
  for (const [signer, pallet, name, args] of starts) {
    world.chain.submit({ pallet, name, args }, { signer: accountOf(signer) })
  }
  world.kernel.runUntil(world.kernel.now() + 6000)
  const events = world.chain.eventsOf(world.chain.best()).map(({ event }) => event.name)
  expect(events).not.toContain('ExtrinsicFailed')
  return world
}

const livelyGenesis: TestChainOptions = {
  // A share that is too small to bring an account to life would vanish, as on the real chain.
  endowed: [...actors.map(accountOf), stakingPoolAccount].map(
    who => [who, 1_000_000n * TFT] as const,
  ),
  prices: { tft: 50, cu: 100_000_000 },
}

const grid = 'TfgridModule'
const contracts = 'SmartContractModule'
const twinners = ['alice', 'bob', 'charlie', 'dave', 'eve'] as const
const nodeOf = (farm_id: number) => ({
  farm_id,
  resources: { hru: 0n, sru: 512n << 30n, cru: 8n, mru: 16n << 30n },
  location: { city: 'Ghent', country: 'Belgium', latitude: '12.2', longitude: '32.3' },
  interfaces: [],
  secure_boot: true,
  virtualized: true,
  serial_number: null,
})
const ips = [33, 34, 35].map(last => ({ ip: `185.206.122.${last}/24`, gw: '185.206.122.1' }))
const deployment = (n: number, node_id: number) => ({
  node_id,
  deployment_hash: String(n).repeat(32),
  deployment_data: 'data',
  public_ips: 1,
  solution_provider_id: null,
})

/** Alice and Bob are the council too; Bob farms; Dave and Eve are nodes; Alice and Charlie use them. */
const starts: readonly (readonly [(typeof twinners)[number], string, string, object])[] = [
  ...twinners.flatMap(
    who =>
      [
        [who, grid, 'user_accept_tc', { document_link: 'link', document_hash: 'hash' }],
        [who, grid, 'create_twin', { relay: null, pk: null }],
      ] as const,
  ),
  ['bob', grid, 'create_farm', { name: 'farm_zero', public_ips: ips }],
  ['dave', grid, 'create_node', nodeOf(1)],
  ['eve', grid, 'create_node', nodeOf(1)],
  ['alice', contracts, 'create_name_contract', { name: 'zero' }],
  ['alice', contracts, 'create_node_contract', deployment(1, 1)],
  ['charlie', contracts, 'create_node_contract', deployment(2, 1)],
  ['charlie', contracts, 'create_rent_contract', { node_id: 2, solution_provider_id: null }],
]

const callerOf = (draw: Draw): Caller => {
  const kind = draw(12)
  if (kind === 0) return 'root'
  if (kind === 1) return 'restricted'
  if (kind === 2) return { type: 'None' }
  return actors[draw(actors.length)]!
}

/** Something that happens to a chain, as a value that shrinks in its list. */
type Step =
  | { readonly type: 'submit'; readonly seed: number }
  /** As a wallet sends it. */
  | { readonly type: 'wire'; readonly seed: number }
  | { readonly type: 'wait'; readonly ms: number }
  /** By a council motion. */
  | { readonly type: 'frequency'; readonly by: number }
  /** Storage is set by hand: to any value of its type, whatever the pallets think of it. */
  | { readonly type: 'store'; readonly seed: number }

const steps = (maxLength: number, { byHand = 0 } = {}) =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ type: fc.constant('submit' as const), seed: seeds() }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('wire' as const), seed: seeds() }) },
      {
        weight: 3,
        arbitrary: fc.record({
          type: fc.constant('wait' as const),
          ms: fc.oneof(fc.nat(20_000), fc.nat(3_600_000), fc.nat(86_400_000)),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          type: fc.constant('frequency' as const),
          by: fc.integer({ min: 1, max: 40 }),
        }),
      },
      {
        weight: byHand,
        arbitrary: fc.record({ type: fc.constant('store' as const), seed: seeds() }),
      },
    ),
    { maxLength, size: 'max' },
  )

/** Lets a step happen; time passes by `wait`, which is stepped or jumped. */
function take(world: TestChain, step: Step, wait: (ms: number) => void): void {
  const { chain } = world
  switch (step.type) {
    case 'wait':
      wait(step.ms)
      return
    case 'frequency': {
      const now = world.state(smartContract).BillingFrequency.get()
      const args = { frequency: now + BigInt(step.by) }
      carry(world, { pallet: contracts, name: 'change_billing_frequency', args })
      return
    }
    case 'store':
      store(world, drawsOf(step.seed))
      return
    default: {
      const draw = drawsOf(step.seed)
      const signer = actors[draw(actors.length)]!
      const call = lawfulCall(draw)
      if (step.type === 'submit') {
        chain.submit(call, { signer: accountOf(signer), tip: BigInt(draw(3)) })
        return
      }
      const nonce = chain.nextNonceOf(accountOf(signer)) + draw(2)
      chain.submitBytes(
        Buffer.from(signed(chain, world.pair(signer), call, { nonce }).slice(2), 'hex'),
      )
    }
  }
}

/** Sets an item of storage, at a key that is there if there is one and luck will have it. */
function store({ chain }: TestChain, draw: Draw): void {
  const items = [...chain.state.items.values()].filter(({ derived }) => !derived)
  const item = items[draw(items.length)]!
  const known = [...item.cellsAt(chain.best())]
  const key =
    known.length > 0 && draw(4) > 0
      ? known[draw(known.length)]!.rawKey
      : item.rawKeyOf(
          item.decl.keys.map(({ type }) =>
            decodeFromBytes(type, randomBytes(type, draw, plausible)),
          ),
        )
  const value = draw(8) === 0 ? null : toHex(randomBytes(item.decl.value, draw, plausible))
  // What is wrong with it is said, and changes nothing.
  chain.edit({ type: 'setStorage', items: [[key, value]] })
}

/** Lets both members of the council propose, carry and close a motion, in the next block. */
function carry(world: TestChain, proposal: ChainCall): void {
  const bytes = encodeToBytes(RuntimeCall, proposal)
  const proposal_hash = toHex(blake2b256(bytes))
  const index = world.state(council).ProposalCount.get()
  const vote = { proposal: proposal_hash, index, approve: true }
  const proposal_weight_bound = { ref_time: 10n ** 11n, proof_size: 10n ** 6n }
  const send = (signer: 'alice' | 'bob', name: string, args: object) =>
    world.chain.submit({ pallet: 'Council', name, args }, { signer: accountOf(signer) })
  send('alice', 'propose', { threshold: 2, proposal, length_bound: 1000 })
  send('alice', 'vote', vote)
  send('bob', 'vote', vote)
  send('bob', 'close', { proposal_hash, index, proposal_weight_bound, length_bound: 1000 })
}

const jump = (world: TestChain) => (ms: number) => world.kernel.runUntil(world.kernel.now() + ms)

/** Everything by which two histories can be told from one another. */
function viewOf(world: TestChain) {
  const { chain, kernel } = world
  const best = chain.best()
  return {
    best,
    now: kernel.now(),
    hash: chain.archive.hashOf(best),
    stored: storedAt(chain, best),
    events: chain.eventsOf(best),
    pool: chain.pool.entries(),
    pending: kernel.pending().map(({ at, kind, payload }) => ({ at, kind, payload })),
    trace: kernel.trace.digest(),
  }
}

/** How much chance there is in the histories, and what it is drawn from. */
export interface HistoryOptions {
  /** The same seed gives the same histories. */
  readonly seed: number
  /** How many times the few of the quick suite. */
  readonly times: number
}

/** The tests of all laws. */
export function describeHistories({ seed, times }: HistoryOptions): void {
  const check = <T>(property: fc.IProperty<T>, few: number) =>
    fc.assert(property, { seed, numRuns: few * times })

  describe('a call that fails', () => {
    it('leaves nothing behind but its error', () => {
      let failures = 0
      const property = fc.property(fc.array(seeds(), { maxLength: 60, size: 'max' }), list => {
        const world = lively()
        const { runtime, chain } = world
        for (const seed of list) {
          const draw = drawsOf(seed)
          const caller = callerOf(draw)
          const call = anyCall(draw)
          world.inBlock(() => {
            const before = storedAt(chain, runtime.state.block)
            const { events, digest } = runtime.execution
            const counts = [events.length, digest.length]
            const outcome = dispatch(world, call, caller)
            if (outcome === 'ok') return
            failures += 1
            expect([events.length, digest.length]).toEqual(counts)
            expect(storedAt(chain, runtime.state.block), JSON.stringify(outcome)).toEqual(before)
          })
        }
      })
      check(property, 15)
      expect(failures).toBeGreaterThan(100 * times)
    })

    function dispatch(world: TestChain, call: ChainCall, caller: Caller): unknown {
      try {
        const result = world.runtime.dispatch(call, originOf(caller))
        return result.ok ? 'ok' : result.error
      } catch (cause) {
        if (cause instanceof RuntimeTrap) return cause.reason
        throw cause
      }
    }

    const originOf = (caller: Caller) => {
      if (typeof caller !== 'string') return caller
      if (caller === 'root') return { type: 'Root' } as const
      if (caller === 'restricted') return { type: 'Members', yes: 2, of: 2 } as const
      return { type: 'Signed', account: accountOf(caller) } as const
    }
  })

  describe('money', () => {
    const issued = (world: TestChain) => world.state(balances).TotalIssuance.get()

    function owned(world: TestChain): bigint {
      let sum = 0n
      for (const { value } of world.state(system).Account.entries()) {
        sum += value.data.free + value.data.reserved
      }
      return sum
    }

    /** What accounts that were too small to live left behind since block `from`. */
    function dustSince(world: TestChain, from: number): bigint {
      let sum = 0n
      for (let block = from + 1; block <= world.chain.best(); block += 1) {
        for (const { event } of world.chain.eventsOf(block)) {
          if (event.name === 'DustLost') sum += (event.fields as { amount: bigint }).amount
        }
      }
      return sum
    }

    it('is all somebody’s, through any sequence of calls, bills and fees', () => {
      const property = fc.property(steps(40), list => {
        const world = lively({ billing: 'offchain' })
        for (const step of list) {
          take(world, step, jump(world))
          world.blocks(1)
          expect(owned(world)).toBe(issued(world))
        }
      })
      check(property, 4)
    })

    it('comes from the signer when a tip is given for a call that is free', () => {
      const world = lively()
      const free = { pallet: contracts, name: 'bill_contract_for_block', args: { contract_id: 1n } }
      // The author of the blocks earns the tip, and is the one for whom the call is free.
      world.chain.submit(free, { signer: accountOf('alice'), tip: TFT })
      world.blocks(1)
      expect(world.chain.nonceOf(accountOf('alice'))).toBeGreaterThan(0)
      expect(owned(world)).toBe(issued(world))
    })

    it('neither comes nor goes unless a call is there for it', () => {
      let billed = 0
      const property = fc.property(fc.array(seeds(), { maxLength: 60, size: 'max' }), list => {
        const world = lively({ billing: 'offchain' })
        const from = world.chain.best()
        const before = issued(world)
        for (const seed of list) {
          const draw = drawsOf(seed)
          world.chain.submit(plainCall(draw), { signer: accountOf(actors[draw(actors.length)]!) })
          world.blocks(1 + draw(12))
        }
        expect(issued(world) + dustSince(world, from)).toBe(before)
        for (let block = from + 1; block <= world.chain.best(); block += 1) {
          const names = world.chain.eventsOf(block).map(({ event }) => event.name)
          billed += names.filter(name => name === 'ContractBilled').length
        }
      })
      check(property, 10)
      expect(billed).toBeGreaterThan(10 * times)
    })
  })

  describe('a snapshot', () => {
    it('brings everything back, and with it the same future', () => {
      const modes = fc.constantFrom<'interval' | 'instant'>('interval', 'instant')
      const property = fc.property(
        modes,
        steps(12),
        steps(25, { byHand: 1 }),
        steps(12),
        (blocks, first, between, after) => {
          const world = lively({ blocks, billing: 'offchain' })
          const other = lively({ blocks, billing: 'offchain' })
          for (const each of [world, other]) for (const step of first) take(each, step, jump(each))
          const snapshot = world.kernel.snapshot()
          const atSnapshot = viewOf(world)
          for (const step of between) take(world, step, jump(world))
          world.kernel.revert(snapshot)
          expect(viewOf(world)).toEqual(atSnapshot)
          const play = (each: TestChain) => {
            for (const step of after) take(each, step, jump(each))
            return viewOf(each)
          }
          const future = withoutSignatures(play(other))
          expect(withoutSignatures(play(world))).toEqual(future)
          // The snapshot stays good.
          world.kernel.revert(snapshot)
          expect(withoutSignatures(play(world))).toEqual(future)
        },
      )
      check(property, 2)
    })

    /** Signatures of sr25519 differ each time, and with them the bytes and their hash. */
    const withoutSignatures = (view: ReturnType<typeof viewOf>) => ({
      ...view,
      pool: view.pool.map(({ extrinsic, ...entry }) => ({ ...entry, call: extrinsic.call })),
    })

    it('brings the past back too, when more blocks followed than are remembered', () => {
      const world = testChain({ blocks: 'instant' })
      const { chain, kernel } = world
      const pay = (amount: bigint) => {
        const args = { dest: world.address('bob'), value: amount }
        chain.submit(
          { pallet: 'Balances', name: 'transfer_keep_alive', args },
          { signer: accountOf('alice') },
        )
        kernel.runUntil(kernel.now())
      }
      for (let i = 1n; i <= 20n; i += 1n) pay(i)
      const past = () =>
        Array.from({ length: chain.best() + 1 }, (_, block) => ({
          hash: chain.archive.hashOf(block),
          isKept: block >= chain.archive.floor,
          events: chain.eventsOf(block),
          stored: storedAt(chain, block),
        }))
      const before = past()
      const snapshot = kernel.snapshot()
      for (let i = 0; i < 2500; i += 1) pay(1n)
      kernel.revert(snapshot)
      expect(past()).toEqual(before)
      // And what follows is forgotten in its turn.
      for (let i = 0; i < 2500; i += 1) pay(1n)
      expect(chain.archive.floor).toBe(chain.best() - 2400)
      expect(past().slice(0, before.length - 1)).not.toEqual(before.slice(0, -1))
    })

    it('that is released keeps nothing', () => {
      const world = testChain({ blocks: 'instant' })
      const { chain, kernel } = world
      const args = { dest: world.address('bob'), value: 1n }
      const pay = (times: number) => {
        for (let i = 0; i < times; i += 1) {
          chain.submit(
            { pallet: 'Balances', name: 'transfer_keep_alive', args },
            { signer: accountOf('alice') },
          )
          kernel.runUntil(kernel.now())
        }
      }
      const snapshot = kernel.snapshot()
      pay(2500)
      kernel.release(snapshot)
      pay(2500)
      const full = Array.from({ length: chain.best() + 1 }, (_, block) => block).filter(
        block => (chain.archive.contentOf(block)?.extrinsics.length ?? 0) > 0,
      )
      expect(full).toHaveLength(2401)
      expect(full[0]).toBe(chain.archive.floor)
    })
  })

  describe('an archive', () => {
    it('played on another chain gives every block and every state again', () => {
      let blocksPlayed = 0
      const modes = fc.constantFrom<'interval' | 'instant'>('interval', 'instant')
      const property = fc.property(
        modes,
        fc.array(seeds(), { maxLength: 50, size: 'max' }),
        (blocks, list) => {
          const world = lively({ blocks, billing: 'offchain' })
          const replica = testChain({ ...livelyGenesis, blocks: 'manual' })
          for (const seed of list) {
            const draw = drawsOf(seed)
            take(
              world,
              { type: draw(5) === 0 ? 'wire' : 'submit', seed: draw(2 ** 32) },
              jump(world),
            )
            if (draw(3) === 0) jump(world)(draw(100_000))
          }
          jump(world)(10_000)
          for (let block = 1; block <= world.chain.best(); block += 1) {
            replay(world, replica, block)
            expect(replica.chain.best()).toBe(block)
            expect(replica.chain.eventsOf(block)).toEqual(world.chain.eventsOf(block))
            expect(storedAt(replica.chain, block)).toEqual(storedAt(world.chain, block))
            expect(replica.chain.archive.hashOf(block)).toBe(world.chain.archive.hashOf(block))
            blocksPlayed += 1
          }
        },
      )
      check(property, 5)
      expect(blocksPlayed).toBeGreaterThan(40 * times)
    })

    /** Makes a block of what another one's bytes say. */
    function replay({ chain: from }: TestChain, { chain, kernel }: TestChain, block: number): void {
      kernel.runUntil(from.archive.timestampOf(block))
      const [inherent, ...extrinsics] = from.extrinsicsOf(block)
      expect(inherent).toBeDefined()
      for (const bytes of extrinsics) {
        const decoded = decodeExtrinsic(bytes)
        if (!decoded.ok) throw new TypeError(JSON.stringify(decoded.problem))
        const { call, signer, tip } = decoded.extrinsic
        chain.submit(call, { signer, tip })
      }
      chain.makeBlock()
    }
  })

  describe('time', () => {
    it('gives the same blocks whether it is stepped or jumped', () => {
      const property = fc.property(steps(30, { byHand: 1 }), list => {
        const jumped = lively({ billing: 'offchain' })
        const stepped = lively({ billing: 'offchain' })
        const byBlocks = (ms: number) => {
          const { kernel, chain } = stepped
          const end = kernel.now() + ms
          while (kernel.now() < end) {
            kernel.runUntil(Math.min(end, kernel.now() + 6000))
            chain.best()
          }
        }
        for (const step of list) {
          take(jumped, step, jump(jumped))
          take(stepped, step, byBlocks)
          const best = jumped.chain.best()
          expect(stepped.chain.best()).toBe(best)
          expect(stepped.chain.archive.hashOf(best)).toBe(jumped.chain.archive.hashOf(best))
          expect(storedAt(stepped.chain, best)).toEqual(storedAt(jumped.chain, best))
        }
        const { last } = traces(jumped, stepped)
        expect(last).toBeNull()
      })
      check(property, 2)
    })

    /** The first entry of two traces that differs. */
    function traces(left: TestChain, right: TestChain): { last: [string, string] | null } {
      const [a, b] = [left, right].map(({ kernel }) => kernel.trace.last().map(lineOf)) as [
        string[],
        string[],
      ]
      const at = a.findIndex((line, i) => line !== b[i])
      return { last: at < 0 ? null : [a[at]!, b[at]!] }
    }
  })
}
