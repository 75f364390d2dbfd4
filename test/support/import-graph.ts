// Reads the import graph of a source tree and holds it against the layers of the design.

import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { parseAst } from 'vitest/node'

/** Source texts by path, relative to the folder that holds `src/`, with forward slashes. */
export type SourceTree = ReadonlyMap<string, string>

/** One arrow or use that the design does not allow, at the line where it stands. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly rule: RuleName
  readonly message: string
}

/** What is held; the names stand in the messages. */
export type RuleName =
  | 'room'
  | 'unresolved'
  | 'up'
  | 'sideways'
  | 'internal'
  | 'dashboard'
  | 'cycle'
  | 'undeclared-package'
  | 'wall-clock'
  | 'async'
  | 'stale-exception'

/** A file that may do what the simulated world may not, and why. */
export interface Exception {
  /** A file, or a folder when it ends in a slash. */
  readonly path: string
  readonly rules: readonly ('wall-clock' | 'async')[]
  readonly reason: string
}

/** What the rules need beside the sources. */
export interface Options {
  /** Packages that an installed copy has: dependencies and peers. Unchecked when absent. */
  readonly packages?: ReadonlySet<string>
  readonly exceptions?: readonly Exception[]
}

interface Import {
  readonly specifier: string
  readonly line: number
  /** Type-only imports leave nothing behind at run time. */
  readonly isTypeOnly: boolean
}

interface Edge extends Import {
  readonly from: string
  readonly to: string
}

interface Use {
  readonly rule: 'wall-clock' | 'async'
  readonly line: number
  readonly what: string
}

interface Unit {
  readonly imports: readonly Import[]
  readonly uses: readonly Use[]
}

/** The rooms from the bottom up; an import may only go to a lower line. */
const layers = [
  ['kernel', 'config'],
  ['scale', 'crypto'],
  ['rmb', 'chain'],
  ['zos'],
  ['services', 'faults', 'containers'],
  ['grid'],
  ['scenario'],
  ['entry points', 'cli'],
] as const

const entryPoints: ReadonlySet<string> = new Set([
  'src/index.ts',
  'src/vitest.ts',
  'src/testcontainers.ts',
])

/** The rooms whose code runs in simulated time. */
const simulatedRooms: ReadonlySet<string> = new Set([
  'kernel',
  'scale',
  'crypto',
  'chain',
  'rmb',
  'zos',
  'services/indexer',
  'faults',
])

/** Crypto prepares its WASM modules once, before the world begins, and that is asynchronous. */
const asyncRooms: ReadonlySet<string> = new Set(['crypto'])

/** Parts of the simulated rooms that the design itself places at a socket. */
const edges = /^src\/(?:chain\/(?:rpc\/|client\/remote\b)|rmb\/(?:relay|client|peer|redis)\/)/

const wallModules: ReadonlySet<string> = new Set([
  'timers',
  'timers/promises',
  'perf_hooks',
  'process',
])

const wallGlobals: ReadonlySet<string> = new Set([
  'performance',
  'process',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'queueMicrotask',
])

/** Functions of `crypto` that draw from the system's entropy. */
const entropy: ReadonlySet<string> = new Set([
  'generateKeyPair',
  'generateKeyPairSync',
  'getRandomValues',
  'randomBytes',
  'randomFill',
  'randomFillSync',
  'randomInt',
  'randomUUID',
])

/** Reads every TypeScript file below `root/src`. */
export function readSourceTree(root: string): SourceTree {
  const tree = new Map<string, string>()
  const entries = readdirSync(`${root}/src`, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    if (!entry.isFile() || !/\.m?tsx?$/.test(entry.name)) continue
    const file = posix.join(
      entry.parentPath.slice(root.length + 1).replaceAll('\\', '/'),
      entry.name,
    )
    tree.set(file, readFileSync(`${root}/${file}`, 'utf8'))
  }
  return tree
}

