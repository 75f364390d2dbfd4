// Attacks on a node with spoilt deployments and requests, each with what may come of it.

import { readFileSync } from 'node:fs'
import { deploymentHashText } from '../../../src/zos/deployment/challenge.ts'
import { decodeDeployment } from '../../../src/zos/deployment/deployment.ts'
import { workloadTypes } from '../../../src/zos/workloads/registry.ts'
import { type Draw, drawsOf } from '../../chain/support/random.ts'
import { type DeploymentInput, hour, TestWorld, type WorkloadInput } from './world.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

const file = new URL('../../../fixtures/vectors/deployment-vectors.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as {
  deployments: { deployment: { workloads: WorkloadInput[] } & Record<string, Json> }[]
}

/** The deployments of the vectors: one of each kind that clients send. */
export const samples: readonly Record<string, Json>[] = vectors.deployments.map(
  ({ deployment }) => deployment as unknown as Record<string, Json>,
)

const pick = <T>(draw: Draw, list: readonly T[]): T => list[draw(list.length)]!

/** JSON texts that something else stands for. */
const nasty: readonly string[] = [
  'null',
  'true',
  '[]',
  '{}',
  '[null]',
  '""',
  '-1',
  '-0',
  '0',
  '1',
  '1.5',
  '1e2',
  '1e400',
  '255',
  '256',
  '65536',
  '4294967295',
  '4294967296',
  '18446744073709551615',
  '18446744073709551616',
  '9223372036854775808',
  '123456789012345678901234567890',
  '"ygg"',
  '"a b"',
  '"ünïcödé"',
  '"😀"',
  '"\\ud800"',
  '"\\u0000"',
  '"../../etc/passwd"',
  '"__proto__"',
  `"${'a'.repeat(37)}"`,
  `"${'x'.repeat(5000)}"`,
  '"10.0.0.0/33"',
  '"999.1.1.1"',
  '"::1/129"',
  '"2026-02-30T00:00:00Z"',
  '"2026-02-28T00:00:00+01:00"',
  `${'['.repeat(50)}${']'.repeat(50)}`,
  '{"version":1}',
  '{"size":1}',
]

/** The places of values in a JSON text that this file has written: begin and end, outermost first. */
function placesIn(value: Json): { text: string; places: [number, number][] } {
  const places: [number, number][] = []
  let text = ''
  const write = (node: Json): void => {
    const at = places.push([text.length, 0]) - 1
    if (Array.isArray(node)) {
      text += '['
      node.forEach((item, i) => {
        if (i > 0) text += ','
        write(item)
      })
      text += ']'
    } else if (typeof node === 'object' && node !== null) {
      text += '{'
      Object.entries(node).forEach(([name, member], i) => {
        text += `${i > 0 ? ',' : ''}${JSON.stringify(name)}:`
        write(member)
      })
      text += '}'
    } else text += JSON.stringify(node)
    places[at]![1] = text.length
  }
  write(value)
  return { text, places }
}

/** A text with something of it cut out, put in or written twice. */
function scratched(text: string, draw: Draw): string {
  let result = text
  for (let times = 1 + draw(3); times > 0; times -= 1) {
    const at = draw(result.length + 1)
    const [head, tail] = [result.slice(0, at), result.slice(at)]
    switch (draw(5)) {
      case 0:
        result = head + tail.slice(1 + draw(20))
        break
      case 1:
        result =
          head +
          pick(draw, [
            '"',
            '{',
            '}',
            '[',
            ']',
            ',',
            ':',
            '\\',
            '\u0001',
            '\ud800',
            'e',
            '-',
            '.',
            '0',
          ]) +
          tail
        break
      case 2:
        result = head + head.slice(draw(at + 1)) + tail
        break
      case 3:
        result = head
        break
      default:
        result = head + String.fromCharCode(32 + draw(95)) + tail.slice(1)
    }
  }
  return result
}

/** A text with another value in the place of one. */
function replaced(value: Json, draw: Draw): string {
  const { text, places } = placesIn(value)
  const [from, to] = pick(draw, places)
  const other = draw(4) === 0 ? text.slice(...pick(draw, places)) : pick(draw, nasty)
  return text.slice(0, from) + other + text.slice(to)
}

