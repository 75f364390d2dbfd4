// Notices when the script of a deterministic run waits for the world outside: a timer, socket, file, process or worker.

import { AsyncResource, createHook, executionAsyncResource } from 'node:async_hooks'
import { findSourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'
import { asError, type GridError, gridError } from '../kernel/errors.ts'
import { type Place, pathOfFile, placeInFrame, shownPlace } from './place.ts'

/** What a guard has to know of the program that it watches. */
export interface ScriptGuardOptions {
  /** Whether a file (an absolute path) belongs to the user's scenario. */
  readonly scriptFiles: (file: string) => boolean
  /** Whether a file is of the runner itself, which may open what it likes. Default: this package's own code. */
  readonly runnerFiles?: (file: string) => boolean
  /** What `Date` and `Math.random` give to scripts under guard; the machine's own when left out. */
  readonly world?: { now(): number; random(): number }
}

/** How a run learns of a violation at the moment when it happens. */
export interface GuardedRun {
  /** Called once, synchronously, where the script opens something; the run's promise is rejected as well. */
  readonly onViolation?: (error: GridError) => void
}

/** Watches scripts of deterministic runs. */
export interface ScriptGuard {
  /**
   * Runs a script under guard. Everything that it starts is followed, over every `await`; the first thing
   * opened outside the simulated world rejects the promise with GRID_SCRIPT_OUTSIDE and the script's line.
   */
  run<T>(script: () => T | Promise<T>, options?: GuardedRun): Promise<T>
  /** Calls a function whose own doings, now and later, are nobody's violation. */
  outside<T>(fn: () => T): T
}

/** What each kind of resource is called before people. Kinds that are not named here never harm determinism. */
const kinds: Readonly<Record<string, string>> = {
  Timeout: 'a timer',
  Immediate: 'a timer (setImmediate)',
  FSREQCALLBACK: 'a file operation',
  FSREQPROMISE: 'a file operation',
  FILEHANDLE: 'a file',
  FILEHANDLECLOSEREQ: 'a file operation',
  DIRHANDLE: 'a directory',
  FSEVENTWRAP: 'a file watcher',
  STATWATCHER: 'a file watcher',
  BLOBREADER: 'a file or blob',
  TCPWRAP: 'a socket',
  TCPSERVERWRAP: 'a server',
  TCPCONNECTWRAP: 'a connection',
  TLSWRAP: 'a TLS socket',
  UDPWRAP: 'a UDP socket',
  UDPSENDWRAP: 'a UDP message',
  PIPEWRAP: 'a pipe',
  PIPESERVERWRAP: 'a server',
  PIPECONNECTWRAP: 'a connection',
  TTYWRAP: 'the terminal',
  HTTPCLIENTREQUEST: 'an HTTP request',
  HTTPINCOMINGMESSAGE: 'an HTTP server',
  HTTP2SESSION: 'an HTTP/2 session',
  GETADDRINFOREQWRAP: 'a DNS look-up',
  GETNAMEINFOREQWRAP: 'a DNS look-up',
  QUERYWRAP: 'a DNS look-up',
  DNSCHANNEL: 'a DNS resolver',
  PROCESSWRAP: 'a child process',
  SIGNALWRAP: 'a signal handler',
  WORKER: 'a worker thread',
  MESSAGEPORT: 'a message port',
  ZLIB: 'compression in another thread',
  CHECKPRIMEREQUEST: 'cryptography in another thread',
  CIPHERREQUEST: 'cryptography in another thread',
  DERIVEBITSREQUEST: 'cryptography in another thread',
  HASHREQUEST: 'cryptography in another thread',
  KEYEXPORTREQUEST: 'cryptography in another thread',
  KEYGENREQUEST: 'cryptography in another thread',
  KEYPAIRGENREQUEST: 'cryptography in another thread',
  PBKDF2REQUEST: 'cryptography in another thread',
  RANDOMBYTESREQUEST: 'cryptography in another thread',
  RANDOMPRIMEREQUEST: 'cryptography in another thread',
  SCRYPTREQUEST: 'cryptography in another thread',
  SIGNREQUEST: 'cryptography in another thread',
  VERIFYREQUEST: 'cryptography in another thread',
}

/**
 * Parts of Node that open resources for something that settles at once or that nobody waits for: the console's
 * streams, and structuredClone, which is a message port in Node 20.
 */
const harmlessInternals = /^node:internal\/(?:console\/|structured_clone$)/

/** What a module loaded by a running script is called, whatever Node opens to load it. */
const lateImport = 'a module (import() while the script runs; import it at the top of the file)'

/** Frames looked at to find who opened something. Deep library stacks lie above the script's own line. */
const stackDepth = 64

/**
 * Frames looked at for each promise, where only a call straight into Node or a library matters: first a few, where
 * the opener nearly always stands below the six frames of the hook itself.
 */
const promiseStackDepths = [8, 16]
const stackDepths = [stackDepth]

/** Who stands behind something: a line of the script, the runner, or nobody that is known. */
type Opener = NodeJS.CallSite | 'runner' | undefined

/** One script under guard. */
interface Script {
  readonly onViolation: (error: GridError) => void
  isOver: boolean
}

/** What hangs on each asynchronous resource that a script stands behind. */
interface Mark {
  readonly script: Script
  /** What set things going, for resources that are opened with nobody's code on the stack. */
  readonly origin: Opener
}

/** Whose code a file holds, as far as the guard cares. */
type Owner = 'script' | 'runner' | 'harmless' | 'other'

/** Files whose owner is remembered; a program has fewer, unless it makes code as it runs. */
const rememberedFiles = 10_000

const guardFile = fileURLToPath(import.meta.url)

/** The folder of this package's own code: `src/` here, `dist/` when installed. */
const ownFolder = fileURLToPath(new URL('..', import.meta.url))

/**
 * Makes a guard. It costs nothing while no script runs under it, and a few microseconds for each promise of
 * a script that does.
 */
export function createScriptGuard(options: ScriptGuardOptions): ScriptGuard {
  const openerOnStack = stackReader(options)
  const marks = new WeakMap<object, Mark>()
  let running = 0
  let isLookingAway = false

  /** Tells of a violation where there is one, and gives the mark of the new resource. */
  const inspect = (type: string, parent: Mark): Mark => {
    const { script, origin } = parent
    const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined
    const depths = kind === undefined ? promiseStackDepths : stackDepths
    const opener = openerOnStack(depths) ?? origin
    if (kind !== undefined && opener !== 'runner') {
      script.isOver = true
      script.onViolation(violation(isImporting() ? lateImport : `${kind} (${type})`, opener))
    }
    return opener === origin ? parent : { script, origin: opener }
  }

  const hook = createHook({
    init(_asyncId, type, _triggerId, resource) {
      if (isLookingAway) return
      const parent = marks.get(executionAsyncResource())
      if (parent === undefined || parent.script.isOver) return
      isLookingAway = true
      try {
        marks.set(resource, inspect(type, parent))
      } finally {
        isLookingAway = false
      }
    },
  })

  /** What is asked of `fetch` may be refused or answered without a socket, so the call itself is looked at. */
  const watchFetch = (): (() => void) => {
    const { fetch } = globalThis
    const watched: typeof fetch = (...args) => {
      const parent = marks.get(executionAsyncResource())
      if (parent !== undefined && !parent.script.isOver) {
        const opener = openerOnStack(stackDepths) ?? parent.origin
        if (opener !== 'runner') {
          parent.script.isOver = true
          parent.script.onViolation(violation('a request (fetch)', opener))
        }
      }
      return fetch(...args)
    }
    globalThis.fetch = watched
    return () => {
      if (globalThis.fetch === watched) globalThis.fetch = fetch
    }
  }
  let unwatchFetch: () => void = () => undefined

  /** Whether what runs now is a script under guard, or was started by one. */
  const isScript = (): boolean => {
    const mark = marks.get(executionAsyncResource())
    return mark !== undefined && !mark.script.isOver
  }
  let giveBack: () => void = () => undefined

  /** A scope whose resources bear the given mark, or none. */
  const scopeOf = (name: string, mark?: Mark): AsyncResource => {
    isLookingAway = true
    const scope = new AsyncResource(name, { requireManualDestroy: true })
    isLookingAway = false
    if (mark !== undefined) marks.set(scope, mark)
    return scope
  }

  return {
    async run(script, { onViolation } = {}) {
      openStandardStreams()
      const { promise: violated, reject } = deferred()
      const state: Script = {
        isOver: false,
        onViolation(error) {
          try {
            onViolation?.(error)
          } catch (cause) {
            // An exception inside a hook would end the process; the caller of run() gets it with the error.
            error.cause = asError(cause)
          }
          reject(error)
        },
      }
      const scope = scopeOf('PocketgridScript', { script: state, origin: undefined })
      if (running === 0) {
        unwatchFetch = watchFetch()
        if (options.world) giveBack = lendWorld(options.world, isScript)
      }
      running += 1
      hook.enable()
      try {
        return await Promise.race([scope.runInAsyncScope(async () => script()), violated])
      } finally {
        state.isOver = true
        running -= 1
        if (running === 0) {
          hook.disable()
          unwatchFetch()
          giveBack()
        }
      }
    },

    outside(fn) {
      return scopeOf('PocketgridOutside').runInAsyncScope(fn)
    },
  }
}

/**
 * Lets `Date` and `Math.random` be of the simulated world for scripts, and as ever for everybody else. Returns how to
 * put the machine's own back.
 */
function lendWorld(
  world: { now(): number; random(): number },
  isScript: () => boolean,
): () => void {
  const { random } = Math
  const RealDate = globalThis.Date
  const lentRandom = () => (isScript() ? world.random() : random())
  const LentDate = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 && isScript() ? [world.now()] : args, newTarget),
    apply: () => (isScript() ? new RealDate(world.now()).toString() : RealDate()),
    get: (target, name, receiver) =>
      name === 'now'
        ? () => (isScript() ? world.now() : target.now())
        : Reflect.get(target, name, receiver),
  })
  Math.random = lentRandom
  globalThis.Date = LentDate
  return () => {
    if (Math.random === lentRandom) Math.random = random
    if (globalThis.Date === LentDate) globalThis.Date = RealDate
  }
}

