// How a workload type is declared, once: its data, challenge, rules, capacity and life on a node.

import type { Deployment, Workload } from '../deployment/deployment.ts'
import { type Decoder, decodeJson } from '../go/json-decoder.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import type { NodeFacts, NodeKind, NodeResources } from '../resources/node-resources.ts'
import { type Capacity, noCapacity } from './capacity.ts'

/** Plain JSON, as in the result of a workload. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue }

/** Takes the values of a challenge, in order; each is written as the node writes it. */
export interface ChallengeWriter {
  text(value: string): void
  number(value: number | bigint): void
  flag(value: boolean): void
  /** An address or CIDR in canonical text; unset ones are written `<nil>`. */
  address(value: string): void
}

/** A workload that another one names. */
export interface Reference {
  readonly name: string
  /** Where the name is looked up: in the same deployment, or among the twin's sharable workloads. */
  readonly scope: 'deployment' | 'twin'
}

/** What the contract of a deployment tells its workloads. */
export interface ContractFacts {
  readonly publicIps: readonly { readonly ip: string; readonly gateway: string }[]
  /** Is the whole node rented by somebody? */
  readonly isRented: boolean
}

/** What a step of a workload's life is given; state goes in here and comes out of the step changed. */
export interface StepContext<Data> {
  readonly node: NodeFacts
  readonly resources: NodeResources
  /** `<twin>-<contract>-<name>` */
  readonly id: string
  readonly workload: Workload
  readonly data: Data
  /** The deployment as stored now: active workloads with their latest results. */
  readonly deployment: Deployment
}

/** What an install is given. */
export interface InstallContext<Data> extends StepContext<Data> {
  readonly contract: ContractFacts
}

/** What an update is given: `data` is the new configuration, `current` the one that runs. */
export interface UpdateContext<Data> extends InstallContext<Data> {
  readonly current: Data
}

/** How a step ended, and the node's resources after it. */
export type StepOutcome =
  | { readonly kind: 'ok'; readonly resources: NodeResources; readonly data: JsonValue }
  /** Failed: the workload goes to the error state, with what was known of its result. */
  | {
      readonly kind: 'error'
      readonly resources: NodeResources
      readonly error: string
      readonly data: JsonValue
    }
  /** Refused without harm: the workload goes on as it was. */
  | {
      readonly kind: 'unchanged'
      readonly resources: NodeResources
      readonly error: string
      readonly data: JsonValue
    }
  /**
   * Nothing to do: an install leaves no trace, an update keeps the current result, a workload that
   * was to be paused goes on.
   */
  | { readonly kind: 'no-change'; readonly resources: NodeResources }

/** The step is done. */
export function done(resources: NodeResources, data: JsonValue = null): StepOutcome {
  return { kind: 'ok', resources: Object.freeze(resources), data }
}

/** The step failed. */
export function failed(
  resources: NodeResources,
  error: string,
  data: JsonValue = null,
): StepOutcome {
  return { kind: 'error', resources: Object.freeze(resources), error, data }
}

/** The step was refused and changed nothing. */
export function unchanged(
  resources: NodeResources,
  error: string,
  data: JsonValue = null,
): StepOutcome {
  return { kind: 'unchanged', resources, error, data }
}

/** There was nothing to do. */
export function noChange(resources: NodeResources): StepOutcome {
  return { kind: 'no-change', resources }
}

/** What is left to do some time after a removal, whatever became of the deployment meanwhile. */
export interface CleanUp {
  readonly afterMs: number
  run(context: { readonly resources: NodeResources; readonly id: string }): NodeResources
}

/** The members of a declaration; whatever is left out has the plain meaning given here. */
export interface WorkloadDeclaration<Data> {
  /** The data member; its type name stands in decoder errors. */
  readonly data: Decoder<Data>
  challenge(put: ChallengeWriter, data: Data): void
  /** The synchronous rules; answers the text of the first one broken. None by default. */
  validate?(data: Data, deployment: Deployment): string | undefined
  /** Nothing by default. */
  capacity?(data: Data): Partial<Capacity>
  /** The workloads that this one names. None by default. */
  references?(data: Data): readonly Reference[]
  /** The kinds of node that can run it. Any by default. */
  readonly runsOn?: readonly NodeKind[]
  /** Its place in the order of types, per kind of node; types without one come after all others. */
  readonly installOrder?: Partial<Readonly<Record<NodeKind, number>>>
  /** Within the type, larger values are installed first; list order by default. */
  largestFirst?(data: Data): bigint
  /** May workloads of the twin's other deployments on the node use it? Then its name is unique among them. */
  readonly isSharable?: boolean
  /** Can its configuration be changed while it is there? By default, when `update` is given. */
  readonly isUpdatable?: boolean
  install?(context: InstallContext<Data>): StepOutcome
  update?(context: UpdateContext<Data>): StepOutcome
  remove?(context: StepContext<Data>): StepOutcome
  pause?(context: StepContext<Data>): StepOutcome
  resume?(context: StepContext<Data>): StepOutcome
  /** Nothing by default. */
  readonly cleanUp?: CleanUp
}