/** A text in which a name is spelt in another way, missing, or there twice. */
function renamed(value: Json, draw: Draw): string {
  const { text } = placesIn(value)
  const names = [...text.matchAll(/"([a-z_A-Z0-9]+)":/g)]
  if (names.length === 0) return replaced(value, draw)
  const found = pick(draw, names)
  const name = found[1]!
  const at = found.index
  const after = at + found[0].length
  switch (draw(3)) {
    case 0:
      return `${text.slice(0, at)}"${name.toUpperCase()}":${text.slice(after)}`
    case 1:
      return `${text.slice(0, at)}"x${name}":${text.slice(after)}`
    default:
      return `${text.slice(0, at)}"${name}":${pick(draw, nasty)},${text.slice(at)}`
  }
}

/** Some way of spoiling a value, as text. */
export function spoilt(value: Json, draw: Draw): string {
  switch (draw(3)) {
    case 0:
      return scratched(JSON.stringify(value), draw)
    case 1:
      return replaced(value, draw)
    default:
      return renamed(value, draw)
  }
}

const quoted = `'[\\s\\S]*'`
const goName = '\\*zos\\.[A-Z][A-Za-z0-9]+'

/** What the decoder says of a text that is no JSON. */
const syntaxErrors = [
  /^unexpected end of JSON input$/,
  /^invalid character '(\\?[^']|\\'|\\x[0-9a-f]{2}|\\u[0-9a-f]{4})' [\s\S]+$/,
  /^exceeded max depth$/,
]

/** Every text with which a node refuses a deployment, as the reference of upstream has them. */
const refusals = [
  ...syntaxErrors,
  /^json: cannot unmarshal (string|number [^ ]+|bool|array|object|number) into Go (struct field|value) ?[\s\S]*of type [^ ]+$/,
  /^unknown timestamp format, expecting a timestamp or an ISO-8601 date$/,
  new RegExp(`^workload ${quoted} version '\\d+' cannot be higher than deployment version '\\d+'$`),
  new RegExp(
    `^name ${quoted} is invalid: (name cannot be empty|name cannot exceed 36 characters|unsupported character in workload name|invalid name 'ygg' is reserved)$`,
  ),
  new RegExp(`^multiple workloads with the same name ${quoted}$`),
  new RegExp(`^invalid reservation type ${quoted}$`),
  new RegExp(`^failed to load data into object of type '${goName}': [\\s\\S]+$`),
  /^handler panicked with: interface conversion: /,
  // The data of a machine that another one's public address is compared with is read without those words.
  /^invalid (IP|CIDR) address: [\s\S]*$/,
  /^encoding\/hex: [\s\S]+$/,
  /^invalid (size|mode|IP)$/,
  /^network (IP range cannot be empty|resource subnet cannot empty|resource wireguard private key cannot empty)$/,
  /^peer wireguard (subnet|allowedIPs|public key) cannot empty$/,
  /^invalid mycelium (key length, expected 32|seed length expected 6 bytes)$/,
  /^user defined peers list is not supported right now$/,
  /^public ip (workload with no selections|is not found|is assigned to multiple vms)$/,
  /^only one network private network is supported at the moment$/,
  /^cpu capacity can't be 0$/,
  /^mem capacity can't be less that 250M$/,
  /^disk size can't be less that \d+\. Set to 0 for minimum$/,
  new RegExp(`^${quoted} is reserved network name$`),
  /^(name|fqdn) [\s\S]* is invalid$/,
  /^backends list can not be empty$/,
  /^failed to validate backend '[\s\S]*': [\s\S]+$/,
  /^minimal shards can't be greater than expected shards$/,
  new RegExp(`^no zmachine with name ${quoted} found$`),
  /^invalid url supplied in output: [\s\S]+$/,
  new RegExp(`^invalid output schema ${quoted} not supported$`),
  /^twin id mismatch \(deployment: \d+, message: \d+\)$/,
  /^missing required signature for twin '\d+'$/,
  /^failed to get public key for twin '\d+': twin not found: object not found$/,
  /^invalid signature: encoding\/hex: (invalid byte: U\+[0-9A-F]{4,5} '[\s\S]+'|invalid byte: U\+[0-9A-F]{4,5}|odd length hex string)$/,
  /^failed to verify signature$/,
  /^originator twin id must be in the signature requests$/,
  /^required signature weight is not reached$/,
  /^expected version to be 0 on deployment creation: invalid version$/,
  /^exists$/,
  new RegExp(`^global workload with the same name ${quoted} exists: conflict$`),
  /^(twin|deployment) not found: deployment does not exist$/,
  /: upgrade validation error$/,
]

