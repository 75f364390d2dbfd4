#!/usr/bin/env node
// The command line: reads the words, runs the command, says what went wrong.

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { networkNames } from '../config/networks.ts'
import { asError, GridError } from '../kernel/errors.ts'
import { ctlCommand } from './ctl-commands.ts'
import { exitCodes } from './exit-codes.ts'
import { version } from './version.ts'

const program = new Command('pocketgrid')
  .description('The ThreeFold Grid in one process: chain, message bus and fake nodes.')
  .version(version)
  .showHelpAfterError('(pocketgrid --help lists the commands)')
  .exitOverride()
  // What stands after the name of a program to run is the program's.
  .enablePositionalOptions()

program
  .command('up')
  .description('start a grid and keep it running')
  .option('--config <file>', 'a grid file (JSON); the options below win over it')
  .option('--nodes <n>', 'how many nodes', wholeNumber)
  .option('--farms <n>', 'over how many farms they are spread', wholeNumber)
  .option('--seed <text>', 'seed of all that is drawn; the same seed gives the same grid')
  .addOption(
    new Option(
      '--network <name>',
      'prices, billing and names as on this network (default dev)',
    ).choices(networkNames),
  )
  .option('--clock <mode>', 'real, warp:N (N times faster) or virtual')
  .addOption(
    new Option('--blocks <mode>', 'when blocks are made').choices(['instant', '6s', 'manual']),
  )
  .option('--host <host>', 'address to listen on (default 127.0.0.1)')
  .option('--chain-port <port>', 'port of the chain; 0 for any free one (default 9944)', portNumber)
  .option('--port <port>', 'port of everything else; 0 for any free one (default 8080)', portNumber)
  .option(
    '--front-port <port>',
    'port of the TLS front; 0 for any free one, none for no front (default 8443)',
    portOrNone,
  )
  .option('--account <secret...>', 'fund and register this account too (phrase or 0x seed)')
  .option('--strict-relay', 'refuse : and / in relay strings, as the real chain does')
  .addOption(
    new Option(
      '--rpc <surface>',
      'upstream hides methods that the real chain does not have',
    ).choices(['full', 'upstream']),
  )
  .option(
    '--dev-token <token>',
    'serve the dev methods on other than loopback addresses, to who shows it',
  )
  .option(
    '--chain <url>',
    'make no chain: let nodes and people live on this one (ws:// or wss://), or docker[:IMAGE]',
  )
  .option(
    '--relay <url>',
    'with --chain: serve no relay, let nodes connect to this one, or docker[:IMAGE]',
  )
  .option('--funder <secret>', 'who pays for new accounts on --chain (default //Alice)')
  .option(
    '--relay-domain <name...>',
    'names by which twins know this relay; those who name another are reached there',
  )
  .addOption(
    new Option('--federate-over <scheme>', 'how other relays are reached').choices([
      'http',
      'https',
    ]),
  )
  .option('--data-dir <dir>', 'keep the grid in this folder over restarts and crashes')
  .option('--snapshot <file>', 'begin where `pocketgrid snapshot save` or --record left a grid')
  .option('--record <file>', 'write all that clients do to a file, for `run --replay`')
  .option(
    '--scenarios <dir>',
    'scenarios that can be started from the dashboard (default: scenarios, where it is there)',
  )
  .addOption(new Option('--ends-with-stdin', 'end when the input does').hideHelp())
  .option('--json', 'print one JSON object when everything answers, and nothing else')
  .option('--quiet', 'print nothing but errors')
  .action(async options => {
    const { up } = await import('./up.ts')
    await up(options)
  })

program
  .command('nodes')
  .description('play nodes alone, on a chain and at a relay that run elsewhere')
  .requiredOption('--chain <url>', 'ws:// or wss:// URL of the chain')
  .requiredOption('--relay <url>', 'ws:// or wss:// URL of the relay')
  .option(
    '--count <n>',
    'how many nodes the grid has, all parts together (default 10)',
    wholeNumber,
  )
  .option('--farms <n>', 'over how many farms they are spread', positiveNumber)
  .option('--config <file>', 'a grid file (JSON) with farms; the options win over it')
  .addOption(
    new Option('--shard <i/n>', 'play the i-th of n parts: several processes make one grid')
      .argParser(shardOf)
      .env('POCKETGRID_SHARD'),
  )
  .option('--seed <text>', 'seed of the keys; the same seed gives the same nodes')
  .option('--funder <secret>', 'who pays for new accounts (default //Alice)')
  .option('--relay-domain <name...>', 'names by which twins name the relay on the chain')
  .option('--data-dir <dir>', 'keep what is deployed in this folder over restarts and crashes')
  .option(
    '--control <url>',
    'control API of the grid that has the chain, to be told of these nodes (default: beside the relay)',
  )
  .addOption(
    new Option('--token <token>', 'the dev token of that grid').env('POCKETGRID_DEV_TOKEN'),
  )
  .option('--host <host>', 'address of the control API (default 127.0.0.1)')
  .option('--port <port>', 'port of the control API (default: any free one)', portNumber)
  .option('--json', 'print one JSON object when all nodes can be called, and nothing else')
  .option('--quiet', 'print nothing but errors')
  .action(async options => {
    const { nodes } = await import('./nodes.ts')
    await nodes(options)
  })