/** A declared workload type. */
export interface WorkloadType<Data = unknown>
  extends Omit<WorkloadDeclaration<Data>, 'validate' | 'capacity' | 'references'> {
  readonly name: string
  readonly runsOn: readonly NodeKind[]
  readonly installOrder: Partial<Readonly<Record<NodeKind, number>>>
  readonly isSharable: boolean
  readonly isUpdatable: boolean
  validate(data: Data, deployment: Deployment): string | undefined
  capacity(data: Data): Capacity
  references(data: Data): readonly Reference[]
}

/** Workload types by name. */
export type WorkloadTypes = ReadonlyMap<string, WorkloadType>

/**
 * Declares a workload type.
 *
 * ```ts
 * const beacon = workload('beacon', {
 *   data: struct('zos.Beacon', { text: text() }),
 *   challenge: (put, data) => put.text(data.text),
 *   install: ({ resources, data }) => done(resources, { text: data.text }),
 * })
 * ```
 */
export function workload<Data>(
  name: string,
  // Only the decoder says what the data is; the functions are checked against it.
  declaration: WorkloadDeclaration<NoInfer<Data>> & { readonly data: Decoder<Data> },
): WorkloadType<Data> {
  const { install, update, runsOn = ['full', 'light'] } = declaration
  const guard = (context: StepContext<Data>): StepOutcome | undefined => {
    const { node, resources } = context
    if (runsOn.includes(node.kind)) return undefined
    // The real node waits for ever for a module that it does not have.
    return failed(resources, `workload type '${name}' does not run on a ${node.kind} node`)
  }
  const type: WorkloadType<Data> = {
    ...declaration,
    name,
    runsOn,
    ...(install && { install: context => guard(context) ?? install(context) }),
    ...(update && { update: context => guard(context) ?? update(context) }),
    installOrder: declaration.installOrder ?? {},
    isSharable: declaration.isSharable ?? false,
    isUpdatable: declaration.isUpdatable ?? declaration.update !== undefined,
    validate: (data: Data, deployment: Deployment) => declaration.validate?.(data, deployment),
    capacity: (data: Data) => ({ ...noCapacity, ...declaration.capacity?.(data) }),
    references: (data: Data) => declaration.references?.(data) ?? [],
  }
  return Object.freeze(type)
}

type StepName = 'install' | 'update' | 'remove' | 'pause' | 'resume'

/** The context of a step, by its name. */
interface StepContexts<Data> {
  readonly install: InstallContext<Data>
  readonly update: UpdateContext<Data>
  readonly remove: StepContext<Data>
  readonly pause: StepContext<Data>
  readonly resume: StepContext<Data>
}

/** Steps that take the place of a type's own; each is handed the step that it replaces. */
export type ReplacedSteps<Data> = {
  readonly [S in StepName]?: (
    context: StepContexts<Data>[S],
    original: (context: StepContexts<Data>[S]) => StepOutcome,
  ) => StepOutcome
}

/**
 * A workload type with some of its steps replaced; everything else of it stays. A type that gets an
 * `update` can be updated.
 *
 * ```ts
 * const rare = withSteps(zmachine, {
 *   install: (context, original) =>
 *     context.data.flist.endsWith('rare.flist')
 *       ? failed(context.resources, 'no such image today')
 *       : original(context),
 * })
 * ```
 */
