// Plays scenarios on a grid that runs elsewhere: what they say is the same, and goes over the wires of real clients.

import { tfgrid } from '../../chain/pallets/tfgrid/declaration.ts'
import type { Farm } from '../../chain/pallets/tfgrid/types.ts'
import { cryptoReady } from '../../crypto/ready.ts'
import { makePerson } from '../../grid/people.ts'
import type { Resident, World } from '../../grid/world.ts'
import type { GridInfo } from '../../grid.ts'
import { gridError, invariant } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { StoreMap } from '../../kernel/store.ts'
import { workloadTypes } from '../../zos/workloads/registry.ts'
import type { AnyScenario, ScenarioGrid } from '../define.ts'
import { GridView } from '../grid-view.ts'
import type { Progress, Theatre } from '../play.ts'
import { runScenario, type ScenarioReport } from '../runner.ts'
import { ScriptHost } from '../script.ts'
import { Stage } from '../stage.ts'
import { CleanUp } from './clean-up.ts'
import { TargetLine } from './line.ts'
import { partial, takeUnsupported, unsupported } from './partial.ts'
import { remoteDrain } from './remote-drain.ts'
import { RemoteKernel } from './remote-kernel.ts'
import { chainReader, remoteChain, remoteFaults, remoteNodes } from './remote-parts.ts'
import type { Actor, Outcome } from './wire.ts'

/** A grid elsewhere. */
export interface Target {
  /** Its control API: `http://127.0.0.1:8080/api`. */
  readonly control: string
  readonly token?: string | undefined
}

/** Asks a target who and what is on it. GRID_NOT_RUNNING. */
export async function describeTarget({ control }: Target): Promise<GridInfo> {
  try {
    const answer = await fetch(`${control.replace(/\/+$/, '')}/info`)
    if (!answer.ok) throw gridError('GRID_NOT_RUNNING', { detail: `${control}: ${answer.status}` })
    return (await answer.json()) as GridInfo
  } catch (cause) {
    throw gridError('GRID_NOT_RUNNING', { detail: control, cause })
  }
}

/** Why a scenario cannot be played on a target; null when it may. */
export function misfitOf(scenario: AnyScenario, info: GridInfo): string | null {
  const { grid = {} } = scenario.fixture ?? scenario
  const behaviours = ['workloads', 'commands', 'failures'] as const
  const own = behaviours.find(
    name => name in scenario || (scenario.fixture && name in scenario.fixture),
  )
  if (own !== undefined) return `it brings ${own} of its own`
  const { network, farms = [], users = [], blocks, strictRelay, kyc } = grid as ScenarioGrid
  if (network !== undefined && network !== info.network) {
    return `it needs the ${network} network, and the target has that of ${info.network}`
  }
  if (blocks !== undefined || strictRelay !== undefined || kyc !== undefined) {
    return 'it sets how the chain makes blocks, takes relays or verifies people'
  }
  const nodes = nodesOf(scenario, info)
  if (nodes > info.nodes.length) {
    return `it needs ${nodes} nodes, and the target has ${info.nodes.length}`
  }
  const gone = info.elsewhere?.gone.find(id => id <= nodes)
  if (gone !== undefined) {
    return `it needs node ${gone}, and the process that plays it is not there`
  }
  const special = farms.find(farm => isSpecial(farm))
  if (special) return `its farm ${special.name} has hardware, gateways or rules of its own`
  for (const user of users) {
    if (typeof user !== 'string') return `it gives ${user.name} funds or a phrase of its own`
    if (!info.accounts.some(({ name }) => name === user)) return `the target has no ${user}`
  }
  return null
}

/** Why the public addresses of a target do not fit; null when they do: a scenario may count on how many are free. */
function addressMisfitOf(scenario: AnyScenario, line: TargetLine, info: GridInfo): string | null {
  const { farms = [] } = ((scenario.fixture ?? scenario).grid ?? {}) as ScenarioGrid
  const read = chainReader(line)
  for (const { name, publicIps } of farms) {
    const there = info.farms.find(farm => farm.name === name)
    if (publicIps === undefined || !there) continue
    const { public_ips = [] } = (read(tfgrid, 'Farms', [there.id]) as Farm | null) ?? {}
    const free = public_ips.filter(({ contract_id }) => contract_id === 0n).length
    if (free === publicIps) continue
    return `its farm ${name} has ${publicIps} free public addresses, and that of the target ${free}`
  }
  return null
}