/** Everything in the tree that breaks a rule, in order of file and line. */
export function checkTree(tree: SourceTree, options: Options = {}): Problem[] {
  const problems: Problem[] = []
  const arrows: Edge[] = []
  const used = new Set<Exception>()
  for (const file of [...tree.keys()].sort()) {
    const unit = readUnit(file, tree.get(file)!)
    if (roomOf(file) === undefined) {
      problems.push({ file, line: 1, rule: 'room', message: `${file} is in no room of the design` })
      continue
    }
    for (const found of unit.imports) {
      const to = resolveImport(tree, file, found.specifier)
      if (to === 'package') problems.push(...checkPackage(file, found, options))
      else if (to === 'missing') {
        const message = `'${found.specifier}' names no file (imports carry their .ts extension)`
        problems.push({ file, line: found.line, rule: 'unresolved', message })
      } else if (to !== 'asset') {
        const edge = { ...found, from: file, to }
        arrows.push(edge)
        problems.push(...checkEdge(edge))
      }
    }
    problems.push(...checkUses(file, unit.uses, options.exceptions ?? [], used))
  }
  problems.push(...findCycles(arrows))
  for (const exception of options.exceptions ?? []) {
    if (used.has(exception)) continue
    const message = `the exception for ${exception.path} is not needed any more: take it out`
    problems.push({ file: exception.path, line: 0, rule: 'stale-exception', message })
  }
  return problems.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
}

/** One line for a person: where, which rule, what is wrong. */
export function describeProblem({ file, line, rule, message }: Problem): string {
  return `${file}:${line} [${rule}] ${message}`
}

/** The room of a file; services are one room each. Undefined when the design has no place for it. */
function roomOf(file: string): string | undefined {
  if (entryPoints.has(file)) return 'entry points'
  const [, first, second, ...rest] = file.split('/')
  if (first === 'grid.ts' || first === 'grid') return 'grid'
  if (second === undefined) return undefined
  if (first === 'services' && rest.length > 0) return `services/${second}`
  if (first === 'dashboard') return 'dashboard'
  return layers.flat().find(room => room === first && room !== 'entry points')
}

/** How high a room stands; the dashboard stands beside the layers. */
function heightOf(room: string): number {
  const name = room.split('/')[0]
  return layers.findIndex(rooms => rooms.some(each => each === name))
}

function resolveImport(tree: SourceTree, from: string, specifier: string): string {
  if (specifier === 'pocketgrid') return 'src/index.ts'
  if (specifier.startsWith('pocketgrid/')) return `src/${specifier.slice('pocketgrid/'.length)}.ts`
  if (!specifier.startsWith('.')) return 'package'
  const target = posix.join(posix.dirname(from), specifier.replace(/\?.*$/, ''))
  if (tree.has(target)) return target
  return /\.(?:css|svg|png|json|html|wasm)$/.test(target) ? 'asset' : 'missing'
}

function checkEdge(edge: Edge): Problem[] {
  const { from, to, line } = edge
  const fromRoom = roomOf(from)!
  const toRoom = roomOf(to)
  const problem = (rule: RuleName, message: string): Problem[] => [
    { file: from, line, rule, message: `${message} (${from} -> ${to})` },
  ]
  if (toRoom === undefined) return []
  const house = /^(.*\/)internal\//.exec(to)?.[1]
  if (house !== undefined && !from.startsWith(house)) {
    return problem('internal', `what is in ${house}internal/ belongs to ${house} alone`)
  }
  if (fromRoom === toRoom) return []
  if (fromRoom === 'dashboard') {
    if (edge.isTypeOnly && toRoom === 'services/control') return []
    return problem('dashboard', 'the dashboard may import only types, and only of services/control')
  }
  if (toRoom === 'dashboard') return problem('dashboard', 'nobody imports the dashboard')
  const [fromHeight, toHeight] = [heightOf(fromRoom), heightOf(toRoom)]
  if (toHeight > fromHeight) {
    return problem('up', `${fromRoom} may not import from ${toRoom}, which stands above it`)
  }
  if (toHeight < fromHeight) return []
  // What all services share lies directly in src/services/, below its own folders.
  if (toRoom === 'services' && fromRoom.startsWith('services/')) return []
  // The index of the chain is what the services read: it stands below them.
  if (toRoom === 'services/indexer' && fromRoom.startsWith('services/')) return []
  return problem('sideways', `${fromRoom} and ${toRoom} are siblings and may not import each other`)
}