/** What a node says to requests other than deployments. */
const otherRefusals = [
  ...syntaxErrors,
  /^json: cannot unmarshal /,
  /^deployment not found$/,
  /^failed to unmarshal payload \[[\d ]*\]: [\s\S]+$/,
  /^result not found$/,
  /^unauthorized$/,
  /^function is not found$/,
  /^failed to decode input, expecting string: [\s\S]+$/,
  /^failed to get interface '[\s\S]*': Link not found$/,
  /^deletion over the api is disabled, please cancel your contract instead$/,
  /^deployment identifier is required$/,
  /^workload name is required$/,
  /^invalid deployment format: expected 'twin-id:contract-id', got '[\s\S]*'$/,
  /^invalid (twin|contract) ID: [\s\S]*$/,
  /^workload '[\s\S]*' not found in deployment$/,
  /^workload type '[\s\S]*' not supported for info command$/,
  /^failed to (get deployment|inspect vm|get vm logs): [\s\S]+$/,
  /^deployment is required when system_probe is not specified$/,
  /^no public (configuration|ipv6 found)$/,
]

const isOneOf = (texts: readonly RegExp[], text: string) => texts.some(known => known.test(text))

/** A machine without data ends in the words for a text that ends too soon (zosbase: pkg/gridtypes/zos/zmachine.go). */
const missingData = 'unexpected end of JSON input'

/** How an attack went. */
export interface Report {
  sent: number
  accepted: number
  /** How often each refusal was given, by its first words. */
  readonly refusals: Map<string, number>
  slowestMs: number
}

/** What went wrong, with all that is needed to see it again. */
class Fault extends Error {}

function faultIf(isWrong: boolean, what: string, payload: string, answer: string): void {
  if (isWrong) throw new Fault(`${what}\nanswer: ${answer}\npayload: ${payload.slice(0, 3000)}`)
}

function count(report: Report, answer: string | null): void {
  report.sent += 1
  if (answer === null) {
    report.accepted += 1
    return
  }
  const words = answer
    .replace(/'[\s\S]*?'/g, '…')
    .split(' ')
    .slice(0, 4)
    .join(' ')
  report.refusals.set(words, (report.refusals.get(words) ?? 0) + 1)
}