program
  .command('run')
  .description('play scenarios')
  .argument('[files...]', 'scenario files, or patterns in quotes')
  .option(
    '--replay <file>',
    'play again what clients did to a grid: a file of up --record or snapshot save',
  )
  .option('--seed <text>', 'seed of all that is drawn; with --seeds the first one')
  .option('--seeds <n>', 'play each scenario with so many seeds', positiveNumber)
  .option('--only <text>', 'only scenarios whose name or path holds this text')
  .option('--tag <word...>', 'only scenarios with one of these tags', oneMore)
  .addOption(
    new Option('--shard <i/n>', 'only the i-th of n parts, for several machines')
      .argParser(shardOf)
      .env('POCKETGRID_SHARD'),
  )
  .option('--parallel <n>', 'play so many at once, in processes of their own', positiveNumber)
  .option('--target <url>', 'play on a running grid: the URL of its control API')
  .addOption(
    new Option('--token <token>', 'the dev token of that grid').env('POCKETGRID_DEV_TOKEN'),
  )
  .option('--bail', 'end at the first failure')
  .option('--check-determinism', 'play each twice, and name the first event that differs')
  .option(
    '--reporter <name...>',
    'console, junit, json or html; several may be given (default console)',
    oneReporter,
  )
  .option('--trace', 'write the traces of all scenarios, not of those alone that fail')
  .option('--out <dir>', 'folder for reports, traces and repeat.sh (default: out)')
  .addHelpText(
    'after',
    '\nExit status: 0 all green; 1 a scenario failed or did not load; 2 words, files or ports were wrong.',
  )
  .action(async (files, options) => {
    const { run } = await import('./run.ts')
    process.exitCode = await run(files, options)
  })

program
  .command('peer')
  .description('serve programs that reach the message bus through a Redis (rmb-peer)')
  .requiredOption('--mnemonic <secret>', "phrase or 0x seed of the twin's account")
  .requiredOption('--relay <url...>', 'ws:// or wss:// URL of a relay; up to 4')
  .requiredOption(
    '--substrate <url...>',
    'ws:// or wss:// URL of the chain; several are tried in turn',
  )
  .addOption(
    new Option('--key-type <type>', 'scheme of the account (default sr25519)').choices([
      'sr25519',
      'ed25519',
    ]),
  )
  .option(
    '--redis <url>',
    "URL of a Redis, or 'embedded' to serve one (default redis://localhost:6379)",
  )
  .option(
    '--redis-port <port>',
    'port of the embedded Redis; 0 for any free one (default 6379)',
    portNumber,
  )
  .option('--no-update', "leave the twin's relay and key on the chain as they are")
  .option('--legacy-http <port>', 'serve the old bus over HTTP too; 8051 in its time', portNumber)
  .option('--legacy-address <twin=address...>', 'where a twin of the old bus is')
  .option('--json', 'print one JSON object when the peer works, and nothing else')
  .option('--quiet', 'print nothing but errors')
  .action(async options => {
    const { peer } = await import('./peer.ts')
    await peer(options)
  })

program
  .command('env')
  .description('print the variables with which programs find a running grid')
  .addOption(controlOption())
  .option('--json', 'print them as one JSON object')
  .action(async options => {
    const { env } = await import('./env.ts')
    process.stdout.write(await env(options))
  })

program
  .command('exec')
  .description('run a program that finds a running grid under the names of the real one')
  .argument('<command...>', 'the program and its arguments, after --')
  .passThroughOptions()
  .addOption(controlOption())
  .option(
    '--isolate',
    'in a network of its own, with nothing but the grid: for programs of any kind',
  )
  .action(async (command, options) => {
    const { exec } = await import('./exec.ts')
    process.exitCode = await exec(command, options)
  })

