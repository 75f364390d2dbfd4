// How methods are declared: once, in a table per namespace, from which come the dispatch, the help and `rpc_methods`.

import { invariant } from '../../kernel/errors.ts'
import type { Call, Subscription } from './call.ts'
import { rpcErrors } from './errors.ts'
import type { Param } from './params.ts'

type Params = readonly Param<unknown>[]

type Values<P extends Params> = {
  -readonly [I in keyof P]: P[I] extends Param<infer T> ? T : never
}

/** What a declaration may say besides. */
export interface MethodOptions {
  /** Other names of the same method. */
  readonly aliases?: readonly string[]
  /** Served only where unsafe methods are allowed. */
  readonly isUnsafe?: boolean
  /** Served only to clients that may change the world by hand. */
  readonly isDev?: boolean
}

/** What a subscription says besides. */
export interface SubscriptionOptions extends MethodOptions {
  /** The method name in the notifications. */
  readonly notifies: string
  /** The name of the method that ends it, and its aliases. */
  readonly unsubscribe: readonly string[]
  /** What that method answers: whether there was such a subscription (the default), or null in any case. */
  readonly unsubscribeResult?: 'boolean' | 'null'
}

/** A method that answers once. */
export interface MethodDecl extends MethodOptions {
  readonly type: 'method'
  readonly about: string
  readonly params: Params
  readonly run: (call: Call, values: readonly unknown[]) => unknown
}

/** A method that goes on answering. */
export interface SubscriptionDecl extends SubscriptionOptions {
  readonly type: 'subscription'
  readonly about: string
  readonly params: Params
  readonly start: (call: Call, subscription: Subscription, values: readonly unknown[]) => void
}

export type Decl = MethodDecl | SubscriptionDecl

/**
 * Declares a method: `method('The best block', [optional('hash', blockHash)], (call, hash) => ...)`. It runs inside
 * the world. What it returns is the result as JSON; an undefined one is null.
 */
export function method<const P extends Params>(
  about: string,
  params: P,
  run: (call: Call, ...values: Values<P>) => unknown,
  options: MethodOptions = {},
): MethodDecl {
  return {
    type: 'method',
    about,
    params,
    run: (call, values) => run(call, ...(values as Values<P>)),
    ...options,
  }
}

/**
 * Declares a subscription. `start` runs inside the world; it refuses by throwing an RpcError. What it sends at once
 * arrives after the answer that carries the id.
 */
export function subscription<const P extends Params>(
  about: string,
  params: P,
  start: (call: Call, subscription: Subscription, ...values: Values<P>) => void,
  options: SubscriptionOptions,
): SubscriptionDecl {
  return {
    type: 'subscription',
    about,
    params,
    start: (call, opened, values) => start(call, opened, ...(values as Values<P>)),
    ...options,
  }
}

/** The methods of one namespace, by name. */
export interface Namespace {
  readonly name: string
  readonly methods: Readonly<Record<string, Decl>>
}

/** Declares a namespace; each method's name begins with it. */
export function namespace(name: string, methods: Readonly<Record<string, Decl>>): Namespace {
  for (const method of Object.keys(methods)) {
    invariant(method.startsWith(`${name}_`), `${method} belongs to the namespace ${name}`)
  }
  return { name, methods }
}

/** What a name stands for. */
export type Entry =
  | { readonly type: 'method'; readonly decl: MethodDecl }
  | { readonly type: 'subscription'; readonly decl: SubscriptionDecl }
  | { readonly type: 'unsubscription'; readonly decl: SubscriptionDecl }

/** One method as the help shows it. */
export interface MethodHelp {
  readonly namespace: string
  readonly name: string
  readonly aliases: readonly string[]
  readonly about: string
  readonly params: readonly { name: string; kind: string; isOptional: boolean }[]
  readonly isUnsafe: boolean
  readonly isDev: boolean
  /** Names of the methods that end it, when it is a subscription. */
  readonly unsubscribe: readonly string[]
}

/** All methods that a server serves. */
export class Registry {
  readonly #entries = new Map<string, Entry>()
  readonly #namespaces: readonly Namespace[]
  readonly #names: readonly string[]

  constructor(namespaces: readonly Namespace[]) {
    this.#namespaces = namespaces
    for (const { methods } of namespaces) {
      for (const [name, decl] of Object.entries(methods)) this.#add(name, decl)
    }
    // The real node's list leaves out the method that answers it.
    this.#names = [...this.#entries.keys()].filter(name => name !== 'rpc_methods').sort()
  }

  find(name: string): Entry | undefined {
    return this.#entries.get(name)
  }

  /** Every name that is served, aliases and unsubscriptions included, in order. */
  get names(): readonly string[] {
    return this.#names
  }

  /** The table of methods for people. */
  help(): MethodHelp[] {
    return this.#namespaces.flatMap(({ name: namespace, methods }) =>
      Object.entries(methods).map(([name, decl]) => ({
        namespace,
        name,
        aliases: decl.aliases ?? [],
        about: decl.about,
        params: decl.params.map(({ name, kind, isOptional }) => ({ name, kind, isOptional })),
        isUnsafe: decl.isUnsafe ?? false,
        isDev: decl.isDev ?? false,
        unsubscribe: decl.type === 'subscription' ? decl.unsubscribe : [],
      })),
    )
  }

  #add(name: string, decl: Decl): void {
    const entry: Entry =
      decl.type === 'method' ? { type: 'method', decl } : { type: 'subscription', decl }
    for (const each of [name, ...(decl.aliases ?? [])]) this.#claim(each, entry)
    if (decl.type !== 'subscription') return
    for (const each of decl.unsubscribe) this.#claim(each, { type: 'unsubscription', decl })
  }

  #claim(name: string, entry: Entry): void {
    invariant(!this.#entries.has(name), `the method ${name} is declared once`)
    this.#entries.set(name, entry)
  }
}

/**
 * The values of a declaration's parameters: from a list by position, from an object by name. More than are declared
 * are ignored, as by the real node.
 */
export function readParams(params: Params, given: unknown): unknown[] {
  if (params.length === 0) return []
  if (given === undefined || given === null) return params.map(({ read }) => read(undefined))
  if (Array.isArray(given)) return params.map(({ read }, i) => read(given[i]))
  if (typeof given === 'object') {
    return params.map(({ read, name, isOptional }) => {
      const value = namedValue(given as Record<string, unknown>, name)
      if (value === undefined && !isOptional) {
        throw rpcErrors.invalidParams(`missing field \`${name}\``)
      }
      return read(value)
    })
  }
  const shown = JSON.stringify(JSON.stringify(given))
  throw rpcErrors.invalidParams(
    `Invalid params. Expected one of '[', ']' or ',' but found ${shown}`,
  )
}

/** A parameter given by name, in either of the two spellings that the real node takes. */
function namedValue(values: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(values, name)) return values[name]
  const snake = name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
  return Object.hasOwn(values, snake) ? values[snake] : undefined
}
