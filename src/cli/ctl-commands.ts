// The words of `pocketgrid ctl`: which command is which request.

import { Command, InvalidArgumentError, Option } from 'commander'
import type { CtlOptions, CtlRequest } from './ctl.ts'

/** `ctl` with all that is below it. `control` is the option that says where the grid is. */
export function ctlCommand(control: Option): Command {
  const ctl = new Command('ctl')
    .description('move, break, remember and grow a running grid')
    .exitOverride()
    .showHelpAfterError('(pocketgrid ctl --help lists the commands)')
    .addOption(control)
    .addOption(
      new Option('--token <token>', 'what the grid was given as --dev-token').env(
        'POCKETGRID_DEV_TOKEN',
      ),
    )
    .option('--json', 'print what the control API answers, as JSON')
  const add = (parent: Command, words: string, about: string, request: ToRequest): Command =>
    parent
      .command(words)
      .description(about)
      .action(async (...given: unknown[]) => {
        const own = await request(...(given.slice(0, -2) as never[]))
        await send(own, ctl.opts())
      })
  addTime(ctl, add)
  addNodes(ctl, add)
  addFaults(ctl, add)
  addSnapshots(ctl, add)
  const scale = ctl.command('scale').description('how many nodes there are')
  scale.action(async () => await send(get('/scale'), ctl.opts()))
  add(scale, 'nodes <n>', 'bring the grid to so many nodes', (n: string) => ({
    method: 'POST',
    path: '/scale',
    body: { nodes: numberOf(n) },
  }))
  add(ctl, 'reset', 'wipe the chain, as test networks are', () => ({
    method: 'POST',
    path: '/reset',
  }))
  add(ctl, 'digest', 'where the grid stands: equal histories have equal digests', () =>
    get('/digest'),
  )
  add(ctl, 'message <uid>', 'what became of a message', (uid: string) =>
    get(`/messages/${encodeURIComponent(uid)}`),
  )
  ctl
    .command('trace')
    .description('print what happens, as it happens, a JSON object a line')
    .option('--kinds <kinds>', 'only these kinds, or groups of them: rmb,zos.workload')
    .option('--last <n>', 'begin with so many entries of the past', numberOf)
    .action(async options => {
      const { followTrace } = await import('./ctl.ts')
      process.stdout.on('error', () => process.exit())
      await followTrace(options, ctl.opts(), line => void process.stdout.write(line))
    })
  return ctl
}

type ToRequest = (...words: never[]) => CtlRequest | Promise<CtlRequest>
type Add = (parent: Command, words: string, about: string, request: ToRequest) => Command

const get = (path: string): CtlRequest => ({ method: 'GET', path })

function addTime(ctl: Command, add: Add): void {
  const time = ctl.command('time').description('what time it is; time advance 1h moves it')
  const post = (path: string, body?: unknown): CtlRequest => ({
    method: 'POST',
    path: `/time${path}`,
    body,
  })
  time.action(async () => await send(get('/time'), ctl.opts()))
  add(time, 'advance <span>', 'let time pass at once: 90s, 10m, 1h, 2d', (by: string) =>
    post('/advance', { by: /^\d+$/.test(by) ? Number(by) : by }),
  )
  add(
    time,
    'to <moment>',
    'let time pass up to a moment: an ISO date, or ms since the epoch',
    (at: string) => post('/advanceTo', { at: /^\d+$/.test(at) ? Number(at) : at }),
  )
  add(time, 'freeze', 'let time stand still', () => post('/freeze'))
  add(time, 'resume', 'let time go on', () => post('/resume'))
  add(
    time,
    'rate <rate>',
    'let time pass so many times as fast, or real, virtual',
    (rate: string) => ({
      method: 'PUT',
      path: '/time/rate',
      body: Number.isFinite(Number(rate)) ? { rate: Number(rate) } : { clock: rate },
    }),
  )
}

function addNodes(ctl: Command, add: Add): void {
  add(ctl, 'nodes', 'all nodes', () => get('/nodes'))
  const node = ctl.command('node').description('look at a node, or do something to it')
  const act = (words: string, about: string, toBody: (...rest: string[]) => unknown) =>
    add(node, words, about, (id: string, ...rest: string[]) => ({
      method: 'POST',
      path: `/nodes/${numberOf(id)}/actions`,
      body: toBody(...rest),
    }))
  add(node, 'show <id>', 'a node with its capacity and deployments', (id: string) =>
    get(`/nodes/${numberOf(id)}`),
  )
  act('crash <id>', 'the node loses power', () => ({ type: 'crash' }))
  act('boot <id>', 'the node gets power', () => ({ type: 'boot' }))
  act('reboot <id>', 'the node restarts', () => ({ type: 'reboot' }))
  act('restart-daemon <id>', 'the node provisioning daemon restarts', () => ({
    type: 'restartDaemon',
  }))
  act('drain <id>', 'the council cancels the contracts on it', () => ({ type: 'drain' }))
  act(
    'power <id> <target>',
    'its farmer sends it to sleep (Down), or has it woken (Up)',
    target => ({
      type: 'power',
      target,
    }),
  )
  act('upgrade <id> <version>', 'the node takes a version of zos', version => ({
    type: 'upgrade',
    version,
  }))
}

