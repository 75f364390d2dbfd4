// `zos.perf`: results of the tests that a node runs on itself; they follow from its hardware and the time of the run.

import type { Random } from '../../kernel/random.ts'
import { canonicalCidr, canonicalIp } from '../go/ip.ts'
import { decodeJson, struct, text } from '../go/json-decoder.ts'
import type { NodeBody, NodeState } from '../lifecycle/node.ts'
import { refused } from '../outcome.ts'
import type { FarmView } from '../ports.ts'
import { type ApiContext, answered, everywhere } from './context.ts'
import type { Answer } from './json.ts'
import type { Command, Handler } from './router.ts'

/** What a run of a task is given. */
interface Run {
  readonly random: Random
  readonly body: NodeBody
  /** Virtual time in ms. */
  readonly at: number
  readonly machines: number
  /** The addresses of its farm, when no node of the farm with a lower id is up. */
  readonly farmIps: FarmView['publicIps']
}

/** A test that runs once after a start and then by the clock. */
interface Task {
  readonly name: string
  readonly description: string
  /** Times of day in UTC: every so many ms since midnight. */
  readonly everyMs: number
  readonly jitterMs: number
  result(run: Run): Answer
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** Public servers of the kind that nodes measure against, under names that belong to nobody. */
const servers = [
  { server_host: 'iperf-ams.example.net', server_ip: '192.0.2.10', server_port: 5201 },
  { server_host: 'iperf-fra.example.net', server_ip: '192.0.2.20', server_port: 5202 },
  { server_host: 'iperf-nyc.example.net', server_ip: '198.51.100.10', server_port: 5201 },
] as const

/** A number in [0, 1) that belongs to a run and a purpose. */
function fraction({ random, body, at }: Pick<Run, 'random' | 'body' | 'at'>, purpose: string) {
  const bytes = random.derive(`zos/${body.index}/perf/${purpose}/${at}`, 4)
  return Buffer.from(bytes).readUInt32LE() / 2 ** 32
}

function between(run: Run, purpose: string, [low, high]: readonly [number, number]): number {
  return low + fraction(run, purpose) * (high - low)
}

function speedTest(run: Run, test_type: 'tcp' | 'udp'): Answer {
  const server = servers[Math.floor(fraction(run, 'server') * servers.length)] ?? servers[0]
  const bitsPerSecond = (way: string) =>
    Math.round(between(run, `${test_type}/${way}`, [4e8, 9.4e8]) * 100) / 100
  const percent = (what: string) =>
    Math.round(between(run, `${test_type}/${what}`, [1, 20]) * 1e6) / 1e6
  return {
    upload_speed: bitsPerSecond('up'),
    download_speed: bitsPerSecond('down'),
    ...server,
    test_type,
    error: '',
    cpu_report: {
      host_total: percent('host'),
      host_user: percent('host user'),
      host_system: percent('host system'),
      remote_total: percent('remote'),
      remote_user: percent('remote user'),
      remote_system: percent('remote system'),
    },
  }
}

function benchmark(run: Run): Answer {
  const { benchmark: seconds, cpu } = run.body.profile
  const measured = (base: number, purpose: string) =>
    Math.round(base * between(run, purpose, [0.98, 1.02]) * 1000) / 1000
  return {
    single: measured(seconds.single, 'single'),
    multi: measured(seconds.multi, 'multi'),
    threads: cpu.threads,
    workloads: run.machines,
  }
}

/** What the node finds of each address of its farm (`zosbase: pkg/perf/publicip`): without a contract it is tried. */
function validatedIps({ farmIps }: Run): Answer {
  const found = farmIps.map(({ ip, gateway, contractId }) => {
    if (contractId !== 0n) {
      return [ip, { state: 'skipped', reason: 'ip is already assigned to a contract' }] as const
    }
    const isValid = canonicalCidr(ip).ok && canonicalIp(gateway).ok
    const reason = isValid ? '' : 'public ip or gateway data are not valid'
    return [ip, { state: isValid ? 'valid' : 'invalid', reason }] as const
  })
  return Object.fromEntries(found)
}

/** The tests and when they run (threefoldtech/zosbase: pkg/perf). */
const tasks: readonly Task[] = [
  {
    name: 'iperf',
    description: 'Test network performance against public iperf3 servers with both UDP and TCP',
    everyMs: 6 * hourMs,
    jitterMs: 20 * minuteMs,
    result: run => [speedTest(run, 'tcp'), speedTest(run, 'udp')],
  },
  {
    name: 'cpu-benchmark',
    description:
      'Measures the performance of the node CPU by reporting the timespent of computing a task in seconds.',
    everyMs: 6 * hourMs,
    jitterMs: 0,
    result: benchmark,
  },
  {
    name: 'public-ip-validation',
    description: 'Runs on the least NodeID node in a farm to validate all its IPs.',
    everyMs: 6 * hourMs,
    jitterMs: 10 * minuteMs,
    result: validatedIps,
  },
  {
    name: 'healthcheck',
    description:
      'Checks that the cache and the network of the node work, so that it can stop reporting uptime if it is not usable',
    everyMs: 15 * minuteMs,
    jitterMs: 0,
    result: () => ({ cache: [], network: [] }),
  },
  {
    name: 'provisiontest',
    description: 'Deploys and removes a small machine to see that the node can.',
    everyMs: 24 * hourMs,
    jitterMs: 30 * minuteMs,
    result: () => [],
  },
]

/** When a task ran last, or null when it has not run since the node started: results do not survive a start. */
function lastRun(
  task: Task,
  jitterOf: (tick: number) => number,
  bootedAt: number,
  now: number,
): number | null {
  for (
    let tick = Math.floor(now / task.everyMs) * task.everyMs;
    tick > bootedAt;
    tick -= task.everyMs
  ) {
    const at = tick + jitterOf(tick)
    if (at <= now) return at
  }
  const first = bootedAt + jitterOf(bootedAt)
  return first <= now ? first : null
}

/** Has the node found itself healthy since it started? */
export function isHealthy({ bootedAt, phase }: NodeState, now: number): boolean {
  return phase === 'up' && now >= bootedAt
}

function resultOf(context: ApiContext, index: number, task: Task): Answer | null {
  const { kernel, engine } = context
  const { random } = kernel
  const body = context.bodyOf(index)
  const { bootedAt } = context.stateOf(index)
  const jitterOf = (tick: number) =>
    Math.floor(fraction({ random, body, at: tick }, task.name) * task.jitterMs)
  const at = lastRun(task, jitterOf, bootedAt, kernel.now())
  if (at === null) return null
  const { machines } = engine.resourcesOf(index)
  const { name, description } = task
  const farmIps = farmIpsFor(context, index)
  const result = task.result({ random, body, at, machines: machines.length, farmIps })
  return { name, description, timestamp: Math.floor(at / 1000), result }
}

/** The addresses that a node looks at: all of its farm, if it has the lowest id of those that are up. */
function farmIpsFor(context: ApiContext, index: number): FarmView['publicIps'] {
  const { chain, bodyOf, stateOf, neighboursOf } = context
  const { nodeId } = stateOf(index)
  for (const other of neighboursOf(index)) {
    const { phase, nodeId: otherId } = stateOf(other)
    if (phase === 'up' && otherId !== 0 && otherId < nodeId) return []
  }
  return chain.farm(bodyOf(index).farmId)?.publicIps ?? []
}

const perfRequest = struct('', { name: text() })

/** The commands of the namespace (threefoldtech/zosbase: pkg/zos_api/perf.go). */
export function perfCommands(context: ApiContext): Command[] {
  const command = (name: string, handle: Handler): Command => ({
    name: `zos.perf.${name}`,
    kinds: everywhere,
    handle,
  })
  return [
    command('get', ({ index, payload }) => {
      const request = decodeJson(payload, perfRequest)
      if (!request.ok) {
        const bytes = Array.from(Buffer.from(payload)).join(' ')
        return refused(`failed to unmarshal payload [${bytes}]: ${request.error}`)
      }
      const task = tasks.find(({ name }) => name === request.value.name)
      const result = task ? resultOf(context, index, task) : null
      return result === null ? refused('result not found') : answered(result)
    }),
    command('get_all', ({ index }) => {
      const results = tasks.map(task => resultOf(context, index, task))
      const known = results.filter(result => result !== null)
      return answered(known.length === 0 ? null : known)
    }),
  ]
}
