// The unmodified grid client, a process per flow: everything that its users do, and what they are told when it fails.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingBuild, startUp, type Up } from './support.ts'

const script = fileURLToPath(new URL('grid-client/flows.cjs', import.meta.url))
const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** The flows, and the nodes of the default grid on which each takes place. */
const flows = {
  account: [],
  look: [],
  purse: [],
  machines: [1, 2],
  kubernetes: [1, 2, 6],
  storage: [4, 6, 1],
  gateways: [1],
  rented: [3, 11],
  light: [8],
  errors: [7, 10],
  unverified: [],
  poor: [],
} as const
type FlowName = keyof typeof flows

/** What a flow answers is checked key by key below. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is the client's own.
type Answer = any

/** The flows run side by side, so that their waits do not add up; the limit is for all of them. */
const limitMs = 240_000

/** A user of its own for each flow, and another one whom it can send to. */
const names = Object.keys(flows) as FlowName[]
const users = names.flatMap(name => [name, `${name}-friend`])

let up: Up
let home: string
const children = new Set<ChildProcess>()

beforeAll(async () => {
  if (missingBuild) return
  home = mkdtempSync(join(tmpdir(), 'pocketgrid-client-'))
  const config = join(home, 'grid.json')
  writeFileSync(config, JSON.stringify({ users: [...users, 'wired'] }))
  up = await startUp('--config', config)
}, 30_000)

afterAll(async () => {
  // A flow that took too long goes with the grid.
  for (const child of children) child.kill()
  await up?.stop()
  if (home) rmSync(home, { recursive: true, force: true })
})

function accountOf(name: string) {
  return up.info.accounts.find(account => account.name === name)!
}

function flowInput(name: string, friend: string, nodes: readonly number[]) {
  const { substrate, relay, proxy, graphql, activation } = up.info.endpoints
  return {
    network: 'dev',
    urls: {
      substrateURL: substrate,
      relayURL: relay,
      proxyURL: proxy,
      graphqlURL: graphql,
      activationURL: activation,
    },
    relayName: relay.replace('//', '/'),
    account: accountOf(name),
    others: [accountOf(friend)],
    nodes,
  }
}