/** Makes the function that finds, from the innermost frame on, the first that is the script's or the runner's. */
function stackReader(options: ScriptGuardOptions): (depths: readonly number[]) => Opener {
  const isRunner = options.runnerFiles ?? (file => file.startsWith(ownFolder))
  const owners = new Map<string, Owner>()
  const ownerOf = (name: string): Owner => {
    if (harmlessInternals.test(name)) return 'harmless'
    if (name.startsWith('node:')) return 'other'
    const file = pathOfFile(name)
    if (file === guardFile) return 'other'
    // This package may lie below the folder of the scenario, as an installed one does.
    if (isRunner(file)) return 'runner'
    return options.scriptFiles(file) ? 'script' : 'other'
  }
  const openerAmong = (sites: readonly NodeJS.CallSite[]): Opener => {
    for (const site of sites) {
      const file = site.getFileName()
      if (!file) continue
      let owner = owners.get(file)
      if (owner === undefined) {
        if (owners.size >= rememberedFiles) owners.clear()
        owner = ownerOf(file)
        owners.set(file, owner)
      }
      if (owner === 'runner' || owner === 'harmless') return 'runner'
      if (owner === 'script') return site
    }
    return undefined
  }
  return depths => {
    for (const depth of depths) {
      const sites = callSites(depth)
      const opener = openerAmong(sites)
      // A stack that was not cut off has been looked at as a whole.
      if (opener !== undefined || sites.length < depth) return opener
    }
    return undefined
  }
}