function addFaults(ctl: Command, add: Add): void {
  const fault = ctl.command('fault').description('what is broken, or will be')
  const bodyOf = async (words: readonly string[]) => (await import('./ctl.ts')).faultOf(words)
  add(fault, 'list', 'planned and active faults', () => get('/faults'))
  // Its own help tells kinds and settings from the schema, which is loaded for that alone.
  fault
    .command('add [kind] [settings...]')
    .description('break something: fault add node.crash nodes=1 forMs=10m')
    .helpOption(false)
    .option('-h, --help', 'what kinds there are, or the settings of one')
    .action(async (kind: string | undefined, words: string[], { help }: { help?: true }) => {
      if (help || kind === undefined) {
        const { faultHelp } = await import('./fault-help.ts')
        process.stdout.write(faultHelp(kind))
        return
      }
      const body = { ...(await bodyOf(words)), kind }
      await send({ method: 'POST', path: '/faults', body }, ctl.opts())
    })
  add(
    fault,
    'preview <kind> [settings...]',
    'whom a fault would hit, and when; nothing changes',
    async (kind: string, words: string[]) => ({
      method: 'POST',
      path: '/faults/preview',
      body: { ...(await bodyOf(words)), kind },
      tell: (await import('./fault-help.ts')).previewText,
    }),
  )
  add(fault, 'patch <id> <settings...>', 'change a fault', async (id: string, words: string[]) => ({
    method: 'PATCH',
    path: `/faults/${numberOf(id)}`,
    body: await bodyOf(words),
  }))
  add(fault, 'remove <id>', 'end a fault', (id: string) => ({
    method: 'DELETE',
    path: `/faults/${numberOf(id)}`,
  }))
  add(fault, 'clear', 'end all faults', () => ({ method: 'DELETE', path: '/faults' }))
}

function addSnapshots(ctl: Command, add: Add): void {
  const snapshot = ctl.command('snapshot').description('moments that the grid can be taken back to')
  const at = (id: string) => `/snapshots/${encodeURIComponent(id)}`
  add(snapshot, 'list', 'all of them, oldest first', () => get('/snapshots'))
  add(snapshot, 'take [name]', 'remember this moment', (name?: string) => ({
    method: 'POST',
    path: '/snapshots',
    body: name === undefined ? {} : { name },
  }))
  add(snapshot, 'revert <id>', 'take the grid back, by id or name', (id: string) => ({
    method: 'POST',
    path: `${at(id)}/revert`,
  }))
  add(
    snapshot,
    'branch <id>',
    'start a second grid from there; now for the present',
    (id: string) => ({
      method: 'POST',
      path: `${at(id)}/branch`,
    }),
  )
  const branch = ctl.command('branch').description('grids that were branched off this one')
  add(branch, 'list', 'all of them', () => get('/branches'))
  add(branch, 'end <id>', 'end one', (id: string) => ({
    method: 'DELETE',
    path: `/branches/${encodeURIComponent(id)}`,
  }))
  add(ctl, 'history', 'what happened when, from where on the grid can be taken back', async () => ({
    ...get('/history/marks'),
    tell: (await import('./ctl.ts')).courseText,
  }))
  add(
    ctl,
    'rewind <moment>',
    'make the grid what it was: 10m ago, or at an ISO date or ms since the epoch',
    (moment: string) => ({
      method: 'POST',
      path: '/history/rewind',
      body: /^[\d.]+(ms|s|m|h|d)$/.test(moment)
        ? { by: moment }
        : { at: /^\d+$/.test(moment) ? Number(moment) : moment },
    }),
  )
  add(snapshot, 'delete <id>', 'give one up', (id: string) => ({ method: 'DELETE', path: at(id) }))
}

async function send(request: CtlRequest, options: CtlOptions): Promise<void> {
  const { ctl } = await import('./ctl.ts')
  process.stdout.write(await ctl(request, options))
}

function numberOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A whole number is needed.')
}