program.addCommand(ctlCommand(controlOption()))

const snapshot = program
  .command('snapshot')
  .description('running grids as files, which `up --snapshot` brings back')

snapshot
  .command('save')
  .description('write a running grid to a file')
  .argument('<file>', 'where to')
  .addOption(controlOption())
  .action(async (file, options) => {
    const { saveSnapshot } = await import('./snapshot.ts')
    process.stdout.write(await saveSnapshot(file, options))
  })

snapshot
  .command('load')
  .description('start a grid from a file, as `up --snapshot` does')
  .argument('<file>', 'a file of `snapshot save`')
  .action(async file => {
    const { up } = await import('./up.ts')
    await up({ snapshot: file })
  })

snapshot
  .command('list')
  .description('the snapshots of a folder, and where they end')
  .argument('[folder]', 'the folder', '.')
  .action(async folder => {
    const { listSnapshots } = await import('./snapshot.ts')
    process.stdout.write(listSnapshots(folder))
  })

program
  .command('demo')
  .description('start a grid with a life of its own to show its dashboard')
  .option('--seed <text>', 'seed of all that is drawn; the same seed gives the same demo')
  .option('--clock <mode>', 'real, warp:N (N times faster) or virtual (default warp:20)')
  .option('--host <host>', 'address to listen on (default 127.0.0.1)')
  .option('--chain-port <port>', 'port of the chain; 0 for any free one (default 9944)', portNumber)
  .option('--port <port>', 'port of everything else; 0 for any free one (default 8080)', portNumber)
  .option('--front-port <port>', 'port of the TLS front; none for no front', portOrNone)
  .option('--dev-token <token>', 'what the page has to show on other than loopback addresses')
  .option('--scenarios <dir>', 'scenarios that can be started from the page (default: scenarios)')
  .option('--open', 'open the page, also where nobody seems to look')
  .option('--no-open', 'do not open the page')
  .option('--json', 'print one JSON object when everything answers, and nothing else')
  .action(async options => {
    const { demo } = await import('./demo.ts')
    await demo(options)
  })

program
  .command('top')
  .description('watch a running grid in the terminal; q ends it')
  .addOption(controlOption())
  .option('--once', 'print one picture and end')
  .action(async options => {
    const { top } = await import('./top.ts')
    await top(options)
  })

program
  .command('coverage')
  .description('print what of the runtime has its logic, pallet by pallet')
  .action(async () => {
    const { coverage } = await import('./coverage.ts')
    process.stdout.write(coverage())
  })

function controlOption(): Option {
  const url = 'http://127.0.0.1:8080/api'
  return new Option('--control <url>', 'control API of the grid')
    .default(url)
    .env('POCKETGRID_CONTROL')
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError('A whole number is needed.')
  }
  return number
}

function positiveNumber(text: string): number {
  const number = wholeNumber(text)
  if (number < 1) throw new InvalidArgumentError('A number of at least 1 is needed.')
  return number
}

function shardOf(text: string): { index: number; of: number } {
  const [, index = 0, of = 0] = /^(\d{1,6})\/(\d{1,6})$/.exec(text)?.map(Number) ?? []
  if (index >= 1 && index <= of) return { index, of }
  throw new InvalidArgumentError('A shard is i/n, with i from 1 to n.')
}

function oneMore(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text]
}

function portNumber(text: string): number {
  const port = wholeNumber(text)
  if (port > 65_535) throw new InvalidArgumentError('A port is at most 65535.')
  return port
}

function portOrNone(text: string): number | false {
  return text === 'none' ? false : portNumber(text)
}

function oneReporter(text: string, before: string[] | undefined): string[] {
  const names = text.split(',')
  for (const name of names) {
    if (!['console', 'junit', 'json', 'html'].includes(name)) {
      throw new InvalidArgumentError('Reporters are console, junit, json and html.')
    }
  }
  return [...(before ?? []), ...names]
}

try {
  await program.parseAsync()
} catch (cause) {
  const error = asError(cause)
  if (error instanceof InvalidArgumentError) {
    process.stderr.write(`error: ${error.message}\n`)
    process.exitCode = exitCodes.misused
  } else if (error instanceof CommanderError) {
    // Commander has told what is wrong, or what was asked for.
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.misused
  } else if (error instanceof GridError) {
    process.stderr.write(`${error.code}: ${error.message}\n${error.hint}\n`)
    process.exitCode = exitCodes.misused
  } else {
    process.stderr.write(`${error.stack ?? error.message}\n`)
    process.exitCode = exitCodes.failed
  }
}