/** The frames of the current stack as the engine's own objects, which are cheaper than its text. */
function callSites(depth: number): readonly NodeJS.CallSite[] {
  const { stackTraceLimit, prepareStackTrace } = Error
  const holder: { stack?: unknown } = {}
  Error.stackTraceLimit = depth
  Error.prepareStackTrace = (_, sites) => sites
  try {
    Error.captureStackTrace(holder, callSites)
    return holder.stack as readonly NodeJS.CallSite[]
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    Error.prepareStackTrace = prepareStackTrace
  }
}

/** Whether Node's module loader is at work on the current stack. */
function isImporting(): boolean {
  return callSites(stackDepth).some(site =>
    /^node:internal\/modules\/esm\//.test(site.getFileName() ?? ''),
  )
}

function violation(kind: string, opener: NodeJS.CallSite | undefined): GridError {
  const where = opener === undefined ? '' : ` at ${shownPlace(sourcePlace(opener))}`
  return gridError('GRID_SCRIPT_OUTSIDE', { detail: `${kind} was opened${where}` })
}

/** The line that the user wrote: through whatever source maps the running program knows. */
function sourcePlace(site: NodeJS.CallSite): Place {
  // A test runner that compiles in memory maps stacks with a function of its own, which Node knows nothing of.
  const text: unknown = Error.prepareStackTrace?.(new Error(), [site])
  const mapped = typeof text === 'string' ? placeInFrame(text) : undefined
  if (mapped !== undefined) return mapped
  const file = site.getFileName() ?? ''
  const line = site.getLineNumber() ?? 1
  const column = site.getColumnNumber() ?? 1
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1)
  if (entry === undefined || !('originalLine' in entry)) {
    return { file: pathOfFile(file), line, column }
  }
  const { originalSource, originalLine, originalColumn } = entry
  return { file: pathOfFile(originalSource), line: originalLine + 1, column: originalColumn + 1 }
}

/** Node opens these at their first use; a script that prints must not be the one who opens them. */
function openStandardStreams(): boolean {
  return process.stdout.writable && process.stderr.writable
}

function deferred(): { promise: Promise<never>; reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<never>((_, fail) => {
    reject = fail
  })
  return { promise, reject }
}