/** Whether a farm is another one than any grid has. */
function isSpecial({
  hardware = 'server',
  mix,
  gateways = 0,
  dedicated = false,
}: NonNullable<ScenarioGrid['farms']>[number]): boolean {
  return hardware !== 'server' || mix !== undefined || gateways > 0 || dedicated
}

/** How many nodes a scenario asks for; all that there are when it names none. */
function nodesOf(scenario: AnyScenario, info: GridInfo): number {
  const { grid } = scenario.fixture ?? scenario
  const { farms } = (grid ?? {}) as ScenarioGrid
  if (!farms) return info.nodes.length
  return farms.reduce((sum, farm) => sum + (farm.nodes ?? 1), 0)
}

/** What became of a scenario on a target. */
export type TargetOutcome =
  | { readonly type: 'played'; readonly report: ScenarioReport }
  | { readonly type: 'skipped'; readonly reason: string }

/**
 * Plays a scenario on a target and takes the target back to where it was. A scenario that needs what a target does
 * not have is skipped, and its reason told.
 */
export async function runOnTarget(
  scenario: AnyScenario,
  target: Target,
  options: {
    readonly seed: string
    readonly progress: Progress
    readonly scriptFiles: (file: string) => boolean
  },
): Promise<TargetOutcome> {
  await cryptoReady()
  const info = await describeTarget(target)
  const misfit = misfitOf(scenario, info)
  if (misfit !== null) return { type: 'skipped', reason: misfit }
  const line = lineTo(target, info)
  const scarce = addressMisfitOf(scenario, line, info)
  if (scarce !== null) return { type: 'skipped', reason: scarce }
  takeUnsupported()
  const nodes = nodesOf(scenario, info)
  const takeBack = memoryOf(line, { info, nodes })
  try {
    const kernel = new RemoteKernel(line, { seed: options.seed, isSplit: isSplit(info) })
    const report = await runScenario(withSetUp(scenario), {
      ...options,
      open: () => remoteTheatre(line, { kernel, info, nodes }),
      startedAt: kernel.now(),
    })
    const missing = takeUnsupported()
    return missing === null
      ? { type: 'played', report }
      : { type: 'skipped', reason: `${missing} is not there on a target` }
  } finally {
    takeBack()
  }
}

/** Whether other processes play nodes of a target. */
const isSplit = ({ elsewhere }: GridInfo): boolean => elsewhere !== undefined

/** Remembers what a target is like; returns how to take it back to that. */
function memoryOf(line: TargetLine, of: { info: GridInfo; nodes: number }): () => void {
  if (isSplit(of.info)) {
    const cleanUp = new CleanUp(line, of)
    return () => cleanUp.restore()
  }
  const { id } = line.control('POST', '/snapshots', {}) as { id: string }
  return () => {
    line.control('POST', `/snapshots/${id}/revert`)
    line.control('DELETE', `/snapshots/${id}`)
  }
}

/** The line of this process: connecting costs more than a scenario does. It does not keep the process alive. */
let opened: { readonly name: string; readonly line: TargetLine } | null = null

function lineTo({ control, token }: Target, { endpoints: { substrate, relay } }: GridInfo) {
  const name = JSON.stringify([control, token, substrate, relay])
  if (opened?.name !== name) {
    opened?.line.close()
    const line = new TargetLine({ control: control.replace(/\/+$/, ''), token, substrate, relay })
    opened = { name, line }
  }
  return opened.line
}

/** On a target the set-up of a fixture is played each time. */
function withSetUp(scenario: AnyScenario): AnyScenario {
  const { fixture, ...rest } = scenario
  return {
    ...rest,
    run: async context => {
      const { users, farmers } = context
      const own = {
        ...context,
        users: partial<typeof users>('users', users),
        farmers: partial<typeof farmers>('farmers', farmers),
      }
      const given: unknown = await fixture?.setUp(own)
      await scenario.run({ ...own, fixture: given })
    },
  }
}