/** A world of one node, with an operator who may debug it, for attacks. */
export function attackedWorld(): TestWorld {
  const world = new TestWorld({ nodes: { adminTwins: [2, 3] } })
  world.pass(1000)
  return world
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/**
 * Sends spoilt deployments. Half of them carry the signature of the unspoilt one, which then must not do for
 * anything that is hashed; the others are signed as far as they can be read.
 */
export function attackWithDeployments(
  world: TestWorld,
  { count: times, seed }: { count: number; seed: number },
): Report {
  const draw = drawsOf(seed)
  const { alice, bob, nodes, chain, kernel } = world
  const report: Report = { sent: 0, accepted: 0, refusals: new Map(), slowestMs: 0 }
  const before = kernel.snapshot()
  for (let i = 0; i < times; i += 1) {
    if (i % 200 === 199) rest(world, before)
    const sample = pick(draw, samples) as unknown as DeploymentInput
    const changes = { ...sample, twin_id: alice.twinId, contract_id: 1000 + draw(50) }
    const plan = alice.plan(sample.workloads, changes)
    plan.signature_requirement = {
      ...plan.signature_requirement,
      requests: [{ twin_id: alice.twinId, required: false, weight: 1 }],
      signature_style: '',
      weight_required: 1,
    }
    const isSignedBefore = draw(2) === 0
    const payload = isSignedBefore
      ? spoilt(alice.sign(plan) as unknown as Json, draw)
      : signedAfter(world, spoilt(plan as unknown as Json, draw))
    const sender = draw(20) === 0 ? bob : alice
    const what = draw(3) === 0 ? 'update' : 'deploy'
    const startedAt = process.cpuUsage().user
    const outcome = nodes.engine.accept(1, what, { payload, sender: sender.twinId })
    report.slowestMs = Math.max(report.slowestMs, (process.cpuUsage().user - startedAt) / 1000)
    const answer = outcome.ok ? null : outcome.error
    count(report, answer)
    if (answer !== null) {
      faultIf(!isOneOf(refusals, answer), 'a refusal that upstream does not have', payload, answer)
      const isSyntax = isOneOf(syntaxErrors, answer)
      const isRight = isJson(payload) ? !isSyntax || answer === missingData : isSyntax
      faultIf(!isRight, 'not what JSON is', payload, answer)
      continue
    }
    faultIf(!isJson(payload), 'what is no JSON was accepted', payload, 'null')
    faultIf(sender !== alice, 'the deployment of another twin was accepted', payload, 'null')
    if (!isSignedBefore) continue
    const decoded = decodeDeployment(payload)
    if (!decoded.ok) continue
    const hash = deploymentHashText(decoded.value, workloadTypes)
    const isSame = hash.ok && hash.value === alice.hashOf(plan)
    faultIf(!isSame, 'a deployment was accepted that nobody signed', payload, 'null')
    chain.putContract({
      id: decoded.value.contract_id,
      twinId: alice.twinId,
      state: { type: 'Created' },
      type: { type: 'node', nodeId: 1, hash: alice.hashOf(plan), publicIps: [] },
    })
  }
  rest(world, before)
  kernel.release(before)
  return report
}

/** The spoilt plan with a signature over what can be read of it, as a client with odd habits sends it. */
function signedAfter({ alice }: TestWorld, payload: string): string {
  try {
    return JSON.stringify(alice.sign(JSON.parse(payload)))
  } catch {
    return payload
  }
}

/** All that was accepted ends, its contracts end, and nothing is left; then the world is as it was. */
function rest(
  { nodes, chain, kernel, ...world }: TestWorld,
  before: ReturnType<TestWorld['kernel']['snapshot']>,
): void {
  const pass = (ms: number) => kernel.runUntil(kernel.now() + ms)
  pass(hour)
  faultIf(!nodes.isIdle(1), 'a node does not come to rest', '', '')
  for (const { twinId, contractId } of nodes.deploymentsOf(1)) {
    chain.removeContract(contractId)
    nodes.onContractCanceled(1, twinId, contractId)
  }
  pass(hour)
  faultIf(nodes.deploymentsOf(1).length > 0, 'a deployment outlives its contract', '', '')
  const { cru, hru, ipv4u } = nodes.engine.book.usedOf(1)
  faultIf(cru + hru + ipv4u !== 0n, 'capacity is lost', '', '')
  void world
  kernel.revert(before)
}

const requests: readonly (readonly [string, Json])[] = [
  ['zos.deployment.get', { contract_id: 1 }],
  ['zos.deployment.changes', { contract_id: 1 }],
  ['zos.deployment.delete', { contract_id: 1 }],
  ['zos.deployment.list', ''],
  ['zos.network.list_private_ips', { network_name: 'net1' }],
  ['zos.network.list_wg_ports', ''],
  ['zos.perf.get', { name: 'iperf' }],
  ['zos.admin.set_public_nic', 'eth1'],
  ['zos.admin.interfaces', ''],
  ['zos.debug.deployment.list', { twin_id: 2 }],
  ['zos.debug.deployment.get', { deployment: '2:10' }],
  ['zos.debug.deployment.history', { deployment: '2:10' }],
  ['zos.debug.deployment.info', { deployment: '2:10', workload: 'vm1', verbose: true }],
  ['zos.debug.deployment.health', { deployment: '2:10', options: { system_probe: 'uptime' } }],
  ['zos.statistics.get', ''],
]

/** Sends spoilt requests over the bus: each is answered, in words that upstream has. */
export function attackWithRequests(
  world: TestWorld,
  { count: times, seed }: { count: number; seed: number },
): Report {
  const draw = drawsOf(seed)
  const { alice, bob, farmer, kernel } = world
  const report: Report = { sent: 0, accepted: 0, refusals: new Map(), slowestMs: 0 }
  const before = kernel.snapshot()
  for (let i = 0; i < times; i += 1) {
    // What waits for an answer gives up before all is taken back.
    if (i % 500 === 499) {
      world.pass(30_000)
      kernel.revert(before)
    }
    const [name, payload] = pick(draw, requests)
    const command = draw(20) === 0 ? scratched(name, draw) : name
    const text = spoilt(payload, draw)
    const startedAt = process.cpuUsage().user
    const answer = pick(draw, [alice, bob, farmer]).ask(1, command, text)
    report.slowestMs = Math.max(report.slowestMs, (process.cpuUsage().user - startedAt) / 1000)
    faultIf(answer === 'silence', 'a request without an answer', text, command)
    if (typeof answer === 'object' && 'error' in answer) {
      faultIf(
        !isOneOf(otherRefusals, answer.error),
        `${command} says what upstream does not`,
        text,
        answer.error,
      )
      count(report, answer.error)
    } else count(report, null)
  }
  kernel.revert(before)
  kernel.release(before)
  return report
}
