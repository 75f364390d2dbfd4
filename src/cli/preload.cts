// Loaded into Node programs by `pocketgrid exec`: connections to the grid's names go to its front. It is CommonJS
// and stands alone, since it runs before the program, in whatever version of Node that has.

const net = require('node:net') as typeof import('node:net')
const dns = require('node:dns') as typeof import('node:dns')
const { syncBuiltinESMExports } = require('node:module') as typeof import('node:module')

interface Front {
  readonly host: string
  readonly port: number
  readonly names: readonly string[]
}

/** An address of this machine that nobody uses: it stands for the grid where a program looks names up by itself. */
const stand = '127.71.71.71'

const told = process.env.POCKETGRID_FRONT
if (told) redirect(JSON.parse(told) as Front)

function redirect(front: Front): void {
  const names = new Set(front.names)
  const isOurs = (host: unknown): boolean =>
    typeof host === 'string' && (host === stand || names.has(host.toLowerCase().replace(/\.$/, '')))
  redirectConnections(front, isOurs)
  redirectLookups(isOurs)
}

interface Target {
  host?: unknown
  port?: unknown
  [option: string]: unknown
}

/** TLS, HTTP, WebSockets and `fetch` all come to this one method. */
function redirectConnections(front: Front, isOurs: (host: unknown) => boolean): void {
  const prototype = net.Socket.prototype as unknown as Record<
    'connect',
    (...args: unknown[]) => unknown
  >
  const connect = prototype.connect
  prototype.connect = function (this: unknown, ...args: unknown[]): unknown {
    // Node's own modules pass one list of options and callback.
    const list = Array.isArray(args[0]) ? (args[0] as unknown[]) : args
    const [first, second] = list
    const isPort = typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first))
    const target: Target | null = isPort
      ? { port: first, host: second }
      : typeof first === 'object' && first !== null
        ? (first as Target)
        : null
    const port = Number(target?.port)
    if (!target || (port !== 443 && port !== 80) || !isOurs(target.host)) {
      return connect.apply(this, args)
    }
    const callback = list.find(each => typeof each === 'function')
    const { lookup: _lookup, ...rest } = target
    const options = { ...rest, host: front.host, port: front.port }
    return connect.apply(this, callback ? [options, callback] : [options])
  }
}

/** Who looks a name up before it connects gets the address that stands for the grid. */
function redirectLookups(isOurs: (host: unknown) => boolean): void {
  const found = (options: unknown) => {
    const all = typeof options === 'object' && options !== null && 'all' in options && options.all
    return all ? [{ address: stand, family: 4 }] : { address: stand, family: 4 }
  }
  const lookup = dns.lookup as unknown as (...args: unknown[]) => unknown
  const own = (...args: unknown[]): unknown => {
    const [host, options] = args
    const callback = args.find(each => typeof each === 'function') as
      | ((error: null, address: unknown, family?: number) => void)
      | undefined
    if (!isOurs(host) || !callback) return lookup(...args)
    const answer = found(options)
    if (Array.isArray(answer)) process.nextTick(callback, null, answer)
    else process.nextTick(callback, null, answer.address, answer.family)
    return {}
  }
  const lookupLater = dns.promises.lookup as unknown as (...args: unknown[]) => Promise<unknown>
  const ownLater = (...args: unknown[]): Promise<unknown> =>
    isOurs(args[0]) ? Promise.resolve(found(args[1])) : lookupLater(...args)
  Object.assign(dns, { lookup: Object.assign(own, lookup) })
  Object.assign(dns.promises, { lookup: ownLater })
  // What programs import by name is a copy.
  syncBuiltinESMExports()
}
