// Every error that the JSON-RPC answers: codes and texts of the real node, in one table.

import type { InvalidReason, SubmitProblem } from '../node/validity.ts'

/** An error object of JSON-RPC, thrown by a method that refuses. */
export class RpcError {
  readonly code: number
  readonly message: string
  /** Left out of the answer when undefined. */
  readonly data: string | undefined

  constructor(code: number, message: string, data?: string) {
    this.code = code
    this.message = message
    this.data = data
  }
}

/** What a WASM engine says of a runtime that gave up; the real text goes on with a backtrace. */
const trapText =
  'Execution failed: Execution aborted due to trap: wasm trap: wasm `unreachable` instruction executed\nWASM backtrace:\n'

const exceeded = (limit: number): string => `Exceeded max limit of ${limit}`

/**
 * The errors by name. Those of the protocol are jsonrpsee's (`jsonrpsee: types/src/error.rs`), the others the
 * node's (`substrate: client/rpc-api/src/{author,chain,state}/error.rs`).
 */
export const rpcErrors = {
  parse: () => new RpcError(-32700, 'Parse error'),
  invalidRequest: () => new RpcError(-32600, 'Invalid request'),
  methodNotFound: () => new RpcError(-32601, 'Method not found'),
  unsafe: () => new RpcError(-32601, 'RPC call is unsafe to be called externally'),
  invalidParams: (text: string) => new RpcError(-32602, 'Invalid params', text),
  internal: () => new RpcError(-32603, 'Internal error'),
  requestTooBig: (limit: number) => new RpcError(-32701, 'Request is too big', exceeded(limit)),
  responseTooBig: (limit: number) => new RpcError(-32702, 'Response is too big', exceeded(limit)),
  tooManySubscriptions: (limit: number) =>
    new RpcError(-32006, 'Too many subscriptions on the connection', exceeded(limit)),

  /** The state of a block cannot be read. */
  client: (text: string) => new RpcError(-32000, `Client error: ${text}`),
  unknownBlock: (hash: string) =>
    new RpcError(
      -32000,
      `Client error: UnknownBlock: Header was not found in the database: ${hash}`,
    ),
  discarded: (hash: string) =>
    new RpcError(-32000, `Client error: UnknownBlock: State already discarded for ${hash}`),
  runtimeTrap: () => new RpcError(-32000, `Client error: ${trapText}`),
  noRuntimeFunction: (name: string) =>
    new RpcError(
      -32000,
      `Client error: Execution failed: Other: Exported method ${name} is not found`,
    ),
  blockNumber: (shown: string) =>
    new RpcError(3001, `\`${shown}\` > u32::max_value(), the max block number is u32.`),
  blockRange: (from: string, to: string, details: string) =>
    new RpcError(4001, `Cannot resolve a block range ['"${from}"' ... '"${to}"]. ${details}`),
  count: (value: number, max: number) =>
    new RpcError(4002, `count exceeds maximum value. value: ${value}, max: ${max}`),

  offchainKind: () => new RpcError(5001, 'This storage kind is not available yet.'),

  extrinsicFormat: (text: string) => new RpcError(1001, `Extrinsic has invalid format: ${text}`),
  verification: () =>
    new RpcError(
      1002,
      `Verification Error: Runtime error: ${trapText}`,
      `RuntimeApi(${JSON.stringify(trapText)})`,
    ),
  invalidTransaction: (text: string) => new RpcError(1010, 'Invalid Transaction', text),
  unknownTransaction: (text: string) => new RpcError(1011, 'Unknown Transaction Validity', text),
  banned: () => new RpcError(1012, 'Transaction is temporarily banned'),
  alreadyImported: () => new RpcError(1013, 'Transaction Already Imported', 'Any { .. }'),
  lowPriority: (old: bigint, now: bigint) =>
    new RpcError(
      1014,
      `Priority is too low: (${old} vs ${now})`,
      'The transaction has too low priority to replace another transaction already in the pool.',
    ),
  immediatelyDropped: () =>
    new RpcError(
      1016,
      'Immediately Dropped',
      "The transaction couldn't enter the pool because of the limit",
    ),

  /** Those of the new generation (`json-rpc-interface-spec: src/api/chainHead_v1_*.md`). */
  tooManyFollows: () => new RpcError(-32800, 'Maximum number of chainHead_follow has been reached'),
  invalidBlock: () => new RpcError(-32801, 'Invalid block hash'),
  noRuntimeFollowed: () =>
    new RpcError(
      -32802,
      'The `chainHead_follow` subscription was started with `withRuntime` set to `false`',
    ),
  nothingToContinue: () =>
    new RpcError(-32803, 'Wait for continue event was not generated for the subscription'),
  duplicateHashes: () =>
    new RpcError(-32804, 'Received duplicate hashes for the `chainHead_unpin` method'),
  invalidOperation: () => new RpcError(-32602, 'Invalid operation id'),

  /** A dev method cannot do what it is asked; the code is the one that such methods have elsewhere. */
  dev: (text: string) => new RpcError(1, text),

  dispatchInfo: (text: string) => new RpcError(2, 'Unable to query dispatch info.', text),
  feeDetails: (text: string) => new RpcError(2, 'Unable to query fee details.', text),
} as const

/** What `InvalidTransaction` says of itself (`substrate: primitives/runtime/src/transaction_validity.rs`). */
const invalidTexts: Record<InvalidReason, string> = {
  Call: 'Transaction call is not expected',
  Payment: 'Inability to pay some fees (e.g. account balance too low)',
  Future: 'Transaction will be valid in the future',
  Stale: 'Transaction is outdated',
  BadProof: 'Transaction has a bad signature',
  AncientBirthBlock: 'Transaction has an ancient birth block',
  ExhaustsResources: 'Transaction would exhaust the block limits',
  Custom: 'Custom error: 0',
  BadMandatory: 'A call was labelled as mandatory, but resulted in an Error.',
  MandatoryValidation: 'Transaction dispatch is mandatory; transactions must not be validated.',
  BadSigner: 'Invalid signing address',
}

/** The answer to an extrinsic that does not enter the pool; a watched one that is no extrinsic has its own code. */
export function errorOfProblem(problem: SubmitProblem, isWatched: boolean): RpcError {
  switch (problem.type) {
    case 'format':
      return isWatched ? rpcErrors.extrinsicFormat(problem.text) : rpcErrors.client(problem.text)
    case 'trap':
      return rpcErrors.verification()
    case 'invalid':
      return rpcErrors.invalidTransaction(invalidTexts[problem.reason])
    case 'unknown':
      return rpcErrors.unknownTransaction(problem.reason)
    case 'imported':
      return rpcErrors.alreadyImported()
    case 'lowPriority':
      return rpcErrors.lowPriority(problem.old, problem.new)
    case 'full':
      return rpcErrors.immediatelyDropped()
  }
}