function checkPackage(file: string, { specifier, line, isTypeOnly }: Import, options: Options) {
  if (isTypeOnly || options.packages === undefined || specifier.startsWith('node:')) return []
  if (roomOf(file) === 'dashboard') return []
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  if (options.packages.has(name)) return []
  const message = `'${name}' is not among the dependencies of package.json, so an installed copy lacks it`
  return [{ file, line, rule: 'undeclared-package', message } satisfies Problem]
}

function checkUses(
  file: string,
  uses: readonly Use[],
  exceptions: readonly Exception[],
  used: Set<Exception>,
): Problem[] {
  const room = roomOf(file)!
  if (!simulatedRooms.has(room) || edges.test(file)) return []
  return uses.flatMap(({ rule, line, what }) => {
    if (rule === 'async' && asyncRooms.has(room)) return []
    const exception = exceptions.find(
      ({ path, rules }) =>
        rules.includes(rule) && (path.endsWith('/') ? file.startsWith(path) : file === path),
    )
    if (exception) {
      used.add(exception)
      return []
    }
    return [{ file, line, rule, message: `${what} has no place in the simulated world` }]
  })
}

/** One problem for each knot of files that import one another at run time, naming a shortest way round. */
function findCycles(edges: readonly Edge[]): Problem[] {
  const next = new Map<string, Edge[]>()
  for (const edge of edges) {
    if (edge.isTypeOnly) continue
    next.set(edge.from, [...(next.get(edge.from) ?? []), edge])
  }
  const problems: Problem[] = []
  const known = new Set<string>()
  for (const start of [...next.keys()].sort()) {
    if (known.has(start)) continue
    const round = shortestRound(start, next)
    if (round === undefined) continue
    for (const edge of round) known.add(edge.from)
    const way = [start, ...round.map(edge => edge.to)].join(' -> ')
    const message = `files import one another in a circle at run time: ${way}`
    problems.push({ file: start, line: round[0]!.line, rule: 'cycle', message })
  }
  return problems
}

function shortestRound(start: string, next: ReadonlyMap<string, Edge[]>): Edge[] | undefined {
  const reachedBy = new Map<string, Edge>()
  const queue = [start]
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const edge of next.get(file) ?? []) {
      if (reachedBy.has(edge.to)) continue
      reachedBy.set(edge.to, edge)
      if (edge.to !== start) {
        queue.push(edge.to)
        continue
      }
      const round = [edge]
      while (round[0]!.from !== start) round.unshift(reachedBy.get(round[0]!.from)!)
      return round
    }
  }
  return undefined
}