/** What scripts need to play on a target. */
function remoteTheatre(
  line: TargetLine,
  { kernel: remote, info, nodes }: { kernel: RemoteKernel; info: GridInfo; nodes: number },
): Theatre {
  const residents = info.accounts.map(({ name, mnemonic, twinId, keyType }) => ({
    ...makePerson(name, { secret: mnemonic, scheme: keyType }),
    twinId,
  }))
  const kernel = partial<Kernel>('grid.world.kernel', kernelParts(remote))
  const world = partial<World>('grid.world', {
    kernel,
    residents,
    farms: info.farms,
    workloadTypes,
    chain: partial('grid.world.chain', {
      ...remoteChain(line, nodes),
      submit: submitterOf(line, remote, residents),
    }),
    bus: partial('grid.world.bus', { request: askerOf(line, remote, residents) }),
    nodes: partial('grid.world.nodes', remoteNodes(line, nodes)),
    faults: partial('faults', remoteFaults(line)),
    drain: remoteDrain(line),
  })
  const host = new ScriptHost(kernel)
  const stage = new Stage(world, host)
  const grid = new GridView(world, host)
  return {
    world,
    host,
    stage,
    grid,
    // The rules look into the world, which is elsewhere: it checks what it checks.
    invariants: { check: () => undefined } as Theatre['invariants'],
  }
}

/** What of the kernel is there; the counts of events, which a world keeps itself, are not. */
function kernelParts(remote: RemoteKernel) {
  const { store } = remote
  return {
    random: remote.random,
    trace: remote.trace,
    store: {
      map: (name: string): StoreMap<string, unknown> =>
        name === 'script.counts' ? noCounts : store.map(name),
    },
    pendingForeground: remote.pendingForeground,
    now: () => remote.now(),
    handle: remote.handle.bind(remote),
    schedule: remote.schedule.bind(remote),
    cancel: remote.cancel.bind(remote),
    nextAt: () => remote.nextAt(),
    step: () => remote.step(),
  }
}

const noCounts = partial<StoreMap<string, unknown>>('grid.counts()', {})

/** How long an extrinsic may wait for its block, in ms of virtual time. */
const blockWithinMs = 86_400_000

interface Reply {
  readonly kind: 'script.outcome' | 'script.answer'
  readonly ref: string
}

/** Extrinsics of scripts; their outcomes come as they come to a script on a world of its own. */
function submitterOf(line: TargetLine, remote: RemoteKernel, residents: readonly Resident[]) {
  remote.onOutcome(outcome => tell(remote, outcome))
  const mark = newMark()
  return (call: never, { signer, reply }: { signer: string; reply: Reply }) => {
    const resident = residents.find(({ pair }) => pair.accountId === signer)
    if (!resident) unsupported('an account of the script')
    const ref = `${mark}/${reply.ref}`
    // The chain takes an extrinsic into a block, or says that it does not; a chain that has halted does neither.
    const expired = () =>
      tell(remote, { type: 'submitted', ref, block: 0, error: 'no block within a day', events: [] })
    remote.began(ref, { until: remote.now() + blockWithinMs, expired })
    line.begin({ op: 'submit', ref, call, actor: actorOf(resident) })
  }
}

/** Begins the names of what one script waits for: what an earlier one has left open is answered later. */
let lastMark = 0
const newMark = (): number => {
  lastMark += 1
  return lastMark
}

/** Requests of scripts over the bus. */
function askerOf(line: TargetLine, remote: RemoteKernel, residents: readonly Resident[]) {
  const mark = newMark()
  return (
    request: {
      from: { twin: number }
      to: number
      command: string
      payload: string | null
      ttlMs: number
    },
    reply: Reply,
  ) => {
    const { from, to, command, payload, ttlMs } = request
    const resident = residents.find(({ twinId }) => twinId === from.twin)
    if (!resident) unsupported('a twin of the script')
    const ref = `${mark}/${reply.ref}`
    const expired = () => tell(remote, { type: 'answered', ref, answer: { type: 'expired' } })
    remote.began(ref, { until: remote.now() + ttlMs, expired })
    const ttlSeconds = Math.max(1, Math.min(1_800, Math.ceil(ttlMs / 1_000)))
    line.begin({ op: 'request', ref, actor: actorOf(resident), to, command, payload, ttlSeconds })
  }
}

function actorOf({ twinId, secret, pair }: Resident): Actor {
  invariant(pair.scheme !== 'ecdsa', 'people sign with sr25519 or ed25519')
  return { twinId, secret, scheme: pair.scheme }
}

function tell(remote: RemoteKernel, outcome: Outcome): void {
  const ref = outcome.ref.replace(/^\w+\//, '')
  if (outcome.type === 'answered') {
    remote.happen('script.answer', { ...outcome.answer, ref }, null)
    return
  }
  const { block, error, events } = outcome
  remote.happen('script.outcome', { ref, block, error: error as null, events }, null)
}
