// The errors that a person meets (GridError, one documented table) and the check for broken invariants.

/**
 * Every code a user can see: what it means and what to do. A code is never reused for something else.
 * The table in README is generated from here.
 */
export const gridErrors = {
  GRID_CONFIG_INVALID: {
    title: 'The configuration is not valid',
    hint: 'Compare the named field with the configuration reference in README.',
  },
  GRID_PORT_IN_USE: {
    title: 'A port is already in use',
    hint: 'Stop the program that uses it, or pass another port (0 asks for any free one).',
  },
  GRID_HOST_REFUSED: {
    title: 'The address cannot be bound',
    hint: 'Use an address of this machine; the default is 127.0.0.1.',
  },
  GRID_ACCOUNT_INVALID: {
    title: 'The account is not a valid mnemonic, seed or address',
    hint: 'Give a BIP39 phrase of 12 to 24 words, or 0x and 64 hex digits.',
  },
  GRID_NO_FREE_FARM: {
    title: 'The grid has no farm or node that fits',
    hint: 'Start the grid with more nodes, or other hardware.',
  },
  GRID_SCRIPT_OUTSIDE: {
    title: 'A scenario used something outside the simulated world',
    hint: 'Wait with the verbs that the scenario is given, or wrap the call in outside(() => ...).',
  },
  GRID_SCRIPT_STUCK: {
    title: 'A scenario waits for something that the grid will never do',
    hint: 'A promise of the script settles outside the grid, or was never settled.',
  },
  GRID_SCRIPT_FAILED: {
    title: 'A scenario could not be loaded or played',
    hint: 'Correct the file at the named line.',
  },
  GRID_SCRIPT_NOT_FOUND: {
    title: 'No scenario matches',
    hint: 'Give the path of a file, or a pattern in quotes.',
  },
  GRID_SNAPSHOT_BUSY: {
    title: 'A snapshot was asked for while another script waits',
    hint: 'Take snapshots when no other script of the same grid is inside a wait.',
  },
  GRID_SNAPSHOT_UNKNOWN: {
    title: 'There is no such snapshot any more',
    hint: 'Going back to a snapshot ends those that were taken after it: take a new one.',
  },
  GRID_REVERTED: {
    title: 'The grid was reverted to an earlier moment while this script waited',
    hint: 'A wait that began before the revert has no future any more; start it again.',
  },
  GRID_WAIT_EXPIRED: {
    title: 'A wait ran out of (virtual) time',
    hint: 'Look at the last events: what was waited for did not happen in time.',
  },
  GRID_CHAIN_REFUSED: {
    title: 'The chain refused an extrinsic',
    hint: 'The error is the one that the real chain gives; look at who signed, and at the state it needs.',
  },
  GRID_CHAIN_UNREACHABLE: {
    title: 'The chain cannot be reached',
    hint: 'Look at the URL, and whether something answers there.',
  },
  GRID_RELAY_UNREACHABLE: {
    title: 'The relay cannot be reached',
    hint: 'Look at the URL, and whether a relay answers there that knows the chain of the nodes.',
  },
  GRID_CONTAINER_FAILED: {
    title: 'A container cannot be used',
    hint: 'Look at the text of the container engine; `docker ps` says whether it runs at all.',
  },
  GRID_CHAIN_DIFFERENT: {
    title: 'The chain is not the one that was expected',
    hint: 'It has another runtime, or one with other types than TFChain 2.9.2.',
  },
  GRID_BLOCK_UNKNOWN: {
    title: 'The chain has no such block, or has forgotten its state',
    hint: 'A block may have been taken back; the state of old blocks is kept for a window only.',
  },
  GRID_NODE_REFUSED: {
    title: 'The other side of the bus answered with an error',
    hint: 'The text is the one that a real node gives.',
  },
  GRID_NODE_ELSEWHERE: {
    title: 'A node is played by another process, which cannot do this now',
    hint: 'Start the process that plays it (again); GET /api/members lists those that are there.',
  },
  GRID_NO_ANSWER: {
    title: 'Nobody answered on the bus before the request expired',
    hint: 'The node may be down, or it drops what a real node drops in silence.',
  },
  GRID_EXPECTATION: {
    title: 'An expectation does not hold',
    hint: 'Compare what was expected with what is there.',
  },
  GRID_NOT_DETERMINISTIC: {
    title: 'Played twice with one seed, a scenario had two histories',
    hint: 'Look at the first event that differs: state outside the grid, such as variables of a module, is the usual cause.',
  },
  GRID_WORKER_LOST: {
    title: 'A process that played scenarios has ended before they had',
    hint: 'A script called process.exit(), or the machine has too little memory for so many at once.',
  },
  GRID_TARGET_LEFT: {
    title: 'A scenario left something behind on its target',
    hint: 'Look at it with `pocketgrid ctl nodes`, and cancel the contracts that are named.',
  },
  GRID_OUT_REFUSED: {
    title: 'A report cannot be written',
    hint: 'Give a folder that can be written to with --out.',
  },
  GRID_DATA_MISMATCH: {
    title: 'The data directory holds another grid',
    hint: 'Start with the options that it was made with, or give another directory.',
  },
  GRID_DATA_IN_USE: {
    title: 'Another process uses the data directory',
    hint: 'End that grid first, or give another directory.',
  },
  GRID_DATA_BROKEN: {
    title: 'The data directory cannot be used',
    hint: 'It may be of another version, in use by another process, or not writable.',
  },
  GRID_HISTORY_BROKEN: {
    title: 'The file does not hold the history of a grid',
    hint: 'Give a file that `pocketgrid snapshot save` or `up --record` of this version has written.',
  },
  GRID_HISTORY_DIFFERENT: {
    title: 'A history did not lead to where it had led before',
    hint: 'It was written by another version of Pocketgrid, or by a grid with workload types of its own.',
  },
  GRID_HISTORY_LONG: {
    title: 'The history of the grid is longer than what is kept in memory',
    hint: 'Start the grid with --data-dir, or record it from its begin with --record.',
  },
  GRID_MOMENT_UNKNOWN: {
    title: 'The grid cannot be taken back to this moment',
    hint: 'Name a moment between the begin that `GET /api/history/marks` tells and now.',
  },
  GRID_BRANCH_FAILED: {
    title: 'A branch of the grid could not be started',
    hint: 'The text is what its process said; end other branches if there are enough of them.',
  },
  GRID_CA_BROKEN: {
    title: 'The folder of the local certificate authority cannot be used',
    hint: 'Remove the folder, so that it is made anew, or make it readable and writable for this user.',
  },
  GRID_TRANSFER_FAILED: {
    title: 'The chain did not take a transfer',
    hint: 'Its pool may be full, or its account empty; try again.',
  },
  GRID_NOT_RUNNING: {
    title: 'No grid answers there',
    hint: 'Start one with `pocketgrid up`, or say where its control API is with --control URL.',
  },
  GRID_CONTROL_REFUSED: {
    title: 'The control API of the grid refused a request',
    hint: 'Compare the request with GET /api/openapi.json of that grid.',
  },
  GRID_ISOLATION_REFUSED: {
    title: 'This system does not let the program have a network of its own',
    hint: 'Run it without --isolate, or see in README how to give it the names in a container or a hosts file.',
  },
  GRID_COMMAND_FAILED: {
    title: 'The command cannot be started',
    hint: 'Give a program that can be found and run, after --.',
  },
  GRID_INVARIANT: {
    title: 'An invariant of the grid is broken',
    hint: 'This is a fault in Pocketgrid: please report it with the seed and the last events.',
  },
} as const satisfies Record<string, { title: string; hint: string }>

