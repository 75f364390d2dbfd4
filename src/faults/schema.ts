// Faults as data: what can be broken, where, from when, how long and how likely; checked once, with every default.

import { z } from 'zod'

/** The longest time a fault may wait or last: a hundred years, in ms. */
const maxMs = 100 * 366 * 86_400_000

const ms = z.int().min(0).max(maxMs)
const id = z.int().min(1)
const ids = z.union([id.transform(one => [one]), z.array(id).min(1).max(100_000)])
const probability = z.number().min(0).max(1)

/** Whom a fault concerns: nodes and farms by their ids on the chain, twins by theirs; everybody when all is left out. */
const where = z
  .strictObject({ nodes: ids.optional(), farms: ids.optional(), twins: ids.optional() })
  .readonly()

/** Nodes by their ids, or all of some farms; every node when all is left out. */
const onNodes = { nodes: ids.optional(), farms: ids.optional() }

/** When, how long, how likely. */
const common = {
  /** Ms of virtual time until it begins. */
  afterMs: ms.default(0),
  /** Ms for which it lasts; until it is removed when left out. */
  forMs: ms.optional(),
  /**
   * How likely it strikes: of faults that concern messages, installs, answers or extrinsics each of these, else the
   * fault as a whole.
   */
  chance: probability.default(1),
}

/** A kind of fault, with a sentence that palettes and help texts show. */
const fault = <K extends string, S extends z.ZodRawShape>(kind: K, about: string, shape: S) =>
  z
    .strictObject({ kind: z.literal(kind), ...common, ...shape })
    .readonly()
    .describe(about)

/** A link between parties: messages from some to others, and by default the way back as well. */
const link = {
  from: where.default({}),
  to: where.default({}),
  bothWays: z.boolean().default(true),
}

/** The workload types that it concerns, all when left out. */
const types = z.array(z.string().min(1)).min(1).optional()

/** The calls that it concerns, as `Pallet.call` or `Pallet`; all when left out. */
const calls = z.array(z.string().min(1)).min(1).optional()

/** Every kind of fault. */
export const faultSchema = z.discriminatedUnion('kind', [
  fault('node.crash', 'Power is lost at once; it comes back when the fault ends.', onNodes),
  fault('node.reboot', 'The node restarts.', onNodes),
  fault('node.boot', 'A node that is off gets power.', onNodes),
  fault(
    'node.hang',
    'The node is silent and stands still; messages wait for it, and its own wait with it.',
    onNodes,
  ),
  fault('node.slow', 'Installs take `factor` times as long, and each answer `answerMs` more.', {
    ...onNodes,
    factor: z.number().min(0.01).max(10_000).default(10),
    answerMs: ms.default(0),
  }),
  fault(
    'node.disk-lost',
    "A disk is gone with all that was on it; 0 is the first of the node's pools.",
    { ...onNodes, disk: z.int().min(0).max(255).default(0) },
  ),
  fault('node.store-lost', 'The node forgets every deployment.', onNodes),
  fault('node.clock-skew', 'The clock of the node is ahead by so much, or behind when negative.', {
    ...onNodes,
    aheadMs: z.int().min(-maxMs).max(maxMs),
  }),
  fault('node.wrong-answers', 'The node answers something else: an error, or a payload in JSON.', {
    ...onNodes,
    /** Full names of commands, all when left out. */
    commands: z.array(z.string().min(1)).min(1).optional(),
    error: z.string().default('internal error'),
    /** In the place of the error: JSON text, or what is no JSON. */
    payload: z.string().optional(),
  }),
  fault('node.provision-fails', 'Installs fail with this text.', {
    ...onNodes,
    types,
    error: z.string().default('provision failed: injected fault'),
  }),
  fault(
    'node.provision-stuck',
    'Installs, updates and removals stand still until the fault ends.',
    { ...onNodes, types },
  ),

  fault('rmb.loss', 'Messages get lost.', link),
  fault('rmb.delay', 'Messages come later, by `ms` and up to `jitterMs` more.', {
    ...link,
    ms: ms.default(0),
    jitterMs: ms.default(0),
  }),
  fault('rmb.duplicate', 'Messages come twice.', { ...link, withinMs: ms.default(1_000) }),
  fault('rmb.reorder', 'Messages overtake each other: each is held back by up to `withinMs`.', {
    ...link,
    withinMs: ms.default(1_000),
  }),
  fault(
    'rmb.corrupt',
    'Messages are changed on their way; who gets one discards it, since its signature is wrong.',
    link,
  ),
  fault('rmb.clog', 'Messages stand still, and come when the fault ends.', link),
  fault('rmb.partition', 'Nothing gets through.', link),
  fault('relay.down', 'The relay is down: senders keep their messages until it is back.', {}),
  fault(
    'relay.queue-full',
    'No more than this many messages wait for somebody who is offline; the oldest are lost.',
    { limit: z.int().min(0).max(10_000).default(0) },
  ),

  fault('chain.halt', 'No blocks are made.', {}),
  fault('chain.slow', 'A block only every so often.', { everyMs: ms.min(1).default(60_000) }),
  fault('chain.finality-lag', 'The final block is so many blocks behind.', {
    blocks: z.int().min(1).max(2_000).default(20),
  }),
  fault(
    'chain.retract',
    'The last blocks are taken back; what was in them waits again, or is lost.',
    {
      blocks: z.int().min(1).max(256).default(1),
      isLost: z.boolean().default(false),
    },
  ),
  fault('chain.reject', 'The pool refuses extrinsics.', { calls, twins: ids.optional() }),
  fault('chain.drop', 'The pool takes extrinsics and loses them.', {
    calls,
    twins: ids.optional(),
  }),
  fault('chain.unreachable', 'Nodes, or the users of these twins, cannot reach the chain.', {
    ...onNodes,
    twins: ids.optional(),
  }),
  fault('chain.price', 'A TFT costs this much, in 10^-3 USD, until the fault ends.', {
    price: z.int().min(1).max(4_000_000_000),
  }),
  fault(
    'chain.reset',
    'The chain is wiped and begins anew under another genesis; nodes register again, deployments are gone.',
    {},
  ),

  fault('service', 'A web service answers late, with errors, or not at all.', {
    service: z.string().min(1),
    lagMs: ms.default(0),
    status: z.int().min(400).max(599).default(503),
    /** Share of the requests that fail with the status; `chance` does not apply. */
    failureRate: probability.default(0),
    isDown: z.boolean().default(false),
  }),
])

/** A checked fault. */
export type FaultSpec = z.output<typeof faultSchema>

/** A fault as people write it. */
export type FaultInput = z.input<typeof faultSchema>

export type FaultKind = FaultSpec['kind']

/** A fault of one kind. */
export type FaultOf<K extends FaultKind> = Extract<FaultSpec, { kind: K }>

/** Whom a fault concerns. */
export type Where = z.output<typeof where>

/** Kinds that happen in one instant and do not last. */
export const instantKinds: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'node.reboot',
  'node.boot',
  'node.disk-lost',
  'node.store-lost',
  'chain.retract',
  'chain.reset',
])

/** Kinds whose `chance` is drawn once, when they begin. */
export const wholeKinds: ReadonlySet<FaultKind> = new Set<FaultKind>([
  ...instantKinds,
  'node.crash',
  'node.hang',
  'node.slow',
  'node.clock-skew',
  'node.provision-stuck',
  'relay.down',
  'relay.queue-full',
  'chain.halt',
  'chain.slow',
  'chain.finality-lag',
  'chain.unreachable',
  'chain.price',
])
