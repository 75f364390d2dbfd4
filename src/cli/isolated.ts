// The part of `pocketgrid exec --isolate` that runs inside the network of its own: it brings the loopback up, puts
// the hosts file in its place, carries connections out, and runs the program.

import { spawn, spawnSync } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { asError, GridError } from '../kernel/errors.ts'
import { ended, spawned } from './child.ts'
import { type IsolatedReply, type IsolatedSetup, joinSockets } from './isolate.ts'

/** Ways to bring the loopback up; which of them is there differs from system to system. */
const loopbackUp: readonly (readonly [string, ...string[]])[] = [
  ['ip', 'link', 'set', 'lo', 'up'],
  ['ifconfig', 'lo', 'up'],
  // SIOCSIFFLAGS with IFF_UP and IFF_RUNNING (Linux: include/uapi/linux/sockios.h, if.h).
  ['perl', '-e', 'socket(S,2,2,0);ioctl(S,0x8914,pack("a16sx22","lo",0x41)) or exit 1'],
  [
    'python3',
    '-c',
    'import fcntl,socket,struct;fcntl.ioctl(socket.socket(2,2),0x8914,struct.pack("16sh22x",b"lo",0x41))',
  ],
]

/** A step that did not work. */
class Refused extends Error {}

process.once('message', message => {
  void run(message as IsolatedSetup)
})

async function run(setup: IsolatedSetup): Promise<void> {
  try {
    prepare(setup.hosts)
    await Promise.all(setup.ports.map(listen))
    const [program, ...args] = setup.command as [string, ...string[]]
    const child = await spawned(spawn(program, args, { stdio: 'inherit', env: setup.env }))
    reply({ type: 'running' })
    // Without the part outside nothing is reached any more.
    process.once('disconnect', () => child.kill())
    process.channel?.unref()
    process.exit(await ended(child))
  } catch (cause) {
    const detail = cause instanceof GridError ? detailOf(cause) : asError(cause).message
    reply({ type: cause instanceof Refused ? 'refused' : 'failed', detail })
    process.exitCode = 2
    process.disconnect?.()
  }
}

/** The detail of an error of the command line, which the part outside tells with its title. */
function detailOf({ message }: GridError): string {
  return message.replace(/^[^:]*: /, '')
}

function reply(message: IsolatedReply): void {
  process.send?.(message)
}

function prepare(hosts: string): void {
  const isUp = loopbackUp.some(([program, ...args]) => spawnSync(program, args).status === 0)
  if (!isUp) throw new Refused('the loopback cannot be brought up (package iproute2)')
  const { status, stderr } = spawnSync('mount', ['--bind', hosts, '/etc/hosts'], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Refused(`/etc/hosts cannot be covered: ${stderr?.trim() ?? ''}`)
}

function listen({ port, path }: IsolatedSetup['ports'][number]): Promise<void> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    joinSockets(socket, connect({ path, allowHalfOpen: true }))
  })
  return new Promise((resolve, reject) => {
    server.once('error', cause => reject(new Refused(asError(cause).message)))
    server.listen(port, '127.0.0.1', () => resolve())
  })
}