/** A node of the parser's tree, seen loosely: only the fields that are looked at are checked. */
interface Ast {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

function isAst(value: unknown): value is Ast {
  return typeof value === 'object' && value !== null && typeof (value as Ast).type === 'string'
}

function readUnit(file: string, text: string): Unit {
  const imports: Import[] = []
  const uses: Use[] = []
  const program: unknown = parseAst(text, { lang: file.endsWith('x') ? 'tsx' : 'ts' }, file)
  const lineOf = lineFinder(text)
  const declared = new Set<string>()
  const visit = (node: Ast, inType: boolean): void => {
    const found = importOf(node)
    if (found !== undefined) imports.push({ ...found, line: lineOf(node.start) })
    for (const name of declaredBy(node)) declared.add(name)
    const use = inType ? undefined : useOf(node)
    if (use !== undefined) uses.push({ ...use, line: lineOf(node.start) })
    for (const [key, child] of Object.entries(node)) {
      const childInType = inType || isTypePosition(node, key)
      for (const each of Array.isArray(child) ? child : [child]) {
        if (isAst(each)) visit(each, childInType)
      }
    }
  }
  if (isAst(program)) visit(program, false)
  const isShadowed = ({ what }: Use) => declared.has(what.split(/[.( ]/, 1)[0]!)
  return { imports, uses: uses.filter(use => use.rule === 'async' || !isShadowed(use)) }
}

/** The import that a node is, wherever it stands: statement, re-export, `import()`, or a type's `import()`. */
function importOf(node: Ast): Omit<Import, 'line'> | undefined {
  const specifierOf = (source: unknown) =>
    isAst(source) && typeof source.value === 'string' ? source.value : undefined
  const made = (specifier: string | undefined, isTypeOnly: boolean) =>
    specifier === undefined ? undefined : { specifier, isTypeOnly }
  switch (node.type) {
    // `import { type T }` stays as a bare import under verbatimModuleSyntax, so only `import type` is type-only.
    case 'ImportDeclaration':
      return made(specifierOf(node.source), node.importKind === 'type')
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return made(specifierOf(node.source), node.exportKind === 'type')
    case 'ImportExpression':
      return made(specifierOf(node.source), false)
    case 'TSImportType':
      return made(specifierOf(node.source) ?? specifierOf(node.argument), true)
    default:
      return undefined
  }
}

function useOf(node: Ast): Omit<Use, 'line'> | undefined {
  const wall = (what: string) => ({ rule: 'wall-clock', what }) as const
  switch (node.type) {
    case 'ImportDeclaration': {
      const source = isAst(node.source) ? String(node.source.value) : ''
      const name = source.replace(/^node:/, '')
      if (node.importKind === 'type') return undefined
      return wallModules.has(name) ? wall(`'${source}'`) : undefined
    }
    case 'ImportSpecifier': {
      const name = nameOf(node.imported)
      return name !== undefined && entropy.has(name) ? wall(`'${name}'`) : undefined
    }
    case 'NewExpression':
      return nameOf(node.callee) === 'Date' ? wall('Date (new Date)') : undefined
    case 'CallExpression':
      return nameOf(node.callee) === 'Date' ? wall('Date()') : undefined
    case 'MemberExpression':
      return wallMember(nameOf(node.object), nameOf(node.property))
    case 'Identifier':
      return wallGlobals.has(String(node.name)) ? wall(String(node.name)) : undefined
    case 'AwaitExpression':
      return { rule: 'async', what: 'await' }
    case 'ForOfStatement':
      return node.await === true ? { rule: 'async', what: 'for await' } : undefined
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return node.async === true ? { rule: 'async', what: 'an async function' } : undefined
    default:
      return undefined
  }
}

function wallMember(object: string | undefined, property: string | undefined) {
  const wall = (what: string) => ({ rule: 'wall-clock', what }) as const
  if (object === undefined || property === undefined) return undefined
  if (object === 'globalThis' && (wallGlobals.has(property) || property === 'Date')) {
    return wall(`globalThis.${property}`)
  }
  if (object === 'Date' && property === 'now') return wall('Date.now')
  if (object === 'Math' && property === 'random') return wall('Math.random')
  if (/crypto$/i.test(object) && entropy.has(property)) return wall(`${object}.${property}`)
  return undefined
}

function nameOf(node: unknown): string | undefined {
  return isAst(node) && node.type === 'Identifier' ? String(node.name) : undefined
}

/** Names that a node binds, so that a parameter called `process` is not taken for the global one. */
function declaredBy(node: Ast): string[] {
  const names = (patterns: readonly unknown[]) =>
    patterns.flatMap(pattern => nameOf(unwrapped(pattern)) ?? [])
  switch (node.type) {
    case 'VariableDeclarator':
      return names([node.id])
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return names([node.id, ...(Array.isArray(node.params) ? node.params : [])])
    case 'ClassDeclaration':
      return names([node.id])
    case 'ImportSpecifier':
    case 'ImportDefaultSpecifier':
      return names([node.local])
    case 'ObjectPattern':
      return names(
        (Array.isArray(node.properties) ? node.properties : []).map(
          each => isAst(each) && each.value,
        ),
      )
    default:
      return []
  }
}

function unwrapped(pattern: unknown): unknown {
  return isAst(pattern) && pattern.type === 'AssignmentPattern' ? pattern.left : pattern
}

/** True where a name is not a use of a value: in types, as a property's name, as a key. */
function isTypePosition(node: Ast, key: string): boolean {
  if (/^(?:typeAnnotation|typeArguments|typeParameters|returnType|superTypeArguments)$/.test(key)) {
    return true
  }
  if (node.type === 'TSTypeAliasDeclaration' || node.type === 'TSInterfaceDeclaration') return true
  if (key === 'property') return node.computed !== true
  if (key === 'key') return node.computed !== true
  return node.type.endsWith('Specifier')
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return offset => {
    let line = starts.length
    while (line > 1 && starts[line - 1]! > offset) line -= 1
    return line
  }
}