/** One of the codes of {@link gridErrors}. */
export type GridErrorCode = keyof typeof gridErrors

/** An error that a person can act on: a stable code, a sentence, and what to do about it. */
export class GridError extends Error {
  readonly code: GridErrorCode
  readonly hint: string

  constructor(code: GridErrorCode, message: string, options: { hint?: string; cause?: unknown }) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'GridError'
    this.code = code
    this.hint = options.hint ?? gridErrors[code].hint
  }
}

/**
 * Makes the error for a code: `gridError('GRID_PORT_IN_USE', { detail: 'port 9944 on 127.0.0.1' })`.
 * The message is the code's title and the detail.
 */
export function gridError(
  code: GridErrorCode,
  options: { detail?: string; hint?: string; cause?: unknown } = {},
): GridError {
  const { title } = gridErrors[code]
  const message = options.detail === undefined ? title : `${title}: ${options.detail}`
  return new GridError(code, message, options)
}

/** Something that cannot be: the world is in a state that its own rules exclude. */
export class InvariantError extends Error {
  readonly code = 'GRID_INVARIANT' satisfies GridErrorCode

  constructor(sentence: string) {
    super(sentence)
    this.name = 'InvariantError'
  }
}

/** Fails when `condition` does not hold; always on. The sentence says what should have been true. */
export function invariant(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new InvariantError(sentence)
}

/** The one place where an unknown cause becomes an Error. It never throws, whatever was thrown. */
export function asError(cause: unknown): Error {
  if (cause instanceof Error) return cause
  let text: string
  try {
    text = String(cause)
  } catch {
    // What cannot even be told as text: an object without a prototype, or with a toString that throws.
    text = typeof cause
  }
  return new InvariantError(`not an error: ${text}`)
}