/** Runs a flow in a process of its own; resolves with what it answers. */
function play(
  name: FlowName,
  { flow, env, through = [] }: { flow: object; env: NodeJS.ProcessEnv; through?: string[] },
): Promise<Answer> {
  const out = join(home, `${name}-${through.length}.json`)
  const child = spawn(process.execPath, [...through, script, name], {
    env: {
      ...process.env,
      ...env,
      HOME: home,
      POCKETGRID_FLOW: JSON.stringify(flow),
      POCKETGRID_FLOW_OUT: out,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  let log = ''
  const hear = (data: Buffer) => {
    log += String(data)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  return new Promise((resolve, reject) => {
    child.on('exit', code => {
      children.delete(child)
      const answer: Answer = existsSync(out) ? JSON.parse(readFileSync(out, 'utf8')) : {}
      if (answer.value) resolve(answer.value)
      else reject(new Error(`${name} ended with ${code}: ${answer.error ?? log.slice(-2000)}`))
    })
  })
}

/** The flow that goes through `pocketgrid exec`, begun beside the others. */
let wired: Promise<Answer>

describe.skipIf(missingBuild)('@threefold/grid_client over plain URLs', () => {
  const answers = new Map<FlowName, Promise<Answer>>()
  const answerOf = (name: FlowName): Promise<Answer> => answers.get(name)!

  beforeAll(async () => {
    const { front, control } = up.info.endpoints
    // Its identity service cannot be configured: a client without our help reaches it as through a proxy.
    const env = {
      HTTPS_PROXY: front.proxy,
      NO_PROXY: '127.0.0.1,localhost',
      NODE_EXTRA_CA_CERTS: front.ca,
    }
    const { address } = accountOf('unverified')
    const body = JSON.stringify({ status: 'REJECTED' })
    const set = await fetch(`${control}/kyc/${address}`, { method: 'PUT', body })
    expect(set.status).toBe(200)
    const through = [cli, 'exec', '--control', control, '--', process.execPath]
    const asItComes = { ...flowInput('wired', 'light-friend', [9]), urls: {} }
    wired = play('light', { flow: asItComes, env: {}, through })
    wired.catch(() => undefined)
    for (const name of names) {
      const answer = play(name, { flow: flowInput(name, `${name}-friend`, flows[name]), env })
      // The test that asks for it fails.
      answer.catch(() => undefined)
      answers.set(name, answer)
    }
  })

  it(
    'makes an account and a twin from nothing',
    async () => {
      const { made, balance, twin, twinView, after } = await answerOf('account')
      expect(made.twinId).toBe(twin)
      expect(twinView.accountId).toBe(made.public_key)
      expect(balance.free).toBeGreaterThan(999)
      expect(after.free).toBeCloseTo(balance.free + 5, 6)
    },
    limitMs,
  )

  it(
    'lists and filters nodes and farms, and asks nodes',
    async () => {
      const look = await answerOf('look')
      const all = up.info.nodes.map(({ id }) => id)
      expect(look).toMatchObject({
        nodes: all,
        count: all.length,
        farms: ['freefarm', 'ghent'],
        farmCount: 2,
        farmId: 1,
        gateways: [1, 2],
        gpu: [5, 11],
        hdd: [4, 6, 12],
        light: [8, 9],
        down: [],
        freeIps: ['freefarm'],
        hasIps: true,
        fits: true,
        ping: { zos: expect.stringMatching(/^\d/), zinit: expect.any(String) },
        publicConfig: { domain: 'gw1.freefarm.dev.grid.tf' },
      })
      expect(look.rentable).toEqual(expect.arrayContaining([10, 11, 12]))
      expect(look.big).toEqual([1, 2, 10])
      expect(look.free.cru).toBe(32)
      expect(look.pools).toHaveLength(2)
    },
    limitMs,
  )

  it(
    'transfers money, keeps notes, and calculates prices',
    async () => {
      const { before, after, colour, plain, keys, left, none, price } = await answerOf('purse')
      expect(before.free - after.free).toBeGreaterThan(12.5)
      expect(before.free - after.free).toBeLessThan(12.6)
      expect({ colour, plain, keys, left, none }).toEqual({
        colour: 'green',
        plain: 'text',
        keys: ['colour', 'plain'],
        left: ['plain'],
        none: [],
      })
      expect(price.sharedPrice).toBeGreaterThan(0)
    },
    limitMs,
  )

  it(
    'deploys machines with a network and a disk, adds, changes and deletes them',
    async () => {
      const out = await answerOf('machines')
      expect(out.first).toMatchObject([
        {
          name: 'one',
          status: 'ok',
          nodeId: 1,
          interfaces: [{ network: 'vmnet', ip: '10.249.2.2' }],
        },
      ])
      expect(out.first[0].mounts).toMatchObject([{ name: 'data', size: 10 * 2 ** 30, state: 'ok' }])
      expect(out.same).toMatchObject({ type: 'ValidationError' })
      expect(out.two).toEqual([
        { name: 'one', status: 'ok', nodeId: 1, ip: '10.249.2.2' },
        { name: 'two', status: 'ok', nodeId: 2, ip: '10.249.3.2' },
      ])
      expect(out.one).toEqual(['one'])
      expect(out.updated).toEqual({ data: 'ok', one: 'ok', three: 'ok' })
      expect(out.faster.message).toContain("workload 'zmachine' does not support upgrade")
      expect(out.contracts.nodeContracts).toHaveLength(2)
      expect(out.deleted.deleted).toHaveLength(2)
      expect(out.left).toEqual([])
    },
    limitMs,
  )

  it(
    'deploys a cluster of three nodes; a worker comes and goes',
    async () => {
      const three = ['master ok', 'worker1 ok', 'worker2 ok']
      const out = await answerOf('kubernetes')
      expect(out).toEqual({ three, four: [...three, 'worker3 ok'], again: three, left: [] })
    },
    limitMs,
  )

  it(
    'deploys zero-DBs, and a machine with a file system over them',
    async () => {
      const { zdbs, states, left } = await answerOf('storage')
      expect(zdbs).toMatchObject([
        { name: 'db0', status: 'ok', mode: 'seq' },
        { name: 'db1', status: 'ok', mode: 'user' },
      ])
      expect({ states, left }).toEqual({ states: { qs: 'ok', qs1: 'ok' }, left: [] })
    },
    limitMs,
  )

  it(
    'deploys gateways by name and by domain',
    async () => {
      const out = await answerOf('gateways')
      expect(out.name).toMatchObject([
        { status: 'ok', domain: 'pocketsite.gw1.freefarm.dev.grid.tf' },
      ])
      expect(out.fqdn).toMatchObject([{ status: 'ok', domain: 'pocket.example.org' }])
      expect(out.contracts).toEqual(['pocketsite'])
      expect({ left: out.left, freed: out.freed }).toEqual({ left: [], freed: 0 })
    },
    limitMs,
  )

  it(
    'gets a public address, rents a node, and uses its graphics card',
    async () => {
      const out = await answerOf('rented')
      expect(out.publicIp).toMatchObject({
        ip: expect.stringMatching(/^185\.0\.0\.1\d\/24$/),
        ip6: expect.stringMatching(/^2a10:/),
        gateway: '185.0.0.1',
      })
      expect(out.unrented.type).toBe('UnavailableNodeError')
      expect(out.rent.of).toBe(out.rent.id)
      expect(out.states).toEqual({ gpu: 'ok' })
      expect(out.cards).toContain(true)
      expect(out.left).toEqual({ nameContracts: [], nodeContracts: [], rentContracts: [] })
    },
    limitMs,
  )

  it(
    'deploys on a light node, and cancels all contracts',
    async () => {
      const out = await answerOf('light')
      expect(out.vm).toMatchObject({
        status: 'ok',
        myceliumIP: expect.stringMatching(/:ff0f:102:304:506$/),
      })
      expect(out.cancelled).toBe(out.contracts)
      expect(out.left).toEqual({ nameContracts: [], nodeContracts: [], rentContracts: [] })
    },
    limitMs,
  )

  it(
    'tells what is wrong by its own errors',
    async () => {
      const out = await answerOf('errors')
      expect(out).toMatchObject({
        memory: { type: 'InvalidResourcesError' },
        disk: { type: 'InvalidResourcesError' },
        nobody: { type: 'ValidationError', message: expect.stringContaining('9999') },
        unavailable: { type: 'UnavailableNodeError' },
        name: { message: expect.stringContaining('already reserved') },
        left: { nameContracts: [], nodeContracts: [], rentContracts: [] },
      })
    },
    limitMs,
  )

  it(
    'stops a user who is not verified before anything is on the chain',
    async () => {
      const { deploy, left } = await answerOf('unverified')
      expect(deploy).toMatchObject({ message: expect.stringMatching(/not verified/i) })
      expect(left.nodeContracts).toEqual([])
    },
    limitMs,
  )

  it(
    'tells a user without money',
    async () => {
      const { transfer, deploy } = await answerOf('poor')
      expect(transfer.type).toBe('TFChainError')
      expect(deploy.type).toBe('InsufficientBalanceError')
    },
    limitMs,
  )
})

describe.skipIf(missingBuild)('@threefold/grid_client as it comes, through pocketgrid exec', () => {
  it(
    'deploys with nothing configured but the network',
    async () => {
      const out = await wired
      expect(out.vm.status).toBe('ok')
    },
    limitMs,
  )
})