export function withSteps<Data>(
  type: WorkloadType<Data>,
  steps: ReplacedSteps<NoInfer<Data>>,
): WorkloadType<Data> {
  const { install, update, remove, pause, resume } = steps
  const plain = ({ resources }: StepContext<Data>) => done(resources)
  const original: Required<Pick<WorkloadType<Data>, StepName>> = {
    install: context => type.install?.(context) ?? plain(context),
    update: context => type.update?.(context) ?? plain(context),
    remove: context => type.remove?.(context) ?? plain(context),
    pause: context => type.pause?.(context) ?? plain(context),
    resume: context => type.resume?.(context) ?? plain(context),
  }
  return Object.freeze({
    ...type,
    isUpdatable: type.isUpdatable || update !== undefined,
    ...(install && { install: context => install(context, original.install) }),
    ...(update && { update: context => update(context, original.update) }),
    ...(remove && { remove: context => remove(context, original.remove) }),
    ...(pause && { pause: context => pause(context, original.pause) }),
    ...(resume && { resume: context => resume(context, original.resume) }),
  } satisfies WorkloadType<Data>)
}

/** A table of workload types: the built-in ones and a user's own. A later one of the same name wins. */
export function workloadTable(types: Iterable<WorkloadType>): WorkloadTypes {
  return new Map(Array.from(types, type => [type.name, type]))
}

/** A workload's declaration and its decoded data. */
export interface LoadedWorkload<Data = unknown> {
  readonly type: WorkloadType<Data>
  readonly data: Data
}

interface Remembered {
  readonly type: WorkloadType | undefined
  readonly outcome: Outcome<LoadedWorkload>
}

/** Decoded data by workload; a workload is frozen, so it decodes to the same for ever. */
const loaded = new WeakMap<Workload, Remembered>()

function load(entry: Workload, type: WorkloadType | undefined): Outcome<LoadedWorkload> {
  if (type === undefined) return refused(`invalid reservation type '${entry.type}'`)
  if (entry.data === 'null') {
    // The node's handler panics here (threefoldtech/zosbase: pkg/gridtypes/workload.go).
    return refused(
      'handler panicked with: interface conversion: interface is nil, not gridtypes.WorkloadData',
    )
  }
  const data = decodeJson(entry.data, type.data)
  if (data.ok) return accepted({ type, data: data.value })
  return refused(`failed to load data into object of type '*${type.data.type}': ${data.error}`)
}

/** The declaration and decoded data of a workload, or why the node cannot load it. */
export function loadWorkload(entry: Workload, types: WorkloadTypes): Outcome<LoadedWorkload> {
  const type = types.get(entry.type)
  const known = loaded.get(entry)
  if (known !== undefined && known.type === type) return known.outcome
  const outcome = load(entry, type)
  loaded.set(entry, { type, outcome })
  return outcome
}

/** Tells that a workload differs from another one in its result alone, so that its data is not decoded again. */
export function sharesData(entry: Workload, known: Workload): Workload {
  const remembered = loaded.get(known)
  if (remembered !== undefined) loaded.set(entry, remembered)
  return entry
}

/** What a workload takes of a node once it is ok. */
export function workloadCapacity(entry: Workload, types: WorkloadTypes): Outcome<Capacity> {
  const found = loadWorkload(entry, types)
  return found.ok ? accepted(found.value.type.capacity(found.value.data)) : found
}

/**
 * The order in which a node installs types. `shuffle` orders the ones that have no place of their
 * own: on the real node that order is random per start of its engine.
 */
export function installOrder(
  types: WorkloadTypes,
  kind: NodeKind,
  shuffle: (names: readonly string[]) => readonly string[] = names => names,
): readonly string[] {
  const names = Array.from(types.keys())
  const place = (name: string) => types.get(name)?.installOrder[kind]
  const ordered = names.filter(name => place(name) !== undefined)
  ordered.sort((a, b) => (place(a) ?? 0) - (place(b) ?? 0))
  return [...ordered, ...shuffle(names.filter(name => place(name) === undefined))]
}

/** The size by which a workload is put in order within its type; nothing when its type has no such order. */
export function installSize(entry: Workload, types: WorkloadTypes): bigint | undefined {
  const found = loadWorkload(entry, types)
  return found.ok ? found.value.type.largestFirst?.(found.value.data) : undefined
}

/** The workloads of one type in the order in which they are installed. */
export function sortForInstall(
  workloads: readonly Workload[],
  types: WorkloadTypes,
): readonly Workload[] {
  const sized = workloads.map(entry => ({ entry, size: installSize(entry, types) ?? 0n }))
  sized.sort((a, b) => {
    if (a.size === b.size) return 0
    return a.size > b.size ? -1 : 1
  })
  return sized.map(({ entry }) => entry)
}
